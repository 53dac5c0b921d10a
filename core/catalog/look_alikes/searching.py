"""Pictures of a selection that look alike: those with equal pixels, and those that are near by hash or by features.

Searching takes seconds for a hundred thousand pictures, so what is found is handed out to be kept by whoever asked,
together with `Catalog.pictures_revision`. The last search of every scope is kept for the filter `duplicate = similar`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.curation import utc_now
from core.catalog.selection import Selection
from core.duplicates.exact import exact_candidates, exact_groups
from core.duplicates.hashes import MAX_RADIUS, Progress, hash_values
from core.duplicates.near import (
    CONFIRMED_RADIUS,
    DEFAULT_RADIUS,
    PLAIN_BELOW,
    Confirm,
    FoundPairs,
    pairs_by_features,
    pairs_by_hash,
)
from core.duplicates.vectors import row_distances
from core.errors import ConfigError, NotFoundError
from core.features.store import FeatureStore

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

WAYS = {
    "confirmed": "perceptual hash, confirmed by colour and texture",
    "hash": "perceptual hash alone",
    "features": "colour and texture alone",
}
WIDEST = 12  # bits: beyond, most pairs are chance
MOST_BY_FEATURES = 150_000  # pictures: every one is compared with every other one
_CONFIRMED_SHARE = 0.5  # of what lies between unrelated pictures: the same picture is not farther from its copies
_FEATURES_SHARE, _WIDEST_FEATURES_SHARE = 0.25, 0.4  # of the same, where features alone decide


@dataclass(frozen=True)
class SimilarFound:
    """What a search for near pictures found. `pairs.grouped(verdicts, kept)` makes groups of it."""

    pairs: FoundPairs  # up to the widest radius that was searched
    way: str  # of WAYS
    radius: float  # to begin with: bits; of "features", a distance
    searched: int  # pictures
    described: int  # of them, with a descriptor: where there is none, "confirmed" goes by a nearer hash alone
    plain: int  # pictures left out, whose hash tells nothing because nearly nothing is to be seen on them
    left_out: int  # those without a hash; of "features", without a descriptor
    newest: int  # the largest number of a picture by then


@dataclass(frozen=True)
class ExactFound:
    groups: list[tuple[str, ...]]  # sha256 of pictures with equal pixels, smallest groups first
    searched: int  # pictures
    undecided: int  # pictures that may have an equal, whose pixels no job has compared yet


@dataclass(frozen=True)
class KeptSearch:
    """The last search for similar pictures of a scope, by which the filter `duplicate = similar` goes."""

    scope: Selection
    way: str
    radius: float
    searched: int
    described: int
    at: datetime  # UTC
    groups: int
    came_since: int  # pictures of the scope that came later and were not searched


def search_similar(
    catalog: "Catalog",
    store: FeatureStore,
    scope: Selection,
    *,
    way: str = "confirmed",
    widest: float | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> SimilarFound:
    """All near pairs of a selection.

    Args:
        way: of WAYS. "confirmed" falls back on nearer hashes for pictures that are not described, and says so.
        widest: the widest radius that groups may be cut at later: bits, up to 16; of "features", a distance.
        progress: called with (done, total); what it raises ends the search.
    Raises: core.duplicates.pairs.TooManyPairsError, ConfigError, NotFoundError for another way.
    """
    if way not in WAYS:
        raise NotFoundError("way of looking for similar pictures", way, list(WAYS))
    if way == "features":
        return _by_features(catalog, store, scope, widest, progress)
    widest = WIDEST if widest is None else widest
    if not 0 <= widest <= MAX_RADIUS or widest != int(widest):
        raise ConfigError(f"The radius of near duplicates is 0 to {MAX_RADIUS} bits; got {widest:g}.")
    condition, values = scope.condition()
    rows = catalog.read(
        f"SELECT i.sha256, i.phash, i.deviation, i.number FROM images i WHERE {condition} ORDER BY i.sha256", values
    )
    hashed = [row for row in rows if row[1] is not None]
    names = [row[0] for row in hashed]
    hashes = [f"{row[1]:016x}" for row in hashed]
    # what was not measured is not known to be plain
    deviations = [PLAIN_BELOW if row[2] is None else row[2] for row in hashed]
    places = store.rows(names)
    described = int((places >= 0).sum())
    pairs = pairs_by_hash(
        names,
        hashes,
        radius=int(widest),
        deviations=deviations,
        confirm=_confirm(store, places, hash_values(hashes)) if described and way == "confirmed" else None,
        threads=threads,
        progress=progress,
    )
    usual = CONFIRMED_RADIUS if way == "confirmed" and described == len(names) else DEFAULT_RADIUS
    plain = sum(deviation < PLAIN_BELOW for deviation in deviations)
    newest = max((row[3] for row in rows), default=0)
    return SimilarFound(
        pairs, way, min(usual, widest), len(names) - plain, described, plain, len(rows) - len(hashed), newest
    )


def _by_features(
    catalog: "Catalog", store: FeatureStore, scope: Selection, widest: float | None, progress: Progress | None
) -> SimilarFound:
    unrelated = store.descriptor.unrelated
    widest = _WIDEST_FEATURES_SHARE * unrelated if widest is None else widest
    condition, values = scope.condition()
    rows = catalog.read(f"SELECT i.sha256, i.number FROM images i WHERE {condition}", values)
    places = store.rows([row[0] for row in rows])
    names = [row[0] for row, place in zip(rows, places.tolist(), strict=True) if place >= 0]
    if len(names) > MOST_BY_FEATURES:
        raise ConfigError(
            f"By colour and texture alone at most {MOST_BY_FEATURES:,} pictures are compared with each other; these "
            f"are {len(names):,}. Choose a collection, or look by hash."
        )
    matrix = store.vectors(places[places >= 0])
    pairs = pairs_by_features(names, matrix, distance=widest, progress=progress)
    newest = max((row[1] for row in rows), default=0)
    radius = min(_FEATURES_SHARE * unrelated, widest)
    return SimilarFound(pairs, "features", radius, len(names), len(names), 0, len(rows) - len(names), newest)


def search_exact(catalog: "Catalog", scope: Selection) -> ExactFound:
    """Pictures whose files differ and whose decoded pixels are equal, as jobs that describe pictures found."""
    condition, values = scope.condition()
    rows = catalog.read(
        f"""
        SELECT i.sha256, i.width, i.height, i.phash, q.pixels
        FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number WHERE {condition}
        """,
        values,
    )
    hashed = [row for row in rows if row[3] is not None]
    worth_decoding = set(
        exact_candidates(
            [row[0] for row in hashed], [(row[1], row[2]) for row in hashed], [f"{row[3]:016x}" for row in hashed]
        )
    )
    digests = {row[0]: row[4] for row in rows if row[4] is not None}
    return ExactFound(exact_groups(digests), len(rows), len(worth_decoding - digests.keys()))


def open_groups(catalog: "Catalog", found: ExactFound, kept: set[str] | None = None) -> list[tuple[str, ...]]:
    """Groups of equal pictures that nobody has settled.

    Args:
        kept: the pictures that take part; all where None.
    """
    verdicts = catalog.verdicts()
    groups = (tuple(sha256 for sha256 in group if kept is None or sha256 in kept) for group in found.groups)
    return [group for group in groups if len(group) > 1 and not verdicts.settled(group)]


def stood_for(catalog: "Catalog", kept: set[str]) -> set[str]:
    """Pictures that another one with equal pixels stands for among similar ones: the two lists share no pair.

    Of each group of equals the one stays whose hash is the smallest, until somebody decides which of them stays.
    """

    def ask() -> list[tuple[str, ...]]:
        rows = catalog.read(
            """
            SELECT list_sort(list(sha256)) FROM picture_measures WHERE pixels IS NOT NULL AND image_number > 0
            GROUP BY pixels HAVING count(*) > 1
            """
        )
        return [tuple(row[0]) for row in rows]

    equals = catalog.remembered("equal pictures", ask)
    return {sha256 for group in open_groups(catalog, ExactFound(equals, 0, 0), kept) for sha256 in group[1:]}


def names_of(catalog: "Catalog", selection: Selection) -> set[str]:
    """The hashes of a selection's pictures."""

    def ask() -> set[str]:
        condition, values = selection.condition()
        return {row[0] for row in catalog.read(f"SELECT i.sha256 FROM images i WHERE {condition}", values)}

    return catalog.remembered(("names", selection), ask)


# ---- what was found last -------------------------------------------------------------------------------------------


def keep_search(
    catalog: "Catalog", scope: Selection, found: SimilarFound, radius: float, groups: Sequence[Sequence[str]]
) -> None:
    """Have the filter `duplicate = similar` know these groups, in place of an earlier search of the same scope; a
    search of everything takes the place of all."""
    scope = replace(scope, excluded="all")
    key = json.dumps(scope.to_json(), ensure_ascii=False, sort_keys=True)
    rows = [(number, sha256) for number, group in enumerate(groups) for sha256 in group]
    with catalog.transaction(curates=True) as cursor:
        for table in ("similar_searches", "similar_groups"):
            if scope == Selection(excluded="all"):
                cursor.execute(f"DELETE FROM {table}")
            else:
                cursor.execute(f"DELETE FROM {table} WHERE scope = ?", [key])
        cursor.execute(
            "INSERT INTO similar_searches VALUES (?, ?, ?, ?, ?, ?, ?)",
            [key, found.way, radius, found.searched, found.described, found.newest, utc_now()],
        )
        cursor.execute(
            "INSERT INTO similar_groups SELECT ?, unnest(?::BIGINT[]), unnest(?::VARCHAR[])",
            [key, [number for number, _ in rows], [sha256 for _, sha256 in rows]],
        )


def kept_searches(catalog: "Catalog") -> list[KeptSearch]:
    """The newest first."""

    def ask() -> list[KeptSearch]:
        rows = catalog.read(
            """
            SELECT s.scope, s.way, s.radius, s.searched, s.described, s.searched_at, s.newest,
                   (SELECT count(DISTINCT group_number) FROM similar_groups g WHERE g.scope = s.scope)
            FROM similar_searches s ORDER BY s.searched_at DESC
            """
        )
        found = []
        for key, way, radius, searched, described, at, newest, groups in rows:
            scope = Selection.from_json(json.loads(key))
            condition, values = scope.condition()
            came = catalog.read(f"SELECT count(*) FROM images i WHERE i.number > ? AND {condition}", [newest, *values])
            found.append(KeptSearch(scope, way, radius, searched, described, at, groups, came[0][0]))
        return found

    return catalog.remembered("kept searches", ask)


def _confirm(store: FeatureStore, places: NDArray[np.int64], hashes: NDArray[np.uint64]) -> Confirm:
    """A second look at pairs: both described, by features; else by a hash that is nearer than those pairs need."""
    within = _CONFIRMED_SHARE * store.descriptor.unrelated

    def confirmed(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.bool_]:
        one, other = places[first], places[second]
        both = (one >= 0) & (other >= 0)
        kept = np.bitwise_count(hashes[first] ^ hashes[second]) <= DEFAULT_RADIUS
        rows = np.unique(np.concatenate((one[both], other[both])))
        vectors = store.vectors(rows)
        left, right = np.searchsorted(rows, one[both]), np.searchsorted(rows, other[both])
        kept[both] = row_distances(vectors, vectors, left, right) <= within
        return kept

    return confirmed
