"""Values out of other people's records, in which every field may be missing, null, or of another type."""

from collections.abc import Iterable
from typing import Any


def text(value: Any) -> str:
    """A text on one line; numbers as they are written; "" for everything else."""
    if isinstance(value, str):
        return " ".join(value.split())
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def whole(value: Any) -> int | None:
    """A whole number, also one written as text ("893"), which is how some museums give sizes."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    written = value.strip() if isinstance(value, str) else ""
    return int(written) if written.removeprefix("-").isdecimal() else None


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; none if it is null or no list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list, or the one text, without empty ones."""
    values = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(filter(None, map(text, values))))


def record(value: Any) -> dict[str, Any]:
    """An object; an empty one if it is null or something else."""
    return value if isinstance(value, dict) else {}


def facts(pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Metadata of an artwork: what is known, as text; several values are joined by "; "."""
    return {name: "; ".join(found) for name, value in pairs if (found := texts(value))}
