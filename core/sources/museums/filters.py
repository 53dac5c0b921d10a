"""What a museum can be asked for besides words: filters as plain data, from which a page makes its form, the command
line its help, and a museum its check of a query.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.errors import ConfigError

TEXT = "text"  # the query's key for words to search for; every museum takes it
SEPARATOR = "|"  # between several values of one filter on the command line: names of departments hold commas

_WORDS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_YEAR = r"-?\d{1,7}(?:\s*(?:BCE|BC))?"
_YEARS = re.compile(
    rf"(?P<only>{_YEAR})|(?P<first>{_YEAR})?\s*(?:\.\.|–|—|-|\bto\b)\s*(?P<last>{_YEAR})?", re.IGNORECASE
)


class FilterKind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    BOOL = "bool"
    INT = "int"
    YEARS = "years"


@dataclass(frozen=True)
class Filter:
    """One thing by which a museum's works can be narrowed."""

    title: str  # as a form calls it
    kind: FilterKind
    help: str = ""  # a sentence or two
    choices: Mapping[str, str] = field(default_factory=dict)  # value -> as a page shows it
    open: bool = False  # a choice may also be another text: `choices` are those we know of
    many: bool = False  # several values: works that have any of them. Command line: "a|b"
    default: str | bool | None = None  # what holds when nothing is said, as a form shows it; None: not narrowed


@dataclass(frozen=True)
class Years:
    """A range of years, both ends included; negative is before our era, None is open."""

    first: int | None = None
    last: int | None = None

    def meets(self, earliest: int | None, latest: int | None) -> bool:
        """Whether a work made between these years (None: not said) may have been made in the range.

        A work whose years nobody says does not count as made in it.
        """
        begin = earliest if earliest is not None else latest
        end = latest if latest is not None else earliest
        if begin is None or end is None:
            return False
        return (self.last is None or begin <= self.last) and (self.first is None or end >= self.first)

    def __str__(self) -> str:
        if self.first is not None and self.first == self.last:
            return str(self.first)
        return " to ".join("" if year is None else str(year) for year in (self.first, self.last)).strip()


def read_query(museum: str, query: Mapping[str, Any], filters: Mapping[str, Filter]) -> dict[str, Any]:
    """The query with its values in their types: "text" -> str, and each filter that is set or has a default.

    Values come from forms (typed) and from the command line (text). Types: text and choice -> str, or tuple[str, ...]
    if many; bool -> bool; int -> int, or tuple[int, ...] if many; years -> Years. Empty values count as not set.

    Raises: ConfigError that names the filter, what was given, and what may be.
    """
    if unknown := sorted(set(query) - {TEXT, *filters}):
        raise ConfigError(
            f"{museum} knows no filter {', '.join(map(repr, unknown))}. There are: {', '.join(filters)}; "
            f"and {TEXT!r} for words to search for."
        )
    values: dict[str, Any] = {TEXT: _text(TEXT, query.get(TEXT) or "")}
    for name, one in filters.items():
        given = query.get(name)
        if given is None or given == "" or given == () or given == []:
            given = one.default
        if given is not None and given != "":
            values[name] = _read(name, one, given)
    return values


def told(query: Mapping[str, Any], filters: Mapping[str, Filter]) -> str:
    """A checked query in words, for messages: what is not as it is by default."""
    words = [f"“{query[TEXT]}”"] if query.get(TEXT) else []
    for name, one in filters.items():
        if name in query and query[name] != one.default:
            values = query[name] if isinstance(query[name], tuple) else (query[name],)
            words.append(f"{name} {' or '.join(_shown(value, one) for value in values)}")
    return ", ".join(words) or "this query"


def read_years(name: str, given: Any) -> Years:
    """From "1600-1700", "1600 to 1700", "1600..", "..1700", "1650", "-500 to -300", "500 BC - 300 BC" or a pair.

    Raises: ConfigError.
    """
    wanted = f"{name} is a range of years such as 1600-1700, 1850.., ..1700 or -500 to -300; got {given!r}."
    if isinstance(given, Years):
        years = given
    elif isinstance(given, list | tuple) and len(given) == 2:
        first, last = (None if year in (None, "") else _int(name, year) for year in given)
        years = Years(first, last)
    else:
        found = _YEARS.fullmatch(str(given).strip())
        if isinstance(given, bool) or not found or not (found["only"] or found["first"] or found["last"]):
            raise ConfigError(wanted)
        only = _year(found["only"])
        years = Years(only, only) if found["only"] else Years(_year(found["first"]), _year(found["last"]))
    if years.first is not None and years.last is not None and years.first > years.last:
        raise ConfigError(f"{wanted} It ends before it begins.")
    return years


def _shown(value: Any, one: Filter) -> str:
    return str(value).lower() if isinstance(value, bool) else one.choices.get(str(value), str(value))


def _read(name: str, one: Filter, given: Any) -> Any:
    if one.kind == FilterKind.YEARS:
        return read_years(name, given)
    if one.many:
        return tuple(dict.fromkeys(_single(name, one, value) for value in _several(given)))
    return _single(name, one, given)


def _single(name: str, one: Filter, given: Any) -> Any:
    match one.kind:
        case FilterKind.BOOL:
            return _bool(name, given)
        case FilterKind.INT:
            return _int(name, given)
        case FilterKind.CHOICE:
            return _choice(name, one, given)
    return _text(name, given)


def _several(given: Any) -> Iterable[Any]:
    if isinstance(given, str):
        return [part.strip() for part in given.split(SEPARATOR) if part.strip()]
    return given if isinstance(given, list | tuple | set | frozenset) else [given]


def _choice(name: str, one: Filter, given: Any) -> str:
    """The choice that is meant: by its value or by what a page calls it, however it is capitalised."""
    text = _text(name, str(given) if isinstance(given, int) and not isinstance(given, bool) else given)
    for value, label in one.choices.items():
        if text.casefold() in (value.casefold(), label.casefold()):
            return value
    if one.open:
        return text
    known = [value if value == label else f"{value} ({label})" for value, label in one.choices.items()]
    raise ConfigError(f"{name} must be one of {', '.join(known)}; got {given!r}.")


def _bool(name: str, given: Any) -> bool:
    found = given if isinstance(given, bool) else _WORDS.get(str(given).strip().lower())
    if found is None:
        raise ConfigError(f"{name} must be true or false; got {given!r}.")
    return found


def _int(name: str, given: Any) -> int:
    if isinstance(given, bool) or not re.fullmatch(r"-?\d{1,12}", str(given).strip()):
        raise ConfigError(f"{name} must be a whole number; got {given!r}.")
    return int(given)


def _text(name: str, given: Any) -> str:
    if not isinstance(given, str):
        raise ConfigError(f"{name} must be text; got {given!r}.")
    return " ".join(given.split())


def _year(text: str | None) -> int | None:
    if not text:
        return None
    number = int(re.match(r"-?\d+", text)[0])  # type: ignore[index]  # _YEAR begins with it
    return -abs(number) if "b" in text.lower() else number
