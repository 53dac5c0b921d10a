"""Copies of what cannot be made again: the catalog, and the studies with their journals and pictures.

    python -m core backup FOLDER

A backup is one folder, `atelier-20261121-143000/`, with the catalog as it was at one moment, every study, what the
gallery knows of its pictures, networks for upscaling that were trained here, the lab's settings for the web, and
`backup.json`: what it holds and the SHA-256 of each file. It appears under its name when it is whole and has been read
back. Original pictures, datasets and training runs are not in it: they are large, never
change once written, and any tool can copy them (see docs/deployment.md).
"""

import hashlib
import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import AtelierError
from core.files import JsonLines, read_json, write_json
from core.jobs.code_version import code_version
from core.studies.study import Study, study_folders
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog

FORMAT = 1  # of backup.json
_SETTINGS = ("web.json", "placeholders.json")
_LOCKS = ("*.lock", "*.tmp")


class BackupError(AtelierError):
    """A backup could not be made, or is not what it was."""


@dataclass(frozen=True)
class Backup:
    """One backup, as remembered by the lab it came from."""

    path: str
    at: float  # seconds since 1970
    bytes: int
    pictures: int  # rows of the catalog's table of pictures
    studies: int
    votes: int  # lines of votes in the journals

    @property
    def is_there(self) -> bool:
        return (Path(self.path) / "backup.json").exists()


def back_up(workspace: Workspace, folder: Path, *, catalog: "Catalog | None" = None) -> Backup:
    """Write a backup into `folder` and read it back, while the lab stays in use.

    Args:
        catalog: where this process has it open already.
    Raises: CatalogBusyError while another process has the catalog open; BackupError if the copy is not what it was
        copied from, or cannot be written.
    """
    from core.catalog.catalog import Catalog

    if folder.resolve().is_relative_to(workspace.studies):
        raise BackupError(f"{folder} lies among the studies that are copied. Choose a folder outside {workspace.data}.")
    if catalog is None:
        with Catalog(workspace.catalog) as opened:
            return back_up(workspace, folder, catalog=opened)
    name = f"atelier-{time.strftime('%Y%m%d-%H%M%S')}"
    final, building = folder / name, folder / f".{name}.tmp"
    try:
        building.mkdir(parents=True)
        before = catalog.revision
        counts = _row_counts(catalog)
        catalog.copy(building / "catalog.duckdb")
        unchanged = catalog.revision == before
        for study in study_folders(workspace):
            shutil.copytree(study, building / "studies" / study.name, ignore=shutil.ignore_patterns(*_LOCKS))
        for part in (workspace.gallery, workspace.upscalers):
            if part.exists():
                shutil.copytree(part, building / part.name, ignore=shutil.ignore_patterns(*_LOCKS))
        for setting in _SETTINGS:
            if (workspace.data / setting).exists():
                shutil.copy2(workspace.data / setting, building / setting)
        found = _read_back(building)
        if unchanged and found["rows"] != counts:
            raise BackupError(
                f"The copy of the catalog holds {found['rows']}, but the catalog {counts}. Nothing was kept of it; "
                "check the disk and try again."
            )
        at = time.time()
        size = sum(path.stat().st_size for path in building.rglob("*") if path.is_file())
        record = {"format": FORMAT, "at": at, "code_version": code_version(), **found, "files": _hashes(building)}
        write_json(building / "backup.json", record)
        building.rename(final)
    except OSError as error:
        raise BackupError(
            f"The backup in {folder} was not finished: {error.strerror or error}. Choose a folder that can be written "
            "and has room."
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    made = Backup(str(final.resolve()), at, size, found["rows"].get("images", 0), found["studies"], found["votes"])
    _Memory(workspace).add(made)
    return made


def check_backup(path: Path) -> dict[str, Any]:
    """Read a backup again, every byte. Returns its record. Raises: BackupError with what is not as it was."""
    record = read_json(path / "backup.json")
    if record is None:
        raise BackupError(f"{path} holds no backup.json, so it is no backup, or one that was not finished.")
    now = _hashes(path)
    wrong = [name for name, digest in record["files"].items() if now.get(name) != digest]
    if wrong:
        raise BackupError(
            f"{len(wrong)} of {len(record['files'])} files of {path.name} are missing or changed, such as {wrong[0]}. "
            "Use an older backup."
        )
    _read_back(path)
    return dict(record)


def backups(workspace: Workspace) -> list[Backup]:
    """The backups made of this lab, newest first, also those that have been moved away since."""
    return list(reversed(_Memory(workspace).rows()))


def _read_back(folder: Path) -> dict[str, Any]:
    """Open the copy as a restored lab would. Raises: BackupError."""
    from core.catalog.catalog import Catalog, CatalogError
    from core.system.database import read_all

    scratch = folder / ".reading.duckdb"  # opening may change a file: the backup itself is left alone
    try:
        shutil.copyfile(folder / "catalog.duckdb", scratch)
        with Catalog(scratch) as copy:
            rows = read_all(copy)
    except CatalogError as error:
        raise BackupError(f"The copy of the catalog cannot be read: {error}") from error
    finally:
        for leftover in folder.glob(f"{scratch.name}*"):
            leftover.unlink(missing_ok=True)
    studies = votes = 0
    for study_folder in sorted((folder / "studies").glob("*")) if (folder / "studies").is_dir() else []:
        study = Study(study_folder)
        for item in study.items.values():
            if hashlib.sha256((study_folder / "images" / f"{item.id}.png").read_bytes()).hexdigest() != item.sha256:
                raise BackupError(f"A picture of the study {study.id} is not the one that was frozen: {item.id}.")
        try:
            votes += sum(event.get("event") == "vote" for event in JsonLines(study_folder / "votes.jsonl").rows())
        except json.JSONDecodeError as error:
            raise BackupError(f"The journal of the study {study.id} cannot be read: {error}") from error
        studies += 1
    return {"rows": rows, "studies": studies, "votes": votes}


def _row_counts(catalog: "Catalog") -> dict[str, int]:
    tables = [str(name) for (name,) in catalog.read("SELECT table_name FROM duckdb_tables() ORDER BY table_name")]
    return {table: int(catalog.read(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}


def _hashes(folder: Path) -> dict[str, str]:
    """SHA-256 by path inside the folder, of everything but the record itself."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "backup.json":
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


class _Memory:
    """data/backups.jsonl: where backups of this lab went."""

    def __init__(self, workspace: Workspace) -> None:
        self._lines = JsonLines(workspace.data / "backups.jsonl")

    def add(self, made: Backup) -> None:
        self._lines.append(asdict(made), durable=True)

    def rows(self) -> list[Backup]:
        return [Backup(**row) for row in self._lines.rows()]
