"""How much of the generated pictures is realistic, and how much of the real ones is reached, by nearest neighbours.

Precision and recall: Kynkäänniemi et al., 2019, arXiv:1904.06991. Density and coverage, which a few odd real pictures
do not upset: Naeem et al., 2020, arXiv:2002.09797. Each set stands for the region within its pictures' distance to
their k-th nearest neighbour in the same set.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics.errors import MetricError
from core.metrics.frechet import Features, checked
from core.metrics.measured import mean_interval, share_interval

PRECISION_NEAREST = 3  # k, as published
DENSITY_NEAREST = 5
_ROWS = 1024  # at a time


@dataclass(frozen=True)
class Share:
    value: float
    low: float  # 95 % over the pictures that are counted, the regions held as they are
    high: float


@dataclass(frozen=True)
class Manifold:
    precision: Share  # of the generated pictures within the region of the real ones
    recall: Share  # of the real pictures within the region of the generated ones
    density: Share  # how many real pictures' regions a generated one lies in, over k: may be above 1
    coverage: Share  # of the real pictures with a generated one nearer than their k-th nearest real one


def manifold(
    fake: Features,
    real: Features,
    *,
    precision_nearest: int = PRECISION_NEAREST,
    density_nearest: int = DENSITY_NEAREST,
    seed: int = 0,
) -> Manifold:
    """Raises: MetricError if a set has no more pictures than neighbours are looked at, and as frechet.checked."""
    x, y = checked(fake, real)
    most = max(precision_nearest, density_nearest)
    if min(len(x), len(y)) <= most:
        raise MetricError(
            f"The {most} nearest neighbours are looked at, so more than {most} pictures a side are needed; got "
            f"{len(x)} and {len(y)}."
        )
    between = _distances(x, y)
    radii_x = _reach(x, precision_nearest)
    near_real, far_real = _reach(y, precision_nearest), _reach(y, density_nearest)
    reached = (between <= far_real[None, :]).sum(axis=1) / density_nearest
    density = float(reached.mean())
    low, high = mean_interval(reached, seed=seed)
    return Manifold(
        precision=_share((between <= near_real[None, :]).any(axis=1)),
        recall=_share((between <= radii_x[:, None]).any(axis=0)),
        density=Share(density, min(low, density), max(high, density)),
        coverage=_share(between.min(axis=0) <= far_real),
    )


def _share(hits: Any) -> Share:
    """hits: (N,) bool; typed loosely because numpy says that `any` might give a single one."""
    return Share(float(hits.mean()), *share_interval(int(hits.sum()), len(hits)))


def _reach(values: NDArray[np.float64], nearest: int) -> NDArray[np.float64]:
    """Distance of each row to its k-th nearest other row, (N,)."""
    parts = []
    for start in range(0, len(values), _ROWS):
        distances = _distances(values[start : start + _ROWS], values)
        rows = np.arange(len(distances))
        distances[rows, start + rows] = 0.0  # to itself, exactly: it comes first
        parts.append(np.partition(distances, nearest, axis=1)[:, nearest])
    return np.concatenate(parts)


def _distances(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean, (N, M)."""
    squares = np.sum(x * x, axis=1)[:, None] + np.sum(y * y, axis=1)[None, :] - 2 * (x @ y.T)
    return np.asarray(np.sqrt(np.maximum(squares, 0)))
