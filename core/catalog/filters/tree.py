"""A filter as a tree, and as text again: the same tree always reads the same."""

from collections.abc import Sequence
from dataclasses import dataclass

Value = str | float | bool


@dataclass(frozen=True)
class Comparison:
    """One field against one or more values."""

    field: str  # a name of fields.FIELDS
    operator: str  # "=", "!=", "<", "<=", ">", ">=", "~", "!~", "in", "between", "known", "unknown", "true"
    values: tuple[Value, ...] = ()

    def __str__(self) -> str:
        match self.operator:
            case "true":
                return self.field
            case "known" | "unknown":
                return f"{self.field} is {self.operator}"
            case "in":
                return f"{self.field} in ({', '.join(map(written, self.values))})"
            case "between":
                return f"{self.field} between {written(self.values[0])} and {written(self.values[1])}"
            case _:
                return f"{self.field} {self.operator} {written(self.values[0])}"


@dataclass(frozen=True)
class Words:
    """A word that stands somewhere in what is known about a picture, without case and accents."""

    text: str

    def __str__(self) -> str:
        return written(self.text)


@dataclass(frozen=True)
class Not:
    inner: "Filter"

    def __str__(self) -> str:
        return f"not {_enclosed(self.inner)}"


@dataclass(frozen=True)
class All:
    """All of these are true; with none, everything fits."""

    parts: "tuple[Filter, ...]"

    def __str__(self) -> str:
        return " and ".join(map(_enclosed, self.parts))


@dataclass(frozen=True)
class Any:
    """At least one of these is true."""

    parts: "tuple[Filter, ...]"

    def __str__(self) -> str:
        return " or ".join(map(_enclosed, self.parts))


Filter = Comparison | Words | Not | All | Any
EVERYTHING = All(())


def fields_of(found: Filter) -> frozenset[str]:
    """The names of all fields that it asks."""
    match found:
        case Comparison(name):
            return frozenset((name,))
        case Not(inner):
            return fields_of(inner)
        case All(parts) | Any(parts):
            return frozenset().union(*map(fields_of, parts))
    return frozenset()


def together(parts: Sequence[Filter]) -> Filter:
    """All of them; one alone stays as it is, and those of an inner All stand beside the others."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def written(value: Value) -> str:
    """A value as the language writes it: quoted, so that no value can be read as anything else."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _enclosed(part: Filter) -> str:
    return f"({part})" if isinstance(part, All | Any) else str(part)
