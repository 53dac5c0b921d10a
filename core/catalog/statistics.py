"""Statistics of a selection: what its colours are, when its pictures came, how large they are.

Counts of values and histograms of numbers are core.catalog.facets; here is what those cannot tell. What is derived of
pictures alone is kept until an ingest: a selection is then a sum over arrays.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.catalog.selection import Selection
from core.features.colour_cells import ColourCell, cells_of, colour_cells

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_PLACES = 5  # colours of a palette
_NO_CELL = 255
_MOST_PERIODS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PaletteCounts:
    """How many pictures have a colour of each drawer among their main ones."""

    pictures: int  # with a palette
    cells: tuple[tuple[ColourCell, int], ...]  # all drawers, in their order


@dataclass(frozen=True)
class Period:
    begin: datetime  # UTC
    end: datetime
    pictures: int

    @property
    def filter(self) -> str:
        return f"added >= {self.begin:%Y-%m-%d} and added < {self.end:%Y-%m-%d}"


@dataclass(frozen=True)
class Sizes:
    """Of the pictures of a selection."""

    pictures: int
    median_megapixels: float
    bytes: int


def palette_counts(catalog: "Catalog", selection: Selection) -> PaletteCounts:
    def compute() -> PaletteCounts:
        codes = catalog.lasting("palette cells", lambda: _codes(catalog))
        chosen = codes[_numbers(catalog, selection, len(codes))]
        chosen = chosen[chosen[:, 0] != _NO_CELL]
        counts = np.zeros(len(colour_cells()), np.int64)
        for place in range(_PLACES):  # a drawer counts once for each picture
            again = (chosen[:, :place] == chosen[:, place : place + 1]).any(axis=1)
            counts += np.bincount(chosen[~again, place], minlength=256)[: len(counts)]
        return PaletteCounts(len(chosen), tuple(zip(colour_cells(), counts.tolist(), strict=True)))

    return catalog.remembered(("palette counts", selection), compute)


def collected(catalog: "Catalog", selection: Selection) -> tuple[str, list[Period]]:
    """("day" | "week" | "month" | "year", when how many pictures came in): the finest that makes few enough periods.
    Periods without a picture are among them, so that gaps are seen."""

    def compute() -> tuple[str, list[Period]]:
        days = catalog.lasting("days", lambda: _days(catalog))
        chosen = days[_numbers(catalog, selection, len(days))]
        chosen = chosen[chosen > 0]
        if not len(chosen):
            return "day", []
        counts = np.bincount(chosen - chosen.min())
        first, last = int(chosen.min()), int(chosen.max())
        for unit in ("day", "week", "month", "year"):
            begins = _begins(unit, first, last)
            if len(begins) <= _MOST_PERIODS + 1 or unit == "year":
                break
        places = np.array([(begin - _EPOCH).days - first for begin in begins])
        before = np.concatenate(([0], np.cumsum(counts)))[np.clip(places, 0, len(counts))]
        sums = np.diff(before).tolist()
        return unit, [Period(*span) for span in zip(begins[:-1], begins[1:], sums, strict=True)]

    return catalog.remembered(("collected", selection), compute)


def sizes(catalog: "Catalog", selection: Selection) -> Sizes:
    def compute() -> Sizes:
        pixels, size = catalog.lasting("pixels and bytes", lambda: _pixels_and_bytes(catalog))
        chosen = _numbers(catalog, selection, len(pixels))
        if not len(chosen):
            return Sizes(0, 0.0, 0)
        return Sizes(len(chosen), float(np.median(pixels[chosen])) / 1e6, int(size[chosen].sum()))

    return catalog.remembered(("sizes", selection), compute)


def _numbers(catalog: "Catalog", selection: Selection, most: int) -> NDArray[np.intp]:
    """Of the pictures of a selection, below `most`: newer ones came after the array of that length was made."""
    return np.flatnonzero(catalog.shown(selection)[:most])


def _begins(unit: str, first: int, last: int) -> list[datetime]:
    """Where the periods from one day to another begin, and where the last one ends."""
    begin, end = _EPOCH + timedelta(days=first), _EPOCH + timedelta(days=last)
    if unit == "week":
        begin -= timedelta(days=begin.weekday())
    elif unit in ("month", "year"):
        begin = begin.replace(day=1, month=begin.month if unit == "month" else 1)
    found = [begin]
    while found[-1] <= end:
        at = found[-1]
        if unit in ("day", "week"):
            found.append(at + timedelta(days=1 if unit == "day" else 7))
        elif unit == "month":
            found.append(at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1))
        else:
            found.append(at.replace(year=at.year + 1))
    return found


def _codes(catalog: "Catalog") -> NDArray[np.uint8]:
    """By the number of a picture: the drawers of its main colours, _NO_CELL where there are fewer."""
    places = ", ".join(
        f"coalesce(('0x' || substr(palette[{place}], 2))::UINTEGER, 4294967295) AS c{place}"
        for place in range(1, _PLACES + 1)
    )
    with catalog.cursor() as cursor:
        found = cursor.execute(f"SELECT number, {places} FROM images WHERE len(palette) > 0").fetchnumpy()
    codes = np.full((_length(found["number"]), _PLACES), _NO_CELL, np.uint8)
    for place in range(_PLACES):
        colours = np.asarray(found[f"c{place + 1}"], np.uint32)
        codes[found["number"], place] = np.where(colours <= 0xFFFFFF, cells_of(colours), _NO_CELL)
    # a missing colour equals the first one, so that it is not counted
    return np.where(codes == _NO_CELL, codes[:, :1], codes)


def _days(catalog: "Catalog") -> NDArray[np.int32]:
    """By the number of a picture: days since 1970 when it came; 0 where there is none."""
    with catalog.cursor() as cursor:
        found = cursor.execute(
            "SELECT number, date_diff('day', DATE '1970-01-01', added_at::DATE)::INTEGER AS day FROM images"
        ).fetchnumpy()
    days = np.zeros(_length(found["number"]), np.int32)
    days[found["number"]] = found["day"]
    return days


def _pixels_and_bytes(catalog: "Catalog") -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    with catalog.cursor() as cursor:
        found = cursor.execute("SELECT number, width::BIGINT * height AS pixels, bytes FROM images").fetchnumpy()
    pixels = np.zeros(_length(found["number"]), np.float32)
    size = np.zeros(len(pixels), np.int64)
    pixels[found["number"]], size[found["number"]] = found["pixels"], found["bytes"]
    return pixels, size


def _length(numbers: Any) -> int:
    return int(np.asarray(numbers, np.int64).max(initial=0)) + 1
