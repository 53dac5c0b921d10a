"""A map: pictures as points in a plane, so that what looks alike lies together.

Two ways. Principal components are exact and quick, and keep large distances. The map of neighbours keeps small ones:
t-SNE (van der Maaten & Hinton, Visualizing Data using t-SNE, 2008) of up to LANDMARKS pictures drawn by the seed,
begun at their principal components and with the learning rate of Belkina et al. (2019), so that the same pictures and
seed give the same map; every other picture is then laid among the landmarks that it is nearest to. In it, distances
between far groups, and the sizes of groups, mean nothing.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.search import Matrix, Progress, blocks, row_count

LANDMARKS = 2000  # 16 MB for each matrix of their pairs; about 30 s on one core
_COMPONENTS = 30  # before t-SNE: what is left out is noise, and distances cost less
_PERPLEXITY = 30.0
_ITERATIONS = 500
_EXAGGERATED = 125  # of them, with attraction times 12
_NEIGHBOURS = 8  # landmarks among which a picture is laid


def principal_components(
    matrix: Matrix, count: int = 2, *, mask: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """(N, count): coordinates along the directions of most variance; rows that are masked out are nan.

    The sign of each direction is fixed by its largest part. In constant memory, but for the answer.
    """
    total = row_count(matrix)
    allowed = np.ones(total, dtype=bool) if mask is None else np.asarray(mask, dtype=bool)
    found = np.full((total, count), np.nan, np.float32)
    if not allowed.any():
        return found
    seen, first, second = 0, np.zeros(1), np.zeros((1, 1))
    for offset, block in blocks(matrix):
        rows = block[allowed[offset : offset + len(block)]].astype(np.float64)
        seen += len(rows)
        first = first + rows.sum(axis=0)
        second = second + rows.T @ rows
    mean = first / seen
    _, vectors = np.linalg.eigh(second / seen - np.outer(mean, mean))
    directions = vectors[:, ::-1][:, :count]
    strongest = np.abs(directions).argmax(axis=0)
    directions = directions * np.sign(directions[strongest, np.arange(directions.shape[1])])
    for offset, block in blocks(matrix):
        here = allowed[offset : offset + len(block)]
        found[offset : offset + len(block)][here, : directions.shape[1]] = (block[here] - mean) @ directions
    found[allowed, directions.shape[1] :] = 0  # more directions asked for than there are
    return found


def map_of_components(matrix: Matrix, *, mask: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """(N, 2) within -1..1, the two directions of most variance; nan where masked out."""
    return _fitted(principal_components(matrix, 2, mask=mask))


def map_of_neighbours(
    matrix: Matrix,
    *,
    mask: NDArray[np.bool_] | None = None,
    seed: int = 0,
    landmarks: int = LANDMARKS,
    progress: Progress | None = None,
) -> NDArray[np.float32]:
    """(N, 2) within -1..1; nan where masked out.

    Args:
        progress: called with (steps done, steps in all); what it raises ends the work.
    """
    if landmarks < 4:
        raise ConfigError(f"A map needs at least 4 landmarks; got {landmarks}.")
    reduced = principal_components(matrix, _COMPONENTS, mask=mask)
    places = np.flatnonzero(np.isfinite(reduced[:, 0]))
    points = reduced[places]
    if len(places) < 4:
        return _fitted(reduced[:, :2].copy())
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.permutation(len(places))[:landmarks])
    told = progress or (lambda done, total: None)
    laid = _tsne(points[chosen], lambda done: told(done, _ITERATIONS + 1))
    coordinates = np.full((len(reduced), 2), np.nan, np.float32)
    coordinates[places[chosen]] = laid
    others = np.setdiff1d(np.arange(len(places)), chosen)
    for begin in range(0, len(others), 1024):
        rows = others[begin : begin + 1024]
        coordinates[places[rows]] = _among(points[rows], points[chosen], laid)
    told(_ITERATIONS + 1, _ITERATIONS + 1)
    return _fitted(coordinates)


def _tsne(points: NDArray[np.float32], progress: Callable[[int], None]) -> NDArray[np.float32]:
    """(N, 2) float32 of (N, D)."""
    count = len(points)
    attraction = _affinities(_squared_distances(points, points))
    spread = float(points[:, 0].std()) or 1.0
    laid = (points[:, :2] / spread * 1e-4).astype(np.float32)
    velocity, gains = np.zeros_like(laid), np.ones_like(laid)
    rate = max(count / 12 / 4, 50.0)
    for step in range(_ITERATIONS):
        early = step < _EXAGGERATED
        kernel = 1 / (1 + _squared_distances(laid, laid))
        np.fill_diagonal(kernel, 0)
        force = ((12.0 if early else 1.0) * attraction - kernel / max(float(kernel.sum()), 1e-12)) * kernel
        gradient = 4 * (force.sum(axis=1)[:, None] * laid - force @ laid)
        gains = np.maximum(np.where(np.sign(gradient) != np.sign(velocity), gains + 0.2, gains * 0.8), 0.01)
        velocity = (0.5 if early else 0.8) * velocity - rate * gains * gradient
        laid = laid + velocity.astype(np.float32)
        laid -= laid.mean(axis=0)
        progress(step + 1)
    return laid


def _affinities(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, N), summing to 1: how likely two would choose each other as neighbours, each choosing among about 30."""
    count = len(squares)
    wanted = np.log(min(_PERPLEXITY, (count - 1) / 3))
    nearest = np.partition(squares + np.diag(np.full(count, np.inf, np.float32)), 0, axis=1)[:, :1]
    shifted = (squares - nearest).astype(
        np.float64
    )  # of each row the nearest at 0, so that nothing underflows to nothing
    np.fill_diagonal(shifted, np.inf)
    scale = float(np.median(shifted[np.isfinite(shifted)])) or 1.0
    low, high, beta = np.zeros(count), np.full(count, np.inf), np.full(count, 1 / scale)
    finite = np.where(np.isfinite(shifted), shifted, 0)
    for _ in range(60):
        weights = np.exp(-beta[:, None] * shifted)
        total = weights.sum(axis=1)
        entropy = np.log(total) + beta * (weights * finite).sum(axis=1) / total
        wide = entropy > wanted
        low, high = np.where(wide, beta, low), np.where(wide, high, beta)
        beta = np.where(np.isinf(high), beta * 2, (low + high) / 2)
    weights /= weights.sum(axis=1, keepdims=True)
    return ((weights + weights.T) / (2 * count)).astype(np.float32)


def _among(
    points: NDArray[np.float32], landmarks: NDArray[np.float32], laid: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where points lie among laid landmarks: the mean of their nearest ones, by nearness."""
    squares = _squared_distances(points, landmarks)
    few = min(_NEIGHBOURS, squares.shape[1])
    nearest = np.argpartition(squares, few - 1, axis=1)[:, :few]
    order = np.argsort(np.take_along_axis(squares, nearest, axis=1), axis=1, kind="stable")
    nearest = np.take_along_axis(nearest, order, axis=1)
    near = np.take_along_axis(squares, nearest, axis=1).astype(np.float64)
    scale = np.maximum(near[:, min(2, near.shape[1] - 1)] - near[:, 0], 1e-12)[:, None]
    weights = np.exp(-(near - near[:, :1]) / scale)
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkc->nc", weights, laid[nearest]).astype(np.float32)


def _squared_distances(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)[None, :] - 2 * (one @ other.T)
    return np.maximum(squares, 0)


def _fitted(coordinates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centred, and scaled by one factor to fit -1..1."""
    there = np.isfinite(coordinates[:, 0])
    if not there.any():
        return coordinates
    lowest, highest = coordinates[there].min(axis=0), coordinates[there].max(axis=0)
    size = float((highest - lowest).max()) or 1.0
    return ((coordinates - (lowest + highest) / 2) / (size / 2)).astype(np.float32)
