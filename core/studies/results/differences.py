"""Every two conditions against each other: how far apart, how sure, how large."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from core.studies.kinds import REAL
from core.studies.results.judgements import Judgements
from core.studies.results.scores import EXPOSURE, Scores, rater_means, settled_exposures
from core.studies.statistics.effects import cliffs_delta, magnitude, odds_ratio
from core.studies.statistics.intervals import Interval, difference_interval
from core.studies.statistics.pairwise import expected_win_rate
from core.studies.statistics.tests import Comparison, McNemar, PairTest, compare, mcnemar
from core.studies.study import Condition


@dataclass(frozen=True)
class Difference:
    """Between two conditions, first minus second, in the unit of the study's measure."""

    first: Condition
    second: Condition
    difference: float
    interval: Interval | None  # every judgement taken as independent
    rater_interval: Interval | None  # raters resampled
    effect_name: str
    effect: float
    effect_interval: Interval | None
    magnitude: str  # "negligible", "small", "medium", "large"; "" where the effect has no such words
    test: PairTest | None  # by raters, corrected for all pairs
    twins: McNemar | None = None  # yes and no answers of the same raters on pictures of the same latents

    @property
    def best_interval(self) -> Interval | None:
        return self.rater_interval or self.interval

    @property
    def against_real(self) -> bool:
        return self.first.is_real != self.second.is_real


def comparison_of(judgements: Judgements) -> Comparison | None:
    """Tests by raters over all conditions; None where they are too few."""
    return compare(rater_means(judgements))


def differences(judgements: Judgements, scores: Scores, comparison: Comparison | None) -> tuple[Difference, ...]:
    """Every two conditions that were judged, a real one always second."""
    study = judgements.study
    tests = {(pair.first, pair.second): pair for pair in comparison.pairs} if comparison else {}
    twins = _Twins(judgements) if study.design.scale.measure == "detection" else None
    found = []
    for i, j in combinations(range(len(study.conditions)), 2):
        test = tests.get((i, j))
        if study.conditions[i].is_real and not study.conditions[j].is_real:
            i, j = j, i
            test = _turned(test)
        first, second = scores.each[i], scores.each[j]
        if first.value is None or second.value is None:
            continue
        name, effect, effect_interval, words = _effect(judgements, scores, i, j)
        replicates = scores.replicates
        found.append(
            Difference(
                first=first.condition,
                second=second.condition,
                difference=first.value - second.value,
                interval=_independent_interval(judgements, scores, i, j),
                rater_interval=scores.bootstrap.interval(replicates[:, i] - replicates[:, j])
                if len(replicates)
                else None,
                effect_name=name,
                effect=effect,
                effect_interval=effect_interval,
                magnitude=words,
                test=test,
                twins=twins.test(i, j) if twins else None,
            )
        )
    return tuple(found)


def _effect(judgements: Judgements, scores: Scores, i: int, j: int) -> tuple[str, float, Interval | None, str]:
    measure = judgements.study.design.scale.measure
    if measure == "preference":
        first, second = scores.each[i].value, scores.each[j].value
        assert first is not None
        assert second is not None
        return "expected win rate", expected_win_rate(first, second), None, ""
    if scores.measure is EXPOSURE:
        table = settled_exposures(judgements)
        own = [table[~np.isnan(table[:, index]), index] for index in (i, j)]
        delta = cliffs_delta(*own)
        return "Cliff's delta", delta, None, magnitude(delta)
    a, b = (judgements.answers[judgements.conditions == index] for index in (i, j))
    if measure == "detection":
        odds = odds_ratio(int((a == REAL).sum()), len(a), int((b == REAL).sum()), len(b))
        return "odds ratio", odds.value, odds.interval, ""
    delta = cliffs_delta(a, b)
    return "Cliff's delta", delta, None, magnitude(delta)


def _independent_interval(judgements: Judgements, scores: Scores, i: int, j: int) -> Interval | None:
    if scores.measure.name not in ("mean", "fool_rate"):
        return None
    values = judgements.answers if scores.measure.name == "mean" else (judgements.answers == REAL).astype(float)
    return difference_interval(values[judgements.conditions == i], values[judgements.conditions == j])


def _turned(test: PairTest | None) -> PairTest | None:
    if test is None:
        return None
    return PairTest(**{**test.__dict__, "first": test.second, "second": test.first, "effect": -test.effect})


class _Twins:
    """Pictures of one latent at several epochs, and what each rater said of them."""

    def __init__(self, judgements: Judgements) -> None:
        study = judgements.study
        places = {condition.id: index for index, condition in enumerate(study.conditions)}
        twins: dict[tuple[object, ...], dict[int, str]] = {}  # (run, seed, index) -> number of the condition -> picture
        for item in study.items.values():
            made = item.provenance
            if item.condition in places and item.id in study.trials and made.get("run"):
                key = made["run"], made.get("seed"), made.get("index")
                twins.setdefault(key, {})[places[item.condition]] = item.id
        self._twins = [items for items in twins.values() if len(items) > 1]
        self._said: dict[str, dict[str, bool]] = {}  # picture -> rater -> taken for real
        for vote in judgements.votes:
            self._said.setdefault(vote.item, {})[vote.rater] = vote.answer == REAL

    def test(self, i: int, j: int) -> McNemar | None:
        """Of the raters who judged both of a pair of twins. None where nobody did."""
        first, second = [], []
        for items in self._twins:
            if i in items and j in items:
                one, other = self._said.get(items[i], {}), self._said.get(items[j], {})
                for rater in one.keys() & other.keys():
                    first.append(one[rater])
                    second.append(other[rater])
        return mcnemar(np.array(first, dtype=bool), np.array(second, dtype=bool))
