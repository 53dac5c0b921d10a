"""Sweeps: search for the settings of a training, and look at what was found."""

import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import State
from core.sweeps.sweep import Sweep, find_sweep, list_sweeps
from ui import access, lab, runs, sweep_form, sweep_view
from ui.jobs import plain
from ui.runs import RunRow, clock
from ui.sweep_trials import newest_thumb

access.require_owner()

LIST_POLL_SECONDS = 3.0
FIRST_SHOWN = 24


def show_sweeps(selected: str | None) -> None:
    """All sweeps, newest first; choosing one puts it into the URL."""
    found = list_sweeps(workspace)
    shown = found if st.session_state.get("sweeps-all") else found[:FIRST_SHOWN]
    chosen = runs.run_list([row(sweep) for sweep in shown], key="sweeps-list", selected=selected)
    if chosen is not None:
        st.query_params.from_dict({"sweep": chosen})
        st.rerun()
    if len(found) > FIRST_SHOWN:
        st.toggle(f"Show all {len(found)} sweeps", key="sweeps-all")


def row(sweep: Sweep) -> RunRow:
    spec, state = sweep.spec, sweep.job.state()
    ended = sum(not trial.is_open for trial in sweep.trials)
    facts = [f"{ended} of {spec.planned} trials", sweep_form.METHOD_WORDS[spec.method], clock(sweep.job.created)]
    best = sweep.best
    if best is not None and best.value is not None:
        facts.insert(1, f"best {spec.metric} {best.value:.4g}")
    run = None if best is None else sweep.run_of(workspace, best)
    return RunRow(
        sweep.id,
        sweep.job.title,
        state,
        runs.state_word(sweep.job, state),
        " · ".join(facts),
        1.0 if state is State.DONE else ended / max(1, spec.planned),
        newest_thumb(run),
    )


def new() -> None:
    st.query_params.clear()


workspace = lab.workspace()
sweep_id = st.query_params.get("sweep")
with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="sweeps-title"):
    st.title("Sweeps")
    if sweep_id is not None:
        st.button("New search", icon=":material/add:", on_click=access.owner_action(new), key="sweeps-new")

if sweep_id is None:
    st.caption(
        "A search trains a run for each point of some settings and shows which work. Every trial is an ordinary run: "
        "it can be compared, measured, explored and trained on."
    )
    sweep_form.show(workspace)
else:
    try:
        found = find_sweep(workspace, sweep_id)
        st.subheader(plain(found.job.title), anchor=False)
        sweep_view.show(workspace, found)
    except AtelierError as error:
        st.error(plain(str(error)))

sweeps = list_sweeps(workspace)
if sweeps:
    st.subheader("Searches", anchor=False)
    active = any(sweep.job.is_active for sweep in sweeps[:FIRST_SHOWN])
    access.owner_fragment(show_sweeps, run_every=LIST_POLL_SECONDS if active else None)(sweep_id)
