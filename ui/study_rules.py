"""The design page's fourth question: by which rules. All of them are fixed when the study opens."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from core.studies.design import FlagRules
from core.studies.kinds import Kind
from core.studies.staircase import Staircase
from core.studies.stopping import StopRule

_STOPS = {
    "none": "When I close it",
    "raters": "After a number of raters",
    "judgements": "After a number of judgements",
    "date": "On a date",
}


def choose(kind: Kind) -> dict[str, Any]:
    """Draw the widgets; values of `StudyDesign`. Raises: ConfigError for rules that cannot be followed."""
    values = _per_rater(kind) | _special(kind)
    with st.expander("Stop rule, limits and flags"):
        values["stop"] = _stop()
        values |= _limits()
        values["flags"] = _flags()
    return values


def _per_rater(kind: Kind) -> dict[str, Any]:
    numbers = st.container(horizontal=True)
    what = "Pairs per rater" if kind.pictures == 2 else "Pictures per rater"
    per_rater = numbers.number_input(what, 1, 2000, None, key="study-per-rater", placeholder="All")
    practice = numbers.number_input(
        "Practice", 0, 100, 0, key="study-practice", help="Before the study proper, never counted."
    )
    attention = numbers.number_input(
        "Attention checks",
        0,
        100,
        0,
        key="study-attention",
        help="Obvious fakes, mixed in: who takes squares of random colour for good does not look. One in ten is usual.",
    )
    repeats = numbers.number_input(
        "Repeats",
        0,
        100,
        0,
        key="study-repeats",
        help="Shown a second time, for how well people agree with themselves. One in ten is usual.",
    )
    return {
        "items_per_rater": int(per_rater) if per_rater else None,
        "practice": int(practice),
        "attention": int(attention),
        "repeats": int(repeats),
    }


def _special(kind: Kind) -> dict[str, Any]:
    """What only this kind of study has."""
    values: dict[str, Any] = {}
    if kind.name == "better-of-two":
        values["ties"] = st.toggle("'No difference' is an answer", key="study-ties")
        adaptive = st.toggle(
            "Ask most about close calls",
            key="study-adaptive",
            help="The next pair is of the two conditions whose order is least certain so far: better ranks from the "
            "same number of votes. Counts are then uneven, on purpose.",
        )
        values["pairing"] = "adaptive" if adaptive else "balanced"
    if kind.name == "real-or-generated" and st.toggle(
        "Show each picture for a moment only",
        key="study-timed",
        help="HYPE: a picture flashes, shorter after right answers and longer after wrong ones. The time at which "
        "people are right three times in four is the score. Wants about 150 pictures per rater.",
    ):
        numbers = st.container(horizontal=True)
        values["exposure"] = "staircase"
        values["staircase"] = Staircase(
            start_ms=int(numbers.number_input("First shown for (ms)", 50, 2000, 500, 10, key="study-start-ms")),
            shortest_ms=int(numbers.number_input("Shortest (ms)", 20, 1000, 100, 10, key="study-shortest-ms")),
            longest_ms=int(numbers.number_input("Longest (ms)", 100, 5000, 1000, 10, key="study-longest-ms")),
        )
    if kind.measure == "detection" and "exposure" not in values:
        values["ask_where"] = st.toggle(
            "Ask what gave it away",
            key="study-where",
            help="After 'generated', the rater may point at the place. The results show where they pointed.",
        )
    return values


def _stop() -> StopRule:
    rule = st.segmented_control(
        "The study ends",
        list(_STOPS),
        default="none",
        required=True,
        format_func=_STOPS.__getitem__,
        key="study-stop",
        help="Fix it before you look at the results: who stops when the numbers please, finds what is not there. "
        "People in the middle may always finish.",
    )
    if rule == "raters":
        return StopRule("raters", int(st.number_input("Raters who have finished", 1, 100_000, 30, key="study-stop-n")))
    if rule == "judgements":
        return StopRule(
            "judgements", int(st.number_input("Judgements of each condition", 1, 1_000_000, 400, key="study-stop-j"))
        )
    if rule == "date":
        chosen = st.date_input("Last day (UTC)", date.today() + timedelta(days=14), key="study-stop-day")
        return StopRule("date", date=chosen.isoformat())
    return StopRule()


def _limits() -> dict[str, Any]:
    numbers = st.container(horizontal=True, vertical_alignment="bottom")
    most = numbers.number_input(
        "Raters by the open link, at most",
        1,
        100_000,
        1000,
        key="study-max-raters",
        help="Besides those invited.",
    )
    show = numbers.toggle(
        "Raters see their own result at the end", True, key="study-show-result", help="Tells them what was what."
    )
    small = st.segmented_control(
        "Small pictures are enlarged",
        ["smooth", "pixels"],
        default="smooth",
        required=True,
        format_func={"smooth": "Smoothly", "pixels": "As pixels"}.__getitem__,
        key="study-enlargement",
        help="Alike for all. The edges of visible pixels hide what a small picture shows, so smooth is the usual.",
    )
    return {"max_raters": int(most), "show_result": show, "enlargement": small}


def _flags() -> FlagRules:
    usual = FlagRules()
    st.caption("A rater is flagged, never removed; results are shown with and without those who are.")
    numbers = st.container(horizontal=True)
    return FlagRules(
        fast_ms=int(numbers.number_input("Fast is below (ms)", 0, 10_000, usual.fast_ms, 50, key="study-fast-ms")),
        fast_share=numbers.number_input("… in more than (%)", 0, 100, round(100 * usual.fast_share), key="study-fast")
        / 100,
        straight_line_share=numbers.number_input(
            "One answer in (%)", 50, 100, round(100 * usual.straight_line_share), key="study-straight"
        )
        / 100,
        attention_failures=int(
            numbers.number_input(
                "Attention checks failed",
                1,
                100,
                usual.attention_failures,
                key="study-failures",
                help="Or all of them, where there are fewer.",
            )
        ),
    )
