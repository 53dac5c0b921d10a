"""Ratings: the mean of each condition, and how often each answer was given."""

from typing import Any

import streamlit as st

from core.studies.results.references import CAVEAT, references_for
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from ui.study_results_charts import Line, Row, intervals, shares


def show(found: StudyResults) -> None:
    names = condition_names(found.study.conditions)
    means, given = st.columns(2, gap="large")
    with means:
        st.subheader("Mean answer, with 95 % intervals", anchor=False)
        _means(found, names)
    with given:
        st.subheader("How often each answer was given", anchor=False)
        _distribution(found, names)


def _means(found: StudyResults, names: dict[str, str]) -> None:
    design = found.study.design
    answers, references = design.answers, references_for(design.kind)
    intervals(
        interval_rows(found, names),
        key="means",
        title="Mean answer",
        domain=(answers[0], answers[-1]),
        names=list(names.values()),
        lines=[Line(reference.value, reference.label) for reference in references],
    )
    if references:
        figures = "; ".join(f"{reference.label}: {reference.value:g}" for reference in references)
        st.caption(f"Dashed: {figures}. {CAVEAT}")


def interval_rows(found: StudyResults, names: dict[str, str]) -> list[Row]:
    """Of the conditions that were judged."""
    rows = []
    for score in found.scores:
        if score.value is None:
            continue
        interval = score.best_interval
        low, high = (interval.low, interval.high) if interval else (score.value, score.value)
        rows.append(Row(names[score.condition.id], score.value, low, high, found.measure.text(score.value)))
    return rows


def _distribution(found: StudyResults, names: dict[str, str]) -> None:
    wording = found.study.design.wording()
    answers = found.study.design.answers
    rows: list[dict[str, Any]] = []
    for distribution in found.distributions:
        total = sum(distribution.counts)
        rows += [
            {"name": names[distribution.condition.id], "answer": str(answer), "share": count / total, "count": count}
            for answer, count in zip(answers, distribution.counts, strict=True)
            if total
        ]
    shares(
        rows,
        key="shares",
        names=list(names.values()),
        answers=[str(answer) for answer in answers],
        alt="Share of each answer, by condition",
    )
    if wording.lowest and wording.highest:
        st.caption(f"{answers[0]}: {wording.lowest.lower()}. {answers[-1]}: {wording.highest.lower()}.")
