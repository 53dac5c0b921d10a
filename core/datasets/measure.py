"""What a plan needs to know of each picture, measured once for every aspect and remembered.

The measurement covers every fit and holds at every resolution, so moving a slider decodes nothing.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from os import cpu_count
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from filelock import FileLock
from PIL import Image

from core.catalog.picture import PictureRef
from core.datasets.fit import MEASURE_SIDE, deviation, fit_to, read_for
from core.datasets.recipe import shape_of
from core.errors import AtelierError
from core.files import JsonLines
from core.workspace import Workspace

_VERSION = 1  # in the file's name; raised when fits or measures change
_SIGNATURE_SIDE = 8
_KEEP_EVERY = 64  # pictures between two writes: what a kill loses

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True)
class Measurement:
    """Deviation (see `core.datasets.fit.deviation`) of the fitted picture for each fit, or why there is none."""

    whole: float = math.nan  # squash; pad too, whose padding does not count
    crop: float = math.nan
    smart: float = math.nan
    signature: str = ""  # 8 x 8 RGB of the whole picture, hexadecimal: finds the same picture in other bytes
    error: str = ""

    def deviation(self, fit: str) -> float:
        return {"crop": self.crop, "smart": self.smart}.get(fit, self.whole)


def measure(picture: Image.Image, aspect: str = "1:1") -> Measurement:
    """Measure an upright RGB picture, fitted to 64 pixels on the longer side.

    What is measured of the whole picture is the same for every aspect, and so is who is whose twin.
    """
    whole = fit_to(picture, (MEASURE_SIDE, MEASURE_SIDE), "squash")
    crop, smart = (fit_to(picture, shape_of(aspect, MEASURE_SIDE), fit) for fit in ("crop", "smart"))
    blocks = whole.reshape(_SIGNATURE_SIDE, MEASURE_SIDE // _SIGNATURE_SIDE, _SIGNATURE_SIDE, -1, 3)
    signature = np.rint(blocks.mean(axis=(1, 3))).astype(np.uint8).tobytes().hex()
    return Measurement(
        whole=round(deviation(whole), 3),
        crop=round(deviation(crop), 3),
        smart=round(deviation(smart), 3),
        signature=signature,
    )


class MeasurementStore:
    """The lab's measurements of an aspect: `datasets/.measurements-1.jsonl`, read once and then only what was added.

    Any number of processes may use it: appending takes a lock, and a picture measured twice measures the same.
    """

    def __init__(self, workspace: Workspace, aspect: str = "1:1") -> None:
        self.aspect = aspect
        own = "" if aspect == "1:1" else f"-{aspect.replace(':', 'x')}"
        self._file = JsonLines(workspace.datasets / f".measurements-{_VERSION}{own}.jsonl")
        self._known: dict[str, Measurement] = {}
        self._offset = 0
        self._reading = Lock()  # one store serves all threads of the app

    def known(self) -> dict[str, Measurement]:
        """Measurements by sha256, as far as there are any. Not to be changed by the caller."""
        with self._reading:
            rows, self._offset = self._file.read(self._offset)
            for row in rows:
                sha256 = row.pop("sha256")
                self._known[sha256] = Measurement(**row)
            return self._known

    def add(self, found: dict[str, Measurement]) -> None:
        self._file.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self._file.path.with_suffix(".lock")):
            self._file.append(*(_row(sha256, measurement) for sha256, measurement in found.items()))


def measure_pictures(
    workspace: Workspace,
    pictures: Sequence[PictureRef],
    *,
    aspect: str = "1:1",
    store: MeasurementStore | None = None,
    on_progress: Progress | None = None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Measurement]:
    """Measurements by sha256 for `pictures`, decoding only those not yet known, over all cores.

    When stopped, what was measured so far is kept and returned: pictures are then missing from the result.
    A file that cannot be read gets a measurement with an error; that one is not remembered, as the file may come back.

    Args:
        aspect: one of `recipe.ASPECTS`; that of the store, where one is given.
    """
    store = store or MeasurementStore(workspace, aspect)
    known = store.known()
    missing = {picture.sha256: picture for picture in pictures if picture.sha256 not in known}
    fresh: dict[str, Measurement] = {}
    unreadable: dict[str, Measurement] = {}
    total = len(missing)
    if on_progress:
        on_progress(0, total)
    todo = list(missing.values())
    with ThreadPoolExecutor(cpu_count() or 1) as pool:  # Pillow decodes and resizes outside Python's lock
        for start in range(0, total, _KEEP_EVERY):
            chunk = todo[start : start + _KEEP_EVERY]
            if stop_requested():
                break
            paths = [workspace.image(picture.sha256, picture.suffix) for picture in chunk]
            for picture, measurement in zip(
                chunk, pool.map(partial(_measure_file, aspect=store.aspect), paths), strict=True
            ):
                (unreadable if measurement.error else fresh)[picture.sha256] = measurement
            store.add(fresh)
            fresh.clear()
            if on_progress:
                on_progress(start + len(chunk), total)
    return {**store.known(), **unreadable}


def _measure_file(path: Path, aspect: str) -> Measurement:
    try:
        return measure(read_for(MEASURE_SIDE, path), aspect)
    except AtelierError as error:
        return Measurement(error=str(error))


def _row(sha256: str, measurement: Measurement) -> dict[str, Any]:
    return {"sha256": sha256, **{name: value for name, value in asdict(measurement).items() if name != "error"}}
