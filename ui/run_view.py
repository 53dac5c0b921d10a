"""One training run as it is now: its job card, samples, verdict and curves, and what can be made of it."""

from typing import Any

import streamlit as st

from core.jobs.folder import JobFolder, State
from core.training.run_folder import RunFolder
from ui import (
    access,
    charts,
    curves,
    model_export,
    run_actions,
    run_codes,
    run_conditions,
    run_health,
    run_scores,
    runs,
    samples,
)
from ui.jobs import job_card
from ui.run_logs import rows_of

_TICK_SECONDS = 1.0
_MAIN_CHARTS = 3  # shown at once; the others open on demand


def show(job: JobFolder) -> None:
    """Draw the run, again every second while it is active."""
    job_card(job)
    active = job.is_active

    @access.owner_fragment(run_every=_TICK_SECONDS if active else None)
    def panel() -> None:
        state = job.state()
        if active != state.is_active:
            st.rerun()  # the card changes too, and an ended run needs no clock
        _panel(job, state)

    panel()
    run_conditions.show(job)
    if run_codes.has_codes(RunFolder(job.path)) and RunFolder(job.path).weight_epochs():
        run_codes.show(RunFolder(job.path))
    export = st.expander("Export and import", icon=":material/file_export:", key="run-export-open", on_change="rerun")
    if export.open:
        with export:
            model_export.show(RunFolder(job.path))
    with st.expander("Settings", icon=":material/tune:"):
        st.dataframe(_settings_table(job), hide_index=True, width="stretch", alt="Settings of this run")


def _panel(job: JobFolder, state: State) -> None:
    run = RunFolder(job.path)
    run_actions.show(job, _place(job))
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _samples(run, job, state)
        run_scores.show(run)
    with right:
        rows = rows_of(run)
        run_health.show(run, rows, state)
        _curves(rows, run.family)


def _viewer_key(job: JobFolder) -> str:
    return f"run-samples-{job.id}"


def _place(job: JobFolder) -> float | None:
    """Where on the axis of epochs a person looks; None follows the newest."""
    return samples.told_view(_viewer_key(job), samples.View()).at


def _samples(run: RunFolder, job: JobFolder, state: State) -> None:
    found = runs.frames(run, preview=True)
    if not found:
        with st.container(border=True, height=320, vertical_alignment="center", horizontal_alignment="center"):
            st.caption(
                "The first samples appear here." if state.is_active else "This run left no samples.", width="content"
            )
        return
    column = samples.Column(found, run.shape[1], alt=f"Samples of {job.title}", tall=run.shape[0])
    key = _viewer_key(job)
    samples.show([column], key=key, view=samples.told_view(key, samples.View()), prefetch=False)
    latents = run.settings["training"].get("grid_size")
    st.caption(
        f"{latents or 'The'} samples, the same latents in the same cells at every epoch; {runs.averaging_word(run)}."
    )
    newest = max((epoch for epoch in run.epochs() if run.reconstructions(epoch).exists()), default=None)
    if newest is not None:
        with st.expander(f"Reconstructions at epoch {newest}", icon=":material/compare_arrows:"):
            st.image(
                run.reconstructions(newest).read_bytes(),
                output_format="PNG",
                width="content",
                alt="Pictures, and below each what comes back",
            )
            st.caption("Pictures, and below each what the model makes of it.")


def _curves(rows: list[dict[str, Any]], family: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run-curve-choices"):
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key="run-smoothing", width=220)
        log = st.toggle("Log axis", key="run-log")
    groups = curves.groups_for(family)
    if not rows:
        st.caption(charts.NO_POINTS)
        return
    drawn = [(group, found) for group in groups if (found := curves.group_curves(rows, group))]
    for number, (group, lines) in enumerate(drawn[:_MAIN_CHARTS]):
        _chart(group, lines, number, smoothing, log)
    more = st.expander("More curves", icon=":material/show_chart:", key="run-more-curves", on_change="rerun")
    if more.open:
        with more:
            for number, (group, lines) in enumerate(drawn[_MAIN_CHARTS:], _MAIN_CHARTS):
                _chart(group, lines, number, smoothing, log)


def _chart(group: curves.CurveGroup, lines: list[charts.Curve], number: int, smoothing: float, log: bool) -> None:
    st.markdown(f"**{group.title}**", help=group.help)
    charts.line_chart(
        lines,
        key=f"run-curve-{number}",
        alt=f"{group.title} over the epochs",
        y_title=group.axis,
        smoothing=smoothing,
        log=log and group.can_be_log,
        height=200,
    )


def _settings_table(job: JobFolder) -> list[dict[str, str]]:
    rows = []
    for name, value in job.settings.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        for part, inner in parts:
            rows.append(
                {"Setting": f"{name}: {part}" if part else name, "Value": "none" if inner in ("", None) else str(inner)}
            )
    return rows
