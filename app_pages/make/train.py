"""Train: choose a dataset and a preset and start a run, or follow one."""

import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.training.runs import find_run
from ui import access, lab, new_run, run_view, runs
from ui.jobs import plain

access.require_owner()

LIST_POLL_SECONDS = 2.0
FIRST_SHOWN = 24


def show_runs(jobs: list[JobFolder], selected: str | None) -> None:
    """All runs, newest first; choosing one puts it into the URL."""
    shown = jobs if st.session_state.get("train-all-runs") else jobs[:FIRST_SHOWN]
    chosen = runs.run_list([runs.run_row(job) for job in shown], key="train-runs", selected=selected)
    if chosen is not None:
        st.query_params.from_dict({"run": chosen})
        st.rerun()
    if len(jobs) > FIRST_SHOWN:
        st.toggle(f"Show all {len(jobs)} runs", key="train-all-runs")


def new() -> None:
    st.query_params.clear()


workspace = lab.workspace()
run_id = st.query_params.get("run")
jobs = runs.list_run_jobs(workspace)

with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="train-title"):
    st.title("Train")
    if run_id is not None:
        st.button("New run", icon=":material/add:", on_click=access.owner_action(new), key="train-new")

if run_id is None:
    new_run.show(workspace)
else:
    try:
        run_view.show(JobFolder(find_run(workspace, run_id).path))
    except AtelierError as error:
        st.error(plain(str(error)))

if jobs:
    st.subheader("Runs", anchor=False)
    active = any(job.is_active for job in jobs[:FIRST_SHOWN])
    access.owner_fragment(show_runs, run_every=LIST_POLL_SECONDS if active else None)(jobs, run_id)
