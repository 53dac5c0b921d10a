"""Selections that people saved under a name."""

import json
from dataclasses import dataclass
from datetime import datetime

import duckdb

from core.catalog.curation import OWNER, utc_now
from core.catalog.database import Database
from core.catalog.selection import Selection
from core.catalog.text import storable
from core.errors import ConfigError, NotFoundError

LONGEST_NAME = 80  # characters


@dataclass(frozen=True)
class SavedSelection:
    name: str
    selection: Selection
    saved_at: datetime  # UTC
    who: str


def saved_selections(database: Database) -> list[SavedSelection]:
    """In alphabetical order."""
    rows = database.read("SELECT name, selection, saved_at, who FROM saved_selections ORDER BY lower(name), name")
    return [SavedSelection(name, Selection.from_json(json.loads(text)), at, who) for name, text, at, who in rows]


def saved_selection(database: Database, name: str) -> Selection:
    """Raises: NotFoundError."""
    found = {saved.name: saved.selection for saved in saved_selections(database)}
    if name not in found:
        raise NotFoundError("saved selection", name, list(found))
    return found[name]


def save(
    cursor: duckdb.DuckDBPyConnection, name: str, selection: Selection, *, replace: bool = False, who: str = OWNER
) -> None:
    """Raises: ConfigError if the name is taken and `replace` was not asked for."""
    name = _checked(name)
    if replace:
        cursor.execute("DELETE FROM saved_selections WHERE name = ?", [name])
    elif _is_taken(cursor, name):
        raise ConfigError(f"There is a selection called {name!r} already. Choose another name, or replace it.")
    text = json.dumps(selection.to_json(), ensure_ascii=False)
    cursor.execute("INSERT INTO saved_selections VALUES (?, ?, ?, ?)", [name, text, utc_now(), who])


def rename(cursor: duckdb.DuckDBPyConnection, name: str, new_name: str) -> None:
    """Raises: NotFoundError; ConfigError if the new name is taken."""
    new_name = _checked(new_name)
    if not _is_taken(cursor, name):
        raise NotFoundError("saved selection", name)
    if new_name != name and _is_taken(cursor, new_name):
        raise ConfigError(f"There is a selection called {new_name!r} already. Choose another name.")
    cursor.execute("UPDATE saved_selections SET name = ? WHERE name = ?", [new_name, name])


def delete(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """The pictures are not touched. Raises: NotFoundError."""
    if not _is_taken(cursor, name):
        raise NotFoundError("saved selection", name)
    cursor.execute("DELETE FROM saved_selections WHERE name = ?", [name])


def _is_taken(cursor: duckdb.DuckDBPyConnection, name: str) -> bool:
    return cursor.execute("SELECT 1 FROM saved_selections WHERE name = ?", [name]).fetchone() is not None


def _checked(name: str) -> str:
    name = " ".join(storable(name).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise ConfigError(f"A saved selection needs a name of 1 to {LONGEST_NAME} characters.")
    return name
