"""Ridge regression with the amount of shrinking chosen by leaving one out: enough to part two sets, and no library."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_AMOUNTS = np.geomspace(1e-3, 1e3, 13)  # of shrinking, times the mean square of the values


@dataclass(frozen=True)
class Linear:
    weights: NDArray[np.float64]  # (D,)
    offset: float

    def __call__(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, D) -> (N,)."""
        found: NDArray[np.float64] = np.asarray(values, np.float64) @ self.weights + self.offset
        return found


def fit_linear(
    values: NDArray[np.floating], targets: NDArray[np.floating], counts: NDArray[np.floating] | None = None
) -> Linear:
    """(N, D) and (N,) -> the line that predicts best what is left out, each row in its turn.

    Args:
        counts: how much each row counts, (N,).
    """
    counted = np.ones(len(values)) if counts is None else np.asarray(counts, np.float64)
    counted = counted / counted.mean()
    x, y = np.asarray(values, np.float64), np.asarray(targets, np.float64)
    middle, mean = np.average(x, axis=0, weights=counted), float(np.average(y, weights=counted))
    root = np.sqrt(counted)[:, None]
    left, singular, right = np.linalg.svd((x - middle) * root, full_matrices=False)
    wanted = (y - mean) * root[:, 0]
    along = left.T @ wanted
    scale = float(np.square(singular).sum() / max(1, len(singular)))
    best, best_error = np.zeros(len(singular)), np.inf
    for amount in _AMOUNTS * max(scale, 1e-12):
        shrunk = np.square(singular) / (np.square(singular) + amount)
        influence = np.square(left) @ shrunk + counted / counted.sum()  # of each row on its own prediction
        missed = (wanted - left @ (shrunk * along)) / np.maximum(1 - influence, 1e-6)
        if (error := float(np.square(missed).mean())) < best_error:
            best, best_error = shrunk / np.maximum(singular, 1e-12) * along, error
    weights = right.T @ best
    return Linear(weights, mean - float(middle @ weights))


def classes(towards: int, away: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """1 for each of the first, -1 for each of the others; and counts by which both sides weigh the same."""
    labels = np.concatenate([np.ones(towards), -np.ones(away)])
    counts = np.concatenate([np.full(towards, 0.5 / towards), np.full(away, 0.5 / away)])
    return labels, counts


def held_out_accuracy(
    values: NDArray[np.floating], towards: int, *, folds: int = 5, seed: int = 0
) -> tuple[float, NDArray[np.bool_]]:
    """How often rows that a line was not fitted to fall on their side: the mean of both sides' shares, and each row.

    Args:
        values: (N, D), the first `towards` rows of one side, the rest of the other.
    """
    labels, counts = classes(towards, len(values) - towards)
    random = np.random.default_rng(seed)
    fold = np.empty(len(values), np.int64)
    for side in (labels > 0, labels < 0):
        fold[side] = random.permutation(np.arange(side.sum()) % folds)
    right = np.zeros(len(values), bool)
    for number in range(folds):
        out = fold == number
        if not out.any():
            continue
        line = fit_linear(values[~out], labels[~out], counts[~out])
        right[out] = np.sign(line(values[out])) == labels[out]
    return float((right[labels > 0].mean() + right[labels < 0].mean()) / 2), right
