"""Pictures that come into the lab by being chosen: a file from the person's computer, their camera, a web address."""

from collections.abc import Sequence

import streamlit as st

from core.errors import AtelierError
from core.image_formats import PICTURE_SUFFIXES
from core.images import ImageError
from core.pictures.chosen import ChosenPicture, keep_picture
from ui import lab
from ui.markup import harmless

_TYPES = sorted(PICTURE_SUFFIXES)
_LARGEST_MB = 256  # core.images.ImageLimits.max_bytes


def from_upload(key: str, several: bool) -> list[ChosenPicture]:
    """Files sent through the browser. Those that are refused say why; the others are kept."""
    sent = st.file_uploader(
        "Pictures from this computer" if several else "A picture from this computer",
        type=_TYPES,
        accept_multiple_files=several,
        max_upload_size=_LARGEST_MB,
        key=_turn_key(key),
    )
    _show_refused(key)
    files = sent if isinstance(sent, list) else [sent] if sent else []
    return _keep(key, [(file.name, file.getvalue()) for file in files])


def from_camera(key: str, several: bool) -> list[ChosenPicture]:
    """A photograph taken now."""
    shot = st.camera_input("Take a photograph", key=_turn_key(key))
    st.caption("Browsers lend the camera only to pages on this computer, or over https.")
    _show_refused(key)
    return _keep(key, [("Photograph", shot.getvalue())]) if shot else []


def from_web(key: str, several: bool) -> list[ChosenPicture]:
    """A picture at an address, asked for by the lab itself under the rules of every collection."""
    from core.pictures.fetched import fetch_picture  # brings the web client, which no other source needs

    form = st.form(f"{key}-form", border=False)
    with form.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        address = st.text_input(
            "Address of a picture",
            key=f"{key}-address",
            placeholder="https://",
            help="Of the picture itself, not of the page that shows it.",
            width="stretch",
        )
        asked = st.form_submit_button("Fetch", icon=":material/download:")
    st.caption("robots.txt, opt-outs and the lab's web settings hold here too. Mind the rights of whoever made it.")
    if not asked:
        return []
    if not address.strip():
        st.error("Type the address of a picture first.")
        return []
    try:
        with st.spinner("Asking for the picture", show_time=True):
            return [fetch_picture(lab.workspace(), address)]
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/block:")
        return []


def _keep(key: str, files: Sequence[tuple[str, bytes]]) -> list[ChosenPicture]:
    """Put the files into the store, and begin with an empty field."""
    kept, refused = [], []
    for name, data in files:
        try:
            kept.append(keep_picture(lab.workspace(), data, label=name))
        except ImageError as error:
            refused.append(f"{name}: {error}")
    if files:
        st.session_state[f"{key}-refused"] = refused
        st.session_state[f"{key}-turn"] = st.session_state.get(f"{key}-turn", 0) + 1
        if not kept:
            st.rerun()  # shows what was refused, beside an empty field
    return kept


def _turn_key(key: str) -> str:
    """A field is emptied by becoming another one."""
    return f"{key}-files-{st.session_state.get(f'{key}-turn', 0)}"


def _show_refused(key: str) -> None:
    for told in st.session_state.get(f"{key}-refused", []):
        st.error(harmless(told), icon=":material/block:")
