"""The catalog's pictures as they stand in a row: which ones fit a selection, in which order, page after page.

A database sorts a million rows again for every page. Here each order is kept as one array of numbers (4 bytes a
picture), and what fits a selection as another; a page is a slice of the one through the other. Orders, and what fits,
outlast curation: leaving pictures out is applied at the end. Only what an ingest changes makes them anew.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.catalog.arrays.columns import Columns
from core.catalog.filters.fields import FIELDS
from core.catalog.filters.flag_masks import FlagMasks
from core.catalog.filters.masks import Mask, Masks, showing
from core.catalog.filters.tree import Filter, fields_of
from core.catalog.kept import Kept
from core.catalog.nearness import Nearness
from core.catalog.selection import Selection

if TYPE_CHECKING:
    from core.catalog.database import Database

Numbers = NDArray[np.int32]
Value = TypeVar("Value")

_MOST_LASTING = 96  # orders, codes of facets, values of measures: 4 to 16 MB each
_MOST_MATCHES = 24  # at a million pictures 1 to 2 MB each
_MOST_FOUND = 32  # at a million pictures up to 4 MB each
_MOST_NEARNESSES = 6  # of each two arrays: 8 MB at a million pictures
_MOST_COMPARED = 48  # what single comparisons found: at a million pictures 1 MB each
_FEW_OF = 10  # fewer than a tenth of all
_FIRST_LOOK = 1 << 12  # things of an order that are looked through for a page


@dataclass(frozen=True)
class Sort:
    label: str
    order: str  # over `images i`; by_artwork: over `artworks a`
    by_artwork: bool = False


SORTS: dict[str, Sort] = {
    "newest": Sort("Newest first", "i.number DESC"),
    "oldest": Sort("Oldest first", "i.number"),
    "artist": Sort("Artist", "a.artist = '', lower(a.artist), lower(a.title), a.image_number, a.number", True),
    "title": Sort("Title", "a.title = '', lower(a.title), a.image_number, a.number", True),
    "largest": Sort("Largest first", "i.width::BIGINT * i.height DESC, i.number"),
    "smallest": Sort("Smallest first", "i.width::BIGINT * i.height, i.number"),
    "brightest": Sort("Brightest first", "i.brightness DESC NULLS LAST, i.number"),
    "darkest": Sort("Darkest first", "i.brightness NULLS LAST, i.number"),
    "colourful": Sort("Most colourful first", "i.colourfulness DESC NULLS LAST, i.number"),
    "plain": Sort("Plainest first", "i.deviation NULLS LAST, i.number"),
    "blurred": Sort("Most blurred first", "i.sharpness NULLS LAST, i.number"),
}


class Shelf:
    """What `browse` looks pictures up in. All arrays are shared: nobody may change one."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._lasting: Kept = Kept(_MOST_LASTING)
        self._matches: Kept = Kept(_MOST_MATCHES)
        self._found: Kept = Kept(_MOST_FOUND)
        self._compared: Kept = Kept(_MOST_COMPARED)
        self._near: Kept = Kept(_MOST_NEARNESSES)
        self.columns = Columns(database)

    def page(self, selection: Selection, sort: "str | Nearness", *, offset: int, limit: int) -> Numbers:
        """A part of `found`. For one near either end, not everything is put in order."""
        if isinstance(sort, str) and (self._database.revision, selection, sort) not in self._found:
            near_an_end = self._near_an_end(selection, sort, offset, limit)
            if near_an_end is not None:
                return near_an_end
        return self.found(selection, sort)[offset : offset + limit]

    def found(self, selection: Selection, sort: "str | Nearness") -> Numbers:
        """The numbers of all pictures of a selection, in an order of SORTS, or the nearest first."""
        key = (self._database.revision, selection, sort)

        def compute() -> Numbers:
            chosen = self.chosen(selection)
            if not isinstance(sort, str):
                return self._nearest_first(np.flatnonzero(chosen).astype(np.int32), sort)
            images, by_artwork, order = self.artworks(), SORTS[sort].by_artwork, self._order(sort)
            if np.count_nonzero(chosen) * _FEW_OF < order.size:  # sorting these is cheaper than passing over all
                things = np.flatnonzero(chosen).astype(np.int32)
                ranks = self._ranks(sort)
                things = _below(self.shown(selection)[things] if by_artwork else things, ranks.size)
                things = things[np.argsort(ranks[things])]
            else:
                things = self._in_order(selection, sort, order)
            return images[things] if by_artwork else things

        return self._found.get(key, compute)

    def _in_order(self, selection: Selection, sort: str, things: Numbers) -> Numbers:
        """Those of some things of an order that the selection has."""
        if not SORTS[sort].by_artwork:
            chosen = self.chosen(selection)
            things = _below(things, chosen.size)
            return things[chosen[things]]
        images, shown = self.artworks(), self.shown(selection)
        things = _below(things, images.size)
        return things[shown[images[things]] == things]

    def _near_an_end(self, selection: Selection, sort: str, offset: int, limit: int) -> Numbers | None:
        """A page, looked for from the end that it is nearer to; None where that is not worth it."""
        total, order = self.count(selection), self._order(sort)
        if offset >= total or not limit:
            return np.empty(0, np.int32)
        end = min(total, offset + limit)
        backwards = total - offset < end
        begin, end = (total - end, total - offset) if backwards else (offset, end)
        looked_at, found, parts = 0, 0, []
        step = max(_FIRST_LOOK, int(1.5 * end * order.size / total))
        while found < end and looked_at < order.size:
            if looked_at + step > order.size // 2:
                return None
            things = order[::-1] if backwards else order
            parts.append(self._in_order(selection, sort, things[looked_at : looked_at + step]))
            found, looked_at, step = found + parts[-1].size, looked_at + step, 2 * step
        page = np.concatenate(parts)[begin:end]
        page = page[::-1] if backwards else page
        return self.artworks()[page] if SORTS[sort].by_artwork else page

    def distances(self, nearness: Nearness) -> NDArray[np.float32]:
        """By the number of a picture; nan where not known."""
        return self._nearness(nearness)[0]

    def chosen(self, selection: Selection) -> Mask:
        """By the number of a picture: whether the selection has it."""
        if selection.excluded == "all":
            return self._matching(selection).pictures
        key = (self._database.revision, "chosen", selection)

        def compute() -> Mask:
            matching, excluded = self._matching(replace(selection, excluded="all")).pictures, self.excluded()
            excluded = excluded[: matching.size]
            return matching & (excluded if selection.excluded == "excluded" else ~excluded)

        return self._found.get(key, compute)

    def excluded(self) -> Mask:
        """By the number of a picture."""
        key = (self._database.revision, "excluded")

        def compute() -> Mask:
            numbers = self._numbers("SELECT image_number FROM exclusions WHERE image_number > 0")
            found = np.zeros(max(self._all_shown().size, int(numbers.max(initial=0)) + 1), np.bool_)
            found[numbers] = True
            return found

        return self._found.get(key, compute)

    def shown(self, selection: Selection) -> Numbers:
        """By the number of a picture: the first artwork that shows it and fits the selection; 0 where none does."""
        key = (self._database.revision, "shown", selection)

        def compute() -> Numbers:
            fits, chosen, all_shown = self.fitting(selection), self.chosen(selection), self._all_shown()
            if fits is None:
                return np.where(chosen, all_shown, np.int32(0))
            images, shared = self.artworks(), self.shared()
            shown = np.where(chosen & fits[all_shown], all_shown, np.int32(0))
            fitting = shared[fits[shared] & chosen[images[shared]]][::-1]
            shown[images[fitting]] = fitting  # of equal places the last one written stays: the first artwork
            return shown

        return self._found.get(key, compute)

    def fitting(self, selection: Selection) -> Mask | None:
        """By the number of an artwork: whether it fits what the selection asks of artworks; None: all do."""
        return self._matching(replace(selection, excluded="all")).fits

    def artworks(self) -> Numbers:
        """By the number of an artwork: that of its picture; 0 where no artwork has the number."""

        def compute() -> Numbers:
            rows = self._database.read_columns("SELECT number, image_number FROM artworks")
            images = np.zeros(int(rows["number"].max(initial=0)) + 1, np.int32)
            images[rows["number"]] = rows["image_number"]
            return images

        return self.remembered("artworks", compute)

    def shared(self) -> Numbers:
        """The numbers of the artworks whose pictures others show, too."""

        def compute() -> Numbers:
            images = self.artworks()
            return np.flatnonzero((np.bincount(images)[images] > 1) & (images > 0)).astype(np.int32)

        return self.remembered("shared", compute)

    def remembered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What is derived of pictures and artworks alone, until an ingest changes them."""
        return self._lasting.get((self._database.pictures_revision, key), compute)

    def answered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What was asked for lately, until the next write."""
        return self._found.get((self._database.revision, key), compute)

    def prepare(self, go_on: Callable[[], bool]) -> bool:
        """Make what filters, orders and flags are answered from, so that nobody waits for it. See `Columns.prepare`."""
        begun = self._database.pictures_revision
        for sort in SORTS:
            if not go_on() or self._database.pictures_revision != begun:
                return False
            self._order(sort)
        if not self.columns.prepare(go_on):
            return False
        self._flagged().prepare()
        return self._database.pictures_revision == begun

    def count(self, selection: Selection) -> int:
        return int(np.count_nonzero(self.chosen(selection)))

    def _nearness(self, nearness: Nearness) -> tuple[NDArray[np.float32], Numbers]:
        """The distances, and all numbers from the nearest to those not known."""

        def compute() -> tuple[NDArray[np.float32], Numbers]:
            distances = nearness.distances(self._database)
            return distances, np.argsort(distances, kind="stable").astype(np.int32)  # nan comes last

        return self._near.get((self._database.pictures_revision, nearness), compute)

    def _nearest_first(self, numbers: Numbers, nearness: Nearness) -> Numbers:
        distances, order = self._nearness(nearness)
        beyond = numbers[numbers >= distances.size]  # came after the last that has a distance
        numbers = _below(numbers, distances.size)
        if numbers.size * _FEW_OF < order.size:
            nearest = numbers[np.argsort(distances[numbers], kind="stable")]
        else:
            wanted = np.zeros(distances.size, np.bool_)
            wanted[numbers] = True
            nearest = order[wanted[order]]
        return np.concatenate((nearest, beyond))

    def _matching(self, selection: Selection) -> "_Match":
        """Of kept and excluded pictures alike."""
        database = self._database
        lasts = not selection.asks_curation
        key = (lasts, database.pictures_revision if lasts else database.revision, selection)

        def compute() -> _Match:
            if self.columns.are_ready:
                pictures, fits = self._masks().split(selection.tree())
            else:
                pictures, fits = self._asked(selection)
            found = self._all_shown() > 0
            if pictures is not None:
                found &= pictures
            if fits is not None:
                found &= showing(fits, self.artworks(), self._all_shown(), self.shared())
            return _Match(found, fits)

        return self._matches.get(key, compute)

    def _asked(self, selection: Selection) -> tuple[Mask | None, Mask | None]:
        """In SQL, whole: by the number of a picture, and of an artwork, what it satisfies; None: nothing is asked."""

        def numbered(sql: str, values: list[Any], size: int) -> Mask:
            numbers = _below(self._numbers(sql, values), size)
            found = np.zeros(size, np.bool_)
            found[numbers] = True
            return found

        pictures = fits = None
        conditions, values = selection.image_conditions()
        if conditions:
            sql = f"SELECT i.number FROM images i WHERE {' AND '.join(conditions)}"
            pictures = numbered(sql, values, self._all_shown().size)
        conditions, values = selection.artwork_conditions()
        if conditions:
            sql = f"SELECT a.number FROM artworks a WHERE {' AND '.join(conditions)}"
            fits = numbered(sql, values, self.artworks().size)
        return pictures, fits

    def _masks(self) -> Masks:
        def compute() -> Masks:
            return Masks(
                self.columns,
                images=self.artworks(),
                shown=self._all_shown(),
                shared=self.shared(),
                flagged=self._flagged,
                numbers=self._numbers,
                remember=self._remember,
            )

        return self.remembered("masks", compute)

    def _remember(self, part: Filter, compute: Callable[[], Mask]) -> Mask:
        curated = any(FIELDS[name].curated for name in fields_of(part))
        revision = self._database.revision if curated else self._database.pictures_revision
        return self._compared.get((curated, revision, part), compute)

    def _flagged(self) -> FlagMasks:
        from core.catalog.judging import quality_settings

        settings = {
            name: quality_settings(self._database, name)
            for (name,) in self._database.read("SELECT collection FROM quality_thresholds")
        }
        key = ("flags", repr(settings))
        return self.remembered(key, lambda: FlagMasks(self.columns, self.artworks(), settings, self._fine))

    def flag_counts(self, selection: Selection) -> list[tuple[str, int]]:
        """(issue of quality, pictures of the selection that it flags)."""
        return self._flagged().counts(self.chosen(selection))

    def _fine(self) -> list[tuple[str, int]]:
        rows = self._database.read("SELECT issue, image_number FROM fine_pictures WHERE image_number > 0")
        return [(issue, number) for issue, number in rows]

    def _order(self, name: str) -> Numbers:
        sort = SORTS[name]
        what = "a.number FROM artworks a" if sort.by_artwork else "i.number FROM images i"
        return self.remembered(("order", name), lambda: self._numbers(f"SELECT {what} ORDER BY {sort.order}"))

    def _ranks(self, name: str) -> Numbers:
        """By the number of a picture, or of an artwork: its place in an order."""

        def compute() -> Numbers:
            order = self._order(name)
            ranks = np.zeros(int(order.max(initial=0)) + 1, np.int32)
            ranks[order] = np.arange(order.size, dtype=np.int32)
            return ranks

        return self.remembered(("ranks", name), compute)

    def _all_shown(self) -> Numbers:
        """By the number of a picture: the first artwork that shows it; 0 where none does."""

        def compute() -> Numbers:
            images = self.artworks()
            shown = np.zeros(int(images.max(initial=0)) + 1, np.int32)
            artworks = np.flatnonzero(images)[::-1]
            shown[images[artworks]] = artworks  # of equal places the last one written stays: the first artwork
            return shown

        return self.remembered("all shown", compute)

    def _numbers(self, sql: str, values: list[Any] | None = None) -> Numbers:
        (column,) = self._database.read_columns(sql, values or ()).values()
        return np.asarray(column, np.int32)


@dataclass(frozen=True)
class _Match:
    pictures: Mask  # see Shelf.chosen
    fits: Mask | None  # see Shelf.fitting


def _below(numbers: Numbers, size: int) -> Numbers:
    """Without those that came after the array of this size was made."""
    return numbers if not numbers.size or int(numbers.max()) < size else numbers[numbers < size]
