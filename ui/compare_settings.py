"""In which settings runs differ."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.jobs.folder import JobFolder
from ui import runs


def show(jobs: Sequence[JobFolder], names: Sequence[str]) -> None:
    """A row for each setting that is not the same in all; the rest on demand."""
    rows = table(jobs)
    differing = [row for row in rows if len(set(row[1:])) > 1]
    everything = st.toggle("Also what is the same", key="compare-all-settings")
    shown = rows if everything else differing
    if not differing:
        st.caption("The settings of these runs are the same.")
    if shown:
        st.dataframe(
            pd.DataFrame(shown, columns=["Setting", *names]),
            hide_index=True,
            width="stretch",
            height=480 if everything else "content",
            alt="Settings of the runs" if everything else "Settings that differ between the runs",
        )
        if not everything:
            st.caption(f"{len(differing)} of {len(rows)} settings differ.")


def table(jobs: Sequence[JobFolder]) -> list[list[str]]:
    """One row per setting that any of the runs has: its name, then its value in each."""
    tables = [_flat_settings(job) for job in jobs]
    names = dict.fromkeys(name for one in tables for name in one)
    return [[name, *(_shown(one.get(name)) for one in tables)] for name in names]


def _flat_settings(job: JobFolder) -> dict[str, Any]:
    settings = job.settings
    named = {
        "Preset": runs.preset_title(str(settings.get("preset"))),
        "Dataset": settings.get("dataset_name"),
        "Contents of the dataset": str(settings.get("dataset_hash") or "")[:12] or None,
        "Training pictures": settings.get("train_count"),
        "Epochs planned": settings.get("epochs"),
        "Architecture": settings.get("architecture"),
        "Code": _code(job.request.get("code")),
        "Device": settings.get("device"),
    }
    network = {f"network: {name}": value for name, value in settings.get("network", {}).items()}
    return named | network | settings.get("training", {})


def _code(code: Any) -> str | None:
    """Version and commit of what trained the run."""
    if not isinstance(code, dict):
        return None
    return " ".join(str(code[name])[:12] for name in ("version", "commit") if code.get(name)) or None


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
