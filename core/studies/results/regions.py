"""Where raters pointed when a picture gave itself away, gathered by condition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.studies.results.judgements import Judgements
from core.studies.study import Condition

GRID = 24  # cells a side
_REACH = 1.2  # cells: standard deviation of the smoothing; a finger is no needle


@dataclass(frozen=True)
class RegionMap:
    condition: Condition
    points: tuple[tuple[float, float], ...]  # x, y from the upper left, 0 to 1
    raters: int
    heat: NDArray[np.float64]  # (GRID, GRID), rows from the top; the largest is 1

    @property
    def peak(self) -> str:
        """Where most pointed, in words: 'upper left', 'middle'."""
        row, column = np.unravel_index(int(self.heat.argmax()), self.heat.shape)
        vertical = ("upper", "", "lower")[min(2, 3 * int(row) // GRID)]
        horizontal = ("left", "", "right")[min(2, 3 * int(column) // GRID)]
        return f"{vertical} {horizontal}".strip() or "middle"


def regions(judgements: Judgements) -> tuple[RegionMap, ...]:
    """One for each condition that anybody pointed at, in the order of the study's conditions."""
    found = []
    for index, condition in enumerate(judgements.study.conditions):
        pointed = [
            vote
            for vote, place in zip(judgements.votes, judgements.conditions.tolist(), strict=True)
            if place == index and vote.point is not None
        ]
        points = tuple(vote.point for vote in pointed if vote.point is not None)
        if points:
            found.append(RegionMap(condition, points, len({vote.rater for vote in pointed}), _heat(points)))
    return tuple(found)


def _heat(points: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Points as Gaussian spots, summed."""
    centres = (np.arange(GRID) + 0.5) / GRID
    x, y = np.array(points).T
    across = np.exp(-0.5 * ((centres[None] - x[:, None]) * GRID / _REACH) ** 2)  # (N, GRID)
    down = np.exp(-0.5 * ((centres[None] - y[:, None]) * GRID / _REACH) ** 2)
    heat: NDArray[np.float64] = down.T @ across
    return heat / heat.max()
