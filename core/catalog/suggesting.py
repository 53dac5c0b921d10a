"""Which pictures of a collection look like those that people excluded from it: core.quality.learned in the catalog."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.dismissing import SUGGESTED
from core.catalog.quality import CollectionQuality, quality_of
from core.features.store import FeatureStore
from core.quality.issues import ISSUES
from core.quality.learned import Check, Ranker, TooFewExclusionsError, learn, sample

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

USUALLY_NOT_LOOKS = ("duplicate", "too small")  # reasons that say nothing about how a picture looks
_BLOCK = 16_384  # pictures scored at a time
_TELLING = 0.25  # of what speaks for excluding a picture: less is not told


@dataclass(frozen=True)
class Suggested:
    sha256: str
    score: float
    why: tuple[str, ...]  # what speaks most for excluding it, in words; empty where nothing does


@dataclass(frozen=True)
class Suggestions:
    """Kept pictures of a collection in the order in which they are worth a look."""

    collection: str
    excluded: int  # pictures that were learned from
    check: Check
    numbers: NDArray[np.int32]  # of the catalog, the most suspicious first; without those that were called fine
    scores: NDArray[np.float64]  # in that order; 0 lies between what was excluded and what was kept
    undescribed: int  # kept pictures that cannot be compared yet
    _quality: CollectionQuality = field(repr=False)
    _ranker: Ranker = field(repr=False)
    _store: FeatureStore = field(repr=False)

    def page(self, *, offset: int = 0, limit: int = 60) -> list[Suggested]:
        """The most suspicious first."""
        numbers = self.numbers[offset : offset + limit]
        if not len(numbers):
            return []
        names = self._quality.named(numbers)
        vectors = self._store.vectors(self._store.rows(names).tolist())
        values = _measures(self._quality)[np.searchsorted(self._quality.numbers, numbers)]
        told = [_words(shares) for shares in self._ranker.shares(values, vectors)]
        scores = self.scores[offset : offset + limit].tolist()
        return [Suggested(*row) for row in zip(names, scores, told, strict=True)]


def suggest(
    catalog: "Catalog", store: FeatureStore, collection: str, *, reasons: Sequence[str] | None = None
) -> Suggestions:
    """Learn from what was excluded in a collection, and put what is kept in order.

    Args:
        reasons: exclusions for these are learned from, others are left out of it; by default all but those that say
            nothing about looks.
    Raises: NotFoundError; core.quality.learned.TooFewExclusionsError.
    """
    chosen = tuple(learnable_reasons(catalog, collection) if reasons is None else reasons)
    return catalog.remembered(
        ("suggestions", collection, chosen, len(store)), lambda: _suggested(catalog, store, collection, chosen)
    )


def exclusion_reasons(catalog: "Catalog", collection: str) -> list[tuple[str, int]]:
    """(reason, pictures excluded from this collection), the most frequent first."""
    return catalog.remembered(
        ("reasons of", collection),
        lambda: [
            (reason, pictures)
            for reason, pictures in catalog.read(
                """
                SELECT x.reason, count(DISTINCT x.image_number) FROM exclusions x
                JOIN artworks a ON a.image_number = x.image_number
                JOIN memberships m ON m.artwork_number = a.number
                WHERE m.collection = ? AND x.image_number > 0 GROUP BY x.reason ORDER BY count(*) DESC, x.reason
                """,
                [collection],
            )
        ],
    )


def learnable_reasons(catalog: "Catalog", collection: str) -> list[str]:
    """What is learned from unless somebody says otherwise."""
    return [reason for reason, _ in exclusion_reasons(catalog, collection) if reason not in USUALLY_NOT_LOOKS]


def _suggested(catalog: "Catalog", store: FeatureStore, collection: str, reasons: Sequence[str]) -> Suggestions:
    quality = quality_of(catalog, collection)
    rows = catalog.lasting(("rows of", collection, len(store)), lambda: store.rows(quality.hashes))
    values = _measures(quality)
    wanted = catalog.read(
        "SELECT image_number FROM exclusions WHERE reason IN (SELECT unnest(?::VARCHAR[]))", [list(reasons)]
    )
    excluded = ~quality.kept & np.isin(quality.numbers, [row[0] for row in wanted])
    usable = (rows >= 0) & (quality.kept | excluded)
    if not usable.any():
        raise TooFewExclusionsError(0, 0)
    candidates = np.flatnonzero(usable)
    learned = candidates[sample(excluded[candidates])]
    ranker = learn(values[learned], store.vectors(rows[learned].tolist()), excluded[learned])
    scores = np.full(len(rows), np.nan)
    scores[learned] = ranker.held_out
    others = np.flatnonzero(usable & np.isnan(scores))
    others = others[np.argsort(rows[others])]  # a shard of the store is read from its beginning to its end
    for begin in range(0, len(others), _BLOCK):
        block = others[begin : begin + _BLOCK]
        scores[block] = ranker.score(values[block], store.vectors(rows[block].tolist()))
    fine = [row[0] for row in catalog.read("SELECT image_number FROM fine_pictures WHERE issue = ?", [SUGGESTED])]
    shown = np.flatnonzero(quality.kept & ~np.isnan(scores) & ~np.isin(quality.numbers, fine))
    order = shown[np.argsort(-scores[shown], kind="stable")]
    return Suggestions(
        collection=collection,
        excluded=int(excluded[usable].sum()),
        check=ranker.check,
        numbers=quality.numbers[order],
        scores=scores[order],
        undescribed=int((quality.kept & (rows < 0)).sum()),
        _quality=quality,
        _ranker=ranker,
        _store=store,
    )


def _measures(quality: CollectionQuality) -> NDArray[np.float64]:
    """(N, M) in the order of ISSUES, each of which has a measure of its own."""
    return np.column_stack([np.asarray(quality.values[issue.measure], np.float64) for issue in ISSUES])


def _words(shares: NDArray[np.float64]) -> tuple[str, ...]:
    """Of what each issue's measure adds to a score, and last what colours and texture do."""
    words = [*(issue.title.lower() for issue in ISSUES), "colours and texture"]
    least = _TELLING * max(1e-9, float(shares[shares > 0].sum()))
    return tuple(words[place] for place in np.argsort(-shares)[:3].tolist() if shares[place] > least)
