"""What came of a dataset: runs and studies, each with the way there."""

import time

import streamlit as st

from core.datasets.listing import Dataset
from core.jobs.folder import State
from core.studies.lineage import RunUse, StudyUse, lineage
from core.workspace import Workspace
from ui.dataset_list import train_link
from ui.jobs import plain, state_badge
from ui.runs import preset_title


def show_lineage(workspace: Workspace, dataset: Dataset) -> None:
    found = lineage(workspace, dataset)
    st.subheader(f"Runs {len(found.runs):,}" if found.runs else "Runs", anchor=False)
    if not found.runs:
        st.caption("Nothing has been trained on it yet.")
        train_link(dataset.id, "it")
    for run in found.runs:
        _show_run(run)
    st.subheader(f"Studies {len(found.studies):,}" if found.studies else "Studies", anchor=False)
    if not found.studies:
        st.caption("No study shows its pictures, or those of a run that trained on it.")
    for study in found.studies:
        _show_study(study)


def _show_run(run: RunUse) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"used-{run.id}"):
        state_badge(State(run.state))
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(run.title)}**")
            when = time.strftime("%d %b %Y, %H:%M", time.localtime(run.created))
            elsewhere = " · on the same contents under another name" if run.by_hash else ""
            st.caption(plain(f"{preset_title(run.preset)} · {run.epochs:,} epochs planned · {when}{elsewhere}"))
        st.page_link(
            "app_pages/make/train.py",
            label="Open the run",
            icon=":material/model_training:",
            query_params={"run": run.id},
        )
        st.page_link(
            "app_pages/judge/compare.py", label="Its samples", icon=":material/compare:", query_params={"run": run.id}
        )


def _show_study(study: StudyUse) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"used-{study.id}"):
        with st.container(gap=None, width="stretch"):
            st.markdown(f"**{plain(study.title)}**")
            shows = [f"pictures of {run}" for run in study.runs]
            shows += ["held-out pictures of the dataset"] if study.shows_dataset else []
            st.caption(plain(f"Shows {', '.join(shows)} · {study.created[:10]}"))
        st.page_link(
            "app_pages/judge/studies.py",
            label="Open the study",
            icon=":material/how_to_vote:",
            query_params={"study": study.id},
        )
