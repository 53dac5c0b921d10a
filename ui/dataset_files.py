"""The files of a dataset: sizes, hashes and whether they hold, and the way to take them along."""

import time

import streamlit as st

from core.datasets.listing import Dataset
from core.datasets.pack import IMAGES, INDEX, MANIFEST, PackError, open_pack
from ui import access
from ui.jobs import plain
from ui.markup import harmless

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
    _show_checked(dataset)


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
