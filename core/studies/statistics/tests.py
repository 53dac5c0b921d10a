"""Tests of differences between conditions, each with an effect size, and corrected where there are many (Holm).

Which test serves depends on who judged what: where every rater judged every condition, raters are their own controls
(Friedman, Wilcoxon); where they did not, the conditions were judged by different people (Kruskal, Mann-Whitney). What
is compared is one number per rater and condition, since the judgements of one person are not independent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.statistics.effects import cliffs_delta, rank_biserial
from core.studies.statistics.intervals import LEVEL, Interval

_EXACT_UP_TO = 25  # pairs that differ
_FEWEST_RATERS = 3  # below it no test by raters can find anything


@dataclass(frozen=True)
class Overall:
    """Whether any condition differs from any other."""

    test: str
    statistic: float
    p: float
    effect_name: str
    effect: float  # 0..1


@dataclass(frozen=True)
class PairTest:
    """Between two conditions, first against second."""

    first: int  # index of the condition
    second: int
    test: str
    statistic: float
    p: float
    p_holm: float  # corrected for all pairs
    effect_name: str
    effect: float  # -1..1; above 0: the first has higher values
    raters: int  # how many this rests on

    @property
    def is_significant(self) -> bool:
        return self.p_holm < 1 - LEVEL


@dataclass(frozen=True)
class Comparison:
    design: Literal["same raters", "different raters"]
    overall: Overall | None  # for three conditions and more
    pairs: tuple[PairTest, ...]
    raters: int
    remark: str  # what the tests leave out, in words; "" for nothing


@dataclass(frozen=True)
class McNemar:
    """The same raters on twin pictures of two conditions, yes or no."""

    only_first: int  # yes to the first, no to the second
    only_second: int
    pairs: int
    p: float
    method: str
    odds_ratio: float  # of the discordant pairs, a half added to each

    @property
    def is_significant(self) -> bool:
        return self.p < 1 - LEVEL


@dataclass(frozen=True)
class MixedEffect:
    name: str
    odds_ratio: float  # against the reference condition
    interval: Interval  # of the posterior


@dataclass(frozen=True)
class MixedLogit:
    reference: int  # index of the condition that the others are compared with
    effects: tuple[MixedEffect, ...]
    rater_deviation: float  # between raters, in log odds
    item_deviation: float  # between pictures, in log odds
    judgements: int


def compare(means: NDArray[np.float64]) -> Comparison | None:
    """Test whether conditions differ.

    Args:
        means: (raters, conditions), what each rater answered on average; NaN where they judged none of a condition.
    Returns: None for fewer than two conditions that three raters judged.
    """
    judged = ~np.isnan(means)
    if means.ndim != 2 or (judged.sum(0) >= _FEWEST_RATERS).sum() < 2:
        return None
    whole = means[judged.all(1)]
    # raters of all conditions carry the tests unless leaving the others out would cost half of what there is
    if len(whole) >= _FEWEST_RATERS and whole.size >= judged.sum() / 2:
        left_out = len(means) - len(whole)
        who, are = ("rater", "is") if left_out == 1 else ("raters", "are")
        remark = f"{left_out} {who} who did not judge every condition {are} left out." if left_out else ""
        return Comparison("same raters", _friedman(whole), _wilcoxon_pairs(whole), len(whole), remark)
    columns = [means[judged[:, index], index] for index in range(means.shape[1])]
    shared = int((judged.sum(1) > 1).sum())
    remark = (
        f"{shared} raters judged several conditions, but too few judged all: they enter as different people."
        if shared
        else ""
    )
    return Comparison("different raters", _kruskal(columns), _mann_whitney_pairs(columns), len(means), remark)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction (Scandinavian Journal of Statistics 6, 1979).

    By hand, because the one of statsmodels runs a full garbage collection, which every page would wait for.
    """
    corrected, most = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        most = max(most, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = most
    return corrected


def signed_rank(differences: ArrayLike) -> tuple[float, float]:
    """Wilcoxon's signed-rank test, two-sided: (the smaller sum of ranks, p). Differences of nought are left out.

    Exact up to 25 differences, also with ties: all 2^n ways to give signs to these very ranks, counted by their sums.
    (scipy would draw thousands of permutations there, most of a second for one pair.)
    """
    from scipy import stats

    values = np.asarray(differences, dtype=float)
    values = values[np.abs(values) > 1e-12]
    if len(values) == 0:
        return 0.0, 1.0
    if len(values) > _EXACT_UP_TO:
        found = stats.wilcoxon(values, method="asymptotic")
        return float(found.statistic), float(found.pvalue)
    # rounded first: 0.3 - 0.2 and 0.2 - 0.1 are the same difference
    ranks = stats.rankdata(np.round(np.abs(values), 9))
    doubled = np.round(2 * ranks).astype(int)  # ranks of ties are halves
    ways = np.ones(1)  # ways[s]: how many signs give the positive ones the sum s / 2
    for rank in doubled:
        ways = np.concatenate([ways, np.zeros(rank)]) + np.concatenate([np.zeros(rank), ways])
    positive = int(doubled[values > 0].sum())
    smaller = min(positive, int(doubled.sum()) - positive)
    return smaller / 2, float(min(1.0, 2 * ways[: smaller + 1].sum() / ways.sum()))


def mcnemar(first: ArrayLike, second: ArrayLike) -> McNemar | None:
    """Paired yes or no answers. None where there is no pair. Exact for few discordant pairs, else with continuity."""
    from scipy import stats

    a, b = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if len(a) == 0:
        return None
    only_first, only_second = int((a & ~b).sum()), int((~a & b).sum())
    differ = only_first + only_second
    exact = differ <= _EXACT_UP_TO
    if exact:
        p = min(1.0, 2 * float(stats.binom.cdf(min(only_first, only_second), differ, 0.5)))
    else:
        p = float(stats.chi2.sf((abs(only_first - only_second) - 1) ** 2 / differ, 1))
    return McNemar(
        only_first,
        only_second,
        len(a),
        p,
        "McNemar, exact" if exact else "McNemar, with continuity correction",
        (only_first + 0.5) / (only_second + 0.5),
    )


def mixed_logit(
    answers: ArrayLike, conditions: ArrayLike, raters: ArrayLike, items: ArrayLike, names: Sequence[str], reference: int
) -> MixedLogit | None:
    """Yes or no answers by condition, with an effect of each rater and of each picture (variational Bayes).

    The analysis that takes the whole design in: raters who are harder to fool, pictures that are easier.

    Args:
        answers: 0 or 1.
        conditions, raters, items: numbers from 0 on, one for each answer.
        names: of the conditions.
        reference: the condition that the others are compared with.
    Returns: None where fewer than two conditions were judged, or all answers are the same.
    """
    from scipy import sparse
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

    yes, which = np.asarray(answers, dtype=float), np.asarray(conditions, dtype=int)
    others = [index for index in range(len(names)) if index != reference and (which == index).any()]
    if not others or not (which == reference).any() or len(np.unique(yes)) < 2:
        return None
    fixed = np.column_stack([np.ones(len(yes)), *[(which == index).astype(float) for index in others]])
    blocks = [_indicators(np.asarray(raters, dtype=int)), _indicators(np.asarray(items, dtype=int))]
    random = sparse.csr_matrix(np.hstack(blocks))
    groups = np.repeat([0, 1], [block.shape[1] for block in blocks])
    found = BinomialBayesMixedGLM(yes, fixed, random, groups, vcp_p=1, fe_p=2).fit_vb()
    z = 1.959964
    effects = tuple(
        MixedEffect(
            names[index],
            float(np.exp(mean)),
            Interval(float(np.exp(mean - z * deviation)), float(np.exp(mean + z * deviation)), "mixed logit"),
        )
        for index, mean, deviation in zip(others, found.fe_mean[1:], found.fe_sd[1:], strict=True)
    )
    rater_deviation, item_deviation = np.exp(found.vcp_mean)
    return MixedLogit(reference, effects, float(rater_deviation), float(item_deviation), len(yes))


def _friedman(table: NDArray[np.float64]) -> Overall | None:
    """With Kendall's W as the effect size."""
    from scipy import stats

    raters, conditions = table.shape
    if conditions < 3:
        return None
    if (table == table[:, :1]).all():  # every rater alike on all conditions: the statistic is 0 / 0
        return Overall("Friedman", 0.0, 1.0, "Kendall's W", 0.0)
    found = stats.friedmanchisquare(*table.T)
    effect = found.statistic / (raters * (conditions - 1))
    return Overall("Friedman", float(found.statistic), float(found.pvalue), "Kendall's W", float(effect))


def _kruskal(columns: list[NDArray[np.float64]]) -> Overall | None:
    """With epsilon squared as the effect size."""
    from scipy import stats

    columns = [column for column in columns if len(column)]
    together = np.concatenate(columns)
    if len(columns) < 3:
        return None
    if (together == together[0]).all():
        return Overall("Kruskal-Wallis", 0.0, 1.0, "epsilon squared", 0.0)
    found = stats.kruskal(*columns)
    effect = found.statistic / (len(together) - 1)
    return Overall("Kruskal-Wallis", float(found.statistic), float(found.pvalue), "epsilon squared", float(effect))


def _wilcoxon_pairs(table: NDArray[np.float64]) -> tuple[PairTest, ...]:
    def test(i: int, j: int) -> tuple[float, float, float, int]:
        differences = table[:, i] - table[:, j]
        statistic, p = signed_rank(differences)
        return statistic, p, rank_biserial(differences), len(table)

    return _pairs(range(table.shape[1]), test, "Wilcoxon", "rank-biserial")


def _mann_whitney_pairs(columns: list[NDArray[np.float64]]) -> tuple[PairTest, ...]:
    from scipy import stats

    def test(i: int, j: int) -> tuple[float, float, float, int]:
        found = stats.mannwhitneyu(columns[i], columns[j])
        raters = len(columns[i]) + len(columns[j])
        return float(found.statistic), float(found.pvalue), cliffs_delta(columns[i], columns[j]), raters

    return _pairs([i for i, column in enumerate(columns) if len(column)], test, "Mann-Whitney", "Cliff's delta")


def _pairs(
    indices: Sequence[int], test: Callable[[int, int], tuple[float, float, float, int]], name: str, effect_name: str
) -> tuple[PairTest, ...]:
    pairs = list(combinations(indices, 2))
    found = [test(i, j) for i, j in pairs]
    corrected = holm([p for _, p, _, _ in found])
    return tuple(
        PairTest(i, j, name, statistic, p, p_holm, effect_name, effect, raters)
        for (i, j), (statistic, p, effect, raters), p_holm in zip(pairs, found, corrected, strict=True)
    )


def _indicators(codes: NDArray[np.int_]) -> NDArray[np.float64]:
    """(N, number of codes): 1 in the column of each code."""
    _, codes = np.unique(codes, return_inverse=True)
    table = np.zeros((len(codes), int(codes.max()) + 1))
    table[np.arange(len(codes)), codes] = 1
    return table
