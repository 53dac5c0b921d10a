"""The table of a sweep's trials, with their newest pictures; choosing one shows it large."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core.errors import AtelierError
from core.jobs.folder import JobFolder, State
from core.sweeps.space import Choices, value_words
from core.sweeps.spec import offered_metrics
from core.sweeps.sweep import Sweep
from core.sweeps.trials import Trial, TrialState
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import run_start, runs, samples
from ui.jobs import plain
from ui.runs import duration
from ui.samples import Column, View
from ui.setting_fields import label

_THUMB_SIDE = 132  # pixels: as many whole pictures as fit
_LONGER = 4  # times a trial's length, where it is trained on
_WORDS = {
    TrialState.DONE: "Done",
    TrialState.PRUNED: "Ended early",
    TrialState.FAILED: "Failed",
    TrialState.OPEN: "At work",
}


def chosen_rows(sweep: Sweep) -> list[int]:
    """What is chosen in the table, also before it is drawn in this run: numbers of trials."""
    state = st.session_state.get(f"sweep-table-{sweep.id}")
    rows = state["selection"]["rows"] if state else []
    return [int(row) for row in rows if row < len(sweep.trials)]


def table(workspace: Workspace, sweep: Sweep) -> None:
    """All trials; one can be chosen."""
    trials, best, strengths = sweep.trials, sweep.best, sweep.strengths
    axes = sweep.spec.found_space.axes
    rows: list[dict[str, Any]] = []
    for trial in trials:
        run = sweep.run_of(workspace, trial)
        row: dict[str, Any] = {
            "Trial": trial.number + 1,
            "Samples": newest_thumb(run),
            "State": _state(workspace, trial) + (" · best" if best is not None and trial.number == best.number else ""),
            "Value": trial.value,
        }
        if strengths:
            row["Liked"] = strengths.get(trial.number)
        for axis in axes:
            value = trial.params[axis.name]
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            row[label(axis.name)] = value if numeric else value_words(value).replace(",", " + ")
        row |= {
            "Epoch": trial.epoch,
            "Time": duration(trial.seconds) if trial.seconds else "",
            "Why": trial.reason or trial.pruning,
        }
        rows.append(row)
    numbers = {
        label(axis.name): st.column_config.NumberColumn(format="%.4g")
        for axis in axes
        if not isinstance(axis, Choices) or isinstance(axis.values[0], float)
    }
    metric = offered_metrics()[sweep.spec.metric]
    st.dataframe(
        rows,
        key=f"sweep-table-{sweep.id}",
        hide_index=True,
        width="stretch",
        height=min(640, 38 + 62 * max(1, len(rows)) + 2),
        row_height=62,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Samples": st.column_config.ImageColumn(width="small"),
            "Value": st.column_config.NumberColumn(metric.key.upper(), format="%.4g", help=metric.about),
            "Liked": st.column_config.NumberColumn(
                format="%.2f", help="Bradley-Terry strength by the votes, in nats: one more is odds of 2.7 to 1."
            ),
            "Why": st.column_config.TextColumn(width="medium"),
            **numbers,
        },
    )


def show_trial(workspace: Workspace, sweep: Sweep, trial: Trial, *, title: str) -> None:
    """A trial's pictures over its epochs, its settings, and where it can be taken."""
    run = sweep.run_of(workspace, trial)
    st.subheader(title, anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with right:
        _facts(sweep, trial)
        if run is not None:
            _links(workspace, sweep, trial, run)
    with left:
        if run is None:
            st.caption("It has no run." if not trial.begun else "Its run was deleted.")
            return
        frames = runs.frames(run, preview=trial.is_open)
        height, width = run.shape
        samples.show(
            [Column(frames, cell=width, tall=height, alt=f"Samples of {trial.label.lower()}")],
            key=f"sweep-grid-{sweep.id}-{trial.number}",
            view=View(at=float(trial.epoch) if trial.epoch else None),
            of=run.id,
        )


def _facts(sweep: Sweep, trial: Trial) -> None:
    metric = offered_metrics()[sweep.spec.metric]
    lines = [f"**{plain(label(name))}** {plain(value_words(value))}" for name, value in trial.params.items()]
    if trial.value is not None:
        lines.insert(0, f"**{plain(metric.title)}** {trial.value:.4g} at epoch {trial.epoch}")
    if trial.number in sweep.strengths:
        lines.insert(0, f"**Liked** {sweep.strengths[trial.number]:+.2f}")
    st.markdown("  \n".join(lines))
    if trial.reason or trial.pruning:
        st.caption(plain(trial.reason or trial.pruning))


def _links(workspace: Workspace, sweep: Sweep, trial: Trial, run: RunFolder) -> None:
    with st.container(horizontal=True, key=f"sweep-links-{trial.number}"):
        _link("Open the run", "model_training", "app_pages/make/train.py", {"run": run.id})
        _link("Compare", "compare", "app_pages/judge/compare.py", {"run": run.id})
        if run.weight_epochs():
            _link("Explore", "explore", "app_pages/make/explore.py", {"run": run.id})
            _link("Measure", "straighten", "app_pages/judge/measure.py", {"run": run.id})
        from core.training.starting import branchable_epochs

        job = JobFolder(run.path)
        newest = branchable_epochs(run)[-1:]
        if newest and not job.is_active:
            longer = run.planned_epochs * _LONGER
            query = run_start.link(job, newest[0], run_start.BRANCH, epochs=longer)
            _link(f"Train on to {longer:,} epochs", "more_time", "app_pages/make/train.py", query)


def compare_link(sweep: Sweep, count: int = 4) -> None:
    """The best few beside one another."""
    ranked = sorted(sweep.scores, key=lambda number: sweep.scores[number])
    best: Sequence[str] = [sweep.trials[number].run_id for number in ranked[:count]]
    if len(best) > 1:
        st.page_link(
            "app_pages/judge/compare.py",
            label=f"Compare the best {len(best)}",
            icon=":material/compare:",
            query_params=[("run", run_id) for run_id in best],
        )


def _link(words: str, icon: str, page: str, query: dict[str, str]) -> None:
    st.page_link(page, label=words, icon=f":material/{icon}:", query_params=query)


def _state(workspace: Workspace, trial: Trial) -> str:
    if not trial.is_open:
        return _WORDS[trial.state]
    job = JobFolder(workspace.run(trial.run_id))
    if not job.request_path.exists():
        return "Is made"
    state, status = job.state(), job.status()
    if state is State.QUEUED:
        return "Waits"
    if state is State.RUNNING and status is not None and status.unit == "images":
        return f"At work, {status.share:.0%}"
    return "Paused" if trial.paused else _WORDS[TrialState.OPEN]


def newest_thumb(run: RunFolder | None) -> str:
    """The first of a run's newest pictures as a data URL; "" while there are none."""
    path = run.newest_grid() if run is not None else None
    if run is None:
        return ""
    try:
        return "" if path is None else _thumb_of(str(path), path.stat().st_mtime_ns, *run.shape)
    except (OSError, AtelierError):
        return ""  # the table serves without the picture; the run's own page says what is wrong


@st.cache_data(max_entries=512, show_spinner=False)
def _thumb_of(path: str, version: int, tall: int, wide: int) -> str:
    """The first pictures of a grid at true pixels, as a data URL. version: changes with the file."""
    height, width = (max(1, _THUMB_SIDE // (side + 2)) * (side + 2) - 2 for side in (tall, wide))
    with Image.open(Path(path)) as grid:
        buffer = io.BytesIO()
        small = grid.crop((0, 0, min(width, grid.width), min(height, grid.height))).convert("RGB")
        small.save(buffer, "WEBP", quality=85)  # a table of hundreds is sent again and again
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
