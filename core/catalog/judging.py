"""What people said of pairs of pictures, and which thresholds of quality they set for a collection."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from core.catalog.curation import OWNER, log_act, utc_now
from core.catalog.database import Database
from core.catalog.text import storable
from core.duplicates.verdicts import Verdicts
from core.errors import NotFoundError
from core.quality.issues import ISSUES, checked_thresholds, find_issue


@dataclass(frozen=True)
class PairVerdict:
    """Whether two pictures are the same. `one` is the smaller hash."""

    one: str
    other: str
    verdict: str  # "same" or "different"
    given_at: datetime  # UTC
    who: str


@dataclass(frozen=True)
class QualitySettings:
    """Of one collection, where they differ from those of core.quality.issues."""

    thresholds: Mapping[str, float]  # issue -> a person's own
    normal: tuple[str, ...] = ()  # issues that are how this collection is

    def to_json(self) -> dict[str, Any]:
        return {"thresholds": dict(self.thresholds), "normal": list(self.normal)}


@dataclass(frozen=True)
class QualityChange:
    """What somebody set for one issue of one collection."""

    at: datetime  # UTC
    who: str
    issue: str
    what: str  # "threshold", "normal"
    before: float | bool | None  # of a threshold: None where it was the usual one
    after: float | bool | None


def pair_verdicts(database: Database) -> list[PairVerdict]:
    """The newest first, of pictures that are here or were."""
    rows = database.read(
        'SELECT first, second, verdict, given_at, who FROM pair_verdicts ORDER BY given_at DESC, "first", "second"'
    )
    return [PairVerdict(*row) for row in rows]


def verdicts(database: Database) -> Verdicts:
    """As core.duplicates takes them."""
    found = Verdicts()
    for pair in reversed(pair_verdicts(database)):
        found.judge(pair.one, pair.other, pair.verdict)
    return found


def quality_settings(database: Database, collection: str) -> QualitySettings:
    """Nothing of its own where nobody has set anything. An issue that this version does not know is left out."""
    return _understood(database.read(_SETTINGS, [collection]))


def quality_changes(database: Database, collection: str) -> list[QualityChange]:
    """Who set which threshold of a collection, what it was before, and who called what normal; the newest first."""
    rows = database.read(
        """
        SELECT happened_at, who, detail FROM curation_log
        WHERE act = 'quality' AND detail->>'$.collection' = ? ORDER BY number DESC
        """,
        [collection],
    )
    return [QualityChange(at, who, **change) for at, who, detail in rows for change in json.loads(detail)["changes"]]


def set_quality(
    cursor: duckdb.DuckDBPyConnection, collection: str, settings: QualitySettings, who: str = OWNER
) -> None:
    """Raises: NotFoundError for a collection or an issue that is not known; ConfigError for a threshold that is no
    number."""
    collection = storable(collection)
    if cursor.execute("SELECT 1 FROM collections WHERE name = ?", [collection]).fetchone() is None:
        raise NotFoundError("collection", collection)
    checked_thresholds(settings.thresholds)
    known = [issue.name for issue in ISSUES]
    for name in settings.normal:
        if name not in known:
            raise NotFoundError("issue", name, known)
    text = json.dumps(settings.to_json(), allow_nan=False)
    changes = _changes(_stored(cursor, collection), settings)
    if not changes:
        return
    told = ", ".join(_told(change) for change in changes)
    detail = {"collection": collection, "changes": changes}
    log_act(cursor, "quality", who=who, reason=f"{collection}: {told}", detail=detail, topic=f"quality of {collection}")
    cursor.execute(
        """
        INSERT INTO quality_thresholds VALUES (?, ?, ?, ?) ON CONFLICT (collection) DO UPDATE SET
            settings = excluded.settings, set_at = excluded.set_at, who = excluded.who
        """,
        [collection, text, utc_now(), who],
    )


_SETTINGS = "SELECT settings FROM quality_thresholds WHERE collection = ?"


def _stored(cursor: duckdb.DuckDBPyConnection, collection: str) -> QualitySettings:
    return _understood(cursor.execute(_SETTINGS, [collection]).fetchall())


def _understood(rows: Sequence[tuple[Any, ...]]) -> QualitySettings:
    stored = json.loads(rows[0][0]) if rows else {}
    known = {issue.name for issue in ISSUES}
    return QualitySettings(
        {name: float(value) for name, value in stored.get("thresholds", {}).items() if name in known},
        tuple(name for name in stored.get("normal", ()) if name in known),
    )


def _changes(before: QualitySettings, after: QualitySettings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for issue in ISSUES:
        name = issue.name
        old, new = before.thresholds.get(name), after.thresholds.get(name)
        if old != new:
            found.append({"issue": name, "what": "threshold", "before": old, "after": new})
        was, is_ = name in before.normal, name in after.normal
        if was != is_:
            found.append({"issue": name, "what": "normal", "before": was, "after": is_})
    return found


def _told(change: dict[str, Any]) -> str:
    """For the timeline: one change in a few words."""
    issue = find_issue(change["issue"])
    if change["what"] == "normal":
        return f"{issue.title.lower()} is {'normal here' if change['after'] else 'not normal here any more'}"
    old, new = (issue.threshold if value is None else value for value in (change["before"], change["after"]))
    return f"{issue.title.lower()} from {old:.4g} to {new:.4g}"
