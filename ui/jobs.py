"""Background work on a page: a card per job that follows its folder, the states in words and colours, a summary."""

import re
import time
from collections.abc import Callable, Sequence

import streamlit as st

from core.errors import AtelierError
from core.jobs import control, kinds, queue
from core.jobs.folder import JobFolder, State, Status, find_job, list_jobs
from core.workspace import Workspace
from ui import access, lab
from ui.runs import STATE_WORDS, clock, duration, state_word

_TICK_SECONDS = 1.0
_FORCE_AFTER_SECONDS = 30.0  # a step of training may well take some seconds, and saving some more
_QUIET_AFTER_SECONDS = 60.0
KIND_WORDS = {
    "train": "Training",
    "collect": "Collecting",
    "build": "Building a dataset",
    "describe": "Describing pictures",
    "describe-network": "Describing pictures",
    "map": "Arranging a map",
    "export": "Exporting",
    "network-export": "Exporting a network",
    "network-import": "Importing a network",
    "upscale": "Upscaling",
    "resample": "Upscaling",
    "train-upscaler": "Training an upscaler",
    "evaluate": "Measuring runs",
    "upscale-measure": "Measuring upscaling",
    "project": "Searching for a picture",
    "direction": "Learning a direction",
    "animate": "Making a film",
    "animate-walk": "Making a film",
    "demo": "First steps",
    "weights": "Weights of a network",
    "style-views": "Looking through a network",
    "style": "Restyling",
    "recolour": "Recolouring",
    "style-sheet": "Contact sheet of styles",
    "style-folder": "Restyling a folder",
    "sweep": "Search for settings",
}


def job_card(job: JobFolder) -> None:
    """One job with its progress, what can be done about it, and its log.

    Follows the job once a second while it is active. When it begins or ends, the whole page runs once more, so that
    the page can show what came of it. An ended job has no timer.
    """
    job_cards([job])


def job_cards(jobs: Sequence[JobFolder]) -> None:
    """Several cards that share one timer."""
    phases = [_phase(job.state()) for job in jobs]

    @access.owner_fragment(run_every=_TICK_SECONDS if any(phase != "ended" for phase in phases) else None)
    def cards() -> None:
        states = [job.state() for job in jobs]
        for job, state in zip(jobs, states, strict=True):
            _card(job, state)
        if [_phase(state) for state in states] != phases:
            st.rerun()

    cards()


def _phase(state: State) -> str:
    return "waits" if state is State.QUEUED else "works" if state.is_active else "ended"


def state_badge(state: State, label: str | None = None) -> None:
    """The state as a coloured word with its icon. label: another word, as "Paused" for what was stopped by a pause."""
    word, icon, colour = STATE_WORDS[state]
    st.badge(label or word, icon=icon, color=colour)  # type: ignore[arg-type]


def kind_word(kind: str) -> str:
    return KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())


def asked_or_newest(workspace: Workspace, parameter: str, kind: str) -> JobFolder | None:
    """The job that this parameter of the address names, else the newest of its kind."""
    asked = st.query_params.get(parameter, "")
    if asked:
        try:
            return find_job(workspace, asked)
        except AtelierError as error:
            st.warning(plain(str(error)), icon=":material/broken_image:")
    return next((job for job in list_jobs(workspace) if job.kind == kind), None)


def plain(text: str) -> str:
    """Text of people and programs, so that Markdown shows it letter by letter."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$:<>])", r"\\\1", text)


def progress_words(status: Status | None, state: State) -> str:
    """'123 of 400 images · 5.2 images/s · about 2 min left'."""
    if status is None or not status.unit or state is State.DONE:
        return ""  # what a finished job achieved, its closing message says
    in_percent = status.unit == "percent"  # of several steps that have no unit in common
    count = f"{status.done:,} of {status.total:,}" if status.total else f"{status.done:,}"
    parts = [f"{status.done} %" if in_percent else f"{count} {status.unit}"]
    if state is State.RUNNING and status.rate_per_second and not in_percent:
        rate = status.rate_per_second
        parts.append(f"{rate:,.0f} {status.unit}/s" if rate >= 10 else f"{rate:.2g} {status.unit}/s")
    if state is State.RUNNING and status.eta_seconds is not None and status.done < status.total:
        parts.append(f"about {duration(status.eta_seconds)} left")
    return " · ".join(parts)


def sentence(job: JobFolder, state: State, status: Status | None) -> str:
    """What a person needs to know beyond the one word."""
    if state is State.QUEUED:
        place = queue.position(job)
        if job.stop_request() is not None:
            return "Leaving the queue."
        return "Starting." if place in (None, 1) and status is None else _place_words(place)
    if state is State.HUNG:
        silent = duration(status.seconds_silent()) if status else "a while"
        return f"No sign of life for {silent}. It may recover; or end it now and resume from what it saved last."
    if state is State.RUNNING:
        if job.stop_request() is not None:
            return "Ending after the present step; everything is saved first."
        if status is None:
            return "Starting."
        quiet = time.time() - max(status.progressed, status.started)
        if status.unit and quiet > _QUIET_AFTER_SECONDS:
            return f"{status.message or 'At work'} · no progress for {duration(quiet)}"
        return status.message
    if state is State.LOST:
        return control.lost_message(job)
    end = job.end()
    return end.message if end is not None else ""


def _place_words(place: int | None) -> str:
    if place is None or place == 1:
        return "Next: begins when a device is free."
    return f"Number {place} in the queue: begins when a device is free."


def _card(job: JobFolder, state: State) -> None:
    """While a job is followed, always the same elements in the same order, so that nothing jumps."""
    status = job.status()
    said = job.damage or sentence(job, state, status)
    facts = [kind_word(job.kind), progress_words(status, state), _time_words(job, state, status)]
    with st.container(border=True, key=f"job-{job.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            state_badge(state, state_word(job, state))
            st.markdown(f"**{plain(job.title)}**", width="stretch")
            _buttons(job, state)
        if state is not State.DONE:
            st.progress(status.share if status else 0.0)
        if state is State.FAILED:
            st.error(plain(said), icon=":material/error:")
        elif state in (State.LOST, State.HUNG):
            st.warning(plain(said), icon=":material/warning:")
        else:
            facts.insert(1, said)
        st.caption(plain(" · ".join(fact.rstrip(".") for fact in facts if fact)))
        refusal = st.session_state.get(f"job-refusal-{job.id}")
        if refusal:
            st.error(plain(refusal), icon=":material/block:")
        end = job.end()
        _log(job, end.traceback if end is not None else "")


def _time_words(job: JobFolder, state: State, status: Status | None) -> str:
    end = job.end()
    if end is not None and end.ended:
        return f"ended {clock(end.ended)} after {duration(end.seconds)}"
    if state in (State.RUNNING, State.HUNG) and status is not None and status.started:
        return f"for {duration(time.time() - status.started)} on {', '.join(status.device_slots) or 'this machine'}"
    return f"asked {clock(job.created)}" if job.created else ""


def _buttons(job: JobFolder, state: State) -> None:
    asked = job.stop_request()
    workspace = lab.workspace()
    if state.is_active:
        fetches = job.kind == "collect"
        if (fetches or kinds.needs_device(job.kind)) and state is not State.QUEUED:
            _button(
                job,
                "Pause",
                "pause",
                "Nobody is asked for anything meanwhile; resuming goes on where it was."
                if fetches
                else "The device is free meanwhile; resuming goes on exactly where it was.",
                lambda: control.stop(workspace, job, "pause"),
                disabled=asked is not None,
            )
        waiting = state is State.QUEUED
        _button(
            job,
            "Leave the queue" if waiting else "Stop",
            "stop",
            "Can be resumed later." if waiting else "Ends after the present step and saves. Can be resumed.",
            lambda: control.stop(workspace, job),
            disabled=asked is not None,
        )
        overdue = asked is not None and time.time() - asked["asked"] > _FORCE_AFTER_SECONDS
        if state is State.HUNG or overdue:
            _button(
                job,
                "End now",
                "dangerous",
                "Ends its processes at once. What was not saved is lost; it can be resumed.",
                lambda: control.stop(workspace, job, force=True),
            )
    elif state is not State.DONE:
        _button(
            job,
            "Resume",
            "play_arrow",
            "Goes on where it was.",
            lambda: control.resume(workspace, job),
            disabled=bool(job.damage),
        )


def _button(
    job: JobFolder, label: str, icon: str, tip: str, act: Callable[[], None], *, disabled: bool = False
) -> None:
    def clicked() -> None:
        st.session_state.pop(f"job-refusal-{job.id}", None)
        try:
            act()
        except AtelierError as error:
            st.session_state[f"job-refusal-{job.id}"] = str(error)

    st.button(
        label,
        icon=f":material/{icon}:",
        help=tip,
        key=f"job-{icon}-{job.id}",
        on_click=access.owner_action(clicked),
        disabled=disabled,
    )


def _log(job: JobFolder, traceback: str) -> None:
    """Read only while it is open: a tick of a closed card touches no log."""
    log = st.expander("Log", icon=":material/notes:", key=f"job-log-{job.id}", on_change="rerun", type="compact")
    if log.open:
        with log:
            if traceback:
                st.caption("The error, for a bug report")
                st.code(traceback, language=None, wrap_lines=True, height=min(320, 40 + 21 * traceback.count("\n")))
            st.code(job.log_tail() or "Nothing printed yet.", language=None, wrap_lines=True, height=260)
            st.caption(f"The whole log: {plain(str(job.log_path))}")
