"""Quality of a collection: what each issue would flag by the collection's thresholds, and which pictures those are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.filters.flags import measure_sql
from core.catalog.judging import QualitySettings
from core.errors import NotFoundError
from core.quality.issues import ISSUES, Flags, Issue, checked_thresholds, find_issue, flag, percentile_thresholds
from core.quality.issues import size_scores as scores_of_sizes

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_MEASURES = tuple(dict.fromkeys(issue.measure for issue in ISSUES))


@dataclass(frozen=True)
class IssueCount:
    """One issue in one collection."""

    issue: Issue
    threshold: float
    is_own: bool  # the threshold was set for this collection
    pictures: int  # kept ones that it flags
    excluded: int  # that it flags and somebody left out already
    measured: int  # kept ones whose measure was taken; what is not measured is never flagged
    is_normal: bool  # how this collection is: nobody needs to look
    by_person: bool  # somebody called it normal here; else more than half of the pictures have it

    @property
    def filter(self) -> str:
        """What to ask for the pictures, while the issue is not normal and the thresholds are those of the catalog."""
        return f"flag = {self.issue.name}"


@dataclass(frozen=True)
class CollectionQuality:
    collection: str
    settings: QualitySettings
    pictures: int  # kept
    hashes: tuple[str, ...]  # sha256 of all, excluded ones included; the rows of what follows
    kept: NDArray[np.bool_]  # (N,)
    values: Mapping[str, NDArray[np.float64]]  # measure -> (N,), nan where it was not taken
    flags: Flags  # of all
    issues: tuple[IssueCount, ...]  # in the order of core.quality.issues.ISSUES

    @property
    def flagged(self) -> int:
        """Kept pictures that an issue which is not normal here flags."""
        return int((self.flags.any() & self.kept).sum())

    def pictures_of(self, issue: str) -> list[str]:
        """Kept pictures that an issue flags, the farthest from the threshold first. Raises: NotFoundError."""
        found = find_issue(issue)
        values = self.values[found.measure]
        rows = np.flatnonzero(self.flags.of[issue] & self.kept)
        order = np.argsort(values[rows] if found.direction == "below" else -values[rows], kind="stable")
        return [self.hashes[row] for row in rows[order].tolist()]

    def reasons(self) -> dict[str, list[str]]:
        """Kept pictures that are flagged -> names of their issues."""
        rows = np.flatnonzero(self.flags.any() & self.kept)
        return {self.hashes[row]: self.flags.reasons(row) for row in rows.tolist()}


def quality_of(catalog: "Catalog", collection: str, settings: QualitySettings | None = None) -> CollectionQuality:
    """What the thresholds flag. Excluded pictures count for what is usual, so that excluding changes no threshold.

    Args:
        settings: others than those of the catalog, to see what they would do.
    Raises: NotFoundError for a collection or an issue that is not known, ConfigError for a threshold that is no number.
    """
    hashes, kept, values = catalog.remembered(("quality values", collection), lambda: _values(catalog, collection))
    chosen = catalog.quality_settings(collection) if settings is None else settings
    cuts = checked_thresholds(chosen.thresholds)
    flags = flag(values, chosen.thresholds, normal=chosen.normal)
    issues = tuple(
        IssueCount(
            issue=issue,
            threshold=cuts[issue.name],
            is_own=issue.name in chosen.thresholds,
            pictures=int((flags.of[issue.name] & kept).sum()),
            excluded=int((flags.of[issue.name] & ~kept).sum()),
            measured=int((np.isfinite(values[issue.measure]) & kept).sum()),
            is_normal=issue.name in flags.normal,
            by_person=issue.name in chosen.normal,
        )
        for issue in ISSUES
    )
    return CollectionQuality(collection, chosen, int(kept.sum()), hashes, kept, values, flags, issues)


def set_threshold(catalog: "Catalog", collection: str, issue: str, threshold: float | None) -> QualitySettings:
    """Store a collection's own threshold; None: the default again. Raises: NotFoundError, ConfigError."""
    find_issue(issue)
    before = catalog.quality_settings(collection)
    own = {name: value for name, value in before.thresholds.items() if name != issue}
    if threshold is not None:
        own[issue] = threshold
    return _stored(catalog, collection, replace(before, thresholds=own))


def call_normal(catalog: "Catalog", collection: str, issue: str, *, normal: bool = True) -> QualitySettings:
    """Store "this is normal here": the issue flags nothing in this collection until it is taken back."""
    find_issue(issue)
    before = catalog.quality_settings(collection)
    others = tuple(name for name in before.normal if name != issue)
    return _stored(catalog, collection, replace(before, normal=(*others, issue) if normal else others))


def calibrate(catalog: "Catalog", collection: str, *, share: float) -> QualitySettings:
    """Store thresholds that each flag the most unusual `share` of this collection at most."""
    values = quality_of(catalog, collection).values
    found = percentile_thresholds(values, share=share)
    own = {name: cut for name, cut in found.items() if cut != find_issue(name).threshold}
    return _stored(catalog, collection, replace(catalog.quality_settings(collection), thresholds=own))


def _stored(catalog: "Catalog", collection: str, settings: QualitySettings) -> QualitySettings:
    catalog.set_quality(collection, settings)
    return settings


def _values(
    catalog: "Catalog", collection: str
) -> tuple[tuple[str, ...], NDArray[np.bool_], dict[str, NDArray[np.float64]]]:
    known = [one.name for one in catalog.collections()]
    if collection not in known:
        raise NotFoundError("collection", collection, known)
    taken = [name for name in _MEASURES if name != "size_score"]
    with catalog.cursor() as cursor:
        found = cursor.execute(
            f"""
            SELECT i.sha256 AS sha256, i.width AS width, i.height AS height,
                   i.number NOT IN (SELECT image_number FROM exclusions) AS kept,
                   {", ".join(f"coalesce({measure_sql(name)}, 'nan'::DOUBLE) AS {name}" for name in taken)}
            FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number
            WHERE i.number IN (
                SELECT a.image_number FROM memberships m JOIN artworks a ON a.number = m.artwork_number
                WHERE m.collection = ?)
            ORDER BY i.sha256
            """,
            [collection],
        ).fetchnumpy()
    values = {name: np.asarray(found[name], np.float64) for name in taken}
    values["size_score"] = scores_of_sizes(*(np.asarray(found[name]).tolist() for name in ("width", "height")))
    return tuple(map(str, found["sha256"])), np.asarray(found["kept"], bool), values
