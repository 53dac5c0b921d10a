"""How sure the results of a study are: differences with their tests, agreement, and what else could explain them."""

import streamlit as st

from core.studies.results.differences import Difference
from core.studies.results.explanations import covariates, mixed_model
from core.studies.results.machine import against_machine
from core.studies.results.scores import condition_names
from core.studies.results.study_results import StudyResults
from core.studies.statistics.covariates import Effect
from core.studies.statistics.intervals import Interval
from ui import access, lab
from ui.jobs import plain
from ui.study_results_charts import scatter

_MINUS = "\N{MINUS SIGN}"


def differences(found: StudyResults) -> None:
    """Every two conditions: how far apart, how sure, how large."""
    if not found.differences:
        return
    names = condition_names(found.study.conditions)
    st.subheader("Differences", anchor=False)
    st.markdown("  \n".join(_in_words(found, one, names) for one in _telling(found)))
    if found.comparison is None:
        st.caption("Tests by raters need three raters of two conditions at least.")
    else:
        st.caption(_tests_in_words(found))
    if len(found.differences) > 1:
        with st.expander(f"All {len(found.differences)} pairs"):
            st.dataframe([_row(found, one, names) for one in found.differences], hide_index=True)


def agreement(found: StudyResults) -> None:
    """How far raters agree."""
    of = found.agreement
    st.subheader("Do raters agree?", anchor=False)
    lines = []
    if of.alpha:
        lines.append(
            f"**Krippendorff's alpha {_signed(of.alpha.value)}**{_between(of.alpha.interval)}: {of.alpha.words}, over "
            f"{of.alpha.items} {_things(found)} and {of.alpha.raters} raters."
        )
        if of.alpha.value < 0.667:
            lines.append(
                "On taste people differ. Low agreement is a finding about the pictures and the question, not a failure "
                "of the study; the intervals above take it in."
            )
    else:
        lines.append("No two raters have judged the same yet, so there is no agreement to measure.")
    if of.icc and of.block:
        lines.append(
            f"**ICC(2,1) {_signed(of.icc.single)}**{_between(of.icc.single_interval)} for one rater, {of.icc.words}; "
            f"**ICC(2,k) {_signed(of.icc.average)}** for the mean of {of.icc.raters}, on the {of.icc.items} "
            f"{_things(found)} that {of.icc.raters} raters all judged."
        )
    if of.kappa is not None and of.block:
        lines.append(
            f"**Fleiss' kappa {_signed(of.kappa)}** on the {of.block[1]} {_things(found)} that {of.block[0]} raters "
            "all judged."
        )
    if of.itself:
        lines.append(
            f"**With themselves:** {of.itself.same} of {of.itself.pairs} repeats were answered as the first time "
            f"({of.itself.share:.0%}{_between(of.itself.interval, percent=True)}); answers moved by "
            f"{of.itself.mean_difference:.2g} on average."
        )
    st.markdown("  \n".join(lines))
    if of.remark and of.alpha:
        st.caption(of.remark)


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
                f"Spearman's rho {_signed(run.correlation.rho)}{_between(run.correlation.interval)} over "
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
        report = covariates(found)
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


def _mixed(found: StudyResults, names: dict[str, str]) -> None:
    if not st.button(
        "Fit a mixed model",
        key=f"mixed-{found.study.id}",
        help="A logit with an effect of each rater and of each picture. Takes some seconds.",
        on_click=access.owner_action(lambda: None),
    ):
        return
    fitted = mixed_model(found)
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


def _telling(found: StudyResults) -> list[Difference]:
    """The few that are put in words: against real pictures, else neighbours in the order of the conditions."""
    against_real = [one for one in found.differences if one.against_real]
    if against_real:
        return against_real[:8]
    order = [score.condition.id for score in found.scores]
    return [one for one in found.differences if abs(order.index(one.first.id) - order.index(one.second.id)) == 1][:8]


def _in_words(found: StudyResults, one: Difference, names: dict[str, str]) -> str:
    second = names[one.second.id]
    second = second[0].lower() + second[1:] if one.second.kind in ("real", "generated", "noise") else second
    said = f"**{plain(names[one.first.id])} minus {plain(second)}: {_amount(found, one.difference)}**"
    interval = one.best_interval
    if interval:
        low, high = _amount(found, interval.low), _amount(found, interval.high)
        said += f" (95 % interval {low} to {high}, {interval.method})"
    return f"{said}. {_effect_words(one)}."


def _effect_words(one: Difference) -> str:
    name = one.effect_name[0].upper() + one.effect_name[1:]
    if one.effect_name == "odds ratio":
        return f"{name} {one.effect:.2f}"
    if one.effect_name == "expected win rate":
        return f"{name} {one.effect:.0%}"
    return f"{name} {_signed(one.effect)}, {one.magnitude}"


def _tests_in_words(found: StudyResults) -> str:
    comparison = found.comparison
    assert comparison is not None
    tests = {pair.test for pair in comparison.pairs}
    said = ""
    if comparison.overall:
        overall = comparison.overall
        said = f"{overall.test}: p {_p(overall.p)}, {overall.effect_name} {overall.effect:.2f}. "
    who = "the same raters judged all" if comparison.design == "same raters" else "different raters judged each"
    said += f"Pairs: {' and '.join(sorted(tests))}, {who} ({comparison.raters} raters), p corrected by Holm. "
    return said + comparison.remark


def _row(found: StudyResults, one: Difference, names: dict[str, str]) -> dict[str, str]:
    interval = one.best_interval
    row = {
        "First": names[one.first.id],
        "Second": names[one.second.id],
        "Difference": _amount(found, one.difference),
        "95 %": f"{_amount(found, interval.low)} to {_amount(found, interval.high)}" if interval else "",
        "Effect": _effect_words(one),
        "Test": one.test.test if one.test else "",
        "p (Holm)": _p(one.test.p_holm) if one.test else "",
    }
    if one.twins:
        row["Same latents (McNemar)"] = f"p = {_p(one.twins.p)}, {one.twins.pairs} pairs"
    return row


def _amount(found: StudyResults, value: float) -> str:
    if found.measure.is_share:
        return f"{100 * value:+.1f} points".replace("-", _MINUS)
    return f"{value:+.{found.measure.decimals}f}".replace("-", _MINUS)


def _effect_row(name: str, effect: Effect) -> dict[str, str]:
    return {"Measure": name.capitalize(), "Effect": _effect_text(effect), "p": _p(effect.p)}


def _effect_text(effect: Effect) -> str:
    return f"{_signed(effect.value)} ({_signed(effect.interval.low)} to {_signed(effect.interval.high)})"


def _between(interval: Interval | None, *, percent: bool = False) -> str:
    if interval is None:
        return ""
    if percent:
        return f", 95 % interval {interval.low:.0%} to {interval.high:.0%}"
    return f" (95 % interval {_signed(interval.low)} to {_signed(interval.high)}, {interval.method})"


def _things(found: StudyResults) -> str:
    return "pairs" if found.study.design.scale.pictures == 2 else "pictures"


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", _MINUS)


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
