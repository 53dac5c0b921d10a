"""Home: what the lab holds, and the next thing to do."""

import streamlit as st

from core import demo
from core.errors import AtelierError
from core.jobs.folder import list_jobs
from ui import home, lab

workspace = lab.workspace()
catalog = lab.catalog()
summary = catalog.summary()
runs = home.newest_runs(workspace)
first_steps = next((job for job in list_jobs(workspace) if job.kind == demo.KIND), None)
is_new = not summary.pictures and not runs

st.title("Atelier", anchor=False)
st.markdown("Collect pictures, train a model on them, and ask people what they think of what it draws.")

home.show_state(workspace, summary)

if first_steps is not None and (first_steps.is_active or not runs):
    home.show_first_steps(first_steps)

if is_new or not runs:
    try_it, bring = st.columns(2, gap="medium")
    with try_it, st.container(border=True, height="stretch"):
        if home.sample_card(busy=first_steps is not None and first_steps.is_active):
            try:
                demo.submit(workspace)
            except AtelierError as error:
                st.error(str(error))
            else:
                st.rerun()
    with bring, st.container(border=True, height="stretch"):
        home.own_pictures_card()

home.show_newest_run(workspace, runs)
home.show_newest_pictures(catalog)
