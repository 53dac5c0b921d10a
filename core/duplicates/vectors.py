"""Near by features: all pairs of descriptors within a Euclidean radius, a block against a block at a time.

For descriptors of unit length the radius of a cosine similarity s is sqrt(2 - 2 s).
"""

import math

import numpy as np
from numpy.typing import NDArray

from core.duplicates.hashes import Progress
from core.duplicates.pairs import MAX_PAIRS, NearPairs, PairCollector
from core.errors import ConfigError

_BLOCK = 2048  # rows: 16 MB of distances, and 2 MB of vectors, at a time


def near_vectors(
    matrix: NDArray[np.floating], radius: float, *, limit: int = MAX_PAIRS, progress: Progress | None = None
) -> NearPairs:
    """All pairs of rows not farther apart than `radius`.

    Args:
        matrix: (N, D) float32 or float16, in memory or mapped from a file. Memory does not grow with N.
        progress: called with (blocks of rows done, blocks in all); what it raises ends the search.
    Raises: ConfigError for a negative radius; TooManyPairsError beyond `limit` pairs.
    """
    if not radius >= 0:
        raise ConfigError(f"A radius is 0 or more; got {radius}.")
    collector = PairCollector(radius, limit)
    rows = len(matrix)
    for number, begin in enumerate(range(0, rows, _BLOCK)):
        left = np.asarray(matrix[begin : begin + _BLOCK], dtype=np.float32)
        for other in range(begin, rows, _BLOCK):
            right = left if other == begin else np.asarray(matrix[other : other + _BLOCK], dtype=np.float32)
            first, second = _nearly_within(left, right, radius)
            if other == begin:
                first, second = first[second > first], second[second > first]
            distance = row_distances(left, right, first, second)
            near = distance <= radius
            collector.add(first[near] + begin, second[near] + other, distance[near])
        if progress is not None:
            progress(number + 1, -(-rows // _BLOCK))
    return collector.pairs(rows)


def row_distances(
    left: NDArray[np.floating], right: NDArray[np.floating], first: NDArray[np.integer], second: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Euclidean distances of the rows left[first[i]] and right[second[i]], (P,)."""
    found = np.empty(len(first), np.float32)
    for begin in range(0, len(first), 4 * _BLOCK):
        here = slice(begin, begin + 4 * _BLOCK)
        difference = np.asarray(left[first[here]], np.float32) - np.asarray(right[second[here]], np.float32)
        found[here] = np.sqrt(np.einsum("ij,ij->i", difference, difference))
    return found


def _nearly_within(
    left: NDArray[np.float32], right: NDArray[np.float32], radius: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Candidates by |a|^2 + |b|^2 - 2ab, whose rounding may hide a distance of up to a thousandth of the lengths."""
    left_squares, right_squares = np.square(left).sum(axis=1), np.square(right).sum(axis=1)
    squares = left_squares[:, None] + right_squares[None, :]
    slack = 1e-5 * float(left_squares.max(initial=0) + right_squares.max(initial=0))
    squares -= 2 * (left @ right.T)
    first, second = np.nonzero(squares <= math.pow(radius, 2) + slack)
    return first, second
