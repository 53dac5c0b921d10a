"""Copies that add nothing: equal or nearly equal to the picture, or to another copy of it.

A symmetrical painting flipped is itself again; a step that drew next to nothing leaves the picture as it was. Each
such copy only makes the picture count double.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEARLY = 6.0  # of 255, root mean square over all values: a soft painting flipped, or saved once more as JPEG


@dataclass(frozen=True)
class Repeat:
    place: int  # of the copy among the pictures given
    of: int  # of the earlier one that it repeats; 0 is the picture itself
    difference: float  # root mean square, 0..255

    @property
    def equal(self) -> bool:
        return self.difference == 0


def repeats(pixels: Sequence[NDArray[np.uint8]]) -> tuple[Repeat, ...]:
    """Which of these repeat an earlier one: the picture first, then its copies, uint8 (H, W, 3), all of one shape.

    Of several earlier ones the nearest is named, and never one that is a repeat itself.
    """
    found: list[Repeat] = []
    kept: list[int] = []
    flat = (
        np.stack([np.asarray(picture, np.float32).ravel() for picture in pixels]) if len(pixels) else np.empty((0, 1))
    )
    for place in range(len(flat)):
        if kept:
            away = np.sqrt(np.square(flat[kept] - flat[place]).mean(axis=1))
            nearest = int(away.argmin())
            if away[nearest] <= NEARLY:
                found.append(Repeat(place, kept[nearest], float(away[nearest])))
                continue
        kept.append(place)
    return tuple(found)
