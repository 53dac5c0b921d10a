"""The strangest and the most typical pictures of many, in the directions in which they differ most."""

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.layout import principal_components
from core.features.search import Matrix, row_count

_DIRECTIONS = 30  # what is left out is noise, and distances cost a ninth
_AMONG = 5_000  # pictures that neighbours are looked for among: of more, as many drawn by a fixed seed
_NEIGHBOUR_WEIGHTS = (0.6, 0.3, 0.1)  # of the nearest, the second, the third
_ROUNDS = 25  # of k-means; it seldom changes after ten
_BLOCK = 2048


def outlier_rows(matrix: Matrix, count: int) -> NDArray[np.int64]:
    """(at most count,) rows that lie farthest from their three nearest neighbours, the strangest first.

    Among more than 5,000 pictures, neighbours are looked for among as many drawn at random: whatever is rare is drawn
    rarely, so what lies alone is still far from them.
    """
    points = _points(matrix, count)
    among = points
    if len(points) > _AMONG:
        among = points[np.sort(np.random.default_rng(0).permutation(len(points))[:_AMONG])]
    near = min(len(_NEIGHBOUR_WEIGHTS), len(points) - 1)
    if near < 1:
        return np.arange(len(points))
    weights = np.array(_NEIGHBOUR_WEIGHTS[:near]) / sum(_NEIGHBOUR_WEIGHTS[:near])
    apart = np.empty(len(points))
    for begin in range(0, len(points), _BLOCK):
        block = points[begin : begin + _BLOCK]
        squares = np.sort(np.partition(_squares(block, among), near, axis=1)[:, : near + 1], axis=1)
        # the first of them is the picture itself, where it is among them
        itself = squares[:, 0] < 1e-6 * (1 + np.square(block).sum(axis=1))
        chosen = np.where(itself[:, None], squares[:, 1 : near + 1], squares[:, :near])
        apart[begin : begin + len(block)] = np.sqrt(np.maximum(chosen, 0)) @ weights
    return np.argsort(-apart, kind="stable")[:count]


def typical_rows(matrix: Matrix, count: int) -> NDArray[np.int64]:
    """(at most count,) rows, each the one nearest to the middle of its group; the largest group first.

    Groups by k-means (Lloyd, 1982), begun at pictures as different as possible, so that the answer is always the same.
    """
    points = _points(matrix, count)
    count = min(count, len(points))
    centres = points[_spread(points, count)]
    of = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        before, of = of, _nearest(points, centres)
        if np.array_equal(before, of):
            break
        sizes = np.bincount(of, minlength=count)
        for axis in range(points.shape[1]):
            sums = np.bincount(of, weights=points[:, axis], minlength=count)
            centres[:, axis] = np.where(sizes > 0, sums / np.maximum(sizes, 1), centres[:, axis])
    apart = np.square(points - centres[of]).sum(axis=1)
    sizes = np.bincount(of, minlength=count)
    order = np.lexsort((apart, of))
    first = np.searchsorted(of[order], np.flatnonzero(sizes))
    middle = order[first]
    return middle[np.argsort(-sizes[of[middle]], kind="stable")]


def _points(matrix: Matrix, count: int) -> NDArray[np.float32]:
    if count < 1:
        raise ConfigError(f"At least one picture must be asked for; got {count}.")
    length = next((len(part[0]) for part in ([matrix] if isinstance(matrix, np.ndarray) else matrix) if len(part)), 1)
    return principal_components(matrix, min(_DIRECTIONS, length)) if row_count(matrix) else np.empty((0, 1), np.float32)


def _spread(points: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    taken = [int(np.square(points).sum(axis=1).argmin())]  # components are centred: the one nearest to the mean
    apart = np.square(points - points[taken[0]]).sum(axis=1)
    while len(taken) < count:
        taken.append(int(apart.argmax()))
        np.minimum(apart, np.square(points - points[taken[-1]]).sum(axis=1), out=apart)
    return np.array(taken)


def _nearest(points: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    found = np.empty(len(points), np.int64)
    for begin in range(0, len(points), _BLOCK):
        found[begin : begin + _BLOCK] = _squares(points[begin : begin + _BLOCK], centres).argmin(axis=1)
    return found


def _squares(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    squares: NDArray[np.float32] = (
        np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T
    )
    return squares
