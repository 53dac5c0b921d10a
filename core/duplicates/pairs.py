"""NearPairs: which pictures lie within a radius of each other, as arrays."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError

MAX_PAIRS = 5_000_000  # 60 MB; grouping them takes under half a minute


class TooManyPairsError(AtelierError):
    """More pictures are near each other than anybody could look through: the radius is too wide for this selection."""

    def __init__(self, limit: int, radius: float) -> None:
        super().__init__(
            f"Within a radius of {radius:g} there are more than {limit:,} pairs of near pictures, which is as many as "
            "are grouped at a time. Choose a smaller radius, or fewer pictures."
        )


@dataclass(frozen=True)
class NearPairs:
    """Pairs of pictures, each once, ordered by (distance, first, second).

    A picture is known by its place in the list that was searched: 0 to count - 1.
    """

    count: int  # pictures searched
    radius: float  # what was searched for
    first: NDArray[np.int32]  # (P,), the smaller place
    second: NDArray[np.int32]  # (P,)
    distance: NDArray[np.float32]  # (P,), at most radius

    def __len__(self) -> int:
        return len(self.first)

    def within(self, radius: float) -> "NearPairs":
        """Those not farther apart than a smaller radius."""
        return self._chosen(self.distance <= radius, min(radius, self.radius))

    def confirmed(self, keep: NDArray[np.bool_]) -> "NearPairs":
        """Those that another look confirmed. keep: (P,)."""
        return self._chosen(keep, self.radius)

    def _chosen(self, keep: NDArray[np.bool_], radius: float) -> "NearPairs":
        return NearPairs(self.count, radius, self.first[keep], self.second[keep], self.distance[keep])


def ordered(
    count: int,
    radius: float,
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    distance: NDArray[np.number],
) -> NearPairs:
    """NearPairs of pairs that were found in any order, each once and either way round."""
    low, high = np.minimum(first, second).astype(np.int32), np.maximum(first, second).astype(np.int32)
    order = np.lexsort((high, low, distance))
    return NearPairs(count, radius, low[order], high[order], distance[order].astype(np.float32))


class PairCollector:
    """Gathers what blocks of a search find, from any thread, and refuses before memory is full."""

    def __init__(self, radius: float, limit: int) -> None:
        self._radius = radius
        self._limit = limit
        self._lock = threading.Lock()
        self._parts: list[tuple[NDArray[np.integer], NDArray[np.integer], NDArray[np.number]]] = []
        self._found = 0

    def add(self, first: NDArray[np.integer], second: NDArray[np.integer], distance: NDArray[np.number]) -> None:
        """Raises: TooManyPairsError."""
        with self._lock:
            self._found += len(first)
            if self._found > self._limit:
                raise TooManyPairsError(self._limit, self._radius)
            if len(first):
                self._parts.append((first, second, distance))

    def pairs(self, count: int) -> NearPairs:
        if not self._parts:
            none = np.empty(0, np.int32)
            return NearPairs(count, self._radius, none, none, np.empty(0, np.float32))
        first, second, distance = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return ordered(count, self._radius, first, second, distance)
