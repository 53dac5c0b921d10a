"""Sizes of differences: what a test's p-value does not say."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from core.studies.statistics.intervals import LEVEL, Interval

# |delta| from which a difference is called small, medium, large: Romano et al., "Appropriate statistics for ordinal
# level data", Florida Association of Institutional Research, 2006.
_MAGNITUDES = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "negligible"))


@dataclass(frozen=True)
class OddsRatio:
    value: float
    interval: Interval  # Woolf's, over judgements


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """P(a > b) - P(a < b) over all pairs, -1..1 (Cliff, "Dominance statistics", Psychological Bulletin 114, 1993)."""
    first, second = np.asarray(a), np.sort(np.asarray(b))
    below = np.searchsorted(second, first, side="left").sum()
    above = (len(second) - np.searchsorted(second, first, side="right")).sum()
    return float((int(below) - int(above)) / (len(first) * len(second)))


def magnitude(delta: float) -> str:
    """Cliff's delta in a word."""
    return next(word for bound, word in _MAGNITUDES if abs(delta) >= bound)


def odds_ratio(hits_a: int, trials_a: int, hits_b: int, trials_b: int, level: float = LEVEL) -> OddsRatio:
    """Odds of a over odds of b, with a half added to each cell (Haldane 1956, Anscombe 1956), so that none is zero."""
    from scipy import stats

    cells = np.array([hits_a, trials_a - hits_a, hits_b, trials_b - hits_b], dtype=float) + 0.5
    logarithm = float(np.log(cells[0] * cells[3] / (cells[1] * cells[2])))
    half = float(stats.norm.ppf((1 + level) / 2) * np.sqrt((1 / cells).sum()))
    low, high = np.exp(logarithm - half), np.exp(logarithm + half)
    return OddsRatio(float(np.exp(logarithm)), Interval(float(low), float(high), "Woolf over judgements"))


def rank_biserial(differences: ArrayLike) -> float:
    """Of matched pairs, -1..1: (sum of the ranks of the positive differences - of the negative ones) / their sum.

    The effect size that belongs to Wilcoxon's signed ranks (Kerby, Comprehensive Psychology 3, 2014). Pairs without a
    difference are left out, as in the test; 0 where all are.
    """
    from scipy import stats

    values = np.asarray(differences, dtype=float)
    values = values[values != 0]
    if len(values) == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(values))
    return float((ranks[values > 0].sum() - ranks[values < 0].sum()) / ranks.sum())
