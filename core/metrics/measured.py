"""What every measure gives: a number, how sure it is, and what else there is to say; and what says how sure.

Intervals hold 95 % and are taken over pictures: had other pictures been drawn, where would the number be? They say
nothing of the bias that small sets have: for that there is the floor.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 500
_LOW, _HIGH = 2.5, 97.5  # percent
_Z = 1.959964  # standard deviations that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Measured:
    value: float
    low: float
    high: float
    count: int  # pictures on each side
    details: dict[str, Any] = field(default_factory=dict)


def draws(count: int, seed: int, resamples: int = RESAMPLES) -> NDArray[np.int64]:
    """Numbers of pictures drawn with replacement, (resamples, count)."""
    return np.random.default_rng(seed).integers(0, count, (resamples, count))


def mean_interval(values: NDArray[np.floating[Any]], *, seed: int = 0) -> tuple[float, float]:
    """Percentile bootstrap of the mean of one value a picture, (N,)."""
    means = np.asarray(values, np.float64)[draws(len(values), seed)].mean(axis=1)
    low, high = np.percentile(means, (_LOW, _HIGH))
    return float(low), float(high)


def around(value: float, error: float, *, least: float = 0.0) -> tuple[float, float]:
    """The interval of a normal distribution, cut off below `least`."""
    return max(least, value - _Z * error), value + _Z * error


def share_interval(hits: int, count: int) -> tuple[float, float]:
    """Of a share (Wilson, 1927): unlike a bootstrap, it is not (0, 0) when nothing was found among few pictures."""
    share, squared = hits / count, _Z**2
    middle = (share + squared / (2 * count)) / (1 + squared / count)
    half = _Z * np.sqrt(share * (1 - share) / count + squared / (4 * count**2)) / (1 + squared / count)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
