"""One training run as it is now: state, progress, samples, curves, log, and what can be done with it."""

import time
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs import control, queue
from core.jobs.folder import JobFolder, State, Status
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import charts, curves, runs, samples

POLL_SECONDS = 1.0
_FORCE_AFTER_SECONDS = 20.0  # a stop that was not followed for so long may be enforced
_FAILED = "run-view-refusal"


def show(workspace: Workspace, job: JobFolder) -> None:
    """Draw the run, again every second while it is active."""
    active = job.is_active

    @st.fragment(run_every=POLL_SECONDS if active else None)
    def panel() -> None:
        state = job.state()
        if active != state.is_active:
            st.rerun()  # the page around it changes too, and an ended run needs no clock
        _panel(workspace, job, state)

    panel()


def _panel(workspace: Workspace, job: JobFolder, state: State) -> None:
    run = RunFolder(job.path)
    status = job.status()
    _head(job, state, status)
    _actions(workspace, job, state)
    left, right = st.columns([4, 3], gap="medium")
    with left:
        _samples(run, job, state)
    with right:
        _health(run, job, state)
        _curves(run)
    with st.expander("Log", icon=":material/terminal:", expanded=state is State.FAILED):
        st.code(job.log_tail(60) or "Nothing was printed yet.", language=None, height=320)
        end = job.end()
        if end is not None and end.traceback:
            st.caption("Where it failed")
            st.code(end.traceback, language="python", height=320)
    with st.expander("Settings", icon=":material/tune:"):
        st.dataframe(_settings_table(job), hide_index=True, width="stretch", alt="Settings of this run")


def _head(job: JobFolder, state: State, status: Status | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run-head"):
        st.subheader(job.title, width="content", anchor=False)
        _, icon, color = runs.STATE_WORDS[state]
        st.badge(runs.state_word(job, state), icon=icon, color=color)  # type: ignore[arg-type]
    st.caption(
        f"Created {runs.clock(job.created)} · "
        f"{runs.duration(runs.worked_seconds(job, state, status))} of work · {job.id}"
    )
    st.progress(status.share if status is not None else 0.0, text=progress_text(job, state, status))
    sentence = state_sentence(job, state)
    if sentence and state is State.FAILED:
        st.error(sentence, icon=":material/error:")
    elif sentence and state in (State.LOST, State.HUNG):
        st.warning(sentence, icon=":material/warning:")
    elif sentence:
        st.caption(sentence)


def progress_text(job: JobFolder, state: State, status: Status | None) -> str:
    """'12,000 of 36,000 images · epoch 33.3 of 100 · 251 images/s · about 2 min left'."""
    epochs, per_epoch = int(job.settings.get("epochs", 0)), max(1, int(job.settings.get("train_count", 1)))
    seen, total = runs.images_seen(job, status), epochs * per_epoch
    parts = [f"{seen:,} of {total:,} images", f"epoch {min(seen / per_epoch, epochs):.1f} of {epochs:,}"]
    if state is State.RUNNING and status is not None:
        if status.rate_per_second:
            parts.append(f"{status.rate_per_second:,.0f} images/s")
        if status.eta_seconds is not None and seen:
            parts.append(f"about {runs.duration(status.eta_seconds)} left")
    return " · ".join(parts)


def state_sentence(job: JobFolder, state: State) -> str:
    """What a person needs to know beyond the one word."""
    if state is State.QUEUED:
        place = queue.position(job)
        return (
            "Starting."
            if place is None or place <= 1
            else f"Number {place} in the queue: it begins when a device is free."
        )
    if state is State.RUNNING and job.stop_request() is not None:
        return "Stopping after the present step; everything is saved first."
    if state is State.RUNNING and not (job.status() and job.status().done):  # type: ignore[union-attr]
        return "Loading the model and the pictures."
    if state is State.HUNG:
        status = job.status()
        silent = status.seconds_silent() if status else 0.0
        return (
            f"No sign of life for {runs.duration(silent)}. "
            "It may recover; or end it at once and resume from what it saved last."
        )
    if state is State.LOST:
        return control.lost_message(job)
    end = job.end()
    return end.message if end is not None else ""


def _actions(workspace: Workspace, job: JobFolder, state: State) -> None:
    asked = job.stop_request()
    with st.container(horizontal=True, vertical_alignment="center", key="run-actions"):
        if state.is_active:
            waiting = asked is not None
            _button(
                "Pause",
                ":material/pause:",
                "The device is free meanwhile; resuming goes on exactly where it was.",
                lambda: control.stop(workspace, job, "pause"),
                disabled=waiting,
            )
            _button(
                "Stop",
                ":material/stop:",
                "Ends after the present step and saves. It can be resumed.",
                lambda: control.stop(workspace, job),
                disabled=waiting,
            )
            overdue = asked is not None and time.time() - float(asked["asked"]) > _FORCE_AFTER_SECONDS
            if state is State.HUNG or overdue:
                _button(
                    "End at once",
                    ":material/dangerous:",
                    "Ends its process now. What was not saved is lost; it can be resumed.",
                    lambda: control.stop(workspace, job, force=True),
                )
        elif state is not State.DONE:
            _button(
                "Resume",
                ":material/play_arrow:",
                "Goes on exactly where it was saved last.",
                lambda: control.resume(workspace, job),
                primary=True,
            )
        st.page_link("pages/judge/compare.py", label="Compare", icon=":material/compare:", query_params={"run": job.id})
        newest = RunFolder(job.path).latest()
        if newest is not None:
            st.page_link(
                "pages/judge/studies.py",
                label="Create a study from this epoch",
                icon=":material/how_to_vote:",
                query_params={"run": job.id, "epoch": str(_epoch_in_sight(job) or newest)},
            )
    if refusal := st.session_state.pop(_FAILED, None):
        st.error(refusal)


def _button(
    label: str, icon: str, help_text: str, action: Any, *, primary: bool = False, disabled: bool = False
) -> None:
    """A button whose refusal is shown after the rerun it causes."""

    def act() -> None:
        try:
            action()
        except AtelierError as error:
            st.session_state[_FAILED] = str(error)

    key = f"run-{label.lower().replace(' ', '-')}"
    if st.button(
        label,
        icon=icon,
        help=help_text,
        on_click=act,
        key=key,
        disabled=disabled,
        type="primary" if primary else "secondary",
    ):
        st.rerun()  # the whole page: the clock of the panel is set by whether the run is active


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
            st.caption("The first samples appear here." if state.is_active else "This run left no samples.")
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


def _health(run: RunFolder, job: JobFolder, state: State) -> None:
    """The verdict in words. Says nothing before there are numbers to judge by."""
    rows, _ = run.metrics()
    if not rows:
        return
    findings = [str(finding["message"]) for finding in rows[-1].get("health") or []]
    for finding in findings:
        st.warning(finding, icon=":material/ecg_heart:")
    if not findings and state is not State.FAILED:
        st.success("Looks healthy: no collapse, no divergence, no memorising seen.", icon=":material/ecg_heart:")


def _curves(run: RunFolder) -> None:
    rows, _ = run.metrics()
    with st.container(horizontal=True, vertical_alignment="center", key="run-curve-choices"):
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.6, 0.01, key="run-smoothing", width=220)
        log = st.toggle("Log axis", key="run-log")
    groups = curves.groups_for(run.family)
    if not rows:
        st.caption(charts.NO_POINTS)
        return
    for number, group in enumerate(groups):
        drawn = [
            found for name, label in group.metrics.items() if (found := curves.curve(rows, name, label)) is not None
        ]
        if not drawn:
            continue
        st.markdown(f"**{group.title}**", help=group.help)
        charts.line_chart(
            drawn,
            key=f"run-curve-{number}",
            alt=f"{group.title} over the epochs",
            y_title=group.axis,
            smoothing=smoothing,
            log=log and number == 0,
            height=190,
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
