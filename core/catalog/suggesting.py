"""Which pictures of a collection look like those that people excluded from it: core.quality.learned in the catalog."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.dismissing import SUGGESTED
from core.catalog.look_alikes.settling import is_of_a_group
from core.catalog.quality import CollectionQuality, quality_of
from core.features.store import FeatureStore
from core.quality.issues import ISSUES
from core.quality.learned import FEWEST_EXCLUDED, Check, Ranker, TooFewExclusionsError, learn, sample
from core.quality.unusual import unusual

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

USUALLY_NOT_LOOKS = ("duplicate", "too small")  # reasons that say nothing about how a picture looks
_BLOCK = 16_384  # pictures scored at a time
_MANY = 20_000  # pictures of a collection in which not every decision is learned from at once
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
    check: Check | None  # what the order is worth here; None: nothing was learned
    numbers: NDArray[np.int32]  # of the catalog, the most suspicious first; without those that were called fine
    scores: NDArray[np.floating]  # in that order; where something was learned, 0 lies between excluded and kept
    undescribed: int  # kept pictures that cannot be compared yet
    _named: Callable[[NDArray[np.int32]], list[str]] = field(repr=False, compare=False)
    _parts: Callable[[NDArray[np.int32], list[str]], NDArray[np.floating]] = field(repr=False, compare=False)

    def page(self, *, offset: int = 0, limit: int = 60) -> list[Suggested]:
        """The most suspicious first."""
        numbers = self.numbers[offset : offset + limit]
        if not len(numbers):
            return []
        names = self._named(numbers)
        told = [_words(parts) for parts in self._parts(numbers, names)]
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


def unusual_first(catalog: "Catalog", collection: str) -> Suggestions:
    """By all measures of quality together, where nothing can be learned yet. Raises: NotFoundError."""
    return catalog.remembered(("unusual", collection), lambda: _unusual(catalog, collection))


def exclusion_reasons(catalog: "Catalog", collection: str) -> list[tuple[str, int]]:
    """(reason, pictures excluded from this collection), the most frequent first; without those that name the picture
    that was kept instead, which say nothing about looks."""
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
            if not is_of_a_group(reason)
        ],
    )


def learnable_reasons(catalog: "Catalog", collection: str) -> list[str]:
    """What is learned from unless somebody says otherwise."""
    return [reason for reason, _ in exclusion_reasons(catalog, collection) if reason not in USUALLY_NOT_LOOKS]


def _suggested(catalog: "Catalog", store: FeatureStore, collection: str, reasons: Sequence[str]) -> Suggestions:
    quality = quality_of(catalog, collection)
    rows, excluded = _rows(catalog, store, quality), _excluded(catalog, quality, reasons)
    usable = (rows >= 0) & (quality.kept | excluded)
    number = int((excluded & usable).sum())
    key = ("learned", collection, tuple(reasons), len(store))

    def compute() -> tuple[Ranker, NDArray[np.float64]]:
        return _learned(quality, store, rows, excluded, np.flatnonzero(usable))

    if number < FEWEST_EXCLUDED or usable.sum() < _MANY:
        ranker, scores = catalog.remembered(key, compute)
    else:  # some seconds: learned anew when the exclusions have grown, or shrunk, by a tenth
        ranker, scores = catalog.lasting((*key, round(math.log(number) / math.log(1.1))), compute)
    order = _order(catalog, quality, scores)

    def parts(numbers: NDArray[np.int32], names: list[str]) -> NDArray[np.float64]:
        places = np.searchsorted(quality.numbers, numbers)
        return ranker.shares(_measures(quality, places), store.vectors(store.rows(names).tolist()))

    return Suggestions(
        collection=collection,
        excluded=number,
        check=ranker.check,
        numbers=quality.numbers[order],
        scores=scores[order],
        undescribed=int((quality.kept & (rows < 0)).sum()),
        _named=quality.named,
        _parts=parts,
    )


def _learned(
    quality: CollectionQuality,
    store: FeatureStore,
    rows: NDArray[np.int64],
    excluded: NDArray[np.bool_],
    usable: NDArray[np.intp],
) -> tuple[Ranker, NDArray[np.float64]]:
    """What was learned from the usable pictures, and (N,) scores of all that are described."""
    if not len(usable):
        raise TooFewExclusionsError(0, 0)
    learned = usable[sample(excluded[usable])]
    ranker = learn(_measures(quality, learned), store.vectors(rows[learned].tolist()), excluded[learned])
    scores = np.full(len(rows), np.nan)
    scores[learned] = ranker.held_out
    others = np.flatnonzero((rows >= 0) & np.isnan(scores))
    others = others[np.argsort(rows[others])]  # a shard of the store is read from its beginning to its end
    for begin in range(0, len(others), _BLOCK):
        block = others[begin : begin + _BLOCK]
        scores[block] = ranker.score(_measures(quality, block), store.vectors(rows[block].tolist()))
    return ranker, scores


def _excluded(catalog: "Catalog", quality: CollectionQuality, reasons: Sequence[str]) -> NDArray[np.bool_]:
    """(N,) excluded for one of these reasons."""
    wanted = catalog.read(
        "SELECT image_number FROM exclusions WHERE reason IN (SELECT unnest(?::VARCHAR[]))", [list(reasons)]
    )
    return ~quality.kept & np.isin(quality.numbers, [row[0] for row in wanted])


def _unusual(catalog: "Catalog", collection: str) -> Suggestions:
    quality = quality_of(catalog, collection)
    normal = tuple(sorted(quality.flags.normal))
    found = catalog.lasting(("unusual", collection, normal), lambda: unusual(quality.values, normal=normal))
    scores = found.sum(axis=1)
    order = _order(catalog, quality, scores)
    return Suggestions(
        collection=collection,
        excluded=0,
        check=None,
        numbers=quality.numbers[order],
        scores=scores[order],
        undescribed=quality.undescribed,
        _named=quality.named,
        _parts=lambda numbers, _: found[np.searchsorted(quality.numbers, numbers)],
    )


def _order(catalog: "Catalog", quality: CollectionQuality, scores: NDArray[np.floating]) -> NDArray[np.intp]:
    """Rows of the kept pictures that have a score and were not called fine, the largest score first."""
    fine = [row[0] for row in catalog.read("SELECT image_number FROM fine_pictures WHERE issue = ?", [SUGGESTED])]
    shown = np.flatnonzero(quality.kept & ~np.isnan(scores) & ~np.isin(quality.numbers, fine))
    return shown[np.argsort(-scores[shown], kind="stable")]


def _rows(catalog: "Catalog", store: FeatureStore, quality: CollectionQuality) -> NDArray[np.int64]:
    """(N,) where the store describes each picture; -1 where it does not."""
    numbers, places = catalog.described(store)
    found = np.full(int(max(numbers.max(initial=0), quality.numbers.max(initial=0))) + 1, -1, np.int64)
    found[numbers] = places
    return found[quality.numbers]


def _measures(quality: CollectionQuality, places: NDArray[np.intp]) -> NDArray[np.float64]:
    """(len(places), M) in the order of ISSUES, each of which has a measure of its own."""
    return np.column_stack([np.asarray(quality.values[issue.measure][places], np.float64) for issue in ISSUES])


def _words(shares: NDArray[np.floating]) -> tuple[str, ...]:
    """Of what each issue's measure adds to a score, and last what colours and texture do, where they are known."""
    words = [*(issue.title.lower() for issue in ISSUES), "colours and texture"]
    least = _TELLING * max(1e-9, float(shares[shares > 0].sum()))
    return tuple(words[place] for place in np.argsort(-shares)[:3].tolist() if shares[place] > least)
