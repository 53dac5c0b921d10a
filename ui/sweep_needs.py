"""What a planned sweep will take: time, memory, disk. Measured beside the page, not before it."""

import json
import os

import streamlit as st

from core.errors import AtelierError
from core.sweeps.estimate import SweepEstimate, estimate_sweep
from core.sweeps.spec import SweepSpec
from core.workspace import Workspace
from ui import access
from ui.jobs import plain
from ui.runs import duration

_HOLD_SECONDS = 600  # after this it is worked out anew: runs of the same kind may have been measured since


@access.owner_fragment(parallel=True)
def show(workspace: Workspace, spec: SweepSpec) -> None:
    st.markdown(
        "**What it will take**",
        help="Kinds of trials that were never trained here are measured for some seconds each, at most three of them; "
        "on a busy machine that takes a while.",
    )
    slot = st.container(key="sweep-needs")
    with slot.skeleton(height=150):
        try:
            found = _estimate(str(workspace.root), _key(spec))
        except AtelierError as error:
            st.error(plain(str(error)))
            return
        _needs(found)


def refusal(workspace: Workspace, spec: SweepSpec) -> str:
    """Why this sweep should not be started as it is; "" where it can."""
    with st.spinner("Making sure that it fits"):
        return _estimate(str(workspace.root), _key(spec)).problem


def _needs(found: SweepEstimate) -> None:
    with st.container(horizontal=True, gap="medium"):
        st.metric("All trials", duration(found.seconds), width="content")
        shortest, longest = duration(found.shortest_seconds), duration(found.longest_seconds)
        st.metric("Each", shortest if shortest == longest else f"{shortest} to {longest}", width="content")
        st.metric("Memory", _bytes(found.memory_bytes), width="content")
        st.metric("Disk", _bytes(found.disk_bytes), width="content")
    beside = f", {found.at_once} at once" if found.at_once > 1 else ""
    st.caption(plain(f"An estimate for {found.trials} trials{beside}; the speed is {found.measured}."))
    for remark in found.remarks:
        st.caption(f":material/info: {plain(remark)}")
    if found.problem:
        st.error(plain(found.problem), icon=":material/block:")


@st.cache_data(max_entries=64, ttl=_HOLD_SECONDS, show_spinner=False)
def _estimate(root: str, spec: str) -> SweepEstimate:
    # a trial has to wait as the workers do (core.jobs.control); torch reads this once, when it is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return estimate_sweep(Workspace(root), SweepSpec.from_json(json.loads(spec)))


def _key(spec: SweepSpec) -> str:
    return json.dumps(spec.to_json(), sort_keys=True)


def _bytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(1, round(number / 1e6))} MB"
