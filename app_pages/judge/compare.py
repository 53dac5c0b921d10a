"""Compare: up to four columns of samples at true pixels, moved by one epoch slider, with their curves and settings."""

import pandas as pd
import streamlit as st

from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from ui import access, charts, curves, lab, run_people, runs, samples
from ui.comparison import MOST_COLUMNS, Comparison, column_of, differences, latents_note, names_of
from ui.jobs import plain
from ui.run_logs import rows_of

access.require_owner()

VIEWER = "compare-viewer"
POLL_SECONDS = 5.0
SHOWN_AT_FIRST = 2  # the newest runs with samples, when the URL names none
AXES = {"Epochs": ("epoch", "Epoch"), "Images seen": ("images_seen", "Images seen")}


def show_comparison(shown: Comparison, known: dict[str, JobFolder]) -> None:
    unique = list(dict.fromkeys(shown.run_ids))
    colors = [unique.index(run_id) for run_id in shown.run_ids]
    columns = [column_of(known[run_id], color) for run_id, color in zip(shown.run_ids, colors, strict=True)]
    jobs = [known[run_id] for run_id in unique]

    answer = samples.show(
        columns,
        key=VIEWER,
        view=shown.view,
        of=shown.of,
        removable=True,
        on_view=access.owner_action(lambda: shown.seen(samples.told_view(VIEWER, shown.view, shown.of)).to_url()),
    )
    if answer.removed is not None:
        shown.seen(answer.view).without(answer.removed).to_url()
        st.rerun()
    st.caption(latents_note(jobs))

    names = names_of(jobs)
    st.subheader("Curves", anchor=False)
    in_sight = [
        (color, frame.at)
        for index, (column, color) in enumerate(zip(columns, colors, strict=True))
        if (frame := samples.frame_at(column, index, answer.view)) is not None
    ]
    folders = [RunFolder(job.path) for job in jobs]
    show_curves(folders, names, in_sight)
    run_people.show(folders, names, key="compare")

    if len(jobs) > 1:
        st.subheader("What differs", anchor=False)
        rows = differences(jobs)
        if rows:
            table = pd.DataFrame(rows, columns=["Setting", *names])
            st.dataframe(
                table, hide_index=True, width="stretch", height="content", alt="Settings that differ between the runs"
            )
        else:
            st.caption("The settings of these runs are the same.")


def show_curves(folders: list[RunFolder], names: list[str], in_sight: list[tuple[int, float]]) -> None:
    """The chosen number of every run in one chart. in_sight: (run, epoch) of each column, to be marked."""
    logs = [rows_of(folder) for folder in folders]
    metrics = curves.metric_names([row for log in logs for row in log])
    if not metrics:
        st.caption(charts.NO_POINTS)
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="compare-curve-choices"):
        metric = st.selectbox("Curve", metrics, format_func=curves.metric_label, key="compare-metric", width=320)
        axis = st.segmented_control("Over", list(AXES), default="Epochs", required=True, key="compare-axis")
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key="compare-smoothing", width=220)
        log = st.toggle("Log axis", key="compare-log")
    x, x_title = AXES[axis]
    drawn = [curves.curve(rows, metric, name, x=x) for rows, name in zip(logs, names, strict=True)]
    charts.line_chart(
        [curve for curve in drawn if curve is not None],
        key="compare-curves",
        alt=f"{curves.metric_label(metric)} of {len(names)} runs",
        x_title=x_title,
        y_title=curves.metric_label(metric),
        smoothing=smoothing,
        log=log,
        marks=run_people.joined(
            [
                charts.Mark(at if x == "epoch" else at * folders[number].epoch_images, f"{at:g}", names[number])
                for number, at in dict.fromkeys(in_sight)
            ]
            + run_people.marks(folders, names, x=x)
        ),
        height=280,
    )
    missing = [name for name, curve in zip(names, drawn, strict=True) if curve is None]
    if missing:
        st.caption(f"Not logged by {plain(', '.join(missing))}.")


def add_column(shown: Comparison) -> None:
    chosen = st.session_state["compare-add"]
    st.session_state["compare-add"] = None
    if chosen is not None:
        shown.seen(samples.told_view(VIEWER, shown.view, shown.of)).adding(chosen).to_url()


st.title("Compare")
known = {job.id: job for job in runs.list_run_jobs(lab.workspace())}
if not known:
    st.info(
        "There are no runs to compare yet. Train a model first: every epoch it keeps appears here.",
        icon=":material/compare:",
    )
    st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()

shown = Comparison.from_url(known)
if shown.unknown:
    st.warning(f"The link names runs that are not in this lab: {plain(', '.join(shown.unknown))}.")
if "run" not in st.query_params:
    newest = [job.id for job in known.values() if RunFolder(job.path).epochs()]
    for run_id in newest[:SHOWN_AT_FIRST]:
        shown = shown.adding(run_id)

full = len(shown.run_ids) >= MOST_COLUMNS
st.selectbox(
    "Add a run",
    list(known),
    index=None,
    format_func=lambda run_id: runs.run_label(known[run_id]),
    placeholder="Remove a column to add another" if full else "Choose a run",
    help="The same run twice compares two of its epochs: hold one column at its epoch and move the other.",
    key="compare-add",
    on_change=access.owner_action(add_column),
    args=(shown,),
    disabled=full,
    width=560,
)
if not shown.run_ids:
    unsampled = "No run has samples yet: the first grid appears a moment after training begins."
    st.info("Choose a run to see its samples." if "run" in st.query_params else unsampled)
    st.stop()

growing = any(known[run_id].is_active for run_id in shown.run_ids)
access.owner_fragment(show_comparison, run_every=POLL_SECONDS if growing else None)(shown, known)
