"""How sure the results of a study are: differences with their tests, agreement, and what else could explain them."""

import streamlit as st

from core.studies.results import words
from core.studies.results.differences import Difference
from core.studies.results.explanations import covariates, mixed_model
from core.studies.results.machine import against_machine
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from core.studies.results.words import signed
from core.studies.statistics.covariates import CovariateReport, Effect
from core.studies.statistics.tests import MixedLogit
from ui import lab
from ui.jobs import plain
from ui.study_results_charts import scatter


def differences(found: StudyResults) -> None:
    """Every two conditions: how far apart, how sure, how large."""
    if not found.differences:
        return
    st.subheader("Differences", anchor=False)
    told = [words.difference(found, one) for one in words.telling(found)]
    st.markdown("  \n".join(f"**{plain(what)}**{rest}" for what, rest in told))
    st.caption(plain(words.tests(found)))
    if len(found.differences) > 1:
        with st.expander(f"All {len(found.differences)} pairs"):
            st.dataframe([_row(found, one) for one in found.differences], hide_index=True)


def agreement(found: StudyResults) -> None:
    """How far raters agree."""
    st.subheader("Do raters agree?", anchor=False)
    lines = words.agreement(found)
    st.markdown("  \n".join(f"**{lead}**{rest}" if lead else rest for lead, rest in lines))


def machine(found: StudyResults) -> None:
    """People beside the metric of the same run and epoch."""
    compared = against_machine(lab.workspace(), found)
    if not compared:
        return
    names = condition_names(found.study.conditions)
    st.subheader("People and the machine's metric", anchor=False)
    for run in compared:
        st.markdown(f"**{plain(run.run_id)}**")
        scatter(
            [
                {
                    "name": names[point.condition_id],
                    "x": point.machine,
                    "y": point.human,
                    "low": point.low,
                    "high": point.high,
                }
                for point in run.points
            ],
            key=f"machine-{run.run_id}",
            x_title="SWD × 1,000 (less is better)" if run.metric == "swd" else f"{run.metric} (less is better)",
            y_title=found.measure.title,
            percent=found.measure.is_share,
            alt=f"What people said of each epoch of {run.run_id} against the distance that was measured",
        )
        if run.correlation:
            p = f"; p = {run.correlation.p:.2g}" if run.correlation.p is not None else ""
            st.caption(
                f"Spearman's rho {signed(run.correlation.rho)}{words.in_brackets(run.correlation.interval)} over "
                f"{run.correlation.points} epochs{p}: {run.correlation.words}. Above 0: what is closer to real "
                "pictures for the metric is better for people. Epochs are few, whatever the number of raters."
            )
        else:
            st.caption(run.remark)


def explanations(found: StudyResults) -> None:
    """What else could explain the answers, computed when somebody opens it."""
    opened = st.expander("What else could explain the answers?", on_change="rerun", key=f"why-{found.study.id}")
    if not opened.open:
        return
    names = condition_names(found.study.conditions)
    with opened:
        report = _covariates(_state(found), found)
        if report is None:
            st.markdown("Too few raters or answers for so many explanations at once, or pictures without measures.")
        else:
            unit = "steps of the scale" if report.outcome == "mean" else "log odds"
            st.caption(
                f"A regression of {report.answers:,} answers by {report.raters} raters on what competes and on "
                f"measures of the pictures together, in {unit}; errors by rater. A measure's effect is that of one "
                "standard deviation."
            )
            st.dataframe([_effect_row(effect.name, effect) for effect in report.measures], hide_index=True)
            st.markdown(f"Against **{plain(names[report.reference])}**, before and after these are held equal:")
            st.dataframe(
                [
                    {
                        "Condition": names[after.name],
                        "As answered": _effect_text(before),
                        "Measures held equal": _effect_text(after),
                    }
                    for before, after in zip(report.unadjusted, report.conditions, strict=True)
                ],
                hide_index=True,
            )
            if report.side:
                st.markdown(f"Being on the left: {_effect_text(report.side)} log odds.")
        if found.study.design.scale.measure == "detection":
            _mixed(found, names)


def _state(found: StudyResults) -> tuple[str, int, int, str]:
    """Names the votes that results rest on: what is derived from them is computed once, not at every refresh."""
    return found.study.id, found.counts.judgements, found.counts.left_out, found.judgements.votes[-1].id


@st.cache_resource(show_spinner=False, max_entries=16)
def _covariates(state: tuple[str, int, int, str], _found: StudyResults) -> CovariateReport | None:
    return covariates(_found)


@st.cache_resource(show_spinner="Fitting", max_entries=16)
def _mixed_model(state: tuple[str, int, int, str], _found: StudyResults) -> MixedLogit | None:
    return mixed_model(_found)


def _mixed(found: StudyResults, names: dict[str, str]) -> None:
    if not st.toggle(
        "Mixed model",
        key=f"mixed-{found.study.id}",
        help="A logit with an effect of each rater and of each picture. Takes some seconds when answers have come in.",
    ):
        return
    fitted = _mixed_model(_state(found), found)
    if fitted is None:
        st.markdown("It needs two conditions and both answers.")
        return
    st.dataframe(
        [
            {
                "Condition": names[effect.name],
                "Odds of being taken for real": f"{effect.odds_ratio:.2f}",
                "95 %": f"{effect.interval.low:.2f} to {effect.interval.high:.2f}",
            }
            for effect in fitted.effects
        ],
        hide_index=True,
    )
    st.caption(
        f"Odds against {plain(names[found.study.conditions[fitted.reference].id])}. Raters differ by a standard "
        f"deviation of {fitted.rater_deviation:.2f} log odds, pictures by {fitted.item_deviation:.2f} (variational "
        f"Bayes, {fitted.judgements:,} judgements)."
    )


def _row(found: StudyResults, one: Difference) -> dict[str, str]:
    interval, measure = one.best_interval, found.measure
    names = condition_names(found.study.conditions)
    row = {
        "First": names[one.first.id],
        "Second": names[one.second.id],
        "Difference": words.amount(measure, one.difference),
        "95 %": f"{words.amount(measure, interval.low)} to {words.amount(measure, interval.high)}" if interval else "",
        "Effect": words.effect(one),
        "Test": one.test.test if one.test else "",
        "p (Holm)": words.p_value(one.test.p_holm).removeprefix("= ") if one.test else "",
    }
    if any(other.twins for other in found.differences):
        twins = one.twins
        row["Same latents (McNemar)"] = f"p {words.p_value(twins.p)}, {twins.pairs} pairs" if twins else ""
    return row


def _effect_row(name: str, effect: Effect) -> dict[str, str]:
    return {
        "Measure": name.capitalize(),
        "Effect": _effect_text(effect),
        "p": words.p_value(effect.p).removeprefix("= "),
    }


def _effect_text(effect: Effect) -> str:
    return f"{signed(effect.value)} ({signed(effect.interval.low)} to {signed(effect.interval.high)})"
