"""Whether what a lab writes is still there after the next restart. On rented machines it often is not."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from core.errors import ConfigError
from core.workspace import Workspace

VARIABLE = "ATELIER_STORAGE"
CHOICES = ("auto", "lasting", "ephemeral")
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_OF_A_CONTAINER = frozenset({"overlay", "aufs", "fuse-overlayfs"})  # the image's own layer: gone with the container
_COMMUNITY_CLOUD = Path("/mount/src")  # where Streamlit Community Cloud puts an app's repository


@dataclass(frozen=True)
class Storage:
    """Where a workspace is kept."""

    folder: Path
    lasts: bool
    reason: str = ""  # why it does not last, as the end of a sentence; "" where it does

    @property
    def warning(self) -> str:
        """What an owner must know before asking people; "" where nothing is at risk."""
        if self.lasts:
            return ""
        return (
            f"Ratings are stored in {self.folder}, which does not survive a restart: {self.reason}. "
            "Download them before you leave, or keep the folder on storage that lasts."
        )


def storage(
    workspace: Workspace,
    *,
    environment: Mapping[str, str] | None = None,
    mounts: Iterable[tuple[str, str]] | None = None,
) -> Storage:
    """What becomes of the workspace at a restart, as far as it can be found out.

    `ATELIER_STORAGE` decides where it is set to "lasting" or "ephemeral". Else: the root is on a file system in memory
    or in the image's layer of a container, or a hosting service says by its own variables that disks do not last.

    Args:
        environment, mounts: (mount point, file system type) of all file systems; by default those of this process.
    Raises: ConfigError if ATELIER_STORAGE is none of the choices.
    """
    environment = os.environ if environment is None else environment
    root = workspace.root
    chosen = environment.get(VARIABLE, "") or "auto"
    if chosen not in CHOICES:
        raise ConfigError(f"Found {VARIABLE}={chosen!r}. Choose one of: {', '.join(CHOICES)}, or leave it out.")
    if chosen != "auto":
        return Storage(root, chosen == "lasting", "" if chosen == "lasting" else f"{VARIABLE} says so")
    if root.is_relative_to(_COMMUNITY_CLOUD):
        return Storage(root, False, "Streamlit Community Cloud keeps no files when it starts an app again")
    mount, kind = _mount_of(root, _mounts() if mounts is None else mounts)
    if kind in _IN_MEMORY:
        return Storage(root, False, f"{mount} is kept in memory")
    if kind in _OF_A_CONTAINER:
        return Storage(root, False, "it lies inside the container, and is gone when that is made anew")
    if environment.get("SPACE_ID") and mount == Path(mount.anchor):
        return Storage(root, False, "a Space loses its own disk whenever it restarts or sleeps")
    return Storage(root, True)


def storage_lasts(workspace: Workspace) -> bool:
    """Whether the workspace survives a restart; see `storage` for the reason."""
    return storage(workspace).lasts


def _mounts() -> list[tuple[str, str]]:
    return [(entry.mountpoint, entry.fstype) for entry in psutil.disk_partitions(all=True)]


def _mount_of(folder: Path, mounts: Iterable[tuple[str, str]]) -> tuple[Path, str]:
    """The file system that holds a folder: the mount point with the longest path above it."""
    above = [(Path(point), kind) for point, kind in mounts if folder.is_relative_to(point)]
    return max(above, key=lambda found: len(found[0].parts), default=(Path(folder.anchor), ""))
