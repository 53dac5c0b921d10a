"""How much of the generated pictures is realistic, and how much of the real ones is reached, by nearest neighbours.

Precision and recall: Kynkäänniemi et al., 2019, arXiv:1904.06991. Density and coverage, which a few odd real pictures
do not upset: Naeem et al., 2020, arXiv:2002.09797. Each set stands for the region within its pictures' distance to
their k-th nearest neighbour in the same set.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics.errors import MetricError
from core.metrics.frechet import Features, checked

PRECISION_NEAREST = 3  # k, as published
DENSITY_NEAREST = 5
RESAMPLES = 1000
_ROWS = 1024  # at a time


@dataclass(frozen=True)
class Share:
    value: float
    low: float  # 95 % by bootstrap over the pictures that are counted, the regions held as they are
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
    resamples: int = RESAMPLES,
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
    counted = {
        "precision": (between <= near_real[None, :]).any(axis=1).astype(np.float64),
        "recall": (between <= radii_x[:, None]).any(axis=0).astype(np.float64),
        "density": (between <= far_real[None, :]).sum(axis=1) / density_nearest,
        "coverage": (between.min(axis=0) <= far_real).astype(np.float64),
    }
    draw = np.random.default_rng(seed)
    return Manifold(**{name: _share(values, resamples, draw) for name, values in counted.items()})


def _share(values: NDArray[np.float64], resamples: int, draw: np.random.Generator) -> Share:
    value = float(values.mean())
    if not resamples:
        return Share(value, value, value)
    weights = draw.multinomial(len(values), np.full(len(values), 1 / len(values)), resamples)
    low, high = np.quantile(weights @ values / len(values), (0.025, 0.975))
    return Share(value, float(min(low, value)), float(max(high, value)))


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
