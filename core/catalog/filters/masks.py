"""From a tree to what fits it, over columns: a bool for each number. The same as core.catalog.filters.sql finds.

A single comparison that no column answers is asked in SQL. What a comparison found is kept: whoever refines a filter
asks only for what is new in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.catalog.arrays.columns import VALUED, Columns
from core.catalog.filters.fields import FIELDS
from core.catalog.filters.sql import asks_an_artwork, condition, of_artwork
from core.catalog.filters.tree import All, Any, Comparison, Filter, Not, Words
from core.catalog.text import fold, storable

if TYPE_CHECKING:
    from core.catalog.filters.flag_masks import FlagMasks

Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.generic)
Remember = Callable[[Filter, Callable[[], Mask]], Mask]
_COMPARED = {
    "=": np.equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class Masks:
    """What fits filters, of pictures and artworks as they are at one moment.

    Args:
        images: by the number of an artwork: that of its picture; 0 where no artwork has the number.
        shown: by the number of a picture: the first artwork that shows it; 0 where none does.
        shared: the numbers of the artworks whose pictures others show, too.
        flagged: gives the pictures that issues of quality flag.
        numbers: asks SQL for numbers.
        remember: keeps what one comparison found.
    """

    def __init__(
        self,
        columns: Columns,
        *,
        images: NDArray[np.int32],
        shown: NDArray[np.int32],
        shared: NDArray[np.int32],
        flagged: "Callable[[], FlagMasks]",
        numbers: Callable[[str, list[object]], NDArray[np.int32]],
        remember: Remember,
    ) -> None:
        self._columns = columns
        self._images = images
        self._shown = shown
        self._shared = shared
        self._flagged = flagged
        self._numbers = numbers
        self._remember = remember

    def split(self, found: Filter) -> tuple[Mask | None, Mask | None]:
        """By the number of a picture, and of an artwork: what it must satisfy itself. None: nothing is asked of it.
        See `core.catalog.filters.sql.split`."""
        parts = found.parts if isinstance(found, All) else (found,)
        of_artworks = [self._artworks(part) for part in parts if asks_an_artwork(part)]
        others = [self._pictures(part) for part in parts if not asks_an_artwork(part)]
        return (
            reduce(np.logical_and, others) if others else None,
            reduce(np.logical_and, of_artworks) if of_artworks else None,
        )

    def _pictures(self, found: Filter) -> Mask:
        match found:
            case All(parts):
                return self._all(parts)
            case Any(parts):
                return reduce(np.logical_or, [self._pictures(part) for part in parts])
            case Not(inner):
                return ~self._pictures(inner) & (self._shown > 0)
            case Comparison(name, "!=" | "!~" as operator, values):
                return self._pictures(Not(Comparison(name, operator[1:], values)))
            case Comparison(name) if FIELDS[name].level == "image":
                return self._remember(found, lambda: self._of_picture(found))
            case _:
                return self._showing(self._artworks(found))

    def _all(self, parts: Sequence[Filter]) -> Mask:
        pictures, artworks = self.split(All(tuple(parts)))
        if artworks is not None:
            showing = self._showing(artworks)
            pictures = showing if pictures is None else pictures & showing
        return self._shown > 0 if pictures is None else pictures

    def _showing(self, artworks: Mask) -> Mask:
        return showing(artworks, self._images, self._shown, self._shared)

    def _artworks(self, part: Filter) -> Mask:
        if isinstance(part, Words):
            words = fold(part.text).split()
            return reduce(np.logical_and, [self._having(word) for word in words], self._images > 0)
        return self._remember(part, lambda: self._of_artwork(part))

    def _having(self, word: str) -> Mask:
        """By the number of an artwork: whether the word stands somewhere in what is told about it."""

        def compute() -> Mask:
            words = self._columns.words("text")
            size = self._images.size
            return self._asked(Words(word), size) if words is None else _resized(words.containing(word), size)

        return self._remember(Words(word), compute)

    # ---- one comparison

    def _of_picture(self, part: Comparison) -> Mask:
        size = self._shown.size
        if part.field == "flag":
            return _resized(self._flagged().of(part), size)
        found = self._compared(part, size)
        return self._asked(part, size) if found is None else found

    def _of_artwork(self, part: Filter) -> Mask:
        size = self._images.size
        assert isinstance(part, Comparison)
        if part.field == "tag" and part.operator not in ("known", "unknown"):
            told = Comparison("source_tag", part.operator, part.values)
            given = Comparison("my_tag", part.operator, part.values)
            return self._artworks(told) | self._artworks(given)
        if part.field == "my_tag":  # given to pictures
            operator = "known" if part.operator == "unknown" else part.operator
            pictures = self._valued(replace(part, operator=operator), self._shown.size)
            return (~pictures if part.operator == "unknown" else pictures)[self._images] & (self._images > 0)
        found = self._compared(part, size)
        return self._asked(part, size) if found is None else found

    def _asked(self, part: Filter, size: int) -> Mask:
        by_artwork = asks_an_artwork(part)
        sql, values = of_artwork(part) if by_artwork else condition(part)
        table = "artworks a" if by_artwork else "images i"
        numbers = self._numbers(f"SELECT {table[-1]}.number FROM {table} WHERE {sql}", values)
        found = np.zeros(size, np.bool_)
        found[numbers[numbers < size]] = True
        return found

    def _compared(self, part: Comparison, size: int) -> Mask | None:
        """From a column; None where there is none for this."""
        field = FIELDS[part.field]
        if part.field in VALUED and field.kind == "text":
            return self._valued(part, size)
        if field.kind in ("number", "time"):
            return _of_numbers(part, _resized(self._columns.numbers(part.field), size, np.nan))
        if part.operator == "~" and part.field == "text":
            return self._artworks(Words(str(part.values[0])))
        if part.operator == "~" and part.field == "title":
            looked_for, words = fold(str(part.values[0])), self._columns.words("title")
            if words is not None and [looked_for] == looked_for.split():
                return _resized(words.containing(looked_for), size)
        return None

    def _valued(self, part: Comparison, size: int) -> Mask:
        postings = self._columns.postings(part.field)
        match part.operator:
            case "=" | "in":
                kept = postings.equal([storable(str(value)) for value in part.values])
            case "~":
                kept = postings.containing(fold(str(part.values[0])))
            case "known" | "unknown" if part.field in ("source_tag", "my_tag", "collection"):
                found = _resized(postings.having(np.ones(len(postings.names), np.bool_)), size)
                return found if part.operator == "known" else ~found & (self._images > 0)
            case "known":
                kept = ~postings.equal([""])
            case "unknown":
                kept = postings.equal([""])
            case operator:
                raise AssertionError(operator)
        return _resized(postings.having(kept), size)


def showing(artworks: Mask, images: NDArray[np.int32], shown: NDArray[np.int32], shared: NDArray[np.int32]) -> Mask:
    """By the number of a picture: whether one of these artworks shows it. The arrays are those of `Masks`."""
    found = artworks[shown]  # few pictures have more than one artwork
    found[images[shared[artworks[shared]]]] = True
    found[0] = False
    return found


def _of_numbers(part: Comparison, values: NDArray[np.floating]) -> Mask:
    known: Mask = ~np.isnan(values)
    asked = [np.float64(_number(value)) for value in part.values]
    match part.operator:
        case "known":
            return known
        case "unknown":
            return ~known
        case "between":
            return (values >= asked[0]) & (values <= asked[1])
        case "in":
            return reduce(np.logical_or, [values == value for value in asked])
        case operator:
            return np.asarray(_COMPARED[operator](values, asked[0]), np.bool_)


def _number(value: str | float | bool) -> float:
    if not isinstance(value, str):
        return float(value)
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1e6


def _resized(found: NDArray[Number], size: int, missing: float = False) -> NDArray[Number]:
    """What came in, or was taken out, since the others were made is left out."""
    if found.size >= size:
        return found[:size]
    return np.pad(found, (0, size - found.size), constant_values=missing)
