"""Results in sentences of plain text: the page and the report say the same."""

from core.studies.results.differences import Difference
from core.studies.results.scores import Measure, Score, condition_names
from core.studies.results.study_results import StudyResults
from core.studies.statistics.intervals import Interval

MINUS = "\N{MINUS SIGN}"


def signed(value: float) -> str:
    return f"{value:.2f}".replace("-", MINUS)


def p_value(value: float) -> str:
    """As it follows a "p ": "= 0.031", "< 0.001"."""
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def amount(measure: Measure, value: float) -> str:
    """A difference with its sign: −0.82, +12.5 points."""
    if measure.is_share:
        return f"{100 * value:+.1f} points".replace("-", MINUS)
    unit = " ms" if measure.name == "exposure_ms" else ""
    return f"{value:+.{measure.decimals}f}{unit}".replace("-", MINUS)


def score_text(measure: Measure, score: Score) -> str:
    """A value with its best interval: '3.06 (2.86 to 3.28)'."""
    interval = score.best_interval
    if score.value is None or interval is None:
        return measure.text(score.value)
    return f"{measure.text(score.value)} ({between(measure, interval)})"


def between(measure: Measure, interval: Interval | None) -> str:
    return f"{measure.text(interval.low)} to {measure.text(interval.high)}" if interval else ""


def in_brackets(interval: Interval | None) -> str:
    """' (95 % interval 0.29 to 0.45, bootstrap over pictures)', or nothing."""
    if interval is None:
        return ""
    return f" (95 % interval {signed(interval.low)} to {signed(interval.high)}, {interval.method})"


def difference(found: StudyResults, one: Difference) -> tuple[str, str]:
    """(what, how sure): 'Epoch 40 minus real: −0.82', ' (95 % interval ...). Cliff's delta −0.43, medium.'"""
    names = condition_names(found.study.conditions)
    second = names[one.second.id]
    if one.second.kind in ("real", "generated", "noise"):
        second = second[0].lower() + second[1:]
    interval = one.best_interval
    said = ""
    if interval:
        low, high = amount(found.measure, interval.low), amount(found.measure, interval.high)
        said = f" (95 % interval {low} to {high}, {interval.method})"
    return (
        f"{names[one.first.id]} minus {second}: {amount(found.measure, one.difference)}",
        f"{said}. {effect(one)}.",
    )


def effect(one: Difference) -> str:
    name = one.effect_name[0].upper() + one.effect_name[1:]
    if one.effect_name == "odds ratio":
        interval = one.effect_interval
        return f"{name} {one.effect:.2f}" + (f" ({interval.low:.2f} to {interval.high:.2f})" if interval else "")
    if one.effect_name == "expected win rate":
        return f"{name} {one.effect:.0%}"
    return f"{name} {signed(one.effect)}, {one.magnitude}"


def telling(found: StudyResults, at_most: int = 8) -> list[Difference]:
    """The few differences that are put in words: against real pictures, else between neighbours."""
    against_real = [one for one in found.differences if one.against_real]
    if against_real:
        return against_real[:at_most]
    order = [score.condition.id for score in found.scores]
    return [one for one in found.differences if abs(order.index(one.first.id) - order.index(one.second.id)) == 1][
        :at_most
    ]


def tests(found: StudyResults) -> str:
    """Which tests were made, and what the one over all conditions said."""
    comparison = found.comparison
    if comparison is None:
        return "Tests by raters need three raters of two conditions at least."
    said = ""
    if comparison.overall:
        overall = comparison.overall
        said = f"{overall.test}: p {p_value(overall.p)}, {overall.effect_name} {overall.effect:.2f}. "
    names = " and ".join(sorted({pair.test for pair in comparison.pairs}))
    who = "the same raters judged all" if comparison.design == "same raters" else "different raters judged each"
    said += f"Pairs: {names}, {who} ({comparison.raters} raters), p corrected by Holm. {comparison.remark}"
    return said.strip()


def agreement(found: StudyResults) -> list[tuple[str, str]]:
    """Sentences, each with the part that leads it."""
    of = found.agreement
    things = "pairs" if found.study.design.scale.pictures == 2 else "pictures"
    lines = []
    if of.alpha:
        lines.append(
            (
                f"Krippendorff's alpha {signed(of.alpha.value)}",
                f"{in_brackets(of.alpha.interval)}: {of.alpha.words}, over {of.alpha.items} {things} and "
                f"{of.alpha.raters} raters.",
            )
        )
        if of.alpha.value < 0.667:
            lines.append(
                (
                    "",
                    "On taste people differ. Low agreement is a finding about the pictures and the question, not a "
                    "failure of the study; the intervals by raters take it in.",
                )
            )
    else:
        lines.append(("", "No two raters have judged the same yet, so there is no agreement to measure."))
    if of.icc and of.block:
        lines.append(
            (
                f"ICC(2,1) {signed(of.icc.single)}",
                f"{in_brackets(of.icc.single_interval)} for one rater, {of.icc.words}; ICC(2,k) "
                f"{signed(of.icc.average)} for the mean of {of.icc.raters}, on the {of.icc.items} {things} that "
                f"{of.icc.raters} raters all judged.",
            )
        )
    if of.kappa is not None and of.block:
        lines.append(
            (
                f"Fleiss' kappa {signed(of.kappa)}",
                f" on the {of.block[1]} {things} that {of.block[0]} raters all judged.",
            )
        )
    if of.itself:
        interval = of.itself.interval
        bounds = f"; 95 % interval {interval.low:.0%} to {interval.high:.0%}" if interval else ""
        lines.append(
            (
                "With themselves:",
                f" {of.itself.same} of {of.itself.pairs} repeats were answered as the first time "
                f"({of.itself.share:.0%}{bounds}); answers moved by {of.itself.mean_difference:.2g} on average.",
            )
        )
    if of.remark and of.alpha:
        lines.append(("", of.remark))
    return lines


def who_came(found: StudyResults) -> str:
    of = found.counts
    parts = [f"{of.joined} joined", f"{of.started} judged something", f"{of.finished} finished"]
    if of.invited:
        parts.insert(0, f"{of.invited} invited, of whom {of.invited_joined} joined")
    if of.withdrawn:
        parts.append(f"{of.withdrawn} withdrew and took their answers with them")
    return "; ".join(parts) + "."


def flag_rules(found: StudyResults) -> str:
    rules = found.study.design.flags
    attention = ""
    if found.study.design.attention:
        attention = f", or with {rules.attention_failures} failed attention items"
    return (
        f"A vote sooner than {rules.fast_ms} ms, by the shorter of the browser's and the server's clock, is fast; a "
        f"rater is flagged with more than {rules.fast_share:.0%} fast votes, or, from {rules.straight_line_votes} "
        f"votes on, with one answer in {rules.straight_line_share:.0%} or more of them{attention}. Flagged is "
        "not deleted."
    )
