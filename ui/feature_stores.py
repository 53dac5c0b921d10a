"""The lab's descriptors as pages use them: open stores, a choice among them, having pictures described."""

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.errors import AtelierError
from core.features.choices import WITHOUT_NETWORK, Choice, choices, open_store
from core.features.descriptor import Descriptor
from core.features.job import create_describe, create_describe_network
from core.features.store import FeatureStore
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.jobs import job_card, plain

BY = "by"  # in the URL: the key of a choice
_REFUSAL = "describe-refusal"


@st.cache_resource(show_spinner=False)
def _kept() -> dict[str, FeatureStore]:
    return {}


def store_of(workspace: Workspace, descriptor: Descriptor) -> FeatureStore:
    """Opened once for all sessions, and anew when a job has written."""
    kept = _kept()
    found = kept.get(descriptor.name)
    if found is None or not found.is_current():
        found = kept[descriptor.name] = open_store(workspace, descriptor)
    return found


def chosen_descriptor(workspace: Workspace) -> Choice:
    """What the page goes by, before or without a choice on it."""
    found = choices(workspace)
    asked = st.query_params.get(BY, WITHOUT_NETWORK)
    return next((choice for choice in found if choice.key == asked), found[0])


def descriptor_choice(workspace: Workspace, *, key: str, width: int = 330) -> Choice:
    """A field where there is anything to choose; it lives in the URL. Elsewhere the one that always is there."""
    found = {choice.key: choice for choice in choices(workspace)}
    if len(found) == 1:
        return found[WITHOUT_NETWORK]
    chosen = chosen_descriptor(workspace).key
    st.session_state[key] = chosen
    st.selectbox(
        "Alike by",
        list(found),
        key=key,
        format_func=lambda name: found[name].label,
        on_change=access.owner_action(_choose),
        args=(key,),
        width=width,
        help="What pictures are compared by. Networks are offered where their files lie in the lab.",
    )
    return found[chosen]


def _choose(key: str) -> None:
    """The address says it by its short name, which a field bound to it would not."""
    st.query_params[BY] = st.session_state[key]


def describing_now(workspace: Workspace) -> JobFolder | None:
    """A job that describes pictures at this moment, or waits to."""
    kinds = ("describe", "describe-network")
    return next((job for job in list_jobs(workspace) if job.kind in kinds and job.state().is_active), None)


def offer_describing(
    catalog: Catalog, workspace: Workspace, choice: Choice, missing: int, *, key: str, card: bool = True
) -> None:
    """The job at work, or a button that starts it for all pictures of the lab that are not described.

    Args:
        missing: how many pictures of those in question are not described; 0 draws nothing.
        card: False where a card cannot follow it, as in a dialog.
    """
    if not missing:
        return
    job = describing_now(workspace)
    if job is not None:
        if card:
            job_card(job)
        else:
            st.page_link(
                "app_pages/lab/queue.py", label="Pictures are being described: follow it", icon=":material/list:"
            )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"{pictures(missing)} not described yet by {plain(choice.label[:1].lower() + choice.label[1:])}.",
            width="content",
        )
        st.button(
            "Describe pictures",
            icon=":material/image_search:",
            key=f"{key}-describe",
            on_click=access.owner_action(_describe),
            args=(catalog, workspace, choice),
            help="A job of its own; the page can be used meanwhile.",
        )
    refusal = st.session_state.pop(_REFUSAL, "")
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _describe(catalog: Catalog, workspace: Workspace, choice: Choice) -> None:
    store = store_of(workspace, choice.descriptor)
    everything = Selection(excluded="all")
    try:
        if choice.key == WITHOUT_NETWORK:
            rows = rows_to_describe(catalog, everything, store.names(range(len(store))))
            job = create_describe(workspace, rows, title="Describe pictures")
        else:
            names = [picture.sha256 for picture in catalog.pictures_for(everything)]
            job = create_describe_network(workspace, store.missing(names), choice.key)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSAL] = str(error)
