"""The statistics of ratings. Values are answers on a scale; arrays are one-dimensional."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BOOTSTRAP_ROUNDS = 2000
LEVEL = 0.95
# |delta| from which a difference is called small, medium, large: Romano et al., "Appropriate statistics for ordinal
# level data", Florida Association of Institutional Research, 2006.
_MAGNITUDES = ((0.474, "large"), (0.33, "medium"), (0.147, "small"), (0.0, "negligible"))


@dataclass(frozen=True)
class Interval:
    low: float
    high: float
    method: str  # how it was made, as shown beside it

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def mean_interval(values: ArrayLike, level: float = LEVEL) -> Interval | None:
    """Student's t interval of a mean: mean ± t·s/√n. None for fewer than two values.

    Takes every judgement as independent; see `rater_bootstrap` for one that does not.
    """
    from scipy import stats

    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return None
    half = float(stats.t.ppf((1 + level) / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    return Interval(float(sample.mean()) - half, float(sample.mean()) + half, "t over judgements")


def difference_interval(a: ArrayLike, b: ArrayLike, level: float = LEVEL) -> Interval | None:
    """Welch's interval of mean(a) - mean(b), with unequal variances. None if either has fewer than two values."""
    from scipy import stats

    first, second = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if len(first) < 2 or len(second) < 2:
        return None
    difference = float(first.mean() - second.mean())
    parts = first.var(ddof=1) / len(first), second.var(ddof=1) / len(second)
    error = float(np.sqrt(sum(parts)))
    if error == 0:
        return Interval(difference, difference, "Welch t over judgements")
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(first) - 1) + parts[1] ** 2 / (len(second) - 1))
    half = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Interval(difference - half, difference + half, "Welch t over judgements")


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """P(a > b) - P(a < b) over all pairs, -1..1 (Cliff, "Dominance statistics", Psychological Bulletin 114, 1993)."""
    first, second = np.asarray(a), np.sort(np.asarray(b))
    below = np.searchsorted(second, first, side="left").sum()
    above = (len(second) - np.searchsorted(second, first, side="right")).sum()
    return float((int(below) - int(above)) / (len(first) * len(second)))


def magnitude(delta: float) -> str:
    """Cliff's delta in a word."""
    return next(word for bound, word in _MAGNITUDES if abs(delta) >= bound)


class RaterBootstrap:
    """Percentile intervals that respect raters: judgements of one person go together, so whole raters are resampled.

    Needs two raters at least; with fewer than about ten the intervals are too narrow, and are labelled so.

    Args:
        groups: for each rater, the answers to each condition.
        conditions: which conditions to look at.
    """

    def __init__(
        self,
        groups: Sequence[dict[str, list[int]]],
        conditions: Sequence[str],
        *,
        rounds: int = BOOTSTRAP_ROUNDS,
        seed: int = 0,
    ) -> None:
        self._raters = len(groups)
        self._usable = len(groups) >= 2
        self._means: dict[str, NDArray[np.float64]] = {}
        if not self._usable:
            return
        weights = np.random.default_rng(seed).multinomial(
            len(groups), np.full(len(groups), 1 / len(groups)), size=rounds
        )  # (rounds, raters): how often each rater was drawn
        for condition in conditions:
            sums = np.array([sum(group.get(condition, ())) for group in groups], dtype=float)
            counts = np.array([len(group.get(condition, ())) for group in groups], dtype=float)
            drawn = weights @ counts
            with np.errstate(invalid="ignore", divide="ignore"):
                self._means[condition] = np.where(drawn > 0, weights @ sums / drawn, np.nan)

    def mean(self, condition: str, level: float = LEVEL) -> Interval | None:
        return self._interval(self._means[condition], level) if self._usable else None

    def difference(self, a: str, b: str, level: float = LEVEL) -> Interval | None:
        """Of mean(a) - mean(b), the same raters in both."""
        return self._interval(self._means[a] - self._means[b], level) if self._usable else None

    def _interval(self, values: NDArray[np.float64], level: float) -> Interval | None:
        values = values[~np.isnan(values)]
        if len(values) == 0:
            return None
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        caveat = "" if self._raters >= 10 else f", only {self._raters}: likely too narrow"
        return Interval(float(low), float(high), f"bootstrap over raters{caveat}")
