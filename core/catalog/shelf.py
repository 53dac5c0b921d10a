"""The catalog's pictures as they stand in a row: which ones fit a selection, in which order, page after page.

A database sorts a million rows again for every page. Here each order is kept as one array of numbers (4 bytes a
picture), and what fits a selection as another; a page is a slice of the one through the other. Orders, and what fits,
outlast curation: leaving pictures out is applied at the end. Only what an ingest changes makes them anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.catalog.nearness import Nearness
from core.catalog.selection import Selection

if TYPE_CHECKING:
    from core.catalog.database import Database

Numbers = NDArray[np.int32]
Value = TypeVar("Value")

_MOST_LASTING = 64  # orders, codes of facets, values of measures: 4 to 16 MB each
_MOST_MATCHES = 24  # at a million pictures 4 MB each
_MOST_FOUND = 32
_MOST_NEARNESSES = 6  # of each two arrays: 8 MB at a million pictures
_FEW_OF = 10  # fewer than a tenth of all


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
        self._lasting: _Kept = _Kept(_MOST_LASTING)
        self._matches: _Kept = _Kept(_MOST_MATCHES)
        self._found: _Kept = _Kept(_MOST_FOUND)
        self._near: _Kept = _Kept(_MOST_NEARNESSES)

    def found(self, selection: Selection, sort: "str | Nearness") -> Numbers:
        """The numbers of all pictures of a selection, in an order of SORTS, or the nearest first."""
        key = (self._database.revision, selection, sort)

        def compute() -> Numbers:
            shown = self._kept_or_excluded(selection)
            matching = np.flatnonzero(shown).astype(np.int32)
            if not isinstance(sort, str):
                return self._nearest_first(matching, sort)
            images, by_artwork = self.artworks(), SORTS[sort].by_artwork
            things = shown[matching] if by_artwork else matching
            order = self._order(sort)
            if things.size * _FEW_OF < order.size:  # sorting these is cheaper than passing over all
                ranks = self._ranks(sort)
                things = _below(things, ranks.size)
                things = things[np.argsort(ranks[things])]
            else:
                wanted = np.zeros(max(images.size, shown.size, int(order.max(initial=0)) + 1), np.bool_)
                wanted[things] = True
                things = order[wanted[order]]
            return images[things] if by_artwork else things

        return self._found.get(key, compute)

    def distances(self, nearness: Nearness) -> NDArray[np.float32]:
        """By the number of a picture; nan where not known."""
        return self._nearness(nearness)[0]

    def shown(self, selection: Selection) -> Numbers:
        """By the number of a picture: the first artwork that shows it and fits the selection; 0 where none does."""
        return self._kept_or_excluded(selection)

    def fitting(self, selection: Selection) -> "NDArray[np.bool_] | None":
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

    def shared(self) -> "NDArray[np.bool_]":
        """By the number of an artwork: whether others show its picture, too."""
        return self.remembered("shared", lambda: np.bincount(self.artworks())[self.artworks()] > 1)

    def remembered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What is derived of pictures and artworks alone, until an ingest changes them."""
        return self._lasting.get((self._database.pictures_revision, key), compute)

    def answered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What was asked for lately, until the next write."""
        return self._found.get((self._database.revision, key), compute)

    def count(self, selection: Selection) -> int:
        return int(np.count_nonzero(self._kept_or_excluded(selection)))

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

    def _kept_or_excluded(self, selection: Selection) -> Numbers:
        if selection.excluded == "all":
            return self._matching(selection).shown
        key = (self._database.revision, "shown", selection)

        def compute() -> Numbers:
            matching = self._matching(replace(selection, excluded="all")).shown
            excluded = self._numbers("SELECT image_number FROM exclusions WHERE image_number > 0")
            excluded = _below(excluded, matching.size)
            if selection.excluded == "kept":
                kept = matching.copy()
                kept[excluded] = 0
                return kept
            others = np.zeros_like(matching)
            others[excluded] = matching[excluded]
            return others

        return self._found.get(key, compute)

    def _matching(self, selection: Selection) -> "_Match":
        """Of kept and excluded pictures alike."""
        database = self._database
        lasts = not selection.asks_curation
        key = (lasts, database.pictures_revision if lasts else database.revision, selection)

        def compute() -> _Match:
            fits = None
            artwork_sql, artwork_values = selection.artwork_conditions()
            image_sql, image_values = selection.image_conditions()
            images = self.artworks()
            if artwork_sql:
                numbers = self._numbers(
                    f"SELECT a.number FROM artworks a WHERE {' AND '.join(artwork_sql)}", artwork_values
                )
                numbers = np.sort(_below(numbers, images.size))
                fits = np.zeros(images.size, np.bool_)
                fits[numbers] = True
                shown = _first_artworks(numbers, images)
            else:
                shown = self._all_shown()
            if image_sql:
                numbers = self._numbers(f"SELECT i.number FROM images i WHERE {' AND '.join(image_sql)}", image_values)
                numbers = _below(numbers, shown.size)
                narrowed = np.zeros_like(shown)
                narrowed[numbers] = shown[numbers]
                shown = narrowed
            return _Match(shown, fits)

        return self._matches.get(key, compute)

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
        def compute() -> Numbers:
            images = self.artworks()
            return _first_artworks(np.flatnonzero(images).astype(np.int32), images)

        return self.remembered("all shown", compute)

    def _numbers(self, sql: str, values: list[Any] | None = None) -> Numbers:
        (column,) = self._database.read_columns(sql, values or ()).values()
        return np.asarray(column, np.int32)


@dataclass(frozen=True)
class _Match:
    shown: Numbers  # see Shelf.shown
    fits: NDArray[np.bool_] | None  # see Shelf.fitting


class _Kept:
    """The values asked for last, by key. Two threads that miss the same one may both compute it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                value: Value = self._values[key]
                return value
        value = compute()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


def _below(numbers: Numbers, size: int) -> Numbers:
    """Without those that came after the array of this size was made."""
    return numbers if not numbers.size or int(numbers.max()) < size else numbers[numbers < size]


def _first_artworks(artworks: Numbers, images: Numbers) -> Numbers:
    """`shown` of these artworks, whose numbers grow."""
    shown = np.zeros(int(images.max(initial=0)) + 1, np.int32)
    shown[images[artworks[::-1]]] = artworks[::-1]  # of equal places the last one written stays: the first artwork
    shown[0] = 0
    return shown
