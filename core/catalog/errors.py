"""What can go wrong with the catalog, in words a page may show."""

from datetime import UTC, datetime
from pathlib import Path

import psutil

from core.errors import AtelierError

_KNOWN = {"streamlit": "the app", "-m core": "a command of Atelier"}  # part of a command line -> what that is


class CatalogError(AtelierError):
    """Base of all errors of the catalog."""


class CatalogBusyError(CatalogError):
    """Another process has the catalog open: DuckDB lets one process in, readers included.

    Attributes:
        pid: the process that holds it, or None where the system does not say.
    """

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = f"process {pid}{_what_it_is(pid)}" if pid else "another process"
        super().__init__(
            f"The catalog {path.name} is in use by {holder}: only one process can have it open. "
            "Use the app that is already running, or stop that process (the app, a command, a database browser) "
            "and try again."
        )
        self.pid = pid


def _what_it_is(pid: int) -> str:
    """How a person knows a process again, where the system tells."""
    try:
        process = psutil.Process(pid)
        since = datetime.fromtimestamp(process.create_time(), UTC)
        command = " ".join(process.cmdline()) or process.name()
    except psutil.Error:  # it has ended, or belongs to somebody else
        return ""
    known = next((what for part, what in _KNOWN.items() if part in command), _program(command))
    return f" ({known}, since {since:%d %b %H:%M} UTC)"


def _program(command: str) -> str:
    """The program of a command line, without its folder."""
    return Path(command.split(" ")[0]).name or "unknown"


class CatalogTooNewError(CatalogError):
    """The file was written by a later version: opening it with this one could damage it."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(
            f"The catalog {path.name} has schema version {found}, but this version of Atelier knows versions up to "
            f"{known}. Update Atelier to open it; nothing was changed."
        )


class CatalogUnreadableError(CatalogError):
    """The file is no catalog, or damaged."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(
            f"The catalog {path.name} cannot be read: {str(cause).splitlines()[0]} Put a backup in its place, or move "
            "it away: a new catalog then fills itself from the ledgers of the collect jobs (exclusions are lost)."
        )


class CatalogWriteError(CatalogError):
    """The disk refused a write. Everything acknowledged before is kept, the last action is not."""

    def __init__(self, path: Path, cause: Exception) -> None:
        super().__init__(
            f"The last action was not saved in the catalog {path.name}: {str(cause).splitlines()[0]} "
            "Everything before it is kept. Free some disk space, then do it again."
        )
