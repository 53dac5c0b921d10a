"""Columns: the fields of the filter language held as arrays, so that a filter nobody asked before needs no table.

They are made from the tables by `prepare`, in the background of a running lab: some seconds at a million pictures.
Until they are there, and for what is not among them, SQL answers the same.
"""

import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.catalog.filters.fields import FIELDS
from core.catalog.filters.look_alikes import KINDS, look_alikes_sql

if TYPE_CHECKING:
    import pyarrow as pa

    from core.catalog.arrays.postings import Postings, Words
    from core.catalog.database import Database

Value = TypeVar("Value")

# (number of a picture or of an artwork, value), each pair once.
_OF_ARTWORKS = ("source", "artist", "date", "style", "genre", "licence")
_OF_PICTURES = ("format", "orientation")
_PAIRS: dict[str, str] = {
    **{name: f"SELECT a.number AS number, {FIELDS[name].sql} AS value FROM artworks a" for name in _OF_ARTWORKS},
    **{name: f"SELECT i.number AS number, {FIELDS[name].sql} AS value FROM images i" for name in _OF_PICTURES},
    "collection": "SELECT artwork_number AS number, collection AS value FROM memberships",
    "source_tag": "SELECT DISTINCT a.number AS number, unnest(a.tags) AS value FROM artworks a",
    "my_tag": "SELECT image_number AS number, tag AS value FROM picture_tags WHERE image_number > 0",
    "decade": f"""
        SELECT number, value::VARCHAR AS value
        FROM (SELECT a.number AS number, {FIELDS["decade"].sql} AS value FROM artworks a) WHERE value IS NOT NULL
    """,
}
VALUED = tuple(_PAIRS)
_PAIRS["duplicate"] = " UNION ALL ".join(
    f"SELECT number, '{kind}' AS value FROM ({look_alikes_sql([kind])}) pictures(number)" for kind in KINDS
)
OF_PICTURES = (*_OF_PICTURES, "my_tag", "duplicate")  # with the numbers of pictures; the others with those of artworks
_WORDS = {"text": "search", "title": "lower(strip_accents(title))"}
NUMBERS = tuple(name for name, field in FIELDS.items() if field.kind in ("number", "time"))


class Columns:
    """Of one open catalog. All arrays are shared: nobody may change one."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._lock = threading.Lock()
        self._revision = -1  # of the pictures that all of these are about
        self._made: dict[Hashable, Any] = {}
        self._making: dict[Hashable, threading.Lock] = {}
        self._are_ready_of = -1

    def prepare(self, go_on: Callable[[], bool] = lambda: True) -> bool:
        """Make all that is missing, the quickest first. Returns whether all is there.

        Args:
            go_on: asked before each of them.
        """
        begun = self._database.pictures_revision
        wanted: list[tuple[Callable[[str], Any], str]] = [
            *((self.numbers, name) for name in NUMBERS),
            *((self.postings, name) for name in VALUED if not FIELDS[name].curated),
            *((self._words, name) for name in _WORDS),
        ]
        for make, name in wanted:
            if not go_on() or self._database.pictures_revision != begun:
                return False
            if make == self._words:
                self._are_ready_of = begun
            make(name)
        import pyarrow as pa

        pa.default_memory_pool().release_unused()  # what was read to make them
        return self._database.pictures_revision == begun

    @property
    def are_ready(self) -> bool:
        """Whether `prepare` made numbers and postings, of the pictures as they are now; `words` may be missing."""
        return self._are_ready_of == self._database.pictures_revision

    @property
    def nbytes(self) -> int:
        """Of all that is held."""
        with self._lock:
            return sum(made.nbytes for _, made in self._made.values())

    def numbers(self, field: str) -> NDArray[np.floating]:
        """By the number of a picture, or of an artwork where those have the field; nan where unknown. Times are
        microseconds since 1970. Exact: those that 32 bits can hold take no more."""
        known = FIELDS[field]
        source = "artworks a" if known.level == "artwork" else "images i"
        value = f"epoch_us({known.sql})" if known.kind == "time" else f"({known.sql})"

        def make() -> NDArray[np.floating]:
            columns = self._database.read_columns(
                f"SELECT {source[-1]}.number AS number, coalesce({value}::DOUBLE, 'nan'::DOUBLE) AS value FROM {source}"
            )
            values = np.full(int(columns["number"].max(initial=0)) + 1, np.nan)
            values[columns["number"]] = columns["value"]
            narrow = values.astype(np.float32)
            return narrow if np.array_equal(narrow, values, equal_nan=True) else values

        return self._get(("numbers", field), make)

    def postings(self, field: str) -> "Postings":
        """Of one of VALUED, or of "duplicate"."""

        def make() -> "Postings":
            from core.catalog.arrays.postings import Postings

            numbers, values = self._numbers_and_texts(_PAIRS[field])
            return Postings.of([(numbers, values)], self._folded)

        return self._get(("postings", field), make, curated=FIELDS[field].curated)

    def words(self, field: str) -> "Words | None":
        """Of "text", which is all that is told about an artwork, or of "title"; None until they are prepared."""
        with self._lock:
            self._forget_old()
            made = self._made.get(("words", field))
        return made[1] if made else None

    def _words(self, field: str) -> "Words":
        def make() -> "Words":
            from core.catalog.arrays.postings import Words

            return Words.of(*self._numbers_and_texts(f"SELECT number, {_WORDS[field]} AS value FROM artworks"))

        return self._get(("words", field), make)

    def _numbers_and_texts(self, sql: str) -> "tuple[NDArray[np.int32], pa.StringArray]":
        table = self._database.read_arrow(f"SELECT number::INTEGER AS number, value FROM ({sql})")
        numbers, values = (column.combine_chunks() for column in table.columns)
        return numbers.to_numpy(), values

    def _folded(self, names: "pa.StringArray") -> "pa.StringArray":
        """As the filter language's SQL folds them."""
        found = self._database.read(
            "SELECT lower(strip_accents(name)) FROM (SELECT unnest(?::VARCHAR[]) AS name)", [names.to_pylist()]
        )
        import pyarrow as pa

        return pa.array([row[0] for row in found], pa.string())

    def _get(self, key: Hashable, make: Callable[[], Value], *, curated: bool = False) -> Value:
        """What was made for this key since what it depends on changed; two threads make it once."""
        with self._lock:
            self._forget_old()
            revision = self._database.revision if curated else 0
            if key in self._made and self._made[key][0] == revision:
                value: Value = self._made[key][1]
                return value
            making = self._making.setdefault(key, threading.Lock())
            pictures = self._revision
        with making:
            with self._lock:
                if key in self._made and self._made[key][0] == revision and self._revision == pictures:
                    meanwhile: Value = self._made[key][1]
                    return meanwhile
            made = make()
            with self._lock:
                if self._revision == pictures:
                    self._made[key] = (revision, made)
            return made

    def _forget_old(self) -> None:
        if self._revision != self._database.pictures_revision:
            self._revision = self._database.pictures_revision
            self._made.clear()
            self._making.clear()
