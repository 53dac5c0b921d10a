"""What people said of pairs of pictures, and which thresholds of quality they set for a collection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from core.catalog.curation import OWNER, UnknownPicturesError, log_act, utc_now
from core.catalog.database import Database
from core.catalog.text import storable
from core.duplicates.verdicts import Verdicts
from core.errors import ConfigError, NotFoundError
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


def judge(cursor: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str, str]], who: str = OWNER) -> int:
    """Remember (one, other, "same" or "different"); the later word counts. Returns how many pairs.

    Raises: ConfigError for another word, or a picture with itself; UnknownPicturesError.
    """
    given = Verdicts()
    for one, other, verdict in pairs:
        given.judge(one, other, verdict)
    rows = [(min(one, other), max(one, other), verdict) for one, other, verdict in given]
    _check_known(cursor, sorted({sha256 for row in rows for sha256 in row[:2]}))
    cursor.execute(
        """
        INSERT INTO pair_verdicts
        SELECT t.one, t.other, t.verdict, ?, ?
        FROM (SELECT unnest(?::VARCHAR[]) AS one, unnest(?::VARCHAR[]) AS other, unnest(?::VARCHAR[]) AS verdict) t
        ON CONFLICT ("first", "second") DO UPDATE SET
            verdict = excluded.verdict, given_at = excluded.given_at, who = excluded.who
        """,
        [utc_now(), who, *([row[place] for row in rows] for place in range(3))],
    )
    return len(rows)


def forget(cursor: duckdb.DuckDBPyConnection, pairs: Iterable[tuple[str, str]]) -> None:
    """Take verdicts back: the pairs are asked about again."""
    keys = [(min(pair), max(pair)) for pair in pairs]
    cursor.execute(
        """
        DELETE FROM pair_verdicts WHERE ("first", "second") IN (
            SELECT (unnest(?::VARCHAR[]), unnest(?::VARCHAR[]))
        )
        """,
        [[one for one, _ in keys], [other for _, other in keys]],
    )


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


def _check_known(cursor: duckdb.DuckDBPyConnection, hashes: Sequence[str]) -> None:
    """Raises: ConfigError without any; UnknownPicturesError."""
    if not hashes:
        raise ConfigError("A verdict needs at least one pair of pictures.")
    unknown = cursor.execute(
        "SELECT t.sha256 FROM (SELECT unnest(?::VARCHAR[]) AS sha256) t ANTI JOIN images i ON i.sha256 = t.sha256",
        [list(hashes)],
    ).fetchall()
    if unknown:
        raise UnknownPicturesError([row[0] for row in unknown], len(hashes))
