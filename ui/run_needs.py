"""What a planned run will take: time, memory, disk.

That loads torch, and the speed may need a trial of some seconds: it is worked out beside the page, not before it.
"""

import json
import os
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs.devices import slots_for
from core.training.estimate import Estimate, estimate
from core.workspace import Workspace
from ui import access
from ui.jobs import plain
from ui.runs import duration

_HOLD_SECONDS = 600  # an estimate is worked out anew after this: a run of the same kind may have been measured since


@access.owner_fragment(parallel=True)
def show(workspace: Workspace, plan: dict[str, Any]) -> None:
    """plan: the settings of a run as core.training.runs.plan_run gives them."""
    slot = st.container(key="run-needs")
    with slot.skeleton(height=130):
        try:
            device = slots_for(plan["device"])[0]
            found = _estimate(str(workspace.root), _key(plan), device)
        except AtelierError as error:
            st.error(plain(str(error)))
            return
        _needs(found, device)


def _needs(found: Estimate, device: str) -> None:
    with st.container(horizontal=True, gap="large"):
        st.metric("Time", duration(found.seconds), width="content")
        st.metric("Memory", _bytes(found.memory_bytes), width="content")
        st.metric("Disk", _bytes(found.disk_bytes), width="content")
    st.caption(
        f"An estimate on {plain(device)}: {found.images_per_second:,.0f} images per second, {plain(found.measured)}."
    )
    if found.problem:
        st.error(plain(found.problem), icon=":material/block:")


def refusal(workspace: Workspace, plan: dict[str, Any]) -> str:
    """Why this run cannot fit here, and what would; "" where it can. May measure by a trial."""
    try:
        with st.spinner("Making sure that it fits"):
            return _estimate(str(workspace.root), _key(plan), slots_for(plan["device"])[0]).problem
    except AtelierError as error:
        return str(error)


def images_per_second(workspace: Workspace, plan: dict[str, Any]) -> float:
    """How fast these settings train here; may measure it by a trial. Raises AtelierError where it cannot run."""
    with st.spinner("Measuring how fast this trains here"):
        return _estimate(str(workspace.root), _key(plan), slots_for(plan["device"])[0]).images_per_second


@st.cache_data(max_entries=64, ttl=_HOLD_SECONDS, show_spinner=False)
def _estimate(root: str, plan: str, device: str) -> Estimate:
    # a trial has to wait as the workers do (core.jobs.control); torch reads this once, when it is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return estimate(Workspace(root), json.loads(plan), device)


def _key(settings: dict[str, Any]) -> str:
    return json.dumps(settings, sort_keys=True)


def _bytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(1, round(number / 1e6))} MB"
