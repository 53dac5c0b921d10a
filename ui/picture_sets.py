"""Choosing a whole set of pictures: collections of the catalog, a dataset, pictures one by one, or a folder."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.catalog.selection import Selection
from core.datasets.listing import find_dataset, list_datasets
from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.pictures.below import pictures_below
from core.pictures.chosen import ChosenPicture
from ui import lab
from ui.markup import harmless
from ui.picture_picker import choose_many

WAYS = {"collection": "Collections", "dataset": "A dataset", "pictures": "One by one", "folder": "A folder"}


@dataclass(frozen=True)
class PictureSet:
    """What was chosen; the pictures themselves are listed only when they are needed."""

    name: str  # in a few words: good for a file's name
    count: int
    pictures: Callable[[], list[ChosenPicture]]  # Raises: AtelierError


def choose_set(label: str, *, key: str, most: int) -> PictureSet | None:
    """None while nothing is chosen.

    Args:
        most: pictures that can be chosen one by one.
    """
    way = st.segmented_control(
        label,
        list(WAYS),
        key=f"{key}-way",
        default="collection",
        required=True,
        format_func=WAYS.__getitem__,
        persist_state="session",
    )
    try:
        match way:
            case "collection":
                return _collections(key)
            case "dataset":
                return _dataset(key)
            case "folder":
                return _folder(key)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return None
    chosen = choose_many("Pictures", key=f"{key}-pictures", most=most)
    return PictureSet("chosen", len(chosen), lambda: chosen) if chosen else None


def _collections(key: str) -> PictureSet | None:
    catalog = lab.catalog()
    known = [info.name for info in catalog.collections() if info.pictures]
    if not known:
        st.caption("The catalog is empty.")
        st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")
        return None
    names = st.multiselect(
        "Collections", known, key=f"{key}-collections", placeholder="All collections", persist_state="session"
    )
    selection = Selection(collections=tuple(names))
    count = catalog.count(selection)

    def pictures() -> list[ChosenPicture]:
        found = catalog.pictures_for(selection)
        return [ChosenPicture(sha256=picture.sha256, label=picture.title or picture.artist) for picture in found]

    return PictureSet("-".join(names[:2]) or "catalog", count, pictures) if count else None


def _dataset(key: str) -> PictureSet | None:
    datasets = {dataset.id: dataset for dataset in list_datasets(lab.workspace())}
    if not datasets:
        st.caption("There is no dataset yet.")
        st.page_link("app_pages/gather/augment.py", label="Make a dataset", icon=":material/auto_awesome_mosaic:")
        return None
    chosen = st.selectbox(
        "Dataset",
        list(datasets),
        key=f"{key}-dataset",
        format_func=lambda name: datasets[name].name,
        help="Of its training split the originals, at their own size; what it holds out stays out.",
        persist_state="session",
    )
    hashes = _originals(chosen)
    return PictureSet(datasets[chosen].name, len(hashes), lambda: [ChosenPicture(sha256=one) for one in hashes])


def _originals(dataset_id: str) -> list[str]:
    pack = open_pack(find_dataset(lab.workspace(), dataset_id).folder)
    return list(dict.fromkeys(pack.rows[row]["sha256"] for row in pack.train if pack.rows[row].get("sha256")))


def _folder(key: str) -> PictureSet | None:
    path = st.text_input(
        "Folder",
        key=f"{key}-folder",
        placeholder=str(Path.home() / "Pictures"),
        help="A path on the computer that runs Atelier. Sub-folders are read too.",
        persist_state="session",
    ).strip()
    if not path:
        return None
    found = _below(path)
    return PictureSet(Path(path).name, len(found), lambda: found)


@st.cache_data(ttl=30, max_entries=8, show_spinner="Looking into the folder")
def _below(path: str) -> list[ChosenPicture]:
    return pictures_below(Path(path))
