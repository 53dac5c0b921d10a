"""The job of kind "map": a map of pictures that takes longer than a page can wait."""

import time
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.choices import choice, open_store
from core.features.maps import METHODS, arranged, keep_map, map_key, read_map
from core.files import write_bytes
from core.jobs import control
from core.jobs.folder import JobFolder
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.jobs.running import RunningJob

_NAMES = "names.bin"


class _StoppedError(Exception):
    """Somebody asked the job to end."""


def create_map(
    workspace: Workspace, names: NDArray[np.uint8], *, method: str, by: str, scope: str, title: str = "Map"
) -> JobFolder:
    """A job folder that holds everything the work needs; nothing is started.

    Args:
        names: (N, 32) sha256 of pictures that the descriptor describes.
        by: key of core.features.choices.
        scope: what the map is of, to find the last one again: see core.features.maps.
    Raises: ConfigError without a picture.
    """
    if not len(names):
        raise ConfigError("There is no picture to map: describe some first, or choose others.")
    if method not in METHODS:
        raise ConfigError(f"No map called {method!r}. There are: {', '.join(METHODS)}.")
    descriptor = choice(workspace, by).descriptor.name
    settings = {
        "pictures": len(names),
        "method": method,
        "by": by,
        "scope": scope,
        "key": map_key(method, descriptor, names),
    }
    job = control.create(workspace, "map", settings, title=title)
    write_bytes(job.path / _NAMES, names.tobytes())
    return job


def run(job: "RunningJob") -> str:
    """The work itself; returns the closing message.

    Raises: NotFoundError, WeightsError where the network is gone; ConfigError where descriptors are.
    """
    settings = job.settings
    there = read_map(job.workspace, settings["key"])
    if there is not None:
        keep_map(job.workspace, there, settings["scope"])
        return f"The map of these {len(there):,} pictures was there already."
    store = open_store(job.workspace, choice(job.workspace, settings["by"]).descriptor)
    names = np.fromfile(job.folder / _NAMES, np.uint8).reshape(-1, 32)
    rows = store.rows([name.tobytes().hex() for name in names])
    if (rows < 0).any():
        raise ConfigError(
            f"{int((rows < 0).sum()):,} of {len(rows):,} pictures are no longer described: their descriptors were "
            "deleted. Describe the pictures, then ask for the map again."
        )

    def progress(done: int, total: int) -> None:
        job.progress(done, total, unit="steps", message="Arranging")
        if job.stop_requested():
            raise _StoppedError

    try:
        found = arranged(store, rows, settings["method"], made=time.time(), progress=progress)
    except _StoppedError:
        return "Stopped. A map is made in one go: asked for again, it begins anew."
    keep_map(job.workspace, found, settings["scope"])
    return f"{len(found):,} pictures arranged."
