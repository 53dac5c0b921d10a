"""The files of a dataset: sizes, hashes and whether they hold, and the way to take them along."""

import time
from pathlib import Path

import streamlit as st

from core.datasets.listing import Dataset
from core.datasets.pack import IMAGES, INDEX, MANIFEST, PackError, open_pack
from core.zip_view import ZipView
from ui import access
from ui.jobs import plain
from ui.large_download import large_download
from ui.markup import harmless

_WANTED = "dataset-zip-wanted"  # session state: id of the dataset that is offered as a zip file
_CHECKED = "dataset-checked"  # session state: id -> (seconds it took, what is wrong or "")


def show_files(dataset: Dataset) -> None:
    manifest = dataset.manifest
    hashes = {
        "Content": (dataset.content_hash, "what it is made of: pictures, recipe, which pictures belong together"),
        IMAGES: (manifest.get("images", {}).get("sha256", ""), _shape_words(dataset)),
        INDEX: (manifest.get("index", {}).get("sha256", ""), "a line for each row"),
    }
    for name, (sha256, about) in hashes.items():
        size = _size(dataset, name)
        st.markdown(f"**{plain(name)}**  {plain(about)}{f' · {size}' if size else ''}  \n`{sha256 or 'not recorded'}`")
    st.caption(plain(str(dataset.folder)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Check all hashes",
            icon=":material/verified:",
            on_click=access.owner_action(_check),
            args=(dataset,),
            help="Reads every pixel of it: about a second for each gigabyte.",
        )
        manifest_path = dataset.folder / MANIFEST
        st.download_button(
            "Manifest",
            lambda: manifest_path.read_bytes(),
            f"{dataset.id}-{MANIFEST}",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.button(
            "Pack as a zip file",
            icon=":material/folder_zip:",
            on_click=access.owner_action(_want),
            args=(dataset,),
            help="Pixels, index and manifest. Reads all of it once first, for the checksums of the archive.",
        )
    if st.session_state.get(_WANTED) == dataset.id:
        view = _zipped(dataset.folder, dataset.content_hash)
        large_download(
            view,
            name=f"{dataset.id}.zip",
            label=f"Save {dataset.id}.zip ({len(view) / 1e6:,.1f} MB)",
            key="dataset-zip",
        )
    _show_checked(dataset)


def _want(dataset: Dataset) -> None:
    st.session_state[_WANTED] = dataset.id


@st.cache_resource(max_entries=4, show_spinner="Reading the files for their checksums")
def _zipped(folder: Path, content_hash: str) -> ZipView:
    """No bytes of it are kept but the headers. Raises PackError."""
    try:
        return ZipView({f"{folder.name}/{name}": folder / name for name in (MANIFEST, INDEX, IMAGES)})
    except OSError as error:
        raise PackError(f"Dataset {folder.name} cannot be read: {error.strerror or error}.") from error


def _check(dataset: Dataset) -> None:
    began = time.monotonic()
    wrong = ""
    try:
        open_pack(dataset.folder, verify=True)
    except PackError as error:
        wrong = str(error)
    st.session_state.setdefault(_CHECKED, {})[dataset.id] = (time.monotonic() - began, wrong)


def _show_checked(dataset: Dataset) -> None:
    checked = st.session_state.get(_CHECKED, {}).get(dataset.id)
    if checked is None:
        return
    seconds, wrong = checked
    if wrong:
        st.error(harmless(wrong), icon=":material/broken_image:")
    else:
        st.success(f"All hashes hold ({seconds:.1f} s).", icon=":material/verified:")


def _shape_words(dataset: Dataset) -> str:
    rows, height, width, _ = dataset.manifest["images"]["shape"]
    return f"{rows:,} rows of {width} × {height} pixels"


def _size(dataset: Dataset, name: str) -> str:
    try:
        size = (dataset.folder / name).stat().st_size
    except OSError:
        return ""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"
