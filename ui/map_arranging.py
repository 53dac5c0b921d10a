"""Which map a page shows: the one that is kept, one made at once where that is quick, an older one meanwhile."""

import time
from dataclasses import dataclass, replace
from datetime import datetime

import streamlit as st

from core.catalog.mapped import MapScope
from core.errors import AtelierError
from core.features.choices import Choice
from core.features.maps import PictureMap, arranged, is_quick, keep_map, latest_map, map_key, read_map
from core.features.maps_job import create_map
from core.features.store import FeatureStore
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.workspace import Workspace
from ui import access
from ui.catalog_acts import pictures
from ui.jobs import job_card, plain

METHOD_WORDS = {"neighbours": "Neighbours", "components": "Components"}
_LONG = {
    "neighbours": "so that neighbours look alike takes half a minute or more",
    "components": "takes some seconds",
}
_REFUSAL = "map-refusal"
_KEPT = 6  # maps in memory: up to 8 MB each


@dataclass(frozen=True)
class _Wanted:
    key: str
    scope: str  # of what it is, to find the last one


def arranged_map(
    workspace: Workspace, store: FeatureStore, choice: Choice, scope: MapScope, method: str
) -> PictureMap | None:
    """Draw what there is to say about it, and return the map to show; None while there is none."""
    wanted = _Wanted(
        map_key(method, store.descriptor.name, scope.names), f"{scope.key}\n{method}\n{store.descriptor.name}"
    )
    found = _read(workspace, wanted.key)
    if found is not None:
        return found
    if is_quick(method, len(scope.rows)):
        with st.spinner("Arranging the pictures"):
            found = arranged(store, scope.rows, method, made=time.time())
            keep_map(workspace, found, wanted.scope)
        return found
    job = _at_work(workspace, wanted.key)
    if job is not None:
        job_card(job)
    older = latest_map(workspace, wanted.scope)
    if older is not None:
        _tell_age(older, scope)
    if job is None:
        _offer(workspace, choice, scope, method, wanted, again=older is not None)
    if older is not None:
        return older
    if method != "components" and is_quick("components", len(scope.rows)):
        st.caption("Until then: the two directions in which these pictures differ most.")
        instead = replace_method(wanted, store, scope)
        found = _read(workspace, instead.key)
        if found is None:
            found = arranged(store, scope.rows, "components", made=time.time())
            keep_map(workspace, found, instead.scope)
        return found
    return None


def replace_method(wanted: _Wanted, store: FeatureStore, scope: MapScope) -> _Wanted:
    return replace(
        wanted,
        key=map_key("components", store.descriptor.name, scope.names),
        scope=f"{scope.key}\ncomponents\n{store.descriptor.name}",
    )


def _read(workspace: Workspace, key: str) -> PictureMap | None:
    """Kept in memory once it is there."""
    kept = _kept()
    if key not in kept:
        found = read_map(workspace, key)
        if found is None:
            return None
        while len(kept) >= _KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = found
    return kept[key]


@st.cache_resource(show_spinner=False)
def _kept() -> dict[str, PictureMap]:
    return {}


def _at_work(workspace: Workspace, key: str) -> JobFolder | None:
    return next(
        (
            job
            for job in list_jobs(workspace)
            if job.kind == "map" and job.settings.get("key") == key and job.state().is_active
        ),
        None,
    )


def _tell_age(older: PictureMap, scope: MapScope) -> None:
    """What is shown is not of the pictures as they are now."""
    there = {name.tobytes() for name in older.names}
    now = {name.tobytes() for name in scope.names}
    came, went = len(now - there), len(there - now)
    made = datetime.fromtimestamp(older.made).strftime("%d %b %Y, %H:%M")
    changes = " and ".join(
        part for part in (f"{pictures(came)} came" if came else "", f"{pictures(went)} left" if went else "") if part
    )
    st.info(
        f"This map of {pictures(len(older))} was made on {made}. Since then {changes}: those that came are not on it.",
        icon=":material/history:",
    )


def _offer(workspace: Workspace, choice: Choice, scope: MapScope, method: str, wanted: _Wanted, *, again: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if not again:
            st.caption(f"Arranging {pictures(len(scope.rows))} {_LONG[method]}.", width="content")
        st.button(
            "Arrange again" if again else "Arrange",
            icon=":material/scatter_plot:",
            type="primary",
            key="map-arrange",
            on_click=access.owner_action(_start),
            args=(workspace, choice, scope, method, wanted),
            help="A job of its own; it is kept for these pictures.",
        )
    refusal = st.session_state.pop(_REFUSAL, "")
    if refusal:
        st.error(plain(refusal), icon=":material/error:")


def _start(workspace: Workspace, choice: Choice, scope: MapScope, method: str, wanted: _Wanted) -> None:
    try:
        job = create_map(
            workspace,
            scope.names,
            method=method,
            by=choice.key,
            scope=wanted.scope,
            title=f"Map of {pictures(len(scope.names))}",
        )
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSAL] = str(error)
