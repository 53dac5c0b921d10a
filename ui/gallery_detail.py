"""One picture of the gallery: large, what made it, what it was made of, and where it can go."""

import time

import streamlit as st

from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture, PictureGoneError, facts_of, file_of
from core.pictures.gallery import WAYS, Gallery, Made
from ui import access, lab
from ui.markup import harmless

_TALLEST = 640  # pixels on the page
_WIDEST = 760
_LARGEST_SCALE = 2  # small pictures are shown enlarged, and that is said
_AGAIN = {
    "style": "app_pages/make/style.py",
    "upscale": "app_pages/make/upscale.py",
    "sample": "app_pages/make/explore.py",
}


def open_picture(sha256: str) -> None:
    """Have the dialog show this picture; the link goes into the URL."""
    st.query_params["picture"] = sha256


def close_picture() -> None:
    st.query_params.pop("picture", None)


@access.owner_dialog("Made here", width=1180, icon=":material/image:", on_dismiss=access.owner_action(close_picture))
def detail_dialog(gallery: Gallery) -> None:
    """The picture that the URL names."""
    sha256 = st.query_params.get("picture", "")
    try:
        made = gallery.find(sha256)
        path = file_of(lab.workspace(), made.chosen) if made else None
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    if made is None or path is None:
        st.warning("This picture is not in the gallery: it was taken out, or the link comes from another lab.")
        return
    data = path.read_bytes()
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(horizontal_alignment="center"):
        width = max(1, round(min(_WIDEST, _TALLEST * made.width / made.height, _LARGEST_SCALE * made.width)))
        st.image(data, width=width, alt=made.title or "Picture made here", output_format="PNG")
        shown = "" if width == made.width else f" · shown at {width / made.width:.0%}"
        st.caption(f"{made.width} × {made.height} pixels · {len(data) / 1e6:.1f} MB{shown}", text_alignment="center")
    with right:
        _facts(made)
        _ways_on(made, data, path.suffix)


def _facts(made: Made) -> None:
    st.subheader(harmless(made.title) or "Untitled", anchor=False)
    st.badge(WAYS[made.way], icon=":material/smart_toy:", color="blue")
    if made.remark:
        st.badge(harmless(made.remark), icon=":material/info:", color="orange")
    st.write(harmless(made.label))
    st.caption(time.strftime("%d %b %Y, %H:%M", time.localtime(made.made_at)))
    if made.parents:
        st.markdown("**Made of**")
        with st.container(horizontal=True, gap="small"):
            for parent in made.parents:
                _parent(parent)


def _parent(parent: ChosenPicture) -> None:
    workspace = lab.workspace()
    with st.container(width=110, gap=None):
        try:
            facts_of(workspace, parent)
        except PictureGoneError:
            st.caption(f"{harmless(parent.name)} (not in this lab)")
            return
        st.image(workspace.thumb(parent.sha256).read_bytes(), width=104, alt=parent.name)
        st.caption(harmless(parent.name))


def _ways_on(made: Made, data: bytes, suffix: str) -> None:
    again = _AGAIN.get(made.way)
    if again and made.request:
        st.page_link(
            again, label="Use again", icon=":material/replay:", query_params={"again": made.sha256}, width="stretch"
        )
    st.page_link(
        "app_pages/make/style.py",
        label="Restyle it",
        icon=":material/brush:",
        query_params={"content": made.sha256},
        width="stretch",
    )
    st.page_link(
        "app_pages/make/upscale.py",
        label="Upscale it",
        icon=":material/photo_size_select_large:",
        query_params={"picture": made.sha256},
        width="stretch",
    )
    st.download_button(
        "Download", data, f"{made.sha256[:12]}{suffix}", icon=":material/download:", width="stretch", on_click="ignore"
    )
