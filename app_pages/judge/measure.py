"""Measure: numbers for the epochs of runs, between what real pictures give and what noise does; whether they copy."""

import streamlit as st

from ui import access, lab, measure_board, measure_form, measure_meaning, measure_pairs, measure_results, measure_state
from ui.jobs import plain
from ui.runs import list_run_jobs, run_label

access.require_owner()

POLL_SECONDS = 4.0  # while an evaluation is at work, its numbers appear as they come

workspace = lab.workspace()
known = {job.id: job for job in list_run_jobs(workspace)}
st.title("Measure")
if not known:
    st.info(
        "There are no runs to measure yet. Train a model first: every epoch that it keeps can be measured.",
        icon=":material/straighten:",
    )
    st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()
st.caption("How close a model's pictures come to real ones, how varied they are, and whether it copies.")
if unknown := measure_state.begin(known):
    st.warning(f"The link names runs that are not in this lab: {plain(', '.join(unknown))}.")

questions, answers = st.columns([5, 9], gap="large")
with questions:
    chosen = st.multiselect(
        "Runs",
        list(known),
        key=measure_state.RUNS,
        format_func=lambda run_id: run_label(known[run_id]),
        max_selections=measure_state.MOST_RUNS,
        placeholder="Choose at least one",
        wrap=True,
    )
    measure_state.to_url(chosen)
    jobs = [known[run_id] for run_id in chosen]
    measure_form.ask(workspace, jobs)
with answers:
    at_work = measure_form.follow(workspace)
    tabs = st.tabs(measure_state.TABS, key=measure_state.TAB, on_change="rerun", bind="query-params")
    epochs, board, copies, meaning = tabs
    if epochs.open:
        with epochs:
            if jobs:
                access.owner_fragment(measure_results.show, run_every=POLL_SECONDS if at_work else None)(jobs)
            else:
                st.info("Choose a run to see its numbers.", icon=":material/straighten:")
    if board.open:
        with board:
            measure_board.show(workspace)
    if copies.open:
        with copies:
            measure_pairs.show(workspace, jobs)
    if meaning.open:
        with meaning:
            measure_meaning.show()
