"""Quality of a collection: what each issue would flag by the collection's thresholds, and which pictures those are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.filters.flags import measure_sql
from core.catalog.judging import QualitySettings
from core.errors import NotFoundError
from core.quality.issues import (
    ISSUES,
    Flags,
    Issue,
    aspect_values,
    checked_thresholds,
    find_issue,
    flag,
    percentile_thresholds,
)
from core.quality.issues import size_scores as scores_of_sizes
from core.quality.spread import Spread, spread

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_MEASURES = tuple(dict.fromkeys(issue.measure for issue in ISSUES))
_FEW = 500  # pictures that are looked up one by one


@dataclass(frozen=True)
class IssueCount:
    """One issue in one collection."""

    issue: Issue
    threshold: float
    is_own: bool  # the threshold was set for this collection
    pictures: int  # kept ones that it flags
    excluded: int  # that it flags and somebody left out already
    fine: int  # kept ones that it would flag, had nobody called them fine
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
    numbers: NDArray[np.int32]  # (N,) of all in the catalog, excluded ones included; the rows of what follows
    kept: NDArray[np.bool_]  # (N,)
    values: Mapping[str, NDArray[np.floating]]  # measure -> (N,), nan where it was not taken
    fine: Mapping[str, NDArray[np.bool_]]  # issue -> (N,) called fine by somebody; only issues for which there are some
    flags: Flags  # of all but those
    issues: tuple[IssueCount, ...]  # in the order of core.quality.issues.ISSUES
    named: Callable[[NDArray[np.int32]], list[str]] = field(repr=False, compare=False)  # numbers -> sha256

    @property
    def hashes(self) -> list[str]:
        """(N,) sha256 of all: at a million pictures a second's work, so ask for those you need instead."""
        return self.named(self.numbers)

    def of(self, issue: str) -> IssueCount:
        """Raises: NotFoundError."""
        return self.issues[ISSUES.index(find_issue(issue))]

    @property
    def excluded(self) -> int:
        return int(np.count_nonzero(~self.kept))

    @property
    def undescribed(self) -> int:
        """Kept pictures that lack a measure which a job takes."""
        return self.pictures - min(count.measured for count in self.issues if not count.issue.stored)

    @property
    def flagged(self) -> int:
        """Kept pictures that an issue which is not normal here flags."""
        return int((self.flags.any() & self.kept).sum())

    def pictures_of(self, issue: str) -> list[str]:
        """Kept pictures that an issue flags, the farthest from the threshold first. Raises: NotFoundError."""
        return self.named(self.numbers[self._worst_rows(issue)])

    def worst(self, issue: str, *, offset: int = 0, limit: int = 60) -> list[tuple[str, float]]:
        """Some of them, each with the value of its measure."""
        rows = self._worst_rows(issue)[offset : offset + limit]
        values = self.values[find_issue(issue).measure][rows].tolist()
        return list(zip(self.named(self.numbers[rows]), values, strict=True))

    def _worst_rows(self, issue: str) -> NDArray[np.intp]:
        found = find_issue(issue)
        values = self.values[found.measure]
        rows = np.flatnonzero(self.flags.of[issue] & self.kept)
        order = np.argsort(values[rows] if found.direction == "below" else -values[rows], kind="stable")
        return rows[order]

    def spread(self, issue: str, threshold: float) -> Spread:
        """Of the pictures that nobody called fine. Raises: NotFoundError."""
        found = find_issue(issue)
        values = np.asarray(self.values[found.measure], np.float64)
        counted = np.isfinite(values)
        if issue in self.fine:
            counted &= ~self.fine[issue]
        return spread(found, values[counted & self.kept], values[counted & ~self.kept], threshold)

    def reasons(self) -> dict[str, list[str]]:
        """Kept pictures that are flagged -> names of their issues."""
        rows = np.flatnonzero(self.flags.any() & self.kept)
        return {
            name: self.flags.reasons(row)
            for name, row in zip(self.named(self.numbers[rows]), rows.tolist(), strict=True)
        }

    def worth(self) -> "Worth":
        """All flags that are not normal here, against what was excluded in this collection."""
        flagged = self.flags.any()
        return Worth(int((flagged & ~self.kept).sum()), int(flagged.sum()), self.excluded)


@dataclass(frozen=True)
class Worth:
    """What flags are worth, by what people excluded: of the flagged, and of the excluded."""

    hits: int  # excluded pictures that are flagged
    flagged: int  # kept and excluded ones
    excluded: int

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.flagged)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.excluded)


def quality_of(catalog: "Catalog", collection: str, settings: QualitySettings | None = None) -> CollectionQuality:
    """What the thresholds flag. Excluded pictures count for what is usual, so that excluding changes no threshold.

    Args:
        settings: others than those of the catalog, to see what they would do.
    Raises: NotFoundError for a collection or an issue that is not known, ConfigError for a threshold that is no number.
    """
    numbers, values = catalog.lasting(("quality values", collection), lambda: _values(catalog, collection))
    kept, fine = catalog.remembered(("quality decisions", collection), lambda: _decisions(catalog, numbers))
    chosen = catalog.quality_settings(collection) if settings is None else settings
    cuts = checked_thresholds(chosen.thresholds)
    raw = flag(values, chosen.thresholds, normal=chosen.normal)
    flags = Flags({name: own & ~fine[name] if name in fine else own for name, own in raw.of.items()}, raw.normal)
    issues = tuple(
        IssueCount(
            issue=issue,
            threshold=cuts[issue.name],
            is_own=issue.name in chosen.thresholds,
            pictures=int((flags.of[issue.name] & kept).sum()),
            excluded=int((flags.of[issue.name] & ~kept).sum()),
            fine=int((raw.of[issue.name] & kept & fine[issue.name]).sum()) if issue.name in fine else 0,
            measured=int((np.isfinite(values[issue.measure]) & kept).sum()),
            is_normal=issue.name in flags.normal,
            by_person=issue.name in chosen.normal,
        )
        for issue in ISSUES
    )
    return CollectionQuality(
        collection,
        chosen,
        int(kept.sum()),
        numbers,
        kept,
        values,
        fine,
        flags,
        issues,
        lambda asked: _named(catalog, asked),
    )


@dataclass(frozen=True)
class PictureFlag:
    """An issue on whose flagged side of a collection's threshold one picture lies."""

    issue: Issue
    collection: str
    value: float
    threshold: float
    fine: bool  # somebody called the picture fine as to it
    is_normal: bool  # the issue is how the collection is

    @property
    def counts(self) -> bool:
        return not self.fine and not self.is_normal


def flags_of_picture(catalog: "Catalog", sha256: str, collections: Sequence[str]) -> list[PictureFlag]:
    """In the order of ISSUES; also those that flag nothing, because the issue is normal or the picture is fine."""
    found = []
    (number,) = catalog.read("SELECT number FROM images WHERE sha256 = ?", [sha256])[0]
    for collection in collections:
        quality = quality_of(catalog, collection)
        row = int(np.searchsorted(quality.numbers, number))
        if row >= len(quality.numbers) or quality.numbers[row] != number:
            continue  # it left the collection meanwhile
        for count in quality.issues:
            name, value = count.issue.name, quality.values[count.issue.measure][row : row + 1]
            if count.issue.flags(value, count.threshold)[0]:
                fine = bool(name in quality.fine and quality.fine[name][row])
                found.append(
                    PictureFlag(count.issue, collection, float(value[0]), count.threshold, fine, count.is_normal)
                )
    return sorted(found, key=lambda flag: ISSUES.index(flag.issue))


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
    return _stored(catalog, collection, calibrated(catalog, collection, share=share))


def calibrated(catalog: "Catalog", collection: str, *, share: float) -> QualitySettings:
    """What `calibrate` would store. Raises: NotFoundError; ConfigError for what is no share."""
    found = unusual_thresholds(catalog, collection, share=share)
    own = {name: cut for name, cut in found.items() if cut != find_issue(name).threshold}
    return replace(catalog.quality_settings(collection), thresholds=own)


def unusual_thresholds(catalog: "Catalog", collection: str, *, share: float) -> dict[str, float]:
    """Issue -> where a threshold flags the most unusual `share` of a collection at most. Raises as `calibrated`."""
    values = quality_of(catalog, collection).values
    key = ("unusual thresholds", collection, share)
    return catalog.lasting(key, lambda: percentile_thresholds(values, share=share))


def _stored(catalog: "Catalog", collection: str, settings: QualitySettings) -> QualitySettings:
    catalog.set_quality(collection, settings)
    return settings


def _values(catalog: "Catalog", collection: str) -> tuple[NDArray[np.int32], dict[str, NDArray[np.floating]]]:
    known = [one.name for one in catalog.collections()]
    if collection not in known:
        raise NotFoundError("collection", collection, known)
    taken = [name for name in _MEASURES if name not in ("aspect", "size_score")]
    with catalog.cursor() as cursor:
        found = cursor.execute(
            f"""
            SELECT i.number::INTEGER AS number, i.width AS width, i.height AS height,
                   {", ".join(f"coalesce({_column(name)}, 'nan'::FLOAT) AS {name}" for name in taken)}
            FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number
            WHERE i.number IN (
                SELECT a.image_number FROM memberships m JOIN artworks a ON a.number = m.artwork_number
                WHERE m.collection = ?)
            ORDER BY i.number
            """,
            [collection],
        ).fetchnumpy()
    values: dict[str, NDArray[np.floating]] = {name: np.asarray(found[name], np.float32) for name in taken}
    values["aspect"] = aspect_values(found["width"], found["height"])
    values["size_score"] = scores_of_sizes(found["width"], found["height"])
    return np.asarray(found["number"], np.int32), values


def _column(measure: str) -> str:
    """As the catalog keeps it: single precision, which is widened again before it is compared."""
    return measure_sql(measure).removesuffix("::DOUBLE")


def _decisions(
    catalog: "Catalog", numbers: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.bool_]]]:
    """Which of these pictures are kept, and which of them were called fine as to an issue."""
    excluded = [row[0] for row in catalog.read("SELECT image_number FROM exclusions WHERE image_number > 0")]
    by_issue: dict[str, list[int]] = {}
    for issue, number in catalog.read("SELECT issue, image_number FROM fine_pictures WHERE image_number > 0"):
        by_issue.setdefault(issue, []).append(number)
    return ~np.isin(numbers, excluded), {issue: np.isin(numbers, fine) for issue, fine in by_issue.items()}


def _named(catalog: "Catalog", numbers: NDArray[np.int32]) -> list[str]:
    asked = numbers.tolist()
    if len(asked) <= _FEW:  # a short list of constants is looked up in the index
        marks = ", ".join("?" * len(asked)) or "NULL"
        rows = catalog.read(f"SELECT number, sha256 FROM images WHERE number IN ({marks})", asked)
    else:
        rows = catalog.read(
            "SELECT i.number, i.sha256 FROM images i WHERE i.number IN (SELECT unnest(?::BIGINT[]))", [asked]
        )
    names = dict(rows)
    return [names[number] for number in asked if number in names]
