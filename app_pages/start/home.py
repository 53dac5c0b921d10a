"""Home: what the lab holds, and the next thing to do."""

import streamlit as st

from core import demo
from ui import access, home, lab

access.require_owner()

workspace = lab.workspace()

st.title("Atelier", anchor=False)
st.markdown("Collect pictures, train models on them, restyle them, and ask people what they think of what comes out.")


def the_lab() -> None:
    """Everything that changes while work goes on."""
    catalog = lab.catalog()
    summary = catalog.summary()
    runs = home.newest_runs(workspace)
    home.show_state(workspace, summary)
    if first_steps is not None and (first_steps.is_active or not runs):
        home.show_first_steps(first_steps)
    if not runs:
        home.show_ways_in(first_steps)
    home.show_newest_run(workspace, runs)
    home.show_made(workspace)
    home.show_newest_pictures(catalog)


first_steps = demo.newest(workspace)
at_work = first_steps is not None and first_steps.is_active
access.owner_fragment(the_lab, run_every=home.TICK_SECONDS if at_work else None)()
