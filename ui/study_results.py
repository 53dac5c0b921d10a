"""What a study found: the live part of its page. What is drawn for each kind of measure has a module of its own."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.studies import links
from core.studies.clock import now_seconds
from core.studies.journal import VoteJournal
from core.studies.results.machine import keep_with_runs
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults, results
from core.studies.statistics.intervals import Interval
from core.studies.study import Study
from ui import (
    access,
    lab,
    study_results_detection,
    study_results_downloads,
    study_results_pictures,
    study_results_preferences,
    study_results_raters,
    study_results_ratings,
    study_results_tests,
)
from ui.markup import harmless
from ui.rating import journal_at, study_at

_REFRESH_SECONDS = 5
_MEASURES: dict[str, Callable[[StudyResults], None]] = {
    "rating": study_results_ratings.show,
    "detection": study_results_detection.show,
    "preference": study_results_preferences.show,
}


def show(study: Study) -> None:
    """Draw the results, again and again while the study takes votes."""
    journal = journal_at(study.path)
    st.header("Results", anchor=False)
    access.owner_fragment(_live, run_every=_REFRESH_SECONDS if links.access(study).is_open else None)(study, journal)


def _live(study: Study, journal: VoteJournal) -> None:
    try:
        everything, clean = (_results(study, journal, without_flagged=clean) for clean in (False, True))
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    if not everything.counts.judgements:
        joined = everything.counts.joined
        begun = f"{joined} {'person has' if joined == 1 else 'people have'} joined. " if joined else ""
        st.info(f"Nobody has answered yet. {begun}Share the link; the results appear here as answers come in.")
        return
    _gauge(everything)
    _keep(clean)
    left_out = clean.counts.left_out
    only_clean = False
    if left_out:
        only_clean = st.toggle(
            f"Leave out what is flagged ({left_out:,} {'judgement' if left_out == 1 else 'judgements'})",
            help="Fast votes and raters flagged by the rules fixed when the study opened. Nothing is deleted.",
            key=f"clean-{study.id}",
        )
    found = clean if only_clean else everything
    study_results_raters.counts(found)
    if not found.counts.judgements:
        st.info("Every judgement so far is flagged: without them there is nothing to show.")
    else:
        _MEASURES[study.design.scale.measure](found)
        st.subheader("Pictures", anchor=False)
        study_results_pictures.best_and_worst(found)
        study_results_pictures.region_maps(found)
        study_results_tests.differences(found)
        study_results_tests.machine(found)
        study_results_tests.agreement(found)
        study_results_raters.strata(found)
        study_results_tests.explanations(found)
    _table(everything, clean)
    study_results_raters.raters(everything)
    study_results_downloads.show(everything, clean, journal)


def _results(study: Study, journal: VoteJournal, *, without_flagged: bool) -> StudyResults:
    """Computed once for each state of the journal and the links, whoever looks."""
    given = links.access(study)
    hour = int(now_seconds() // 3600)  # a stop rule may be a date
    return _computed(study.path, journal.size(), given, hour, without_flagged)


@st.cache_resource(show_spinner=False, max_entries=24)
def _computed(path: Path, journal_bytes: int, given: links.Access, hour: int, without_flagged: bool) -> StudyResults:
    """The arguments that are not used say which state of the files is meant."""
    return results(study_at(path), journal_at(path), without_flagged=without_flagged)


def _keep(clean: StudyResults) -> None:
    """What people said stands on Compare, beside the machine's numbers."""
    try:
        keep_with_runs(lab.workspace(), clean)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        st.caption(f"What people said could not be written beside the runs, so Compare does not show it: {reason}.")


def _gauge(found: StudyResults) -> None:
    gauge = found.gauge
    if gauge.is_enough:
        st.success(gauge.words, icon=":material/check_circle:")
    else:
        st.progress(gauge.share, text=f"**{gauge.share:.0%} of what the design asks for.** {gauge.words}")
    if gauge.interim:
        st.warning(gauge.interim, icon=":material/hourglass_top:")


def _table(everything: StudyResults, clean: StudyResults) -> None:
    st.subheader("In numbers", anchor=False)
    names = condition_names(everything.study.conditions)
    title = everything.measure.title
    st.dataframe(
        [
            {
                "Condition": names[score.condition.id],
                "What": score.condition.label,
                "Pictures": score.condition.count,
                "Judgements": score.judgements,
                "Raters": score.raters,
                title: everything.measure.text(score.value),
                "By judgements": _between(everything, score.interval),
                "By raters": _between(everything, score.rater_interval),
                "Without flagged": everything.measure.text(without.value),
                "By raters (without)": _between(everything, without.rater_interval),
            }
            for score, without in zip(everything.scores, clean.scores, strict=True)
        ],
        hide_index=True,
    )
    by_judgements = {
        "rating": "By judgements: Student's t, every judgement taken as independent. ",
        "detection": "By judgements: Wilson, every judgement taken as independent. ",
    }.get(everything.study.design.scale.measure, "")
    st.caption(
        f"95 % intervals. {by_judgements}By raters: whole raters resampled 2,000 times, since the judgements of one "
        "person go together."
    )


def _between(found: StudyResults, interval: Interval | None) -> str:
    return f"{found.measure.text(interval.low)} to {found.measure.text(interval.high)}" if interval else ""
