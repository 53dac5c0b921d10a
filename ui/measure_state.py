"""What the Measure page looks at, as its address says: `?run=ID&run=ID&show=Leaderboard&metric=swd`."""

from collections.abc import Mapping

import streamlit as st

from core.jobs.folder import JobFolder
from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder

RUNS, TAB, METRIC = "measure-runs", "show", "metric"
TABS = ("Epochs", "Leaderboard", "Copies", "What the numbers mean")
MOST_RUNS = 8  # in one chart


def begin(known: Mapping[str, JobFolder]) -> list[str]:
    """Take the runs from the address, once; returns ids in it that are no runs of this lab."""
    asked = st.query_params.get_all("run")
    named = [run_id.partition("@")[0] for run_id in asked]
    unknown = [run_id for run_id in named if run_id not in known]
    if RUNS not in st.session_state:
        st.session_state[RUNS] = [run_id for run_id in dict.fromkeys(named) if run_id in known][:MOST_RUNS] or first(
            known
        )
    else:  # a run that was deleted meanwhile
        st.session_state[RUNS] = [run_id for run_id in st.session_state[RUNS] if run_id in known]
    return unknown


def first(known: Mapping[str, JobFolder]) -> list[str]:
    """The newest run that was measured, else the newest that can be."""
    usable = [run_id for run_id, job in known.items() if RunFolder(job.path).weight_epochs()]
    measured = [run_id for run_id in usable if RunFolder(known[run_id].path).evaluations()]
    return (measured or usable)[:1]


def to_url(run_ids: list[str]) -> None:
    """Only the runs: tab and metric are bound to their widgets."""
    if st.query_params.get_all("run") != run_ids:
        st.query_params["run"] = run_ids


def metric_among(keys: list[str]) -> str:
    """The metric in the address if it is one of those, else the first."""
    asked = st.session_state.get(METRIC) or st.query_params.get(METRIC, "")
    return asked if asked in keys and asked in METRICS else keys[0]
