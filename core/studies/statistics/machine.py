"""Do people and a machine's metric say the same of a run's epochs?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.statistics.intervals import Interval, RaterBootstrap

FEWEST_POINTS = 3  # below it any order correlates with any other by chance


@dataclass(frozen=True)
class RankCorrelation:
    rho: float  # Spearman's
    interval: Interval | None  # raters resampled; says nothing of how few epochs there are
    points: int
    p: float | None  # exact for few points: how often a random order does as well, both ways

    @property
    def words(self) -> str:
        """Whether that many points can say anything."""
        if self.p is None or self.p >= 0.05:
            return f"not told apart from chance with {self.points} points"
        return "people and the metric rank them alike" if self.rho > 0 else "people and the metric rank them oppositely"


def spearman(
    human: ArrayLike, metric: ArrayLike, replicates: NDArray[np.float64], bootstrap: RaterBootstrap
) -> RankCorrelation | None:
    """Spearman's rank correlation over epochs.

    Args:
        human: (K,), what people said of each epoch, more is better.
        metric: (K,), the machine's number for each, signed so that more is better.
        replicates: (rounds, K), the human measure in each round of the bootstrap.
    Returns: None for fewer than three points, or where all of one side are equal.
    """
    from scipy import stats

    said, measured = np.asarray(human, dtype=float), np.asarray(metric, dtype=float)
    usable = np.isfinite(said) & np.isfinite(measured)
    said, measured, replicates = said[usable], measured[usable], replicates[:, usable]
    if len(said) < FEWEST_POINTS or (said == said[0]).all() or (measured == measured[0]).all():
        return None
    rho = float(stats.spearmanr(said, measured).statistic)
    return RankCorrelation(
        rho=rho,
        interval=bootstrap.interval(_spearmans(replicates, stats.rankdata(measured))),
        points=len(said),
        p=_exact_p(stats.rankdata(said), stats.rankdata(measured), rho),
    )


def _spearmans(rows: NDArray[np.float64], ranks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation of each row's ranks with `ranks`; NaN for rows with gaps or without differences."""
    from scipy import stats

    whole = np.isfinite(rows).all(1)
    found = np.full(len(rows), np.nan)
    if not whole.any():
        return found
    own = stats.rankdata(rows[whole], axis=1)
    own -= own.mean(1, keepdims=True)
    other = ranks - ranks.mean()
    below = np.sqrt((own**2).sum(1) * (other**2).sum())
    found[whole] = np.divide(own @ other, below, out=np.full(len(own), np.nan), where=below > 0)
    return found


def _exact_p(first: NDArray[np.float64], second: NDArray[np.float64], rho: float) -> float:
    """All orders up to seven points (5,040), Student's t beyond."""
    from itertools import permutations

    from scipy import stats

    if len(first) > 7:
        return float(stats.spearmanr(first, second).pvalue)
    orders = np.array(list(permutations(first)))
    found = _spearmans(orders, second)
    return float((np.abs(found) >= abs(rho) - 1e-9).mean())
