"""Real or generated: how often people are fooled, and whether they can tell at all."""

import streamlit as st

from core.studies.results.detection import DetectionScore
from core.studies.results.scores import condition_names, taken_for_real
from core.studies.results.study_results import StudyResults
from core.studies.statistics.intervals import Interval
from ui.jobs import plain
from ui.study_results_charts import Line, Row, intervals
from ui.study_results_ratings import interval_rows

_MINUS = "\N{MINUS SIGN}"


def show(found: StudyResults) -> None:
    names = condition_names(found.study.conditions)
    if found.measure.name == "exposure_ms":
        st.subheader("How long people must look, with 95 % intervals", anchor=False)
        _exposures(found, names)
    st.subheader("Taken for real, with 95 % intervals", anchor=False)
    _shares(found, names)
    _sensitivity(found, names)


def _exposures(found: StudyResults, names: dict[str, str]) -> None:
    staircase = found.study.design.staircase
    intervals(
        interval_rows(found, names),
        key="exposures",
        title="Exposure (ms)",
        domain=(staircase.shortest_ms, staircase.longest_ms),
        names=list(names.values()),
        lines=[Line(staircase.start_ms, f"start: {staircase.start_ms} ms")],
    )
    st.caption(
        f"HYPE time: {staircase.streak} right answers in a row shorten the next flash, a wrong one lengthens it. The "
        "number is where each rater's exposure settled, averaged over the raters of a model. Longer is better: people "
        "need to look longer before they can tell."
    )


def _shares(found: StudyResults, names: dict[str, str]) -> None:
    rows = []
    for score in taken_for_real(found.judgements).each:
        if score.value is not None:
            interval = score.best_interval
            low, high = (interval.low, interval.high) if interval else (score.value, score.value)
            rows.append(Row(names[score.condition.id], score.value, low, high, f"{100 * score.value:.1f} %"))
    intervals(
        rows,
        key="fooled",
        title="Share taken for real",
        domain=(0, 1),
        names=list(names.values()),
        axis_format="%",
        lines=[Line(0.5, "guessing")],
    )
    if found.measure.name == "exposure_ms":
        st.caption("With timed exposure the shares say little: the staircase holds them where people are nearly right.")
    else:
        st.caption("Of generated pictures this is the fool rate; 50 % is what guessing gives, above it is hyper-real.")


def _sensitivity(found: StudyResults, names: dict[str, str]) -> None:
    of = found.detection
    if of is None or not of.models:
        return
    st.dataframe(
        [
            {
                "Model": names[model.condition.id],
                "Fool rate": f"{100 * model.fool_rate:.1f} % ({model.fooled} of {model.judgements})",
                "Wilson": _percent(model.fool_interval),
                "By raters": _percent(model.fool_rater_interval),
                "HYPE∞": f"{100 * model.hype:.1f} %{_bracket(_percent(model.hype_interval))}"
                if model.hype is not None
                else "–",
                "d′": _number(model.d_prime, model.d_prime_interval),
                "Bias c": _number(model.bias, model.bias_interval),
            }
            for model in of.models
        ],
        hide_index=True,
    )
    if of.mistaken_rate is not None:
        st.caption(
            f"Real pictures taken for generated: {100 * of.mistaken_rate:.1f} % ({of.mistaken} of "
            f"{of.real_judgements}; Wilson {_percent(of.mistaken_interval)}). HYPE∞ is the share of wrong answers, "
            "half of it by real pictures. d′ is how well people can tell, 0 being not at all; the bias is which way "
            "they lean, above 0 towards “real”. An error rate alone mixes the two."
        )
    for model in of.models:
        words = _in_words(model, plain(names[model.condition.id]))
        if words:
            st.markdown(words)


def _in_words(model: DetectionScore, name: str) -> str:
    interval = model.d_prime_interval
    if interval is None:
        return ""
    if interval.holds(0):
        return f"**{name}:** these raters could not be shown to tell its pictures from real ones."
    if interval.high < 0:
        return f"**{name}:** its pictures were taken for real more often than real ones."
    return ""


def _percent(interval: Interval | None) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %" if interval else ""


def _number(value: float | None, interval: Interval | None) -> str:
    if value is None:
        return "–"
    said = f"{value:.2f}" + (f" ({interval.low:.2f} to {interval.high:.2f})" if interval else "")
    return said.replace("-", _MINUS)


def _bracket(text: str) -> str:
    return f" ({text})" if text else ""
