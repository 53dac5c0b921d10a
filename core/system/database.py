"""The state of the catalog's file: who has it, how large it is, whether all of it can be read."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from core.files import read_json, write_json
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

_LARGE_WAL_BYTES = 256 << 20


@dataclass(frozen=True)
class CatalogCheck:
    """One reading of every row."""

    at: float  # seconds since 1970
    seconds: float
    rows: Mapping[str, int]  # by table
    problem: str = ""  # "" if everything could be read


@dataclass(frozen=True)
class CatalogState:
    path: Path
    bytes: int  # 0: not made yet
    wal_bytes: int  # written, and not yet part of the file itself
    holder: str  # who has it open, in words; "" if nobody
    schema_version: int  # 0: unknown, since somebody else has it open
    library_version: str  # of DuckDB
    last_check: CatalogCheck | None

    @property
    def concern(self) -> str:
        """What is wrong and what to do; "" if nothing is."""
        if self.last_check and self.last_check.problem:
            return f"The last check could not read it: {self.last_check.problem} Put a backup in its place."
        if self.wal_bytes > _LARGE_WAL_BYTES:
            return "Much of it waits in its write-ahead log. Close the app once: the log is then taken into the file."
        return ""


def catalog_state(workspace: Workspace, catalog: "Catalog | None" = None) -> CatalogState:
    """How the catalog stands. catalog: where this process has it open already; else it is only looked at.

    Raises: CatalogTooNewError, CatalogUnreadableError.
    """
    import duckdb

    from core.catalog.catalog import Catalog, CatalogBusyError

    path = workspace.catalog
    holder, version = "", 0
    if catalog is not None:
        holder, version = "this process", schema_version(catalog)
    elif path.exists():
        try:
            with Catalog(path) as opened:
                version = schema_version(opened)
        except CatalogBusyError as error:
            holder = _process_words(error.pid)
    return CatalogState(
        path,
        path.stat().st_size if path.exists() else 0,
        _wal_bytes(path),
        holder,
        version,
        duckdb.__version__,
        last_check(workspace),
    )


def schema_version(catalog: "Catalog") -> int:
    return int(catalog.read("SELECT max(version) FROM schema_version")[0][0])


def check_catalog(workspace: Workspace, catalog: "Catalog") -> CatalogCheck:
    """Read every value of every table, so that a damaged block shows now, and not when it is needed."""
    from core.catalog.catalog import CatalogError

    start, problem = time.perf_counter(), ""
    rows: dict[str, int] = {}
    try:
        rows = read_all(catalog)
    except CatalogError as error:
        problem = str(error)
    found = CatalogCheck(time.time(), time.perf_counter() - start, rows, problem)
    write_json(
        _memory(workspace), {"at": found.at, "seconds": found.seconds, "rows": found.rows, "problem": found.problem}
    )
    return found


def read_all(catalog: "Catalog") -> dict[str, int]:
    """Rows by table, every value read: DuckDB keeps a checksum with each block."""
    import duckdb

    from core.catalog.catalog import CatalogUnreadableError

    tables = [str(name) for (name,) in catalog.read("SELECT table_name FROM duckdb_tables() ORDER BY table_name")]
    rows = {}
    for table in tables:
        try:
            (count, _), *_ = catalog.read(f'SELECT count(*), bit_xor(hash(entry)) FROM "{table}" AS entry')
        except duckdb.Error as error:
            raise CatalogUnreadableError(catalog.path, error) from error
        rows[table] = int(count)
    return rows


def last_check(workspace: Workspace) -> CatalogCheck | None:
    try:
        value = read_json(_memory(workspace))
        return None if value is None else CatalogCheck(**value)
    except (OSError, ValueError, TypeError):
        return None  # only a memory


def _memory(workspace: Workspace) -> Path:
    return workspace.data / "catalog-check.json"


def _wal_bytes(path: Path) -> int:
    wal = Path(f"{path}.wal")
    return wal.stat().st_size if wal.exists() else 0


def _process_words(pid: int | None) -> str:
    if pid is None:
        return "another process"
    try:
        return f"process {pid} ({psutil.Process(pid).name()})"
    except psutil.Error:
        return f"process {pid}"
