"""Facets: how many pictures each further choice would leave, and how measures are spread, as text for a filter.

A field's own choice does not restrict its own counts: whoever chose one style still sees how many there are of the
others. Values are coded once after every ingest; counting is then a sum over numbers, 10 ms at a million pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.catalog.filters.fields import FIELDS
from core.catalog.filters.look_alikes import KINDS, look_alikes_sql
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
_ARTWORK_FIELDS = ("source", "artist", "style", "genre", "licence")
# field of the filter language -> (number of an artwork, value) pairs
_VALUES: dict[str, str] = {
    "collection": "SELECT artwork_number AS artwork, collection AS value FROM memberships",
    **{name: f"SELECT a.number AS artwork, {FIELDS[name].sql} AS value FROM artworks a" for name in _ARTWORK_FIELDS},
    "source_tag": "SELECT DISTINCT a.number AS artwork, unnest(a.tags) AS value FROM artworks a",
    "my_tag": """
        SELECT a.number AS artwork, t.tag AS value
        FROM picture_tags t JOIN artworks a ON a.image_number = t.image_number
    """,
    "decade": f"""
        SELECT artwork, value::VARCHAR AS value
        FROM (SELECT a.number AS artwork, {FIELDS["decade"].sql} AS value FROM artworks a) WHERE value IS NOT NULL
    """,
    **{
        name: f"""
        SELECT a.number AS artwork, {FIELDS[name].sql} AS value
        FROM images i JOIN artworks a ON a.image_number = i.number
        """
        for name in ("format", "orientation")
    },
    "duplicate": " UNION ALL ".join(
        f"""
        SELECT a.number AS artwork, '{kind}' AS value
        FROM artworks a WHERE a.image_number IN ({look_alikes_sql([kind])})
        """
        for kind in KINDS
    ),
}
FACETS: tuple[str, ...] = tuple(_VALUES)
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


def facets(database: "Database", selection: Selection, fields: Sequence[str] = FACETS) -> dict[str, Facet]:
    """Raises: NotFoundError for a field that has no facet."""
    found = {}
    for field in fields:
        if field not in _VALUES:
            raise NotFoundError("facet", field, list(FACETS))
        found[field] = _counted(database, without(selection, field), field)
    return found


def histogram(database: "Database", selection: Selection, field: str, *, bins: int = 30) -> Histogram:
    """At most `bins` bars between round numbers. Raises: ConfigError if the field is no number."""
    if field not in FIELDS or FIELDS[field].kind != "number":
        possible = [name for name, known in FIELDS.items() if known.kind == "number"]
        raise ConfigError(f"There is no histogram of {field!r}. There are: {', '.join(possible)}.")
    if not 1 <= bins <= MOST_BINS:
        raise ConfigError(f"A histogram has 1 to {MOST_BINS} bars; got {bins}.")
    shown = database.shelf.shown(without(selection, field))
    by_artwork = FIELDS[field].level == "artwork"
    chosen = shown[shown != 0] if by_artwork else np.flatnonzero(shown)
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
        shown = database.shelf.shown(without(selection, field))
        values = _values(database, field, np.flatnonzero(shown))
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


@dataclass(frozen=True)
class _Coded:
    """A field's values, and (artwork, place among the values) pairs."""

    names: list[str]  # in alphabetical order
    artworks: NDArray[np.int32]
    places: NDArray[np.int32]
    shared: NDArray[np.integer]  # which of the pairs are of pictures that several artworks show


def _counted(database: "Database", selection: Selection, field: str) -> Facet:
    shelf = database.shelf
    key = ("codes", field, database.revision if FIELDS[field].curated else 0)
    coded = shelf.remembered(key, lambda: _coded(database, field))
    images, fits = shelf.artworks(), _fitting(database, selection)
    if coded.artworks.size and int(coded.artworks.max()) >= fits.size:  # some came in meanwhile
        fits = np.pad(fits, (0, int(coded.artworks.max()) + 1 - fits.size))
    chosen = fits[coded.artworks]
    counts = np.bincount(coded.places[chosen], minlength=len(coded.names))
    twice = coded.shared[chosen[coded.shared]]  # the artworks of one picture may tell the same: count it once
    counts -= np.bincount(coded.places[twice], minlength=len(coded.names))
    pairs = np.unique(coded.places[twice].astype(np.int64) * images.size + images[coded.artworks[twice]])
    counts += np.bincount(pairs // images.size, minlength=len(coded.names))
    most = np.lexsort((np.arange(len(coded.names)), -counts))[:MOST_VALUES]
    return [(coded.names[place], int(counts[place])) for place in most.tolist() if counts[place]]


def _fitting(database: "Database", selection: Selection) -> NDArray[np.bool_]:
    """By the number of an artwork: whether it fits, and its picture does."""
    shelf = database.shelf

    def compute() -> NDArray[np.bool_]:
        shown, fits, images = shelf.shown(selection) != 0, shelf.fitting(selection), shelf.artworks()
        both = shown[np.minimum(images, shown.size - 1)]
        if fits is not None:
            both[: fits.size] &= fits[: both.size]
        return both

    return shelf.answered(("fitting", selection), compute)


def _coded(database: "Database", field: str) -> _Coded:
    sql = _VALUES[field]
    values, pairs = database.read_together(
        f"SELECT DISTINCT value FROM ({sql}) ORDER BY value",
        f"""
        WITH pairs AS MATERIALIZED ({sql}),
        places AS (SELECT value, row_number() OVER (ORDER BY value) - 1 AS place
                   FROM (SELECT DISTINCT value FROM pairs))
        SELECT artwork::INTEGER AS artwork, place::INTEGER AS place FROM pairs JOIN places USING (value)
        """,
    )
    shared = database.shelf.shared()
    artworks = pairs["artwork"]
    inside = np.minimum(artworks, shared.size - 1)
    return _Coded([str(value) for value in values["value"]], artworks, pairs["place"], np.flatnonzero(shared[inside]))


def _values(database: "Database", field: str, chosen: NDArray[np.integer]) -> NDArray[np.float64]:
    """Of these pictures, or of these artworks where those have the field; nan where unknown."""
    source = "artworks a" if FIELDS[field].level == "artwork" else "images i"
    name = source[-1]

    def compute() -> NDArray[np.float64]:
        columns: dict[str, Any] = database.read_columns(
            f"SELECT {name}.number AS number, coalesce(({FIELDS[field].sql})::DOUBLE, 'nan'::DOUBLE) AS value "
            f"FROM {source}"
        )
        values = np.full(int(columns["number"].max(initial=0)) + 1, np.nan)
        values[columns["number"]] = columns["value"]
        return values

    values = database.shelf.remembered(("values", field), compute)
    return values[chosen[chosen < values.size]]


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
