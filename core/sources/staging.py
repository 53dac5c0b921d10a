"""Uploaded files on their way from the browser into a job's folder."""

import shutil
import time
from pathlib import Path, PurePosixPath

from core.errors import ConfigError
from core.files import new_id
from core.sources.opening import UPLOADS
from core.workspace import Workspace

KEPT_SECONDS = 24 * 3600  # what nobody started by then is cleared away
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_") | {chr(code): "_" for code in range(32)})


class Staging:
    """A folder of uploaded files that belongs to no job yet, laid out as a job's folder is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / UPLOADS

    @classmethod
    def begin(cls, workspace: Workspace) -> "Staging":
        """A new, empty one; ones that were forgotten are cleared away."""
        place = workspace.jobs / ".staging"
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
        folder = place / new_id("upload")
        staging = cls(folder)
        staging.files.mkdir(parents=True)
        return staging

    def add(self, name: str, data: bytes | memoryview) -> None:
        """Store a file under the name that the browser gave it, folders included.

        Names come from outside: nothing in them can lead out of the staging folder, and no file replaces another.
        """
        parts = [part.translate(_FORBIDDEN).strip(" ") for part in PurePosixPath(name.replace("\\", "/")).parts]
        parts = [part[-150:] for part in parts if part not in ("", "/", ".", "..")]
        if not parts:
            raise ConfigError(f"A file was sent with the name {name!r}, under which it cannot be kept. Rename it.")
        path = self.files.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        number = 2
        while path.exists():
            path = path.with_name(f"{PurePosixPath(parts[-1]).stem} ({number}){PurePosixPath(parts[-1]).suffix}")
            number += 1
        with path.open("xb") as handle:
            handle.write(data)

    def move_into(self, job_folder: Path) -> None:
        """Hand the files over to a job that was created and not started yet."""
        self.files.replace(job_folder / UPLOADS)
        self.discard()

    def discard(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
