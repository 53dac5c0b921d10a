"""WebMemory: what the lab remembers of other people's servers, in data/web.sqlite.

Answers to metadata requests, which picture address led to which content, robots.txt, and how each host is doing. All
threads and all processes of the lab share it. Nothing in it is needed to understand what was collected: should it be
damaged, it is set aside and begun anew, and all that is lost is that some things are asked for a second time.
"""

import json
import logging
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock

from core.errors import AtelierError

Value = TypeVar("Value")

SCHEMA_VERSION = 1
KEPT_SECONDS = 180 * 86_400.0  # answers and robots.txt older than this are forgotten

_BUSY_SECONDS = 60.0  # other processes hold the file for milliseconds; a laptop may sleep in between
_SCHEMA = """
CREATE TABLE answers (
    key TEXT PRIMARY KEY,       -- see core.sources.web.answers
    url TEXT NOT NULL,
    status INTEGER NOT NULL,
    found_at TEXT NOT NULL,     -- the URL after redirects
    body BLOB NOT NULL,         -- zlib
    at REAL NOT NULL            -- seconds since 1970
) WITHOUT ROWID;
CREATE INDEX answers_by_age ON answers (at);
CREATE TABLE pictures (
    url TEXT PRIMARY KEY,       -- the rendition that was asked for
    sha256 TEXT NOT NULL,
    at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE robots (site TEXT PRIMARY KEY, rules TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE hosts (site TEXT PRIMARY KEY, state TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
"""

_log = logging.getLogger(__name__)


class WebMemoryError(AtelierError):
    """data/web.sqlite can be neither read nor written, and not for being damaged."""


@dataclass(frozen=True)
class RememberedAnswer:
    status: int
    found_at: str  # URL, redirects followed
    body: bytes
    at: float  # seconds since 1970


@dataclass
class HostState:
    """How a host is doing, as all processes see it. Times are seconds since 1970; see core.sources.web.pace."""

    next_at: float = 0.0  # when the token bucket will be full again
    rate: float = 0.0  # requests per second that the host has taught us; 0: as its policy says
    ceiling: float = 0.0  # to which the rate may rise again where the policy sets no limit
    good_answers: int = 0  # since the rate last changed
    slowed_at: float = 0.0
    pauses: int = 0  # without a good answer in between
    paused_at: float = 0.0
    paused_until: float = 0.0
    trouble_since: float = 0.0
    why: str = ""
    prober: str = ""  # the client whose single request decides how it goes on
    holders: dict[str, int] = field(default_factory=dict)  # client -> requests it has under way


class WebMemory:
    """The open file. Safe to use from several threads; to be closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._connection = self._opened()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def answer(self, key: str, *, fresh_since: float | None = None) -> RememberedAnswer | None:
        """What was answered, unless that was before `fresh_since`."""
        row = self._run(
            lambda db: db.execute("SELECT status, found_at, body, at FROM answers WHERE key = ?", (key,)).fetchone()
        )
        if row is None or (fresh_since is not None and row[3] < fresh_since):
            return None
        try:
            return RememberedAnswer(row[0], row[1], zlib.decompress(row[2]), row[3])
        except zlib.error:
            return None

    def remember_answer(self, key: str, *, url: str, status: int, found_at: str, body: bytes) -> None:
        row = (key, url, status, found_at, zlib.compress(body), time.time())
        self._run(lambda db: db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", row))

    def picture(self, url: str) -> str | None:
        """The sha256 of the picture that was found under a URL."""
        row = self._run(lambda db: db.execute("SELECT sha256 FROM pictures WHERE url = ?", (url,)).fetchone())
        return row and row[0]

    def remember_picture(self, url: str, sha256: str) -> None:
        row = (url, sha256, time.time())
        self._run(lambda db: db.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", row))

    def robots(self, site: str) -> dict[str, Any] | None:
        row = self._run(lambda db: db.execute("SELECT rules FROM robots WHERE site = ?", (site,)).fetchone())
        return row and json.loads(row[0])

    def remember_robots(self, site: str, rules: dict[str, Any]) -> None:
        row = (site, json.dumps(rules), time.time())
        self._run(lambda db: db.execute("INSERT OR REPLACE INTO robots VALUES (?, ?, ?)", row))

    def host(self, site: str) -> HostState:
        """How a host was doing a moment ago."""
        return self._run(lambda db: _host_state(db, site))

    def update_host(self, site: str, change: Callable[[HostState], Value]) -> Value:
        """Read a host's state, change it and write it back, with no other process in between; what `change` returns.

        `change` may be called a second time, and should be quick: everybody waits for it.
        """

        def run(db: sqlite3.Connection) -> Value:
            db.execute("BEGIN IMMEDIATE")
            try:
                state = _host_state(db, site)
                result = change(state)
                text = json.dumps(vars(state), separators=(",", ":"))
                db.execute("INSERT OR REPLACE INTO hosts VALUES (?, ?, ?)", (site, text, time.time()))
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return result

        return self._run(run)

    def _run(self, work: Callable[[sqlite3.Connection], Value]) -> Value:
        with self._lock:
            try:
                return work(self._connection)
            except sqlite3.OperationalError as error:
                raise self._unusable(error) from error
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.ProgrammingError | sqlite3.IntegrityError):
                    raise  # a defect of ours, or closed
                self._connection.close()
                self._connection = self._opened(damage=error)
                return work(self._connection)

    def _opened(self, damage: sqlite3.DatabaseError | None = None) -> sqlite3.Connection:
        """Open the file; set it aside first if it is damaged. One process at a time does this."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            if damage is not None and _is_damaged(self.path):
                self._set_aside(damage)
            try:
                return _connect(self.path)
            except sqlite3.OperationalError as error:
                raise self._unusable(error) from error
            except sqlite3.DatabaseError as error:
                self._set_aside(error)
                return _connect(self.path)

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        aside = self.path.with_name(f"{self.path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        try:
            self.path.replace(aside)
        except OSError as problem:  # on Windows, while another process has it open
            raise self._unusable(problem) from error
        for suffix in ("-wal", "-shm"):  # they belong to the damaged file; beside a new one they would damage that
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)
        _log.warning(
            "%s could not be read (%s). It was set aside as %s and begun anew: some addresses will be asked for again, "
            "and no picture is lost.",
            self.path,
            error,
            aside.name,
        )

    def _unusable(self, error: Exception) -> WebMemoryError:
        return WebMemoryError(
            f"{self.path}, which remembers what was asked for, cannot be used: {error}. Check that its folder can be "
            "written to and that the disk is not full, then resume."
        )


def _connect(path: Path) -> sqlite3.Connection:
    """Raises: sqlite3.DatabaseError if the file is damaged or of another version."""
    db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        # A power cut may take the last moments with it, which only means asking again.
        db.execute("PRAGMA synchronous = NORMAL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        elif version != SCHEMA_VERSION:
            raise sqlite3.DatabaseError(f"version {version}; this Atelier knows version {SCHEMA_VERSION}")
        oldest = time.time() - KEPT_SECONDS
        db.execute("DELETE FROM answers WHERE at < ?", (oldest,))
        db.execute("DELETE FROM robots WHERE at < ?", (oldest,))
    except BaseException:
        db.close()
        raise
    return db


def _is_damaged(path: Path) -> bool:
    """Another process may have set the damaged file aside a moment ago."""
    try:
        db = _connect(path)
    except sqlite3.OperationalError:  # somebody holds it: whole, for all that is known
        return False
    except sqlite3.DatabaseError:
        return True
    try:
        return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.DatabaseError:
        return True
    finally:
        db.close()


_STATE_NAMES = frozenset(item.name for item in fields(HostState))


def _host_state(db: sqlite3.Connection, site: str) -> HostState:
    row = db.execute("SELECT state FROM hosts WHERE site = ?", (site,)).fetchone()
    if row is None:
        return HostState()
    return HostState(**{name: value for name, value in json.loads(row[0]).items() if name in _STATE_NAMES})
