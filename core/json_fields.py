"""Reading named values out of JSON that anybody may have written: each is what it claims to be, or refused."""

import math
from typing import Any

from core.errors import ConfigError


def fields(value: Any, what: str) -> dict[str, Any]:
    """A JSON object. what: how a message calls it. Raises: ConfigError."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigError(f"The {what} is damaged: expected named fields, found {type(value).__name__}.")
    return value


def only(value: dict[str, Any], known: Any, what: str) -> None:
    """Refuse names that this version does not know: a request from a later one must not be done by half."""
    if unknown := value.keys() - known:
        raise ConfigError(f"The {what} has parts that this version does not know: {', '.join(sorted(unknown))}.")


def text(value: dict[str, Any], name: str, default: str = "") -> str:
    """Raises: ConfigError."""
    found = value.get(name, default)
    if not isinstance(found, str):
        raise ConfigError(f"{name} is a text; found {type(found).__name__}.")
    return found


def number(value: dict[str, Any], name: str, default: float) -> float:
    """A finite number. Raises: ConfigError."""
    found = value.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        raise ConfigError(f"{name} is a number; found {str(found)[:80]!r}.")
    return float(found)


def whole_or_none(value: dict[str, Any], name: str) -> int | None:
    """Raises: ConfigError."""
    found = value.get(name)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
        raise ConfigError(f"{name} is a whole number; found {str(found)[:80]!r}.")
    return found
