"""Which picture of a group of look-alikes to keep, what speaks for it, and the same for thousands of groups at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.catalog.look_alikes.settling import Decision
from core.duplicates.keeper import Candidate, Suggestion, merge_metadata, suggest_keeper
from core.duplicates.verdicts import DIFFERENT
from core.errors import NotFoundError

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


@dataclass(frozen=True)
class LookAlike:
    """A picture of a group, as people compare it with the others."""

    candidate: Candidate
    suffix: str
    source: str
    added_at: datetime
    excluded: str | None  # the reason; None where kept
    collections: tuple[str, ...]


@dataclass(frozen=True)
class BulkPlan:
    """What accepting the suggestions for many groups would do."""

    decisions: tuple[Decision, ...]
    excluded: int  # pictures that would be left out
    bytes: int  # of their files, which stay on the disk
    protected: int  # pictures that stay only because their collection is safe
    untouched: int  # groups in which every picture is safe: they wait for a person


@dataclass(frozen=True)
class SettledGroup:
    """Pictures that people judged against each other."""

    pictures: tuple[str, ...]
    kept: tuple[str, ...]  # those that are not excluded
    different: bool  # some of them were called different
    at: datetime  # of the newest word, UTC


def look_alikes(catalog: "Catalog", pictures: Sequence[str]) -> dict[str, LookAlike]:
    """Of each picture its file, and its first artwork with the tags and collections of all. Raises: NotFoundError."""
    rows = catalog.read(
        """
        WITH chosen AS (
            SELECT * FROM images WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))
        ), shown AS (
            SELECT a.image_number, arg_min(a, a.number) AS first,
                   list_sort(list_distinct(flatten(list(a.tags)))) AS tags
            FROM artworks a JOIN chosen c ON c.number = a.image_number GROUP BY a.image_number
        ), given AS (
            SELECT t.sha256, list(t.tag) AS tags FROM picture_tags t JOIN chosen USING (sha256) GROUP BY t.sha256
        ), joined AS (
            SELECT a.image_number, list_sort(list(DISTINCT m.collection)) AS collections
            FROM artworks a JOIN chosen c ON c.number = a.image_number
            JOIN memberships m ON m.artwork_number = a.number GROUP BY a.image_number
        )
        SELECT c.sha256, c.width, c.height, c.bytes, c.format, x.reason, c.suffix, c.added_at, s.first.source,
               s.first.title, s.first.artist, s.first.date, s.first.style, s.first.genre, s.first.licence,
               s.first.page_url, list_sort(list_distinct(list_concat(s.tags, coalesce(given.tags, [])))),
               coalesce(joined.collections, [])
        FROM chosen c JOIN shown s ON s.image_number = c.number
        LEFT JOIN exclusions x ON x.image_number = c.number
        LEFT JOIN given ON given.sha256 = c.sha256
        LEFT JOIN joined ON joined.image_number = c.number
        """,
        [list(pictures)],
    )
    found = {}
    for sha256, width, height, size, kind, excluded, suffix, added, source, *told, tags, collections in rows:
        facts = (sha256, width, height, size, kind, excluded is not None, *told, tuple(tags))
        candidate = Candidate(*facts)
        found[sha256] = LookAlike(candidate, suffix, source, added, excluded, tuple(collections))
    for sha256 in pictures:
        if sha256 not in found:
            raise NotFoundError("picture", sha256, ["those on the Catalog page"])
    return {sha256: found[sha256] for sha256 in dict.fromkeys(pictures)}


def candidates(catalog: "Catalog", pictures: Sequence[str]) -> list[Candidate]:
    """What speaks for or against each picture. Raises: NotFoundError."""
    return [found.candidate for found in look_alikes(catalog, pictures).values()]


def suggestion(catalog: "Catalog", pictures: Sequence[str], *, equal_pixels: bool = False) -> Suggestion:
    """Which picture of a group to keep, and why. Raises: NotFoundError for one that is not in the catalog."""
    return suggest_keeper(candidates(catalog, pictures), equal_pixels=equal_pixels)


def decide(
    known: Mapping[str, LookAlike], group: Sequence[str], kept: Sequence[str], *, take_over: bool = True
) -> Decision:
    """The decision that these of a group stay; the first of them takes over what only the others know."""
    merged = merge_metadata([known[sha256].candidate for sha256 in group], kept[0]) if take_over else None
    return Decision(tuple(group), tuple(kept), merged)


def plan_bulk(
    catalog: "Catalog",
    groups: Sequence[Sequence[str]],
    *,
    equal_pixels: bool = False,
    safe: Sequence[str] = (),
    take_over: bool = True,
) -> BulkPlan:
    """The suggestion for each group, changing nothing.

    Args:
        equal_pixels: they are exact duplicates. See core.duplicates.keeper.
        safe: collections whose pictures are never excluded: where one of a group is in such a collection it stays,
            however large another one is.
    """
    known = look_alikes(catalog, [sha256 for group in groups for sha256 in group])
    never = set(safe)
    decisions = []
    protected = untouched = 0
    for group in groups:
        staying = [sha256 for sha256 in group if never.intersection(known[sha256].collections)]
        if len(staying) == len(group):
            untouched += 1
            continue
        own = [known[sha256].candidate for sha256 in group]
        suggested = suggest_keeper(own, equal_pixels=equal_pixels).keeper
        kept = staying or [suggested]
        if len(kept) > 1:
            own = [known[sha256].candidate for sha256 in kept]
            first = suggest_keeper(own, equal_pixels=equal_pixels).keeper
            kept = [first, *(sha256 for sha256 in kept if sha256 != first)]
        protected += sum(sha256 != suggested for sha256 in staying)
        decisions.append(decide(known, group, kept, take_over=take_over))
    going = [sha256 for decision in decisions for sha256 in decision.left_out if known[sha256].excluded is None]
    size = sum(known[sha256].candidate.bytes for sha256 in going)
    return BulkPlan(tuple(decisions), len(going), size, protected, untouched)


def settled_groups(catalog: "Catalog") -> list[SettledGroup]:
    """What people judged so far of pictures that are here, the last word first."""

    def ask() -> list[SettledGroup]:
        states = dict(
            catalog.read(
                """
                WITH judged AS (SELECT "first" AS sha256 FROM pair_verdicts UNION SELECT "second" FROM pair_verdicts)
                SELECT i.sha256, x.image_number IS NULL FROM images i JOIN judged USING (sha256)
                LEFT JOIN exclusions x ON x.image_number = i.number
                """
            )
        )
        newest: dict[str, datetime] = {}
        apart: set[str] = set()
        for pair in catalog.pair_verdicts():
            for sha256 in (pair.one, pair.other):
                newest[sha256] = max(pair.given_at, newest.get(sha256, pair.given_at))
                if pair.verdict == DIFFERENT:
                    apart.add(sha256)
        found = []
        for group in catalog.verdicts().groups():
            here = tuple(sha256 for sha256 in group if sha256 in states)
            if len(here) > 1:
                kept = tuple(sha256 for sha256 in here if states[sha256])
                at = max(newest[sha256] for sha256 in here)
                found.append(SettledGroup(here, kept, not apart.isdisjoint(here), at))
        return sorted(found, key=lambda group: group.at, reverse=True)

    return catalog.remembered("settled groups", ask)
