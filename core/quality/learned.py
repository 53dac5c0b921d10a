"""Suggestions learned from what people excluded: which other pictures look as if they would be excluded, too.

A logistic regression with classes of equal weight and an L2 penalty, over measures (as normal scores, so that neither
their unit nor a few extreme values matter) and the first principal components of descriptors of colour and texture.
Five exclusions are little to learn from: every figure that is shown comes from pictures that the model which judged
them had not seen, and so does the order of the pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import AtelierError, ConfigError
from core.quality.unusual import normal_scores

FEWEST_EXCLUDED = 5
FEWEST_KEPT = 20
RANKS = (20, 50, 100)  # how far down the order the hits are told
_MOST_KEPT = 5000  # that are learned from; a random sample of more
_MOST_EXCLUDED = 2500
_COMPONENTS = 60  # of the descriptors
_PICTURES_A_COMPONENT = 10  # at least: few pictures would lend noise the weight of what they have in common
_PENALTY = 0.3
_FOLDS = 5
_REPEATS = 4  # of the folds, each at random anew; of many pictures once is enough
_MANY = 3000

Matrix = NDArray[np.float64]


class TooFewExclusionsError(AtelierError):
    """There is not enough to learn from yet."""

    def __init__(self, excluded: int, kept: int) -> None:
        super().__init__(
            f"Learning from what you exclude needs {FEWEST_EXCLUDED} excluded and {FEWEST_KEPT} kept pictures that are "
            f"described; there are {excluded} and {kept}. Exclude some more by hand first."
        )


@dataclass(frozen=True)
class Check:
    """What the order is worth: of pictures that people excluded, and of as many kept ones as were learned from."""

    pictures: int
    excluded: int
    hits: dict[int, float]  # of RANKS, as far as there are so many pictures: excluded ones among the first so many
    average_precision: float
    chance: float  # average precision, and precision at any rank, of an order by chance

    def precision(self, rank: int) -> float:
        return self.hits[rank] / rank

    def recall(self, rank: int) -> float:
        return self.hits[rank] / self.excluded


@dataclass(frozen=True)
class Ranker:
    """What was learned. Larger scores: more like what was excluded; 0 lies between."""

    held_out: Matrix  # (N,) of the pictures it was made of, by models that had not seen them; nan: not described
    check: Check
    _scale: "_Scale"
    _weights: Matrix  # (1 + F,) over all of them
    measures: int  # how many of the F features are measures; the others are of the descriptor

    def score(self, values: Matrix, vectors: NDArray[np.floating]) -> Matrix:
        """(N,) of pictures that were not learned from."""
        return self._scale(values, vectors) @ self._weights[1:] + self._weights[0]

    def shares(self, values: Matrix, vectors: NDArray[np.floating]) -> Matrix:
        """(N, M + 1) what each measure adds to the score, and what colours and texture do."""
        parts = self._scale(values, vectors) * self._weights[1:]
        return np.column_stack((parts[:, : self.measures], parts[:, self.measures :].sum(axis=1)))


def learn(values: Matrix, vectors: NDArray[np.floating], excluded: NDArray[np.bool_], *, seed: int = 0) -> Ranker:
    """Learn from what people decided about the pictures of a collection.

    Args:
        values: (N, M) measures, nan where one was not taken.
        vectors: (N, D) descriptors.
        excluded: (N,) whether somebody excluded the picture; of all others nothing is known but that they are kept.
    Raises: TooFewExclusionsError; ConfigError if lengths differ.
    """
    if not len(values) == len(vectors) == len(excluded):
        raise ConfigError(f"Lengths differ: {len(values)}, {len(vectors)} and {len(excluded)}.")
    if excluded.sum() < FEWEST_EXCLUDED or (~excluded).sum() < FEWEST_KEPT:
        raise TooFewExclusionsError(int(excluded.sum()), int((~excluded).sum()))
    scale = _Scale(values, vectors)
    features = scale(values, vectors)
    generator = np.random.default_rng(seed)
    repeats = _REPEATS if len(excluded) < _MANY else 1
    scores = np.zeros((repeats, len(excluded)))
    for repeat in range(repeats):
        folds = _folds(excluded, generator)
        for fold in range(_FOLDS):
            tested = folds == fold
            weights = _fitted(features[~tested], excluded[~tested])
            scores[repeat, tested] = features[tested] @ weights[1:] + weights[0]
    check = _checked(scores, excluded)
    return Ranker(scores.mean(axis=0), check, scale, _fitted(features, excluded), values.shape[1])


def sample(excluded: NDArray[np.bool_], *, seed: int = 0) -> NDArray[np.intp]:
    """Rows to learn from, where there are more than learning needs: in their order."""
    generator = np.random.default_rng(seed)
    chosen = []
    for which, most in ((excluded, _MOST_EXCLUDED), (~excluded, _MOST_KEPT)):
        rows = np.flatnonzero(which)
        chosen.append(rows if len(rows) <= most else generator.choice(rows, most, replace=False))
    return np.sort(np.concatenate(chosen))


def average_precision(in_order: NDArray[np.bool_]) -> float:
    """Of an order of pictures, given whether each was wanted: 1 where all wanted ones come first."""
    places = np.flatnonzero(in_order) + 1
    return float(np.mean(np.arange(1, len(places) + 1) / places))


class _Scale:
    """Measures as normal scores, descriptors as principal components, each of variance 1 in the pictures given."""

    def __init__(self, values: Matrix, vectors: NDArray[np.floating]) -> None:
        self.known = [np.sort(column[np.isfinite(column)]) for column in values.T]
        wide = np.asarray(vectors, np.float64)
        self.mean = wide.mean(axis=0)
        strengths, directions = np.linalg.eigh(np.cov(wide, rowvar=False))
        most = max(1, min(_COMPONENTS, len(wide) // _PICTURES_A_COMPONENT, wide.shape[1]))
        strongest = np.argsort(strengths)[::-1][:most]
        strongest = strongest[strengths[strongest] > 1e-9 * max(strengths.max(), 1e-30)]
        self.components = directions[:, strongest] / np.sqrt(strengths[strongest])

    def __call__(self, values: Matrix, vectors: NDArray[np.floating]) -> Matrix:
        measures = [normal_scores(column, known) for column, known in zip(values.T, self.known, strict=True)]
        components = (np.asarray(vectors, np.float64) - self.mean) @ self.components
        return np.column_stack((*measures, components))


def _fitted(features: Matrix, excluded: NDArray[np.bool_]) -> Matrix:
    """(1 + F,) the bias and the weights of the logistic regression."""
    from scipy.optimize import minimize

    signs = np.where(excluded, 1.0, -1.0)
    shares = np.where(excluded, 0.5 / max(1, excluded.sum()), 0.5 / max(1, (~excluded).sum()))

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margins = signs * (features @ weights[1:] + weights[0])
        slopes = -shares * signs * np.exp(-np.logaddexp(0, margins))
        value = float((shares * np.logaddexp(0, -margins)).sum() + _PENALTY * weights[1:] @ weights[1:] / 2)
        return value, np.concatenate(([slopes.sum()], features.T @ slopes + _PENALTY * weights[1:]))

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, np.float64)


def _folds(excluded: NDArray[np.bool_], generator: np.random.Generator) -> NDArray[np.intp]:
    """(N,) the fold of each picture; excluded and kept ones are spread evenly."""
    folds = np.empty(len(excluded), np.intp)
    for which in (excluded, ~excluded):
        rows = generator.permutation(np.flatnonzero(which))
        folds[rows] = np.arange(len(rows)) % _FOLDS
    return folds


def _checked(scores: Matrix, excluded: NDArray[np.bool_]) -> Check:
    """The mean over the repeats: each is an order that somebody might have been given."""
    in_order = [excluded[np.argsort(-row, kind="stable")] for row in scores]
    ranks: Sequence[int] = [rank for rank in RANKS if rank <= len(excluded)]
    hits = {rank: float(np.mean([order[:rank].sum() for order in in_order])) for rank in ranks}
    precision = float(np.mean([average_precision(order) for order in in_order]))
    return Check(len(excluded), int(excluded.sum()), hits, precision, float(excluded.mean()))
