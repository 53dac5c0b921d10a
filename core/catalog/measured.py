"""What jobs that describe pictures tell the catalog: measures of quality, and digests of pixels.

They stand in a table of their own, because a picture is described later than it comes, and again when asked.
"""

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.catalog.selection import Selection
from core.duplicates.exact import exact_candidates
from core.features.job import DescribeRow
from core.files import JsonLines
from core.quality.measures import MEASURES
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass
class MeasuredBlock:
    """Some complete lines of a ledger."""

    end: int  # byte offset to go on from
    measures: dict[str, dict[str, float]] = field(default_factory=dict)  # sha256 -> measure -> value
    pixels: dict[str, str] = field(default_factory=dict)  # sha256 -> digest
    damaged: int = 0  # lines that could not be understood: the pictures are described again the next time


def read_measured(ledger: Path, offset: int) -> Iterator[MeasuredBlock]:
    for data, end in JsonLines(ledger).blocks(offset):
        block = MeasuredBlock(end)
        for line in data.splitlines():
            try:
                _read(json.loads(line), block)
            except (ValueError, KeyError, TypeError):
                block.damaged += 1
        yield block


def add_measured(cursor: duckdb.DuckDBPyConnection, block: MeasuredBlock) -> None:
    """The last word on a picture counts; one that is not here is remembered, as it may come back."""
    for columns, rows in (
        (MEASURES, [[sha256, *(own[name] for name in MEASURES)] for sha256, own in block.measures.items()]),
        (("pixels",), [[sha256, digest] for sha256, digest in block.pixels.items()]),
    ):
        if not rows:
            continue
        names = ", ".join(columns)
        cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE incoming_measures AS SELECT sha256, {names} FROM picture_measures LIMIT 0"
        )
        appender = cursor.appender("incoming_measures")
        appender.append_rows(rows)
        appender.flush()
        cursor.execute(
            f"""
            INSERT INTO picture_measures (sha256, image_number, {names})
            SELECT n.sha256, coalesce(i.number, 0), {", ".join(f"n.{name}" for name in columns)}
            FROM incoming_measures n LEFT JOIN images i ON i.sha256 = n.sha256
            ON CONFLICT (sha256) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in columns)}
            """
        )


def rows_to_describe(catalog: "Catalog", selection: Selection, described: Sequence[str] = ()) -> list[DescribeRow]:
    """The pictures of a selection that lack something, for core.features.job.create_describe.

    Args:
        described: those whose descriptor is there.
    """
    condition, values = selection.condition()
    rows = catalog.read(
        f"""
        SELECT i.sha256, i.suffix, i.width, i.height, i.phash, q.{MEASURES[0]} IS NULL, q.pixels IS NULL
        FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number
        WHERE {condition} ORDER BY i.sha256
        """,
        values,
    )
    hashed = [row for row in rows if row[4] is not None]
    worth_decoding = set(
        exact_candidates(
            [row[0] for row in hashed], [(row[2], row[3]) for row in hashed], [f"{row[4]:016x}" for row in hashed]
        )
    )
    known = set(described)
    found = [
        DescribeRow(sha256, suffix, bool(no_quality), bool(no_pixels) and sha256 in worth_decoding)
        for sha256, suffix, _, _, _, no_quality, no_pixels in rows
    ]
    return [row for row in found if row.quality or row.pixels or row.sha256 not in known]


def _read(line: dict[str, Any], block: MeasuredBlock) -> None:
    """Raises: ValueError, KeyError or TypeError for a line that the job does not write."""
    sha256 = line["sha256"]
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"sha256 {sha256!r}")
    if line["state"] == "measured":
        own = {name: float(line["measures"][name]) for name in MEASURES}
        if not all(map(math.isfinite, own.values())):
            raise ValueError(f"measures {own}")
        block.measures[sha256] = own
    elif line["state"] == "digested":
        if not _SHA256.fullmatch(line["pixels"]):
            raise ValueError(f"pixels {line['pixels']!r}")
        block.pixels[sha256] = line["pixels"]
    else:
        raise ValueError(f"state {line['state']!r}")


def undescribed(catalog: "Catalog") -> int:
    """Kept pictures of the whole catalog that lack measures."""

    def ask() -> int:
        rows = catalog.read(
            f"""
            SELECT count(*) FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number
            WHERE q.{MEASURES[0]} IS NULL AND i.number NOT IN (SELECT image_number FROM exclusions)
            """
        )
        return int(rows[0][0])

    return catalog.remembered("undescribed", ask)


@dataclass(frozen=True)
class Unreadable:
    pictures: list[tuple[str, str]]  # (sha256, what is missing)
    looked_at: int


def unreadable_pictures(catalog: "Catalog", workspace: Workspace, collection: str, *, most: int = 500) -> Unreadable:
    """Kept pictures of a collection that lack measures because a file is lost: of described ones it was there."""
    rows = catalog.read(
        f"""
        SELECT i.sha256, i.suffix FROM images i LEFT JOIN picture_measures q ON q.image_number = i.number
        WHERE q.{MEASURES[0]} IS NULL AND i.number NOT IN (SELECT image_number FROM exclusions) AND i.number IN (
            SELECT a.image_number FROM memberships m JOIN artworks a ON a.number = m.artwork_number
            WHERE m.collection = ?)
        ORDER BY i.number LIMIT ?
        """,
        [collection, most],
    )
    found = []
    for sha256, suffix in rows:
        lost = [
            words
            for words, path in (
                ("the original", workspace.image(sha256, suffix)),
                ("the thumbnail", workspace.thumb(sha256)),
            )
            if not path.is_file()
        ]
        if lost:
            found.append((sha256, " and ".join(lost)))
    return Unreadable(found, len(rows))
