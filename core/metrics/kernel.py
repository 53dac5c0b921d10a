"""Kernel distance of two sets of features, as KID (Bińkowski et al., 2018, arXiv:1801.01401): unbiased at every count.

The squared maximum mean discrepancy under the kernel (x.y / D + 1)^3. Being unbiased it may come out a little below 0
for sets that are alike, and it does not shrink as more pictures are measured: that is why it suits small sets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.frechet import Features, checked

SUBSETS, SUBSET_SIZE = 100, 1000  # as published
RESAMPLES = 1000


@dataclass(frozen=True)
class Kernel:
    value: float  # of all pictures at once: what the mean over ever more subsets comes to
    low: float  # 95 % by bootstrap over the pictures of both sets
    high: float
    error: float  # standard error, by the same bootstrap
    subset_mean: float  # as others publish it: over subsets drawn without replacement
    subset_deviation: float
    subsets: int
    subset_size: int


def kernel_distance(
    fake: Features,
    real: Features,
    *,
    subsets: int = SUBSETS,
    subset_size: int | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Kernel:
    """
    Args:
        subset_size: None: 1,000, or half of the smaller set where there are fewer.
    Raises: MetricError as core.metrics.frechet.checked.
    """
    x, y = checked(fake, real)
    within_x, within_y, across = _kernel(x, x), _kernel(y, y), _kernel(x, y)
    ones = np.ones((1, len(x))), np.ones((1, len(y)))
    value = float(_weighted(within_x, within_y, across, *ones)[0])

    draw = np.random.default_rng(seed)
    of_x = draw.multinomial(len(x), np.full(len(x), 1 / len(x)), resamples).astype(np.float64)
    of_y = draw.multinomial(len(y), np.full(len(y), 1 / len(y)), resamples).astype(np.float64)
    drawn = _weighted(within_x, within_y, across, of_x, of_y)
    low, high = (float(edge) for edge in np.quantile(drawn, (0.025, 0.975)))

    smaller = min(len(x), len(y))
    size = max(2, min(subset_size or SUBSET_SIZE, smaller if subset_size else max(2, smaller // 2)))
    parts = []
    for _ in range(subsets):
        rows, columns = draw.choice(len(x), size, replace=False), draw.choice(len(y), size, replace=False)
        part = within_x[np.ix_(rows, rows)], within_y[np.ix_(columns, columns)], across[np.ix_(rows, columns)]
        parts.append(float(_weighted(*part, np.ones((1, size)), np.ones((1, size)))[0]))
    return Kernel(
        value,
        min(low, value),
        max(high, value),
        float(drawn.std(ddof=1)),
        float(np.mean(parts)),
        float(np.std(parts)),
        subsets,
        size,
    )


def _kernel(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _weighted(
    within_x: NDArray[np.float64],
    within_y: NDArray[np.float64],
    across: NDArray[np.float64],
    of_x: NDArray[np.float64],
    of_y: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The distance where picture i counts of_x[b, i] times, for each b. A picture is never paired with itself.

    Copies of one picture in a resample are left out of the pairs too: they would pull resamples away from the value.
    """

    def mean_of_pairs(kernel: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
        squares = weights * weights
        pairs = ((weights @ kernel) * weights).sum(axis=1) - squares @ np.diagonal(kernel)
        return np.asarray(pairs / (weights.sum(axis=1) ** 2 - squares.sum(axis=1)))

    between = ((of_x @ across) * of_y).sum(axis=1) / (of_x.sum(axis=1) * of_y.sum(axis=1))
    return np.asarray(mean_of_pairs(within_x, of_x) + mean_of_pairs(within_y, of_y) - 2 * between)
