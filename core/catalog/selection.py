"""Selection: a saved filter over the catalog, as JSON, as a URL and as a WHERE clause."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from core.catalog.filters.fields import FIELDS
from core.catalog.filters.parsing import parse
from core.catalog.filters.sql import split
from core.catalog.filters.tree import Comparison, Filter, Words, fields_of, together
from core.catalog.text import fold, storable
from core.errors import ConfigError

ORIENTATIONS = {
    "portrait": "i.height > 1.05 * i.width",
    "landscape": "i.width > 1.05 * i.height",
    "square": "i.width <= 1.05 * i.height AND i.height <= 1.05 * i.width",  # within 5 %
}
EXCLUDED = ("kept", "excluded", "all")

Conditions = tuple[list[str], list[Any]]  # SQL conditions to join with AND, and the values of their ?s


@dataclass(frozen=True)
class Selection:
    """Which pictures of the catalog are meant. Everything left at its default is no restriction.

    Raises: ConfigError if a value is not one that a filter can have; FilterError, one of them, if `where` cannot be
    understood.
    """

    collections: tuple[str, ...] = ()  # in any of these
    artists: tuple[str, ...] = ()  # by any of these; "" stands for unknown
    licences: tuple[str, ...] = ()  # under any of these, as core.sources.licences spells them; "" stands for not stated
    min_side: int | None = None  # pixels, of the shorter side
    max_side: int | None = None  # pixels, of the longer side
    orientation: str = ""  # one of ORIENTATIONS; "" is all
    excluded: str = "kept"  # one of EXCLUDED
    text: str = ""  # every word stands somewhere in title, artist, date, style, genre, tags, metadata or file name
    synthetic: bool | None = None  # True: drawn by a program; False: not
    where: str = ""  # in the language of core.catalog.filters, in addition to all of the above

    def __post_init__(self) -> None:
        for name in ("collections", "artists", "licences"):
            value = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(entry, str) for entry in value):
                raise ConfigError(f"{name} must be a list of names; got {value!r}.")
            object.__setattr__(self, name, tuple(storable(entry) for entry in value))
        for name in ("min_side", "max_side"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31):
                raise ConfigError(f"{name} must be a whole number of pixels; got {value!r}.")
        if self.orientation not in ("", *ORIENTATIONS):
            raise ConfigError(f"orientation must be one of {', '.join(ORIENTATIONS)}; got {self.orientation!r}.")
        if self.excluded not in EXCLUDED:
            raise ConfigError(f"excluded must be one of {', '.join(EXCLUDED)}; got {self.excluded!r}.")
        if not isinstance(self.text, str):
            raise ConfigError(f"text must be words to search for; got {self.text!r}.")
        if self.synthetic not in (None, True, False):
            raise ConfigError(f"synthetic must be true, false or nothing; got {self.synthetic!r}.")
        if not isinstance(self.where, str):
            raise ConfigError(f"where must be a filter, as text; got {self.where!r}.")
        object.__setattr__(self, "where", self.where.strip())
        parse(self.where)

    def to_json(self) -> dict[str, Any]:
        """Only what restricts, so that a selection reads as what was chosen."""
        default = Selection()
        chosen = {name: value for name, value in asdict(self).items() if value != getattr(default, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Selection":
        """Raises: ConfigError for a filter this version does not know, rather than choosing more than was meant."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown:
            raise ConfigError(
                f"A selection has no filter called {', '.join(unknown)}. There are: {', '.join(sorted(known))}."
            )
        return cls(**value)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the kept-or-excluded choice restricts it."""
        return bool(self.to_json().keys() - {"excluded"})

    @property
    def asks_curation(self) -> bool:
        """Whether it depends on what people decided about pictures, not only on what came in."""
        return self.excluded != "all" or any(FIELDS[name].curated for name in fields_of(parse(self.where)))

    def tree(self) -> Filter:
        """All that it asks for as one filter, but for the kept-or-excluded choice. It finds the same pictures as
        `condition`."""
        parts: list[Filter] = []
        if self.artists:
            parts.append(Comparison("artist", "in", self.artists))
        if self.licences:
            parts.append(Comparison("licence", "in", self.licences))
        if self.synthetic is not None:
            parts.append(Comparison("synthetic", "=", (self.synthetic,)))
        if fold(self.text).split():
            parts.append(Words(self.text))
        if self.collections:
            parts.append(Comparison("collection", "in", self.collections))
        if self.min_side:
            parts.append(Comparison("shorter", ">=", (self.min_side,)))
        if self.max_side is not None:
            parts.append(Comparison("longer", "<=", (self.max_side,)))
        if self.orientation:
            parts.append(Comparison("orientation", "=", (self.orientation,)))
        return together([*parts, parse(self.where)])

    def image_conditions(self) -> Conditions:
        """Over `images i`: what the picture itself must satisfy."""
        sql: list[str] = []
        values: list[Any] = []
        if self.min_side:
            sql.append("least(i.width, i.height) >= ?")
            values.append(self.min_side)
        if self.max_side is not None:
            sql.append("greatest(i.width, i.height) <= ?")
            values.append(self.max_side)
        if self.orientation:
            sql.append(f"({ORIENTATIONS[self.orientation]})")
        if self.excluded != "all":
            sql.append(f"i.number {'NOT ' if self.excluded == 'kept' else ''}IN (SELECT image_number FROM exclusions)")
        if self.where:
            (filter_sql, filter_values), _ = split(parse(self.where))
            if filter_sql:
                sql.append(filter_sql)
                values += filter_values
        return sql, values

    def artwork_conditions(self) -> Conditions:
        """Over `artworks a`: what an artwork that shows the picture must satisfy."""
        sql: list[str] = []
        values: list[Any] = []
        if self.artists:
            sql.append("a.artist IN (SELECT unnest(?::VARCHAR[]))")
            values.append(list(self.artists))
        if self.licences:
            sql.append("a.licence IN (SELECT unnest(?::VARCHAR[]))")
            values.append(list(self.licences))
        if self.synthetic is not None:
            sql.append("a.synthetic = ?")
            values.append(self.synthetic)
        for word in fold(self.text).split():
            sql.append("contains(a.search, ?)")
            values.append(word)
        if self.collections:
            sql.append(
                "a.number IN (SELECT artwork_number FROM memberships WHERE collection IN (SELECT unnest(?::VARCHAR[])))"
            )
            values.append(list(self.collections))
        if self.where:
            _, (filter_sql, filter_values) = split(parse(self.where))
            if filter_sql:
                sql.append(filter_sql)
                values += filter_values
        return sql, values

    def condition(self) -> tuple[str, list[Any]]:
        """A condition over `images i`, and the values of its ?s."""
        sql, values = self.image_conditions()
        artwork_sql, artwork_values = self.artwork_conditions()
        if artwork_sql:
            sql.append(f"i.number IN (SELECT a.image_number FROM artworks a WHERE {' AND '.join(artwork_sql)})")
            values += artwork_values
        return " AND ".join(sql) or "true", values
