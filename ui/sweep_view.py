"""One sweep: how far it is, its best trial, all trials, and what they say about the settings."""

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.metrics.registry import METRICS
from core.sweeps import parzen
from core.sweeps.planning import extend
from core.sweeps.sweep import Sweep
from core.sweeps.trials import Trial, TrialState
from core.workspace import Workspace
from ui import access, jobs, sweep_charts, sweep_trials, sweep_votes
from ui.jobs import plain
from ui.sweep_form import METHOD_WORDS

_TICK_SECONDS = 2.0
_REFUSED = "sweep-extend-refused"
_SURE_OF_IMPORTANCES = 20  # trials


def show(workspace: Workspace, sweep: Sweep) -> None:
    spec = sweep.spec
    st.caption(plain(_asked(sweep)))
    jobs.job_card(sweep.job)
    if spec.by_people:
        st.subheader("Which is better?", anchor=False)
        sweep_votes.show(workspace, sweep)
    _follow(workspace, sweep)
    if sweep.trials:
        _findings(sweep)
    if not spec.by_people and len(sweep.scores) > 1:
        votes = st.expander(
            "Ask your own eye",
            icon=":material/visibility:",
            key=f"sweep-eye-{sweep.id}",
            on_change="rerun",
            expanded=bool(sweep.votes),
        )
        if votes.open:
            with votes:
                st.caption("Pick the better of two trials, without knowing which they are; the table shows the result.")
                sweep_votes.show(workspace, sweep)
    _more(workspace, sweep)


def _asked(sweep: Sweep) -> str:
    spec = sweep.spec
    length = f"{spec.images:,} images each" if spec.images else f"{spec.minutes:g} minutes each"
    title = METRICS[spec.metric].title
    metric = "by your votes" if spec.by_people else f"by {title[0].lower()}{title[1:]}"
    parts = [METHOD_WORDS[spec.method], length, metric]
    if spec.pruning != "none":
        parts.append(f"ended early by {spec.pruning}")
    searched = "; ".join(f"{axis.name}: {axis.in_words()}" for axis in spec.found_space.axes)
    return f"{' · '.join(parts)} · {searched}"


def _follow(workspace: Workspace, sweep: Sweep) -> None:
    """What changes while it works: the counts and the table; below, the trial that is looked at."""
    ended, shown = _ended(sweep), _chosen(sweep)

    @access.owner_fragment(run_every=_TICK_SECONDS if sweep.job.is_active else None)
    def live() -> None:
        now = Sweep(sweep.job)
        _figures(now)
        if not now.trials:
            st.caption("The first trial appears here in a moment.")
            return
        sweep_trials.table(workspace, now)
        if _ended(now) != ended or _chosen(now) != shown:
            st.rerun()  # what stands below is drawn when a trial has ended or is chosen, not at every look

    live()
    looked_at = sweep.trials[shown] if shown is not None and shown < len(sweep.trials) else sweep.best
    if looked_at is not None:
        is_best = shown is None
        title = f"The best so far: {looked_at.label.lower()}" if is_best else looked_at.label
        sweep_trials.show_trial(workspace, sweep, looked_at, title=title)


def _chosen(sweep: Sweep) -> int | None:
    """The number of the trial that is chosen in the table."""
    rows = sweep_trials.chosen_rows(sweep)
    return rows[0] if rows else None


def _ended(sweep: Sweep) -> int:
    return sum(not trial.is_open for trial in sweep.trials)


def _figures(sweep: Sweep) -> None:
    spec, best = sweep.spec, sweep.best
    with st.container(horizontal=True, gap="large", key=f"sweep-figures-{sweep.id}"):
        st.metric("Trials ended", f"{_ended(sweep)} of {spec.planned}", width="content")
        if best is not None and best.value is not None:
            st.metric(f"Best {spec.metric.upper()}", f"{best.value:.4g}", width="content")
        if early := sweep.count(TrialState.PRUNED):
            st.metric("Ended early", early, width="content")
        if failed := sweep.count(TrialState.FAILED):
            st.metric("Failed", failed, width="content")


def _findings(sweep: Sweep) -> None:
    spec = sweep.spec
    space = spec.found_space
    metric = METRICS[spec.metric]
    values = _values(sweep)
    high = spec.by_people or metric.better == "high"
    axis = "Strength by votes" if spec.by_people else metric.axis
    if len(values) < 2:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Course of the search", anchor=False)
        sweep_charts.history(sweep.trials, values, axis=axis, high=high, key=f"sweep-history-{sweep.id}")
    with right:
        st.subheader(
            "What decides",
            anchor=False,
            help="How much each setting decides whether a trial is among the best quarter, as shares of all of it "
            "(PED-ANOVA). It says that a setting matters, not which value is good: the lines below show that.",
        )
        shares = sweep.importances
        if shares:
            sweep_charts.importance_bars(shares, key=f"sweep-importances-{sweep.id}")
            if len(values) < _SURE_OF_IMPORTANCES:
                st.caption(
                    f"By {len(values)} trials: a rough picture. From {_SURE_OF_IMPORTANCES} on it can be relied on."
                )
        else:
            st.caption(
                f"Told from {parzen.FEWEST_FOR_IMPORTANCES} trials on that differ in their settings and results."
            )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(
            "All settings at once",
            anchor=False,
            help="One line a trial, the best in red; on the last axis the best is on top. Draw a box over a part of an "
            "axis to see only the trials that pass there; click beside it to see all again.",
        )
        sweep_trials.compare_link(sweep)
    sweep_charts.parallel_coordinates(
        space.axes, sweep.trials, values, axis=axis, high=high, key=f"sweep-lines-{sweep.id}"
    )


def _values(sweep: Sweep) -> dict[int, float]:
    """As people read them."""
    if sweep.spec.by_people:
        return {number: -score for number, score in sweep.scores.items()}
    by_number: dict[int, Trial] = {trial.number: trial for trial in sweep.trials}
    found = {number: by_number[number].value for number in sweep.scores}
    return {number: value for number, value in found.items() if value is not None}


def _more(workspace: Workspace, sweep: Sweep) -> None:
    """Extend it, once it is known what it finds."""
    size = sweep.spec.found_space.size
    if size is not None and sweep.spec.trials >= size:
        st.caption(f"All {size} combinations are planned.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"sweep-more-{sweep.id}"):
        most = 2_000 if size is None else size - sweep.spec.trials
        number = int(st.number_input("Trials more", 1, most, min(10, most), key="sweep-extend-number", width=140))
        if st.button("Extend the search", icon=":material/add:", key="sweep-extend"):
            try:
                extend(workspace, sweep, number)
            except (AtelierError, control.DiskFullError) as error:
                st.session_state[_REFUSED] = str(error)
            st.rerun()
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(plain(refused), icon=":material/block:")
