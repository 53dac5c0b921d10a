"""Intervals of rates, means and anything else that raters' answers are made into. Arrays are one-dimensional."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BOOTSTRAP_ROUNDS = 2000
LEVEL = 0.95
FEW_RATERS = 10  # below it, intervals by resampling raters are too narrow


@dataclass(frozen=True)
class Interval:
    low: float
    high: float
    method: str  # how it was made, as shown beside it

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(successes: float, trials: float, level: float = LEVEL) -> Interval | None:
    """Wilson's score interval of a rate (Wilson, JASA 22, 1927). None without trials.

    Takes every judgement as independent; see `RaterBootstrap` for one that does not.
    """
    from scipy import stats

    if trials <= 0:
        return None
    z = float(stats.norm.ppf((1 + level) / 2))
    rate = successes / trials
    centre = rate + z * z / (2 * trials)
    half = z * float(np.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials)))
    scale = 1 + z * z / trials
    # at the ends the formula gives 0 and 1 up to rounding
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale), "Wilson over judgements")


def mean_interval(values: ArrayLike, level: float = LEVEL) -> Interval | None:
    """Student's t interval of a mean: mean ± t·s/√n. None for fewer than two values.

    Takes every judgement as independent; see `RaterBootstrap` for one that does not.
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


class RaterBootstrap:
    """Percentile intervals that respect raters: judgements of one person go together, so whole raters are resampled.

    Any statistic of sums over judgements comes out of `totals` for all rounds at once, without a loop:

        drawn = bootstrap.totals(counts)                          # counts: (raters, 2), hits and trials of each rater
        bootstrap.interval(drawn[:, 0] / drawn[:, 1])

    With fewer than about ten raters the intervals are too narrow, and are labelled so; with one there are none.
    """

    def __init__(self, raters: int, *, rounds: int = BOOTSTRAP_ROUNDS, seed: int = 0) -> None:
        self.raters = raters
        self.rounds = rounds
        shares = np.full(raters, 1 / raters) if raters else np.zeros(0)
        # (rounds, raters): how often each rater was drawn; float, so that the products below run in BLAS
        self.weights: NDArray[np.float64] = (
            np.random.default_rng(seed).multinomial(raters, shares, size=rounds).astype(float)
            if raters
            else np.zeros((rounds, 0))
        )

    def totals(self, per_rater: ArrayLike) -> NDArray[np.float64]:
        """Sums over the raters drawn. per_rater: (raters, ...). Returns: (rounds, ...)."""
        drawn: NDArray[np.float64] = np.tensordot(self.weights, np.asarray(per_rater, dtype=float), axes=(1, 0))
        return drawn

    def ratios(self, numerators: ArrayLike, denominators: ArrayLike) -> NDArray[np.float64]:
        """Means and rates: sum over sum in each round; NaN where nothing was drawn. Both: (raters, ...)."""
        above, below = self.totals(numerators), self.totals(denominators)
        return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)

    def interval(self, replicates: NDArray[np.float64], level: float = LEVEL) -> Interval | None:
        """replicates: (rounds,), the statistic in each round; those that are not finite could not be had and are
        left out. None for fewer than two raters, or where there is no finite one."""
        finite = replicates[np.isfinite(replicates)]
        if self.raters < 2 or len(finite) == 0:
            return None
        low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
        caveat = "" if self.raters >= FEW_RATERS else f", only {self.raters}: likely too narrow"
        return Interval(float(low), float(high), f"bootstrap over raters{caveat}")
