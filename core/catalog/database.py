"""The DuckDB file behind the catalog: one connection per process, a cursor per use, one writer at a time.

Measured on DuckDB 2.0: a connection shared by threads hands one thread another's rows, cursors do not; concurrent
updates fail instead of waiting; a full disk makes the instance refuse everything until it is opened again.
"""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from core.catalog.arrays.preparing import Preparing
from core.catalog.arrays.shelf import Shelf
from core.catalog.errors import CatalogBusyError, CatalogTooNewError, CatalogUnreadableError, CatalogWriteError
from core.catalog.migrations import MIGRATIONS

Value = TypeVar("Value")

_CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": False,  # a missing extension is an error at once, not a wait for the network
    "autoload_known_extensions": False,
    "python_enable_replacements": False,  # a name in SQL never reaches a Python variable
    "late_materialization_max_rows": 1000,  # by default 50: a gallery page of 60 would read every wide column
}
# No statement can read or write another file but the one a backup begins with, and what DuckDB keeps beside that.
_BESIDE = ("", ".wal", ".wal.checkpoint", ".tmp")
_MOST_ANSWERS = 512  # remembered until the next write

_open: dict[Path, "Database"] = {}
_open_lock = threading.Lock()


class Database:
    """One open catalog file. Everybody in a process who opens the same path shares one instance: see `open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.revision = 0  # grows with every write
        self.pictures_revision = 0  # with those that may change pictures, artworks or collections
        self.ingest_lock = threading.Lock()
        self._users = 0
        self._write_lock = threading.RLock()
        self._connection_lock = threading.Lock()
        self._answers: dict[Hashable, Any] = {}
        self._lasting_answers: dict[Hashable, Any] = {}  # that curating does not change
        self._answers_lock = threading.Lock()
        self.shelf = Shelf(self)
        self.preparing = Preparing(self)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _connect(path)
        try:
            _migrate(self._connection, path)
        except BaseException:
            self._connection.close()
            raise
        with suppress(OSError):  # of a process that was killed; it costs disk space and nothing else
            console_path(path).unlink(missing_ok=True)

    @classmethod
    def open(cls, path: Path) -> "Database":
        """The process's instance for this path. Every `open` needs its `release`.

        Raises: CatalogBusyError, CatalogTooNewError, CatalogUnreadableError.
        """
        path = path.resolve()
        with _open_lock:
            database = _open.get(path)
            if database is None:
                database = _open[path] = cls(path)
            database._users += 1
            return database

    def release(self) -> None:
        """Close the file when nobody in this process uses it any more."""
        with _open_lock:
            self._users -= 1
            if self._users == 0:
                _open.pop(self.path, None)
                self.preparing.stop()
                self._connection.close()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one use in one thread."""
        return self._connection.cursor()

    def read(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Values only as parameters.

        Raises: CatalogWriteError if the disk had failed; the catalog is open again afterwards.
        """
        return self._reading(lambda cursor: cursor.execute(sql, parameters).fetchall())

    def read_columns(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """The rows of a query as one numpy array for each column: for numbers by the million. See `read`."""
        return self._reading(lambda cursor: cursor.execute(sql, parameters).fetchnumpy())

    def read_table(self, table: str) -> Any:
        """All rows of one of our own tables, as a pyarrow.Table."""
        return self._reading(lambda cursor: cursor.sql(f'FROM "{table}"').to_arrow_table())

    def read_arrow(self, sql: str) -> Any:
        """The rows of a query as a pyarrow.Table: for texts by the million. See `read`."""
        return self._reading(lambda cursor: cursor.sql(sql).to_arrow_table())

    def _reading(self, ask: Callable[[duckdb.DuckDBPyConnection], Value]) -> Value:
        connection = self._connection
        try:
            with connection.cursor() as cursor:
                return ask(cursor)
        except duckdb.FatalException as error:
            self._reopen(connection)
            raise CatalogWriteError(self.path, error) from error
        except duckdb.ConnectionException:
            if connection is self._connection:
                raise
            return self._reading(ask)  # another thread opened the file again in the meantime

    @contextmanager
    def transaction(self, *, curates: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor inside a transaction, alone among writers: commits at the end, rolls back when the block raises.

        Args:
            curates: only what people decided is changed, not what came in: what was derived of that stays.
        Raises: CatalogWriteError if the disk refused; the catalog is open again afterwards, without this transaction.
        """
        with self._write_lock:
            connection = self._connection
            try:
                with connection.cursor() as cursor:
                    cursor.begin()
                    try:
                        yield cursor
                        cursor.commit()
                    except BaseException:
                        with suppress(
                            duckdb.Error
                        ):  # the first error is the one to tell; a dead instance has no rollback
                            cursor.rollback()
                        raise
            except (duckdb.FatalException, duckdb.IOException) as error:
                self._reopen(connection)
                raise CatalogWriteError(self.path, error) from error
            finally:
                self._forget(curates)

    def remembered(self, key: Hashable, compute: Callable[[], Value], *, curated: bool = True) -> Value:
        """`compute()`, or what it gave for this key since the last write. Nobody may change the value.

        Args:
            curated: False for what does not depend on decisions of people: it outlasts them.
        """
        with self._answers_lock:
            answers = self._answers if curated else self._lasting_answers
            if key in answers:
                answer: Value = answers[key]
                return answer
            revision = self.revision
        answer = compute()
        with self._answers_lock:
            if revision == self.revision:
                if len(answers) >= _MOST_ANSWERS:
                    answers.clear()
                answers[key] = answer
        return answer

    def copy(self, target: Path) -> None:
        """Copy the whole file while it is in use; writers wait, readers go on.

        The copy is made beside the file, the one place that DuckDB may write to, and then moved to `target`.
        Raises: CatalogWriteError if a disk refused.
        """
        made = copy_path(self.path)
        with self._write_lock:
            try:
                _remove_copy(made)
                with self._connection.cursor() as cursor:
                    name = cursor.execute("SELECT current_database()").fetchall()[0][0]
                    cursor.execute(f"ATTACH {_literal(made)} AS copied")
                    try:
                        cursor.execute(f'COPY FROM DATABASE "{name}" TO copied')
                    finally:
                        cursor.execute("DETACH copied")
                shutil.move(made, target)
            except (duckdb.Error, OSError) as error:
                raise CatalogWriteError(self.path, error) from error
            finally:
                _remove_copy(made)

    def copy_bytes(self, target: Path) -> None:
        """The same by copying the file as it stands, its gaps included: at a million pictures a second instead of 22.

        Another process copies: were the file closed here, the system would take away the lock that keeps others out.
        Raises: CatalogWriteError if a disk refused.
        """
        copying = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"
        with self._write_lock:
            try:
                with self._connection.cursor() as cursor:
                    cursor.execute("CHECKPOINT")  # nothing stands beside the file any more
                command = [sys.executable, "-I", "-c", copying, str(self.path), str(target)]
                subprocess.run(command, check=True, capture_output=True)
            except (duckdb.TransactionException, subprocess.CalledProcessError):  # Windows may keep the file to itself
                target.unlink(missing_ok=True)
                self.copy(target)
            except (duckdb.Error, OSError) as error:
                raise CatalogWriteError(self.path, error) from error

    def _forget(self, curated: bool) -> None:
        with self._answers_lock:
            self.revision += 1
            self._answers.clear()
            if not curated:
                self.pictures_revision += 1
                self._lasting_answers.clear()

    def _reopen(self, dead: duckdb.DuckDBPyConnection) -> None:
        """After a failed disk the instance answers nothing more: close it and open the file again, once."""
        with self._connection_lock:
            if dead is not self._connection:
                return
            with suppress(duckdb.Error):
                dead.close()
            self._connection = _connect(self.path)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    allowed = ", ".join(_literal(Path(f"{copy_path(path)}{suffix}")) for suffix in _BESIDE)
    try:
        connection = duckdb.connect(str(path), config=_CONFIG)
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false")  # cannot be taken back while the file is open
        return connection
    except (duckdb.IOException, duckdb.BinderException) as error:
        text = str(error)
        if "lock" in text.lower():
            holder = re.search(r"PID (\d+)", text)
            raise CatalogBusyError(path, int(holder.group(1)) if holder else None) from error
        raise CatalogUnreadableError(path, error) from error
    except duckdb.Error as error:  # a wrong checksum is no more special than that
        raise CatalogUnreadableError(path, error) from error


def copy_path(path: Path) -> Path:
    """Where a backup of the catalog begins."""
    return path.with_name(f"{path.stem}-copy{path.suffix}")


def console_path(path: Path) -> Path:
    """The copy that questions in SQL are asked of."""
    return path.with_name(f"{path.stem}-console{path.suffix}")


def _remove_copy(made: Path) -> None:
    for suffix in _BESIDE:
        Path(f"{made}{suffix}").unlink(missing_ok=True)


def _literal(path: Path) -> str:
    """ATTACH and SET take no parameters; a quote in a folder's name is doubled."""
    return "'" + str(path).replace("'", "''") + "'"


def _migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the schema to the newest version, one step a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
        row = cursor.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
        current = int(row[0]) if row else 0
        if current > len(MIGRATIONS):
            raise CatalogTooNewError(path, current, len(MIGRATIONS))
        for version, statements in enumerate(MIGRATIONS[current:], start=current + 1):
            cursor.begin()
            try:
                cursor.execute(statements)
                cursor.execute("INSERT INTO schema_version VALUES (?)", [version])
                cursor.commit()
            except BaseException:
                cursor.rollback()
                raise
