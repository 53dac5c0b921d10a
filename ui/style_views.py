"""What the network sees in the pictures of a restyling, for those who want to know: maps of a layer, and its Gram."""

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, State, find_job
from core.pictures.chosen import ChosenPicture
from core.style.request import StyleRequest
from core.style.views_job import GRAM, LAYERS, MAPS, create_views
from core.style.weights import lying
from core.workspace import Workspace
from ui import access
from ui.jobs import job_card
from ui.markup import harmless

_JOB, _REFUSED = "style-views-job", "style-views-refused"


def show(workspace: Workspace, request: StyleRequest, result: ChosenPicture | None, *, key: str) -> None:
    """Only where the trained network's weights are here: nothing else could be looked through."""
    network = str(request.overrides.get("network", "vgg19"))
    if request.engine != "neural" or lying(network, workspace) is None:
        return
    box = st.expander(
        "What the network sees", icon=":material/visibility:", key=f"style-views-{key}", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        _ask(workspace, request, result, network, key)
        _show(workspace)


def _ask(workspace: Workspace, request: StyleRequest, result: ChosenPicture | None, network: str, key: str) -> None:
    pictures = {"Content": request.content}
    for number, style in enumerate(request.styles, 1):
        pictures["Style" if len(request.styles) == 1 else f"Style {number}"] = style.picture
    if result is not None:
        pictures["Result"] = result
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        role = st.selectbox("Picture", list(pictures), key=f"style-views-picture-{key}")
        layer = st.selectbox(
            "Layer",
            LAYERS,
            index=2,
            key=f"style-views-layer-{key}",
            help="From fine marks (relu1_1) to the arrangement of things (relu5_1).",
        )
        st.button(
            "Look",
            icon=":material/visibility:",
            key=f"style-views-look-{key}",
            on_click=access.owner_action(_start),
            args=(workspace, pictures[role], layer, network),
        )
    why = st.session_state.pop(_REFUSED, "")
    if why:
        st.error(harmless(why), icon=":material/error:")


def _start(workspace: Workspace, picture: ChosenPicture, layer: str, network: str) -> None:
    try:
        job = create_views(workspace, picture, layer, network=network)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_JOB] = job.id


def _show(workspace: Workspace) -> None:
    job_id = st.session_state.get(_JOB)
    if not job_id:
        return
    try:
        job: JobFolder = find_job(workspace, job_id)
    except AtelierError:
        return  # removed meanwhile
    job_card(job)
    if job.state() is not State.DONE:
        return
    maps, gram = st.columns([3, 2], gap="medium")
    with maps:
        st.image(str(job.path / MAPS), width="stretch", output_format="PNG", alt="Maps of the strongest channels")
        st.caption("The channels that the picture excites most, the strongest first: bright is where.")
    with gram:
        st.image(str(job.path / GRAM), width="stretch", output_format="PNG", alt="How channels go together")
        st.caption("How channels go together: each row and column is one. Bright: together, dark: opposed.")
