"""What a picture takes over from look-alikes that were left out: tags are given to it, other facts noted with it.

What the sources say stays as it is. Each fact is known with the picture whose source tells it, and with the act that
took it over, so that an undo gives it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from core.catalog.curation import Act
from core.catalog.tags import LONGEST_TAG
from core.catalog.text import storable
from core.duplicates.keeper import MergedMetadata

if TYPE_CHECKING:
    from core.catalog.database import Database

COLUMNS = "sha256, field, value, told_by, act_number"
_TAG = "tag"


@dataclass(frozen=True)
class TakenOver:
    """A fact that a picture has from a look-alike that was excluded."""

    field: str
    value: str
    told_by: str  # sha256


def taken_over(database: "Database", sha256: str) -> tuple[TakenOver, ...]:
    rows = database.read(
        "SELECT field, value, told_by FROM taken_over WHERE sha256 = ? ORDER BY field, value", [sha256]
    )
    return tuple(TakenOver(*row) for row in rows)


def take_over(cursor: duckdb.DuckDBPyConnection, merged: Mapping[str, MergedMetadata], act: Act) -> None:
    rows = [
        (keeper, name, storable(value), told_by)
        for keeper, gained in merged.items()
        for name, (value, told_by) in gained.filled.items()
    ]
    tags = [
        (keeper, _TAG, tag, told_by)
        for keeper, gained in merged.items()
        for word, told_by in gained.new_tags.items()
        if (tag := " ".join(storable(word).split())) and len(tag) <= LONGEST_TAG
    ]
    give(cursor, [(*row, act.number) for row in [*rows, *tags]], act)


def give(cursor: duckdb.DuckDBPyConnection, facts: Sequence[Sequence[Any]], act: Act) -> None:
    """facts: rows as in COLUMNS. A tag that the picture has already is not taken over."""
    if not facts:
        return
    new = cursor.execute(
        f"""
        INSERT INTO taken_over ({COLUMNS})
        SELECT DISTINCT ON (t.sha256, t.field, t.value) t.* FROM (
            SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS field, unnest(?::VARCHAR[]) AS value,
                   unnest(?::VARCHAR[]) AS told_by, unnest(?::BIGINT[]) AS act_number
        ) t
        WHERE t.field <> 'tag' OR NOT EXISTS (
            SELECT 1 FROM picture_tags g WHERE g.sha256 = t.sha256 AND g.tag = t.value
        )
        ON CONFLICT DO NOTHING RETURNING sha256, field, value
        """,
        [[fact[place] for fact in facts] for place in range(5)],
    ).fetchall()
    given = [(sha256, value) for sha256, name, value in new if name == _TAG]
    if given:
        cursor.execute(
            """
            INSERT INTO picture_tags (sha256, image_number, tag, given_at, who)
            SELECT i.sha256, i.number, t.tag, ?, ?
            FROM (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS tag) t JOIN images i USING (sha256)
            ON CONFLICT DO NOTHING
            """,
            [act.at, act.who, [sha256 for sha256, _ in given], [tag for _, tag in given]],
        )


def give_back(cursor: duckdb.DuckDBPyConnection, facts: Sequence[Sequence[Any]]) -> None:
    """What was taken over; a tag that somebody took away or gave again since is left as it is."""
    if not facts:
        return
    columns = [[fact[place] for fact in facts] for place in range(5)]
    listed = """
        SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS field, unnest(?::VARCHAR[]) AS value,
               unnest(?::VARCHAR[]) AS told_by, unnest(?::BIGINT[]) AS act_number"""
    cursor.execute(
        f"""
        DELETE FROM picture_tags WHERE EXISTS (
            SELECT 1 FROM ({listed}) t
            WHERE t.field = 'tag' AND t.sha256 = picture_tags.sha256 AND t.value = picture_tags.tag AND NOT EXISTS (
                SELECT 1 FROM curation_log_pictures later JOIN curation_log l ON l.number = later.act_number
                WHERE later.sha256 = t.sha256 AND later.act_number > t.act_number AND l.topic = 'tag ' || t.value
            )
        )
        """,  # the topic as core.catalog.tags words it
        columns,
    )
    cursor.execute(
        f"""
        DELETE FROM taken_over WHERE EXISTS (
            SELECT 1 FROM ({listed}) t
            WHERE t.sha256 = taken_over.sha256 AND t.field = taken_over.field AND t.value = taken_over.value
        )
        """,
        columns,
    )
