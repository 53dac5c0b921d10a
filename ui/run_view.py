"""One training run as it is now: its job card, samples, verdict and curves, and what can be made of it."""

from typing import Any

import streamlit as st

from core.jobs.folder import JobFolder, State
from core.training.run_folder import RunFolder
from ui import charts, curves, runs, samples
from ui.jobs import job_card, plain
from ui.run_logs import rows_of

_TICK_SECONDS = 1.0
_MAIN_CHARTS = 3  # shown at once; the others open on demand


def show(job: JobFolder) -> None:
    """Draw the run, again every second while it is active."""
    job_card(job)
    active = job.is_active

    @st.fragment(run_every=_TICK_SECONDS if active else None)
    def panel() -> None:
        state = job.state()
        if active != state.is_active:
            st.rerun()  # the card changes too, and an ended run needs no clock
        _panel(job, state)

    panel()
    with st.expander("Settings", icon=":material/tune:"):
        st.dataframe(_settings_table(job), hide_index=True, width="stretch", alt="Settings of this run")


def _panel(job: JobFolder, state: State) -> None:
    run = RunFolder(job.path)
    _links(run, job)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _samples(run, job, state)
    with right:
        rows = rows_of(run)
        _health(rows, state)
        _curves(rows, run.family)


def _links(run: RunFolder, job: JobFolder) -> None:
    """What can be made of the run: on the epoch that is looked at, as far as its weights were kept."""
    epoch = _epoch_in_sight(job)
    with st.container(horizontal=True, vertical_alignment="center", key="run-links"):
        st.page_link(
            "app_pages/judge/compare.py", label="Compare", icon=":material/compare:", query_params={"run": job.id}
        )
        if epoch is None:
            st.caption("A study can be created once the first epoch is kept.")
        else:
            st.page_link(
                "app_pages/judge/studies.py",
                label=f"Create a study from epoch {epoch}",
                icon=":material/how_to_vote:",
                query_params={"run": job.id, "epoch": str(epoch)},
            )


def _viewer_key(job: JobFolder) -> str:
    return f"run-samples-{job.id}"


def _epoch_in_sight(job: JobFolder) -> int | None:
    """The newest epoch with weights that is not later than the samples a person looks at."""
    run = RunFolder(job.path)
    place = samples.told_view(_viewer_key(job), samples.View()).at
    early = [epoch for epoch in run.weight_epochs() if place is None or epoch <= place]
    return early[-1] if early else None


def _samples(run: RunFolder, job: JobFolder, state: State) -> None:
    found = runs.frames(run, preview=True)
    if not found:
        with st.container(border=True, height=320, vertical_alignment="center", horizontal_alignment="center"):
            st.caption(
                "The first samples appear here." if state.is_active else "This run left no samples.", width="content"
            )
        return
    column = samples.Column(found, run.resolution, alt=f"Samples of {job.title}")
    key = _viewer_key(job)
    samples.show([column], key=key, view=samples.told_view(key, samples.View()), prefetch=False)
    latents = run.settings["training"].get("grid_size")
    st.caption(
        f"{latents or 'The'} samples at true pixels, the same latents in the same cells at every epoch; "
        f"{runs.averaging_word(run)}."
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


def _health(rows: list[dict[str, Any]], state: State) -> None:
    """The verdict in words. Says nothing before there are numbers to judge by."""
    if not rows:
        return
    findings = [str(finding["message"]) for finding in rows[-1].get("health") or []]
    for finding in findings:
        st.warning(plain(finding), icon=":material/ecg_heart:")
    if not findings and state is not State.FAILED:
        st.success("Looks healthy: no collapse, no divergence, no memorising seen.", icon=":material/ecg_heart:")


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
