"""Compare: up to four columns of samples at true pixels, moved by one epoch slider, with their curves and settings."""

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.errors import AtelierError
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from ui import charts, curves, lab, runs, samples

MOST_COLUMNS = 4
VIEWER = "compare-viewer"
POLL_SECONDS = 5.0
Place = tuple[str, float | None]  # run id, and the epoch it is held at


def places_from_url(known: dict[str, JobFolder]) -> tuple[list[Place], list[str]]:
    """The columns that `?run=ID&run=ID@40` names, and the ids that are no runs."""
    places: list[Place] = []
    unknown = []
    for text in st.query_params.get_all("run")[:MOST_COLUMNS]:
        run_id, _, epoch = text.partition("@")
        if run_id not in known:
            unknown.append(run_id)
            continue
        places.append((run_id, _number(epoch)))
    return places, unknown


def view_from_url(places: list[Place]) -> samples.View:
    zoom = _number(st.query_params.get("zoom", ""))
    return samples.View(
        at=_number(st.query_params.get("epoch", "")),
        zoom=min(samples.MAX_ZOOM, max(1, int(zoom))) if zoom else None,
        equal=st.query_params.get("size") == "same",
        pins={index: epoch for index, (_, epoch) in enumerate(places) if epoch is not None},
    )


def view_to_url(run_ids: list[str], view: samples.View) -> None:
    held = [f"{run_id}@{view.pins[index]:g}" if index in view.pins else run_id for index, run_id in enumerate(run_ids)]
    wanted: dict[str, str | list[str]] = {"run": held}
    if view.zoom is not None:
        wanted["zoom"] = str(view.zoom)
    if view.at is not None:
        wanted["epoch"] = f"{view.at:g}"
    if view.equal:
        wanted["size"] = "same"
    st.query_params.from_dict(wanted)


def without_column(view: samples.View, removed: int) -> samples.View:
    """Columns behind the removed one move up, and so do their pins."""
    pins = {index - (index > removed): place for index, place in view.pins.items() if index != removed}
    return replace(view, pins=pins)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def column_of(job: JobFolder, color: int) -> samples.Column:
    run = RunFolder(job.path)
    waiting = "No samples yet: the first grid comes as soon as training begins." if job.is_active else "No samples."
    return samples.Column(
        frames=runs.frames(run),
        cell=run.resolution,
        title=job.title,
        subtitle=" · ".join(
            (runs.preset_title(run.preset), f"{run.resolution} px", runs.averaging_word(run), runs.clock(job.created))
        ),
        alt=f"Samples of {job.title}",
        color=color,
        empty=waiting,
    )


def shared_latents_note(columns: list[RunFolder]) -> str:
    """Whether a cell shows the same latent everywhere: latents are drawn from the seed and have the model's length."""
    drawn = {(run.settings["training"].get("seed"), run.settings["network"].get("latent_dim")) for run in columns}
    if len(drawn) == 1:
        return (
            "Every cell shows the same latent in all columns and epochs. "
            "Point at one to find it everywhere; click to see it alone."
        )
    return (
        "Within a column a cell shows the same latent at every epoch. Between these runs the latents differ, "
        "since their seed or the length of their latents does."
    )


def flat_settings(job: JobFolder) -> dict[str, Any]:
    settings = job.settings
    training, network = settings.get("training", {}), settings.get("network", {})
    named = {
        "Preset": runs.preset_title(str(settings.get("preset"))),
        "Dataset": settings.get("dataset_name"),
        "Training pictures": settings.get("train_count"),
        "Epochs planned": settings.get("epochs"),
        "Architecture": settings.get("architecture"),
    }
    return named | {f"network: {key}": value for key, value in network.items()} | training


def settings_differences(jobs: list[JobFolder], names: list[str]) -> pd.DataFrame:
    """One row per setting that is not the same in all runs; one column per run."""
    tables = [flat_settings(job) for job in jobs]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    rows = [
        [key, *(_shown(table.get(key)) for table in tables)]
        for key in keys
        if len({_shown(t.get(key)) for t in tables}) > 1
    ]
    return pd.DataFrame(rows, columns=["Setting", *names])


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"


def show_curves(
    jobs: list[JobFolder], names: list[str], columns: list[samples.Column], colors: list[int], view: samples.View
) -> None:
    """The chosen number of every run in one chart, with the epochs in sight marked."""
    logs = [RunFolder(job.path).metrics()[0] for job in jobs]
    metrics = curves.metric_names([row for log in logs for row in log])
    if not metrics:
        st.caption("No curves yet: nothing has been logged.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare-curve-choices"):
        metric = st.selectbox("Curve", metrics, format_func=curves.metric_label, key="compare-metric", width=320)
        axis = st.segmented_control(
            "Over", ["Epochs", "Images seen"], default="Epochs", required=True, key="compare-axis"
        )
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key="compare-smoothing", width=220)
        log = st.toggle("Log axis", key="compare-log")
    x = "epoch" if axis == "Epochs" else "images_seen"
    drawn = [curves.curve(rows, metric, name, x=x) for rows, name in zip(logs, names, strict=True)]
    places = [
        (color, frame.at, RunFolder(jobs[color].path))
        for index, (column, color) in enumerate(zip(columns, colors, strict=True))
        if (frame := samples.frame_at(column, index, view)) is not None
    ]
    marks = [
        charts.Mark(at if x == "epoch" else at * run.epoch_images, f"{at:g}", names[color]) for color, at, run in places
    ]
    charts.line_chart(
        [curve for curve in drawn if curve is not None],
        key="compare-curves",
        alt=f"{curves.metric_label(metric)} of {len(jobs)} runs",
        x_title=axis[:-1] if axis == "Epochs" else axis,
        y_title=curves.metric_label(metric),
        smoothing=smoothing,
        log=log,
        marks=marks,
        height=280,
    )
    missing = [name for name, curve in zip(names, drawn, strict=True) if curve is None]
    if missing:
        st.caption(f"Not logged by {', '.join(missing)}.")


def show_comparison(places: list[Place], known: dict[str, JobFolder]) -> None:
    run_ids = [run_id for run_id, _ in places]
    unique = list(dict.fromkeys(run_ids))
    colors = [unique.index(run_id) for run_id in run_ids]
    jobs = [known[run_id] for run_id in unique]
    columns = [column_of(known[run_id], color) for run_id, color in zip(run_ids, colors, strict=True)]
    if not any(column.frames for column in columns):
        st.info("These runs have no samples yet. The first grid appears a moment after training begins.")
    answer = samples.show(
        columns,
        key=VIEWER,
        view=view_from_url(places),
        removable=True,
        on_view=lambda: view_to_url(run_ids, samples.told_view(VIEWER, view_from_url(places))),
    )
    if answer.removed is not None:
        view_to_url(
            [run_id for index, run_id in enumerate(run_ids) if index != answer.removed],
            without_column(answer.view, answer.removed),
        )
        st.rerun()
    st.caption(shared_latents_note([RunFolder(job.path) for job in jobs]))
    names = [job.title for job in jobs]
    if len(set(names)) < len(names):
        names = [f"{job.title}, {runs.clock(job.created)}" for job in jobs]
    if len(set(names)) < len(names):
        names = [f"{job.title}, {job.id[-4:]}" for job in jobs]
    st.subheader("Curves")
    show_curves(jobs, names, columns, colors, answer.view)
    if len(jobs) > 1:
        st.subheader("What differs")
        differences = settings_differences(jobs, names)
        if len(differences):
            st.dataframe(
                differences, hide_index=True, width="stretch", key="compare-differences", alt="Settings that differ"
            )
        else:
            st.caption("The settings of these runs are the same.")


st.title("Compare")
workspace = lab.workspace()
known = {job.id: job for job in runs.list_run_jobs(workspace)}
if not known:
    st.info("There are no runs to compare yet. Train a model first: every epoch it keeps appears here.")
    st.page_link("pages/make/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()

places, unknown = places_from_url(known)
if unknown:
    st.warning(f"The link names runs that are not in this lab: {', '.join(unknown)}.")
if not places and "run" not in st.query_params:
    places = [(job.id, None) for job in known.values() if RunFolder(job.path).epochs()][:2]


def add_column() -> None:
    chosen = st.session_state["compare-add"]
    if chosen is not None:
        view = samples.told_view(VIEWER, view_from_url(places))
        view_to_url([*(run_id for run_id, _ in places), chosen], view)
    st.session_state["compare-add"] = None


full = len(places) >= MOST_COLUMNS
st.selectbox(
    "Add a run",
    list(known),
    index=None,
    format_func=lambda run_id: runs.run_label(known[run_id]),
    placeholder="Four columns are shown; remove one to add another"
    if full
    else "Choose a run; the same run twice compares two of its epochs",
    key="compare-add",
    on_change=add_column,
    disabled=full,
    width=560,
)
if not places:
    st.info("Choose a run to see its samples.")
    st.stop()

growing = any(known[run_id].is_active for run_id, _ in places)
try:
    st.fragment(show_comparison, run_every=POLL_SECONDS if growing else None)(places, known)
except AtelierError as error:
    st.error(str(error))
