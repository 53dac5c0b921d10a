"""Ingest: what collect jobs wrote into their ledgers since the last look becomes rows of the catalog.

The job never opens the catalog and the catalog never runs the job: the ledger between them is append-only, and how
far it was read is stored in the same transaction as the rows. So a kill at any moment neither loses nor doubles one.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from core.catalog.curation import log_act, log_pictures, utc_now
from core.catalog.ledger import MEASURES, TOLD, Block, Refused, Stored, completed, is_shared, read_blocks
from core.catalog.measured import MeasuredBlock, add_measured, read_measured
from core.catalog.text import storable
from core.files import read_json
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_IMAGE_COLUMNS = (
    *("sha256", "suffix", "format", "width", "height", "bytes", "phash"),
    *MEASURES,
    *("palette", "tint", "notes", "added_at"),
)
_RECORD_COLUMNS = (
    *("source", "source_id", "title", "artist", "date", "style", "genre", "tags"),
    *("licence", "page_url", "image_url", "metadata", "synthetic", "search"),
)
_ARTWORK_COLUMNS = ("id", "sha256", *_RECORD_COLUMNS, "added_at")
_REFUSAL_COLUMNS = ("source", "source_id", "reason", "detail", "refused_at")
_ABOUT_PICTURES = (
    "exclusions",
    "picture_tags",
    "picture_measures",
    "fine_pictures",
)  # they wait while their picture is not here
_LOOK_EVERY_SECONDS = 1.0
_PICTURES_PER_SECOND = 200_000  # of a large catalog much is made anew when something came in: it is looked less often
_SECONDS_PER_LOOK = 2.0  # a page waits no longer for a large import; the rest comes with the next look


@dataclass
class IngestReport:
    """What one look at the ledgers brought."""

    jobs: int = 0  # with new lines
    stored: int = 0  # ledger rows of stored pictures, repeated ones included
    new_images: int = 0
    new_artworks: int = 0
    refused: int = 0
    measured: int = 0  # ledger rows of jobs that described pictures
    damaged: int = 0  # ledger lines that could not be understood; listed among the refusals of their collection
    complete: bool = True  # False: time was up, another look will go on
    collections: set[str] = field(default_factory=set)
    unreadable_jobs: list[str] = field(default_factory=list)  # their job.json is damaged, so their ledger waits


def ingest_pending(catalog: "Catalog", workspace: Workspace, *, max_seconds: float | None = None) -> IngestReport:
    """Take in all complete new ledger lines of all collect jobs.

    One transaction per block of a few thousand lines: a disk that fills up loses none of the blocks before.

    Args:
        max_seconds: stop between two blocks when it took longer; `complete` says whether anything is left.
    Raises: CatalogWriteError.
    """
    report = IngestReport()
    give_up = time.monotonic() + max_seconds if max_seconds is not None else None
    with catalog.ingest_lock:
        for ledger, offset in _grown_ledgers(catalog, workspace):
            try:
                kind, collection = _kind_and_collection(ledger.parent)
            except json.JSONDecodeError:
                report.unreadable_jobs.append(ledger.parent.name)
                continue
            if kind not in ("collect", "describe"):
                continue
            report.jobs += 1
            if kind == "collect":
                report.collections.add(collection)
            for taken_in in _blocks(catalog, ledger, offset, kind, collection):
                taken_in(report)
                if give_up is not None and time.monotonic() > give_up:
                    report.complete = False
                    return report
    return report


class IngestClock:
    """Keeps a page from looking at the ledgers more often than makes sense."""

    def __init__(self, every_seconds: float = _LOOK_EVERY_SECONDS) -> None:
        self.every_seconds = every_seconds
        self._next = 0.0
        self._lock = threading.Lock()

    def ingest_if_due(self, catalog: "Catalog", workspace: Workspace) -> IngestReport | None:
        """Look now, unless the last look is recent (then None). Where another thread is looking, wait for it: a page
        must not say that nothing is there while it is being taken in."""
        with self._lock:
            if time.monotonic() < self._next:
                return None
            wait = self.every_seconds
            try:
                report = ingest_pending(catalog, workspace, max_seconds=_SECONDS_PER_LOOK)
                if report.jobs and report.complete:
                    ((pictures,),) = catalog.read("SELECT count(*) FROM images")
                    wait *= max(1.0, pictures / _PICTURES_PER_SECOND)
                return report
            finally:
                self._next = time.monotonic() + wait


def _grown_ledgers(catalog: "Catalog", workspace: Workspace) -> list[tuple[Path, int]]:
    """Ledgers with something unread, the oldest job first, and where to read on."""
    read_so_far = dict(
        catalog.remembered("ledger offsets", lambda: catalog.read("SELECT job_id, bytes_read FROM ledgers"))
    )
    grown: list[tuple[Path, int]] = []
    for folder in sorted(_folders(workspace.jobs)):
        try:
            size = os.stat(os.path.join(workspace.jobs, folder, "ledger.jsonl")).st_size  # noqa: PTH116, PTH118, 3 x as fast
        except FileNotFoundError:
            continue
        offset = read_so_far.get(folder, 0)
        if size != offset:  # smaller: another ledger has taken its place; reading it again doubles nothing
            grown.append((workspace.jobs / folder / "ledger.jsonl", offset if size > offset else 0))
    return grown


def _folders(path: Path) -> Iterator[str]:
    try:
        with os.scandir(path) as entries:
            yield from (entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir())
    except FileNotFoundError:
        return


def _kind_and_collection(job: Path) -> tuple[str, str]:
    """The kind of a job, "" for a folder without one, and the collection that it fills if it collects."""
    request = read_json(job / "job.json")
    if not isinstance(request, dict):
        return "", ""
    return str(request.get("kind")), storable(str(request.get("settings", {}).get("collection") or "")) or job.name


def _blocks(
    catalog: "Catalog", ledger: Path, offset: int, kind: str, collection: str
) -> Iterator[Callable[[IngestReport], None]]:
    """What takes one block of the ledger in after another."""
    job_id = ledger.parent.name
    if kind == "describe":
        for measured in read_measured(ledger, offset):
            yield partial(_take_in_measured, catalog, measured, job_id)
    else:
        for block in read_blocks(ledger, offset, job_id=job_id, collection=collection):
            yield partial(_take_in, catalog, block, collection, job_id)


def _take_in(catalog: "Catalog", block: Block, collection: str, job_id: str, report: IngestReport) -> None:
    outcomes = {(row.source, row.source_id): row for row in block.rows}.values()  # the last word on an item counts
    stored = [row for row in outcomes if isinstance(row, Stored)]
    refused = [row for row in outcomes if isinstance(row, Refused)]
    with catalog.transaction() as cursor:
        cursor.execute("INSERT INTO collections VALUES (?, ?) ON CONFLICT DO NOTHING", [collection, utc_now()])
        if stored:
            new_images = _add_images(cursor, stored)
            new_artworks = _add_artworks(cursor, stored, collection, job_id)
        else:
            new_images = new_artworks = 0
        if refused:
            _add_refusals(cursor, refused, collection, job_id)
        _note_read(cursor, job_id, block.end, block.damaged)
    report.stored += len(stored)
    report.refused += len(refused) - block.damaged
    report.damaged += block.damaged
    report.new_images += new_images
    report.new_artworks += new_artworks


def _take_in_measured(catalog: "Catalog", block: MeasuredBlock, job_id: str, report: IngestReport) -> None:
    with catalog.transaction() as cursor:
        add_measured(cursor, block)
        _note_read(cursor, job_id, block.end, block.damaged)
    report.measured += len(block.measures) + len(block.pixels)
    report.damaged += block.damaged


def _note_read(cursor: duckdb.DuckDBPyConnection, job_id: str, end: int, damaged: int) -> None:
    cursor.execute(
        """
        INSERT INTO ledgers VALUES (?, ?, ?) ON CONFLICT (job_id) DO UPDATE SET
            bytes_read = excluded.bytes_read, damaged_lines = damaged_lines + excluded.damaged_lines
        """,
        [job_id, end, damaged],
    )


def _add_images(cursor: duckdb.DuckDBPyConnection, stored: Sequence[Stored]) -> int:
    """Images whose bytes are new; returns how many."""
    unique = {row.image["sha256"]: row.image for row in reversed(stored)}
    in_order = list(unique.values())[::-1]
    _stage(cursor, "incoming_images", "images", _IMAGE_COLUMNS, [[row[c] for c in _IMAGE_COLUMNS] for row in in_order])
    added = _changed(
        cursor,
        f"""
        INSERT INTO images (number, {", ".join(_IMAGE_COLUMNS)})
        SELECT (SELECT coalesce(max(number), 0) FROM images) + row_number() OVER (ORDER BY position),
               {", ".join(_IMAGE_COLUMNS)}
        FROM incoming_images WHERE sha256 NOT IN (SELECT sha256 FROM images)
        """,
    )
    for waiting in _ABOUT_PICTURES:
        cursor.execute(
            f"""
            UPDATE {waiting} SET image_number = i.number FROM images i
            WHERE {waiting}.image_number = 0 AND i.sha256 = {waiting}.sha256
            """
        )
    return added


def _add_artworks(cursor: duckdb.DuckDBPyConnection, stored: Sequence[Stored], collection: str, job_id: str) -> int:
    """Artworks that are new, what the source now says otherwise about known ones, and who belongs to the collection."""
    values = [[artwork[c] for c in _ARTWORK_COLUMNS] for artwork in _completed(cursor, stored)]
    cursor.execute("CREATE OR REPLACE TEMP TABLE incoming_shape AS SELECT a.*, '' AS sha256 FROM artworks a LIMIT 0")
    _stage(cursor, "incoming_artworks", "incoming_shape", _ARTWORK_COLUMNS, values)
    cursor.execute(
        """
        CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT n.*, i.number AS image_number, a.number AS known_number, a.image_number AS known_image
        FROM incoming_artworks n JOIN images i ON i.sha256 = n.sha256 LEFT JOIN artworks a ON a.id = n.id
        """
    )
    record = ", ".join(_RECORD_COLUMNS)
    added = _changed(
        cursor,
        f"""
        INSERT INTO artworks (number, id, image_number, {record}, added_at)
        SELECT (SELECT coalesce(max(number), 0) FROM artworks) + row_number() OVER (ORDER BY position),
               id, image_number, {record}, added_at
        FROM incoming WHERE known_number IS NULL
        """,
    )
    compared = ("image_number", *_RECORD_COLUMNS)
    cursor.execute(
        f"""
        UPDATE artworks SET {", ".join(f"{column} = n.{column}" for column in compared)} FROM incoming n
        WHERE n.known_number IS NOT NULL AND artworks.id = n.id
          AND row({", ".join(f"artworks.{column}" for column in compared)})
              IS DISTINCT FROM row({", ".join(f"n.{column}" for column in compared)})
        """
    )
    _drop_replaced(cursor, job_id)
    cursor.execute(
        """
        INSERT INTO memberships (artwork_number, collection, job_id, added_at)
        SELECT a.number, ?, ?, n.added_at FROM incoming n JOIN artworks a ON a.id = n.id ON CONFLICT DO NOTHING
        """,
        [collection, job_id],
    )
    cursor.execute(
        """
        DELETE FROM refusals USING incoming n
        WHERE refusals.collection = ? AND refusals.source = n.source AND refusals.source_id = n.source_id
        """,
        [collection],
    )
    return added


def _completed(cursor: duckdb.DuckDBPyConnection, stored: Sequence[Stored]) -> list[dict[str, Any]]:
    """The artworks; those that came by another collection before keep what only that one told about them."""
    shared = [row.artwork["id"] for row in stored if is_shared(row.artwork)]
    if not shared:
        return [row.artwork for row in stored]
    cursor.execute(f"SELECT id, {', '.join(TOLD)} FROM artworks WHERE id IN (SELECT unnest(?))", [shared])
    known = {row[0]: dict(zip(TOLD, row[1:], strict=True)) for row in cursor.fetchall()}
    return [
        completed(row.artwork, known[row.artwork["id"]]) if row.artwork["id"] in known else row.artwork
        for row in stored
    ]


def _drop_replaced(cursor: duckdb.DuckDBPyConnection, job_id: str) -> None:
    """When a file changed under the same name, its artwork shows the new picture. The old one leaves the catalog if no
    artwork shows it any more; its bytes stay on disk and the curation log says what happened."""
    replaced = [
        row[0]
        for row in cursor.execute(
            """
            SELECT DISTINCT i.sha256 FROM incoming n JOIN images i ON i.number = n.known_image
            WHERE n.known_image <> n.image_number AND i.number NOT IN (SELECT image_number FROM artworks)
            """
        ).fetchall()
    ]
    if replaced:
        act = log_act(
            cursor,
            "replace",
            who="collect",
            reason="another picture came under the same name",
            pictures=len(replaced),
            detail={"job": job_id},
        )
        log_pictures(cursor, act, replaced)
        for table in _ABOUT_PICTURES:
            cursor.execute(
                f"UPDATE {table} SET image_number = 0 WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [replaced]
            )
        cursor.execute("DELETE FROM images WHERE sha256 IN (SELECT unnest(?::VARCHAR[]))", [replaced])


def _add_refusals(cursor: duckdb.DuckDBPyConnection, refused: Sequence[Refused], collection: str, job_id: str) -> None:
    values = [[row.source, row.source_id, row.reason, row.detail, row.at] for row in refused]
    _stage(cursor, "incoming_refusals", "refusals", _REFUSAL_COLUMNS, values)
    cursor.execute(
        """
        INSERT INTO refusals (collection, job_id, source, source_id, reason, detail, refused_at)
        SELECT ?, ?, source, source_id, reason, detail, refused_at FROM incoming_refusals
        ON CONFLICT (collection, source, source_id) DO UPDATE SET
            reason = excluded.reason, detail = excluded.detail, job_id = excluded.job_id,
            refused_at = excluded.refused_at
        """,
        [collection, job_id],
    )


def _stage(
    cursor: duckdb.DuckDBPyConnection, name: str, like: str, columns: Sequence[str], values: list[list[Any]]
) -> None:
    """A temporary table with the columns' types of another, filled through the appender (75 times as fast as
    executemany), and their order as `position`."""
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT 0::BIGINT AS position, {', '.join(columns)} FROM {like} LIMIT 0"
    )
    appender = cursor.appender(name)
    appender.append_rows([[position, *row] for position, row in enumerate(values)])
    appender.flush()


def _changed(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    """Run an INSERT, UPDATE or DELETE; return how many rows it changed."""
    row = cursor.execute(sql).fetchone()
    return int(row[0]) if row else 0
