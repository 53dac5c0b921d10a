"""Pictures that look alike, within a selection: near duplicates, exact ones, the most similar ones, those of a colour.

Searching takes seconds for a hundred thousand pictures, so what is found is handed out to be kept by whoever asked,
together with `Catalog.revision`. Descriptors lie beside the catalog: see core.features.job.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.curation import OWNER
from core.catalog.nearness import ToColours, ToPicture
from core.catalog.selection import Selection
from core.duplicates.exact import exact_candidates, exact_groups
from core.duplicates.hashes import MAX_RADIUS, Progress, hash_values
from core.duplicates.keeper import Candidate, Suggestion, suggest_keeper
from core.duplicates.near import CONFIRMED_RADIUS, DEFAULT_RADIUS, PLAIN_BELOW, Confirm, SimilarSearch, find_similar
from core.duplicates.vectors import row_distances
from core.errors import AtelierError, ConfigError, NotFoundError
from core.features.choices import open_store
from core.features.descriptor import COLOUR_AND_TEXTURE, Descriptor
from core.features.store import FeatureStore, is_sha256
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_CONFIRMED_SHARE = 0.5  # of what lies between unrelated pictures: the same picture is not farther from its copies
_MOST_JUDGED = 64  # pictures of a group that one verdict is about: 2,016 pairs


class NotDescribedError(AtelierError):
    """A picture has no descriptor yet."""


@dataclass(frozen=True)
class NearDuplicates:
    search: SimilarSearch  # .groups(radius, order=), .cuts()
    radius: int  # to begin with, and at most
    searched: int  # pictures
    described: int  # of them, with a descriptor by which a second look was taken; the others go by their hash alone
    plain: int  # pictures left out, whose hash tells nothing because nearly nothing is to be seen on them
    unhashed: int  # left out, because they have no hash


@dataclass(frozen=True)
class ExactDuplicates:
    groups: list[tuple[str, ...]]  # sha256 of pictures with equal pixels, smallest groups first
    undecided: int  # pictures that may have an equal, whose pixels no job has compared yet


@dataclass(frozen=True)
class SimilarPicture:
    sha256: str
    score: float  # 1: the same; 0: as far apart as two pictures taken at random


@dataclass(frozen=True)
class OfColour:
    sha256: str
    distance: float  # CIEDE2000 and rank; up to core.features.colour.SAME_COLOUR_WITHIN people call it that colour


def feature_store(workspace: Workspace, descriptor: Descriptor = COLOUR_AND_TEXTURE) -> FeatureStore:
    """The lab's descriptors as of now: a page keeps it while `is_current`. See core.features.choices."""
    return open_store(workspace, descriptor)


def near_duplicates(
    catalog: "Catalog",
    store: FeatureStore,
    selection: Selection,
    *,
    radius: int | None = None,
    threads: int = 2,
    progress: Progress | None = None,
) -> NearDuplicates:
    """Groups of pictures that look alike. Pairs that people called different never share one.

    Args:
        radius: bits of the hash that may differ; by default 10 where all pictures are described, so that colours and
            texture confirm what the hash says, else 6.
    Raises: core.duplicates.pairs.TooManyPairsError, ConfigError.
    """
    condition, values = selection.condition()
    rows = catalog.read(
        f"SELECT i.sha256, i.phash, i.deviation FROM images i WHERE {condition} ORDER BY i.sha256", values
    )
    hashed = [row for row in rows if row[1] is not None]
    names = [row[0] for row in hashed]
    hashes = [f"{row[1]:016x}" for row in hashed]
    # what was not measured is not known to be plain
    deviations = [PLAIN_BELOW if row[2] is None else row[2] for row in hashed]
    places = store.rows(names)
    described = int((places >= 0).sum())
    if radius is None:
        radius = CONFIRMED_RADIUS if described == len(names) else DEFAULT_RADIUS
    if not 0 <= radius <= MAX_RADIUS:
        raise ConfigError(f"The radius of near duplicates is 0 to {MAX_RADIUS} bits; got {radius}.")
    search = find_similar(
        names,
        hashes,
        radius=radius,
        verdicts=catalog.verdicts(),
        deviations=deviations,
        confirm=_confirm(store, places, hash_values(hashes)) if described else None,
        threads=threads,
        progress=progress,
    )
    plain = sum(deviation < PLAIN_BELOW for deviation in deviations)
    return NearDuplicates(search, radius, len(names) - plain, described, plain, len(rows) - len(hashed))


def exact_duplicates(catalog: "Catalog", selection: Selection) -> ExactDuplicates:
    """Pictures whose files differ and whose decoded pixels are equal, as jobs that describe pictures found."""
    condition, values = selection.condition()
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
    return ExactDuplicates(exact_groups(digests), len(worth_decoding - digests.keys()))


def suggestion(catalog: "Catalog", pictures: Sequence[str]) -> Suggestion:
    """Which picture of a group to keep, and why. Raises: NotFoundError for one that is not in the catalog."""
    return suggest_keeper(candidates(catalog, pictures))


def candidates(catalog: "Catalog", pictures: Sequence[str]) -> list[Candidate]:
    """What speaks for or against each picture: its file, and its first artwork. Raises: NotFoundError."""
    rows = catalog.read(
        """
        SELECT i.sha256, i.width, i.height, i.bytes, i.format, i.number IN (SELECT image_number FROM exclusions),
               a.title, a.artist, a.date, a.style, a.genre, a.licence, a.page_url, a.tags
        FROM images i JOIN artworks a ON a.image_number = i.number
        WHERE i.sha256 IN (SELECT unnest(?::VARCHAR[]))
        QUALIFY row_number() OVER (PARTITION BY i.number ORDER BY a.number) = 1
        """,
        [list(pictures)],
    )
    names = [field.name for field in fields(Candidate)]  # in the order of the columns
    told = [dict(zip(names, (*row[:-1], tuple(row[-1])), strict=True)) for row in rows]
    found = {facts["sha256"]: Candidate(**facts) for facts in told}
    for sha256 in pictures:
        if sha256 not in found:
            raise NotFoundError("picture", sha256, ["those on the Catalog page"])
    return [found[sha256] for sha256 in dict.fromkeys(pictures)]


def judge_group(catalog: "Catalog", pictures: Sequence[str], verdict: str, *, who: str = OWNER) -> int:
    """Remember the same word for every pair: "same", "different". Returns how many pairs.

    Raises: ConfigError for another word, fewer than two pictures, or too many at once; UnknownPicturesError.
    """
    distinct = list(dict.fromkeys(pictures))
    if len(distinct) > _MOST_JUDGED:
        raise ConfigError(
            f"One verdict is about at most {_MOST_JUDGED} pictures; got {len(distinct)}. Judge fewer at a time, or "
            "narrow the radius."
        )
    return catalog.judge([(one, other, verdict) for one, other in combinations(distinct, 2)], who=who)


def similar_pictures(
    catalog: "Catalog",
    store: FeatureStore,
    sha256: str,
    *,
    selection: Selection = Selection(),  # noqa: B008, frozen
    count: int = 24,
) -> list[SimilarPicture]:
    """The pictures of a selection most like one, which itself is left out; the most similar first.

    Raises: NotFoundError, NotDescribedError, ConfigError for a count below 1.
    """
    if count < 1:
        raise ConfigError(f"At least one similar picture must be asked for; got {count}.")
    nearness = to_picture(catalog, store, sha256)
    nearest = catalog.page(selection, sort=nearness, limit=count + 1)
    return [
        SimilarPicture(tile.sha256, round(store.descriptor.score_of(tile.distance), 4))
        for tile in nearest
        if tile.sha256 != sha256 and tile.distance is not None
    ][:count]


def to_picture(catalog: "Catalog", store: FeatureStore, sha256: str) -> ToPicture:
    """The order of all pictures by how much they are like one. Raises: NotFoundError, NotDescribedError."""
    vector = store.vector(sha256) if is_sha256(sha256) else None
    if vector is None:
        catalog.picture(sha256)
        raise NotDescribedError(
            f"Picture {sha256[:12]} has not been described yet, so nothing can be compared with it. Describe the "
            "pictures first: python -m core catalog describe"
        )
    return ToPicture.of(store, vector, sha256)


def pictures_of_colour(
    catalog: "Catalog",
    colours: Sequence[str],
    *,
    selection: Selection = Selection(),  # noqa: B008, frozen
    count: int = 60,
) -> list[OfColour]:
    """The pictures of a selection that have all these colours among their main ones, the nearest first.

    Args:
        colours: as people write them: "#aa3322", "teal".
    Raises: ConfigError for what is no colour, or a count below 1.
    """
    if count < 1:
        raise ConfigError(f"At least one picture must be asked for; got {count}.")
    nearest = catalog.page(selection, sort=ToColours.read(colours), limit=count)
    return [OfColour(tile.sha256, round(tile.distance, 2)) for tile in nearest if tile.distance is not None]


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
