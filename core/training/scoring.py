"""How close a saved epoch's sample grid comes to real pictures: one number an epoch, cheap enough to take always."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.metrics import ms_ssim
from core.metrics.sliced_wasserstein import SMALLEST_SIDE, sliced_wasserstein

_FEWEST_HELD_OUT = 32  # pictures; below it the training pictures serve, which a model that copied them would please
_PATCHES, _DIRECTIONS, _REPEATS = 64, 128, 1  # half the published patches: a quarter of a second at 64 pixels
_PAIRS = 256


@dataclass(frozen=True)
class Score:
    distance: float  # sliced Wasserstein distance times 1,000, mean of the levels; less is better
    floor: float  # the same for as many real pictures: no model comes closer but by chance
    alike: float  # mean MS-SSIM of pairs, divided by that of real pictures: above 1, less diverse than they
    count: int  # pictures on each side
    against: str  # "held-out" or "training" pictures

    def row(self) -> dict[str, Any]:
        return {
            "metric": "swd",
            "value": round(self.distance, 2),
            "floor": round(self.floor, 2),
            "alike": round(self.alike, 4),
            "count": self.count,
            "against": self.against,
        }


class Scorer:
    """Compares sample grids with the same real pictures at every epoch.

    Args:
        training, held_out: uint8 (N, H, W, 3).
        count: pictures in a sample grid.
    """

    def __init__(self, training: NDArray[np.uint8], held_out: NDArray[np.uint8], count: int, seed: int) -> None:
        self._seed = seed
        self.against = "held-out" if len(held_out) >= _FEWEST_HELD_OUT else "training"
        mixed = training[np.random.default_rng(seed).permutation(len(training))]
        if self.against == "held-out":
            reference, other = held_out, mixed
        else:  # two halves, so that no picture is compared with itself
            reference, other = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
        self.count = min(count, len(reference), len(other))
        self._reference = np.ascontiguousarray(reference[: self.count])
        self.floor = self._distance(np.ascontiguousarray(other[: self.count]))
        self._alike = ms_ssim.diversity(self._reference, pairs=_PAIRS, seed=seed)

    def score(self, samples: NDArray[np.uint8]) -> Score:
        """samples: uint8 (N, H, W, 3), the grid's pictures; the first `count` are taken."""
        alike = ms_ssim.diversity(samples[: self.count], pairs=_PAIRS, seed=self._seed)
        distance = self._distance(samples[: self.count])
        return Score(distance, self.floor, alike / max(self._alike, 1e-6), self.count, self.against)

    def _distance(self, pictures: NDArray[np.uint8]) -> float:
        return sliced_wasserstein(
            pictures,
            self._reference,
            seed=self._seed,
            patches_per_image=_PATCHES,
            directions=_DIRECTIONS,
            repeats=_REPEATS,
        ).mean


def can_score(shape: tuple[int, int], count: int, grid_size: int) -> bool:
    """Whether pictures of this (height, width) can be compared: squares, and enough of them to tell anything."""
    height, width = shape
    square = height == width >= SMALLEST_SIDE and height & (height - 1) == 0
    return square and min(count // 2, grid_size) >= 2
