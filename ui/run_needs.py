"""What a planned run will take: time, memory, disk.

That loads torch, and the speed may need a trial of some seconds: it is worked out beside the page, not before it.
"""

import json
import os
import shutil
from typing import Any

import psutil
import streamlit as st

from core.errors import AtelierError
from core.jobs.devices import slots_for
from core.training.estimate import Estimate, estimate
from core.workspace import Workspace
from ui.jobs import plain
from ui.runs import duration

_HOLD_SECONDS = 600  # an estimate is worked out anew after this: a run of the same kind may have been measured since


@st.fragment(parallel=True)
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
        _needs(workspace, found, device)


def _needs(workspace: Workspace, found: Estimate, device: str) -> None:
    free_disk = shutil.disk_usage(workspace.root).free
    with st.container(horizontal=True, gap="large"):
        st.metric("Time", duration(found.seconds), width="content")
        st.metric("Memory", _bytes(found.memory_bytes), width="content")
        st.metric("Disk", _bytes(found.disk_bytes), width="content")
    st.caption(
        f"An estimate on {plain(device)}: {found.images_per_second:,.0f} images per second, {plain(found.measured)}; "
        "memory and disk are calculated."
    )
    if device == "cpu" and found.memory_bytes > psutil.virtual_memory().available:
        st.warning(
            f"This needs about {_bytes(found.memory_bytes)} of memory, but {_bytes(psutil.virtual_memory().available)} "
            "are free. Choose a smaller batch size, or close other programs first.",
            icon=":material/memory:",
        )
    if found.disk_bytes > free_disk:
        st.warning(
            f"This writes about {_bytes(found.disk_bytes)}, but {_bytes(free_disk)} are free on the disk. "
            "Keep fewer epochs (Save every), or free some space.",
            icon=":material/hard_drive:",
        )


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
