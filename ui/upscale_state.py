"""What the form of the Upscale page holds, and how a request gets into it and out of it."""

from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.pictures.chosen import ChosenPicture
from core.pictures.gallery import Gallery
from core.upscale.methods import METHODS
from core.upscale.request import UpscaleRequest
from core.workspace import Workspace
from ui.markup import harmless
from ui.picture_picker import set_chosen

PICTURES = "upscale-pictures"
SCALE, METHOD, SHARPEN, PASSES, TILE, BITS = (
    f"upscale-{name}" for name in ("scale", "method", "sharpen", "passes", "tile", "bits")
)
MODEL, OWN = "upscale-model", "upscale-own"  # names of the chosen network, for either method
TASK = "task"  # which of TASKS the page shows, in its address
TASKS = LARGER, TRAIN, MEASURE = "Make larger", "Train your own", "Measure"
_NOTICE = "upscale-notice"
_USUAL: dict[str, Any] = {SCALE: 4, METHOD: "lanczos", SHARPEN: 0, PASSES: 8, TILE: 0, BITS: 8}


def begin(workspace: Workspace) -> None:
    """The usual values once per session, then what the page's address asks for. Before any widget is drawn."""
    for name, value in _USUAL.items():
        st.session_state.setdefault(name, value)
    sha256 = st.query_params.get("again", "")
    if sha256:
        del st.query_params["again"]
        try:
            made = Gallery(workspace).find(sha256)
            if made is None:
                st.session_state[_NOTICE] = "The picture in this page's address is not in the gallery."
            else:
                request = UpscaleRequest.from_json(made.request)
                load(request, made.parents[0] if made.parents else request.picture)
        except AtelierError as error:
            st.session_state[_NOTICE] = f"The picture in this page's address cannot be used again. {error}"


def load(request: UpscaleRequest, picture: ChosenPicture | None = None) -> None:
    """Fill the form with a request. In a callback, or before the widgets are drawn.

    Args:
        picture: in place of the one that the request names.
    """
    set_chosen(PICTURES, picture or request.picture)
    st.session_state[SCALE] = request.scale
    st.session_state[METHOD] = request.method
    st.session_state[SHARPEN] = int(request.sharpen)
    st.session_state[PASSES] = request.passes
    st.session_state[TILE] = request.tile or 0
    if METHODS[request.method].needs_model:
        st.session_state[OWN if request.method == "own" else MODEL] = request.model
    st.session_state[TASK] = LARGER
    st.session_state[_NOTICE] = ""


def requests(pictures: list[ChosenPicture], model: str) -> list[UpscaleRequest]:
    """One for each picture. Raises: AtelierError for choices that cannot be."""
    method = st.session_state[METHOD]
    more: dict[str, Any] = {"model": model} if METHODS[method].needs_model else {}
    if METHODS[method].needs_model and st.session_state[TILE]:
        more["tile"] = int(st.session_state[TILE])
    if method == "backprojection":
        more["passes"] = int(st.session_state[PASSES])
    return [
        UpscaleRequest(
            picture, scale=int(st.session_state[SCALE]), method=method, sharpen=float(st.session_state[SHARPEN]), **more
        )
        for picture in pictures
    ]


def show_notice() -> None:
    """What came of filling the form, once."""
    if _NOTICE not in st.session_state:
        return
    told = st.session_state.pop(_NOTICE)
    if told:
        st.warning(harmless(told), icon=":material/broken_image:")
    else:
        st.toast("All choices are back in the form.", icon=":material/replay:")
