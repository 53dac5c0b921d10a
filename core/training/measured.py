"""What was measured on this machine, kept from one run to the next: data/training-speed.json. No torch here."""

import contextlib
from pathlib import Path
from typing import Any

from core.files import read_json, write_json

_FORMAT = 2
_KEPT = 300  # measurements of one kind; the oldest go first


def recall(path: Path, kind: str, key: str) -> Any:
    """What was kept under `key`, or None."""
    return _read(path).get(kind, {}).get(key)


def remember(path: Path, kind: str, key: str, value: Any) -> None:
    """Keep a JSON value. A measurement that another process keeps at the same moment may be lost, and is made again."""
    known = _read(path)
    values = {name: kept for name, kept in known.get(kind, {}).items() if name != key} | {key: value}
    while len(values) > _KEPT:
        del values[next(iter(values))]
    write_json(path, known | {"format": _FORMAT, kind: values}, durable=False)


def _read(path: Path) -> dict[str, Any]:
    """Nothing, where the file is of an older format or damaged: all in it can be measured again."""
    with contextlib.suppress(ValueError):
        known = read_json(path)
        if isinstance(known, dict) and known.get("format") == _FORMAT:
            return known
    return {}
