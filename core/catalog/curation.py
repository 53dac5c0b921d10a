"""Curation: leaving pictures out and taking them back. Nothing is deleted; the log says who did what, when and why."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from core.catalog.errors import CatalogError
from core.catalog.selection import Selection
from core.catalog.text import storable
from core.errors import ConfigError, NotFoundError

LONGEST_REASON = 200  # characters
OWNER = "owner"
EXCLUSION = "exclusion"  # the topic of acts that leave pictures out or take them back
UNDOABLE = ("exclude", "restore", "tag", "untag", "dismiss", "undismiss", "keep_one", "keep_all", "ask_again")


@dataclass(frozen=True)
class Act:
    """One entry of the curation log."""

    number: int  # grows with time; 0: the act found nothing to change and was not logged
    at: datetime  # UTC
    who: str
    act: str  # "exclude", "restore", "tag", "untag", "dismiss", "undismiss", "quality", "undo", "replace";
    # "keep_one", "keep_all", "ask_again": see core.catalog.look_alikes.settling
    reason: str  # of an exclusion; of tagging: the tag; of dismissing: the issue of quality
    pictures: int


class UnknownPicturesError(CatalogError):
    """Some of the pictures to act on are not in the catalog; nothing was changed."""

    def __init__(self, unknown: Sequence[str], asked: int) -> None:
        super().__init__(
            f"{len(unknown)} of {asked} pictures are not in the catalog (the first: {unknown[0][:12]}…), so nothing "
            "was changed. Reload the page and choose again."
        )


def exclude(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], reason: str, who: str = OWNER) -> Act:
    """Leave pictures out, for a reason. What is already excluded keeps its own reason.

    Args:
        cursor: inside a transaction.
        target: SHA-256 hashes, or a selection: all of its pictures.
    Raises: ConfigError without a reason; UnknownPicturesError if a hash is not in the catalog.
    """
    reason = " ".join(storable(reason).split())
    if not reason:
        raise ConfigError("Excluding pictures needs a reason: it is what you will want to know later.")
    if len(reason) > LONGEST_REASON:
        raise ConfigError(f"The reason has {len(reason)} characters; {LONGEST_REASON} are allowed.")
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND i.number NOT IN (SELECT image_number FROM exclusions)", values)
    act = logged(cursor, "exclude", who, reason, target, len(hashes))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        cursor.execute(
            """
            INSERT INTO exclusions (sha256, image_number, reason, excluded_at, who)
            SELECT i.sha256, i.number, ?, ?, ? FROM images i WHERE i.sha256 IN (SELECT unnest(?::VARCHAR[]))
            """,
            [reason, act.at, who, hashes],
        )
    return act


def restore(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], who: str = OWNER) -> Act:
    """Take excluded pictures back. Those that were not excluded stay as they are.

    Raises: UnknownPicturesError if a hash is not in the catalog.
    """
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND i.number IN (SELECT image_number FROM exclusions)", values)
    act = logged(cursor, "restore", who, "", target, len(hashes))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        cursor.execute("DELETE FROM exclusions WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [hashes])
    return act


def undo(cursor: duckdb.DuckDBPyConnection, act_number: int, who: str = OWNER) -> Act:
    """Put the pictures of an earlier act back as they were before it, but for those that were changed again since.

    Raises: NotFoundError if there is no such act; ConfigError if it is of a kind that cannot be undone.
    """
    row = cursor.execute("SELECT act, reason, topic FROM curation_log WHERE number = ?", [act_number]).fetchone()
    if row is None:
        raise NotFoundError("act of curation", str(act_number))
    kind, reason, topic = row
    if kind not in UNDOABLE:
        raise ConfigError(f"An act of the kind {kind!r} cannot be undone.")
    touched = """
        SELECT p.sha256, p.reason_before FROM curation_log_pictures p JOIN images i ON i.sha256 = p.sha256
        WHERE p.act_number = ? AND NOT EXISTS (
            FROM curation_log_pictures later JOIN curation_log l ON l.number = later.act_number
            WHERE later.sha256 = p.sha256 AND later.act_number > ? AND l.topic = ?
        )
    """
    before = cursor.execute(touched, [act_number, act_number, topic]).fetchall()
    at = utc_now()
    if not before:
        return Act(0, at, who, "undo", "", 0)
    hashes = [sha256 for sha256, _ in before]
    detail = {"undone_act": act_number}
    number = log_act(cursor, "undo", who=who, pictures=len(hashes), detail=detail, at=at, topic=topic)
    log_pictures(cursor, number, hashes)
    act = Act(number, at, who, "undo", "", len(hashes))
    if kind == "exclude":
        cursor.execute("DELETE FROM exclusions WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [hashes])
    elif kind == "restore":
        cursor.execute(
            """
            INSERT INTO exclusions (sha256, image_number, reason, excluded_at, who)
            SELECT i.sha256, i.number, t.reason, ?, ?
            FROM (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS reason) t JOIN images i USING (sha256)
            """,
            [at, who, hashes, [told for _, told in before]],
        )
    elif kind == "tag":
        take_tag(cursor, reason, hashes)
    elif kind == "untag":
        give_tag(cursor, reason, hashes, act)
    elif kind == "dismiss":
        flag_again(cursor, reason, hashes)
    else:
        call_fine(cursor, reason, hashes, act)
    return act


def give_tag(cursor: duckdb.DuckDBPyConnection, name: str, hashes: Sequence[str], act: Act) -> None:
    cursor.execute(
        """
        INSERT INTO picture_tags (sha256, image_number, tag, given_at, who)
        SELECT i.sha256, i.number, ?, ?, ? FROM images i WHERE i.sha256 IN (SELECT unnest(?::VARCHAR[]))
        ON CONFLICT DO NOTHING
        """,
        [name, act.at, act.who, list(hashes)],
    )


def take_tag(cursor: duckdb.DuckDBPyConnection, name: str, hashes: Sequence[str]) -> None:
    cursor.execute(
        "DELETE FROM picture_tags WHERE tag = ? AND sha256 IN (SELECT unnest(?::VARCHAR[]))", [name, list(hashes)]
    )


def call_fine(cursor: duckdb.DuckDBPyConnection, issue: str, hashes: Sequence[str], act: Act) -> None:
    """An issue of quality flags these pictures no more."""
    cursor.execute(
        """
        INSERT INTO fine_pictures (sha256, image_number, issue, given_at, who)
        SELECT i.sha256, i.number, ?, ?, ? FROM images i WHERE i.sha256 IN (SELECT unnest(?::VARCHAR[]))
        ON CONFLICT DO NOTHING
        """,
        [issue, act.at, act.who, list(hashes)],
    )


def flag_again(cursor: duckdb.DuckDBPyConnection, issue: str, hashes: Sequence[str]) -> None:
    cursor.execute(
        "DELETE FROM fine_pictures WHERE issue = ? AND sha256 IN (SELECT unnest(?::VARCHAR[]))", [issue, list(hashes)]
    )


def log_act(
    cursor: duckdb.DuckDBPyConnection,
    act: str,
    *,
    who: str,
    reason: str = "",
    pictures: int = 0,
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
    topic: str = EXCLUSION,
) -> int:
    """Write an entry of the curation log; returns its number."""
    row = cursor.execute(
        """
        INSERT INTO curation_log (number, happened_at, who, act, reason, pictures, detail, topic)
        SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM curation_log RETURNING number
        """,
        [at or utc_now(), who, act, reason, pictures, json.dumps(detail or {}, ensure_ascii=False), topic],
    ).fetchone()
    assert row is not None
    return int(row[0])


def log_pictures(cursor: duckdb.DuckDBPyConnection, act_number: int, hashes: Sequence[str]) -> None:
    """Which pictures an act touched, and how each stood before it. Call it before the act changes them."""
    cursor.execute(
        """
        INSERT INTO curation_log_pictures (act_number, sha256, reason_before)
        SELECT ?, t.sha256, x.reason
        FROM (SELECT unnest(?::VARCHAR[]) AS sha256) t LEFT JOIN exclusions x ON x.sha256 = t.sha256
        """,
        [act_number, list(hashes)],
    )


def utc_now() -> datetime:
    """As the catalog stores times: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def targets(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str]) -> tuple[str, list[Any]]:
    """A condition over `images i`, and its values. Raises: UnknownPicturesError."""
    if isinstance(target, Selection):
        return target.condition()
    hashes = list(dict.fromkeys(target))
    unknown = [
        row[0]
        for row in cursor.execute(
            "SELECT t.sha256 FROM (SELECT unnest(?::VARCHAR[]) AS sha256) t ANTI JOIN images i ON i.sha256 = t.sha256",
            [hashes],
        ).fetchall()
    ]
    if unknown:
        raise UnknownPicturesError(unknown, len(hashes))
    return "i.sha256 IN (SELECT unnest(?::VARCHAR[]))", [hashes]


def target_hashes(cursor: duckdb.DuckDBPyConnection, where: str, values: list[Any]) -> list[str]:
    return [row[0] for row in cursor.execute(f"SELECT i.sha256 FROM images i WHERE {where}", values).fetchall()]


def logged(
    cursor: duckdb.DuckDBPyConnection,
    act: str,
    who: str,
    reason: str,
    target: Selection | Sequence[str],
    pictures: int,
    *,
    topic: str = EXCLUSION,
) -> Act:
    """The act, with an entry in the log if it changes any picture."""
    at = utc_now()
    detail = {"selection": target.to_json()} if isinstance(target, Selection) else None
    number = 0
    if pictures:
        number = log_act(cursor, act, who=who, reason=reason, pictures=pictures, detail=detail, at=at, topic=topic)
    return Act(number, at, who, act, reason, pictures)
