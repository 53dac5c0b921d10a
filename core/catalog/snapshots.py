"""Snapshots: all that people decided, as it was before each act on many pictures.

Curating changes decisions and nothing else, so a snapshot holds only those: a copy of the whole file takes 22 seconds
at a million pictures. What came in can be had again from the ledgers; `core.system.backups` copies everything.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from core.catalog.curation import OWNER, Act, log_act, utc_now
from core.catalog.errors import CatalogError
from core.errors import NotFoundError
from core.files import read_json, write_json

if TYPE_CHECKING:
    from core.catalog.database import Database

FROM_PICTURES = 1000  # an act on more than these is worth a snapshot
MOST_SNAPSHOTS = 10
MOST_BYTES = 500_000_000  # of all of them; the newest is always kept
_ABOUT_PICTURES = ("exclusions", "picture_tags", "fine_pictures")
_TABLES = (*_ABOUT_PICTURES, "saved_selections", "pair_verdicts", "taken_over", "quality_thresholds")


@dataclass(frozen=True)
class Snapshot:
    name: str
    at: str  # ISO 8601, UTC
    before: str  # the act that it was made before
    rows: dict[str, int]  # by table
    bytes: int


def folder_of(database: "Database") -> Path:
    return database.path.with_name("snapshots")


def take(database: "Database", before: str, *, needed: str = "") -> Snapshot:
    """Keep all decisions as they are now.

    Args:
        needed: a snapshot that stays although it is the oldest.
    Raises: CatalogError if the disk refused, NotFoundError if what is needed is not there; the act should not go on
    then.
    """
    import pyarrow.parquet

    known = [snapshot.name for snapshot in snapshots(database)]
    if needed and needed not in known:
        raise NotFoundError("snapshot", needed, known)
    folder = folder_of(database)
    at = utc_now()
    name = f"{at:%Y%m%d-%H%M%S-%f}"
    building = folder / f".{name}.tmp"
    try:
        building.mkdir(parents=True)
        rows = {}
        for table in _TABLES:
            values = database.read_table(table)
            pyarrow.parquet.write_table(values, building / f"{table}.parquet")
            rows[table] = int(values.num_rows)
        size = sum(path.stat().st_size for path in building.iterdir())
        made = Snapshot(name, at.isoformat(), before, rows, size)
        write_json(building / "snapshot.json", asdict(made))
        building.rename(folder / name)
    except OSError as error:
        raise CatalogError(
            f"The snapshot before this act could not be written ({error.strerror or error}), so nothing was changed. "
            "Free some disk space, then do it again."
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _forget_old(database, needed)
    return made


def snapshots(database: "Database") -> list[Snapshot]:
    """The newest first; what cannot be read is no snapshot."""
    found = []
    for path in sorted(folder_of(database).glob("*/snapshot.json"), reverse=True):
        try:
            found.append(Snapshot(**read_json(path)))
        except (json.JSONDecodeError, TypeError, OSError):
            continue
    return found


def go_back(cursor: duckdb.DuckDBPyConnection, database: "Database", name: str, who: str = OWNER) -> Act:
    """Put every decision back as the snapshot has it. The timeline goes on, with an entry for this.

    Args:
        cursor: inside a transaction.
    Raises: NotFoundError; CatalogError if the snapshot is damaged.
    """
    import pyarrow
    import pyarrow.parquet

    known = {snapshot.name: snapshot for snapshot in snapshots(database)}
    if name not in known:
        raise NotFoundError("snapshot", name, list(known))
    kept = [table for table in _TABLES if table in known[name].rows]  # an older version had fewer kinds of decisions
    folder = folder_of(database) / name
    before = cursor.execute("SELECT count(*) FROM exclusions").fetchone()
    try:
        tables = {table: pyarrow.parquet.read_table(folder / f"{table}.parquet") for table in kept}
    except (OSError, pyarrow.ArrowException) as error:
        raise CatalogError(
            f"The snapshot {name} is damaged: {error}. Nothing was changed; use an older one."
        ) from error
    for table, values in tables.items():
        columns = ", ".join(f'"{column}"' for column in values.column_names)
        cursor.execute(f"DELETE FROM {table}")
        cursor.register("arriving", values)
        try:
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM arriving")
        finally:
            cursor.unregister("arriving")
    for table in _ABOUT_PICTURES:  # a picture may have come or gone since
        cursor.execute(
            f"""
            UPDATE {table} SET image_number = coalesce(
                (SELECT i.number FROM images i WHERE i.sha256 = {table}.sha256), 0)
            """
        )
    now = int(tables["exclusions"].num_rows)
    at = utc_now()
    pictures = abs(now - int(before[0] if before else 0))
    number = log_act(cursor, "return", who=who, reason=name, pictures=pictures, detail={"snapshot": name}, at=at)
    return Act(number, at, who, "return", name, pictures)


def _forget_old(database: "Database", needed: str) -> None:
    kept_bytes = 0
    for place, snapshot in enumerate(snapshots(database)):
        kept_bytes += snapshot.bytes
        is_beyond = place >= MOST_SNAPSHOTS or (place > 0 and kept_bytes > MOST_BYTES)
        if is_beyond and snapshot.name != needed:
            shutil.rmtree(folder_of(database) / snapshot.name, ignore_errors=True)
