"""The nearest of a million descriptors, and a subset that shows all kinds of them: exact, a block at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.descriptor import Descriptor

BLOCK_ROWS = 16_384  # 18 MB of a 269-long float32 descriptor at a time

Matrix = (
    NDArray[np.floating] | Sequence[NDArray[np.floating]]
)  # (N, D), or its rows in several arrays, one after another
Progress = Callable[[int, int], None]  # done, total; what it raises ends the work


def blocks(matrix: Matrix) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(first row, (up to BLOCK_ROWS, D) float32): only so much of a mapped file is in memory."""
    offset = 0
    for part in [matrix] if isinstance(matrix, np.ndarray) else matrix:
        for begin in range(0, len(part), BLOCK_ROWS):
            block = np.array(part[begin : begin + BLOCK_ROWS], dtype=np.float32)  # a copy: callers work in it
            yield offset, block
            offset += len(block)


def row_count(matrix: Matrix) -> int:
    return len(matrix) if isinstance(matrix, np.ndarray) else sum(len(part) for part in matrix)


def nearest_rows(
    query: NDArray[np.floating], matrix: Matrix, k: int, *, mask: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The k rows nearest to a vector by Euclidean distance; the lower row first where two are equally near.

    Args:
        query: (D,); several pictures at once are asked for by the mean of their vectors.
        matrix: float32 or float16, in memory or mapped.
        mask: (N,), True for rows that may be found.
    Returns: rows and distances, both (at most k,), the nearest first.
    Raises: ConfigError for k below 1 or vectors of another length.
    """
    if k < 1:
        raise ConfigError(f"At least one similar picture must be asked for; got {k}.")
    wanted = np.asarray(query, dtype=np.float32)
    rows, distances = np.empty(0, np.int64), np.empty(0, np.float32)
    for offset, block in blocks(matrix):
        _check_length(wanted, block)
        allowed = np.arange(len(block)) if mask is None else np.flatnonzero(mask[offset : offset + len(block)])
        block -= wanted
        squares = np.einsum("ij,ij->i", block, block)[allowed]
        if len(squares) > k:
            within = np.flatnonzero(squares <= np.partition(squares, k - 1)[k - 1])
            allowed, squares = allowed[within], squares[within]
        rows = np.concatenate((rows, allowed + offset))
        distances = np.concatenate((distances, np.sqrt(squares)))
        order = np.lexsort((rows, distances))[:k]
        rows, distances = rows[order], distances[order]
    return rows, distances


def distances_to(query: NDArray[np.floating], matrix: Matrix, *, threads: int | None = None) -> NDArray[np.float32]:
    """(N,) Euclidean distance of every row from a vector.

    Args:
        threads: by default as many as there are processors; most of the time goes into widening float16.
    Raises: ConfigError for vectors of another length.
    """
    wanted = np.asarray(query, dtype=np.float32)
    parts = [matrix] if isinstance(matrix, np.ndarray) else list(matrix)
    found = np.empty(row_count(matrix), np.float32)
    starts = np.cumsum([0, *(len(part) for part in parts)])

    def measure(part: NDArray[np.floating], start: int) -> None:
        for offset, block in blocks(part):
            _check_length(wanted, block)
            block -= wanted
            found[start + offset : start + offset + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))

    if len(parts) < 2:
        for part in parts:
            measure(part, 0)
        return found
    with ThreadPoolExecutor(threads or cpu_count() or 1, thread_name_prefix="distances") as pool:
        list(pool.map(measure, parts, starts[:-1].tolist()))
    return found


def nearest(
    query: NDArray[np.floating],
    matrix: Matrix,
    k: int,
    *,
    descriptor: Descriptor,
    mask: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """As nearest_rows, with scores from 0 (as unlike as any two pictures) to 1 (the same) instead of distances."""
    rows, distances = nearest_rows(query, matrix, k, mask=mask)
    return rows, descriptor.score(distances)


def diverse_rows(
    matrix: Matrix, count: int, *, mask: NDArray[np.bool_] | None = None, progress: Progress | None = None
) -> NDArray[np.int64]:
    """A subset that leaves no picture far from all of it: farthest-point sampling (Gonzalez, 1985).

    It starts with the picture nearest to the mean, then takes again and again the one farthest from all taken: at most
    twice as far as the best subset of that size could do. The first n of a larger subset are the subset of n. Outliers
    come early: that is what it is for, and why broken pictures should be excluded before.

    Returns: (at most count,) rows, in the order in which they were taken. Copies of one vector are taken once.
    """
    if count < 1:
        raise ConfigError(f"At least one picture must be asked for; got {count}.")
    total = row_count(matrix)
    allowed = np.ones(total, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    if not allowed.any():
        return np.empty(0, np.int64)
    summed, seen = np.zeros(1), 0
    for offset, block in blocks(matrix):
        chosen = block[allowed[offset : offset + len(block)]]
        summed = summed + chosen.sum(axis=0, dtype=np.float64)
        seen += len(chosen)
    start, _ = nearest_rows((summed / seen).astype(np.float32), matrix, 1, mask=allowed)
    taken = [int(start[0])]
    apart = np.where(allowed, np.float32(np.inf), np.float32(-1))  # squared distance to the nearest that was taken
    while len(taken) < min(count, seen):
        latest = _row(matrix, taken[-1])
        for offset, block in blocks(matrix):
            block -= latest
            squares = np.einsum("ij,ij->i", block, block)
            here = slice(offset, offset + len(block))
            np.minimum(apart[here], squares, out=apart[here])
        farthest = int(np.argmax(apart))
        if apart[farthest] <= 0:
            break
        taken.append(farthest)
        if progress is not None:
            progress(len(taken), count)
    return np.array(taken, dtype=np.int64)


def _check_length(wanted: NDArray[np.float32], block: NDArray[np.float32]) -> None:
    if block.shape[1:] != wanted.shape:
        raise ConfigError(f"The query has {wanted.shape} numbers, the pictures {block.shape[1:]}: other descriptors.")


def _row(matrix: Matrix, row: int) -> NDArray[np.float32]:
    for part in [matrix] if isinstance(matrix, np.ndarray) else matrix:
        if row < len(part):
            return np.array(part[row], dtype=np.float32)
        row -= len(part)
    raise IndexError(row)


def with_measured_scale(descriptor: Descriptor, matrix: Matrix, *, seed: int = 0) -> Descriptor:
    """The descriptor with scores that suit this collection: 0 stands for the median of pairs of its own pictures.

    In a collection of one kind, the common scale calls everything alike. Scores of two collections can then no longer
    be compared with each other. Left as it is where fewer than ten pictures tell nothing.
    """
    total = row_count(matrix)
    if total < 10:
        return descriptor
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(total)[:512])
    chosen = np.array([_row(matrix, int(row)) for row in rows])
    one, other = generator.permutation(len(chosen)), generator.permutation(len(chosen))
    apart = np.linalg.norm(chosen[one] - chosen[other], axis=1)[one != other]
    median = float(np.median(apart)) if len(apart) else 0.0
    return replace(descriptor, unrelated=median) if median > 0 else descriptor
