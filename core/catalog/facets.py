"""Facets: how many pictures each further choice would leave, and how measures are spread, as text for a filter.

A field's own choice does not restrict its own counts: whoever chose one style still sees how many there are of the
others. Values are read once after every ingest (core.catalog.arrays.columns); counting is then a sum over numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.catalog.arrays.columns import OF_PICTURES
from core.catalog.filters.fields import FIELDS
from core.catalog.filters.parsing import parse
from core.catalog.filters.tree import All, Comparison, Filter, together
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from core.quality.issues import ISSUES, checked_thresholds

if TYPE_CHECKING:
    from core.catalog.database import Database

MOST_VALUES = 200  # of a field, the most frequent
MOST_BINS = 200
_OUTSIDE = 0.005  # of the pictures stand in the open bars at either end, so that a few giants do not flatten the rest
FACETS = (
    *("collection", "source", "artist", "style", "genre", "licence", "source_tag", "my_tag", "decade"),
    *("format", "orientation", "duplicate"),
)
_OWN_FIELDS = {"collection": "collections", "artist": "artists", "licence": "licences", "orientation": "orientation"}

Facet = list[tuple[str, int]]  # (value, pictures), the most frequent first; "" stands for unknown


@dataclass(frozen=True)
class Histogram:
    """How the pictures of a selection are spread over a field. The bars at both ends are open."""

    field: str
    edges: tuple[float, ...]  # one more than bars
    counts: tuple[int, ...]  # pictures
    unknown: int  # pictures without a value

    def filter(self, bar: int) -> str:
        """What to ask for the pictures of one bar."""
        last = len(self.counts) - 1
        if not 0 <= bar <= last:
            raise ConfigError(f"There are {last + 1} bars, from 0 to {last}; got {bar}.")
        parts = []
        if bar > 0:
            parts.append(Comparison(self.field, ">=", (self.edges[bar],)))
        if bar < last:
            parts.append(Comparison(self.field, "<", (self.edges[bar + 1],)))
        return str(together(parts)) if parts else f"{self.field} is known"


def facets(
    database: "Database", selection: Selection, fields: Sequence[str] = FACETS, *, within: bool = False
) -> dict[str, Facet]:
    """within: a field's own choice restricts its counts, too. Raises: NotFoundError for a field that has no facet."""
    found = {}
    for field in fields:
        if field not in FACETS:
            raise NotFoundError("facet", field, list(FACETS))
        asked = selection if within else without(selection, field)
        found[field] = counted(database, asked, field, most=MOST_VALUES)
    return found


def histogram(
    database: "Database", selection: Selection, field: str, *, bins: int = 30, within: bool = False
) -> Histogram:
    """At most `bins` bars between round numbers. within: as of `facets`. Raises: ConfigError for what is no number."""
    if field not in FIELDS or FIELDS[field].kind != "number":
        possible = [name for name, known in FIELDS.items() if known.kind == "number"]
        raise ConfigError(f"There is no histogram of {field!r}. There are: {', '.join(possible)}.")
    if not 1 <= bins <= MOST_BINS:
        raise ConfigError(f"A histogram has 1 to {MOST_BINS} bars; got {bins}.")
    others = selection if within else without(selection, field)
    if FIELDS[field].level == "artwork":
        shown = database.shelf.shown(others)
        chosen = shown[shown != 0]
    else:
        chosen = np.flatnonzero(database.shelf.chosen(others))
    numbers = _values(database, field, chosen)
    told = numbers[np.isfinite(numbers)]
    whole = np.all(told == np.floor(told)) if told.size else False
    edges = _edges(told, bins, whole=bool(whole))
    inner = np.searchsorted(np.array(edges[1:-1]), told, side="right")
    counts = np.bincount(inner, minlength=len(edges) - 1)
    return Histogram(field, edges, tuple(counts.tolist()), int(chosen.size - told.size))


@dataclass(frozen=True)
class QualityCount:
    """How many pictures of a selection an issue of quality would flag."""

    issue: str  # of core.quality.issues
    pictures: int
    filter: str  # what to ask for them


def quality_counts(
    database: "Database", selection: Selection, thresholds: Mapping[str, float] | None = None
) -> list[QualityCount]:
    """Of every issue whose measure a filter can ask for, in the order of ISSUES.

    Args:
        thresholds: issue -> a person's own; the default elsewhere.
    Raises: NotFoundError, ConfigError for thresholds that cannot be.
    """
    cuts = checked_thresholds(thresholds or {})
    found = []
    for issue in ISSUES:
        field = {"aspect": "proportion"}.get(issue.measure, issue.measure)
        if field not in FIELDS:
            continue
        chosen = database.shelf.chosen(without(selection, field))
        values = _values(database, field, np.flatnonzero(chosen))
        flagged = issue.flags(values, cuts[issue.name])
        asked = Comparison(field, "<" if issue.direction == "below" else ">", (cuts[issue.name],))
        found.append(QualityCount(issue.name, int(np.count_nonzero(flagged)), str(asked)))
    return found


def without(selection: Selection, field: str) -> Selection:
    """The selection without what it asks of one field, where that is joined to the rest by "and"."""
    own = _OWN_FIELDS.get(field)
    if own:
        selection = replace(selection, **{own: getattr(Selection(), own)})
    if selection.where:
        found = parse(selection.where)
        parts: tuple[Filter, ...] = found.parts if isinstance(found, All) else (found,)
        kept = [part for part in parts if not (isinstance(part, Comparison) and part.field == field)]
        selection = replace(selection, where=str(together(kept)))
    return selection


def choice(field: str, values: Sequence[str]) -> str:
    """What to ask for pictures with any of these values of a facet."""
    if not values:
        return ""
    if FIELDS[field].kind == "number":
        return str(Comparison(field, "in", tuple(float(value) for value in values)))
    return str(Comparison(field, "in" if len(values) > 1 else "=", tuple(values)))


def counted(database: "Database", selection: Selection, field: str, *, most: int | None = None) -> Facet:
    """How many pictures of a selection tell each value of a field of FACETS; of the most frequent where `most`."""
    postings = database.shelf.columns.postings(field)
    if field in OF_PICTURES:
        counts = postings.totals(_sized(database.shelf.chosen(selection), postings.size))
    else:
        fits = _sized(_fitting(database, selection), postings.size)
        counts = postings.totals(fits) - _repeated(database, field).counts(fits)
    places = np.flatnonzero(counts)
    places = places[np.argsort(-counts[places], kind="stable")][:most]
    return list(zip(postings.names.take(places).to_pylist(), counts[places].tolist(), strict=True))


def _sized(found: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    return found if found.size >= size else np.pad(found, (0, size - found.size))


def _fitting(database: "Database", selection: Selection) -> NDArray[np.bool_]:
    """By the number of an artwork: whether it fits, and its picture does."""
    shelf = database.shelf

    def compute() -> NDArray[np.bool_]:
        chosen, fits, images = shelf.chosen(selection), shelf.fitting(selection), shelf.artworks()
        both = chosen[np.minimum(images, chosen.size - 1)]
        if fits is not None:
            both[: fits.size] &= fits[: both.size]
        return both

    return shelf.answered(("fitting", selection), compute)


@dataclass(frozen=True)
class _Repeated:
    """What several artworks of one picture tell alike, which is to be counted once."""

    artworks: NDArray[np.int32]  # of each (artwork, value) of such pictures
    places: NDArray[np.intp]  # of its value among all
    alike: NDArray[np.intp]  # the same number where picture and value are the same
    place_of: NDArray[np.intp]  # that number -> the place of the value
    values: int

    def counts(self, fits: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(values,) how often the artworks that fit tell something once more."""
        chosen = fits[self.artworks]
        once = np.zeros(self.place_of.size, np.bool_)
        once[self.alike[chosen]] = True
        told = np.bincount(self.places[chosen], minlength=self.values)
        return told - np.bincount(self.place_of[once], minlength=self.values)


def _repeated(database: "Database", field: str) -> _Repeated:
    shelf = database.shelf

    def compute() -> _Repeated:
        postings, images = shelf.columns.postings(field), shelf.artworks()
        is_shared = np.zeros(max(postings.size, images.size), np.bool_)
        is_shared[shelf.shared()] = True
        pairs = np.flatnonzero(is_shared[postings.numbers])
        artworks = postings.numbers[pairs]
        places = np.searchsorted(postings.starts, pairs, side="right") - 1
        keys, alike = np.unique(places * (int(images.max(initial=0)) + 1) + images[artworks], return_inverse=True)
        place_of = keys // (int(images.max(initial=0)) + 1)
        return _Repeated(artworks, places, alike, place_of, len(postings.names))

    return shelf.remembered(("repeated", field), compute)


def _values(database: "Database", field: str, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
    """Of these pictures, or of these artworks where those have the field; nan where unknown."""
    values = database.shelf.columns.numbers(field)
    return values[chosen[chosen < values.size]].astype(np.float64)


def _edges(known: NDArray[np.float64], bins: int, *, whole: bool) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten."""
    if not known.size:
        return (0.0, 1.0)
    low, high = (float(edge) for edge in np.quantile(known, (_OUTSIDE, 1 - _OUTSIDE)))
    rough = max((high - low) / bins, abs(high) * 1e-5, 1.0 if whole else 1e-9)
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * (1 - 1e-9))
    first = np.floor(low / step + 1e-9)
    count = int(np.clip(np.floor(high / step + 1e-9) - first + 1, 1, bins + 1))
    return tuple(float(f"{(first + place) * step:.10g}") for place in range(count + 1))
