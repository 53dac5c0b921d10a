"""What a plan needs to know of each picture, measured once for every aspect and remembered.

The measurement covers every fit and holds at every resolution, so moving a slider decodes nothing.
"""

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any

import numpy as np
from filelock import FileLock
from PIL import Image

from core.catalog.picture import PictureRef
from core.datasets.fit import MEASURE_SIDE, Pixels, Shape, deviation, fit_to
from core.datasets.recipe import shape_of
from core.files import JsonLines
from core.workspace import Workspace

_VERSION = 1  # in the file's name; raised when fits or measures change
_SIGNATURE_SIDE = 8

Progress = Callable[[int, int], None]  # done, total
Fitted = dict[tuple[str, Shape], Pixels]  # by fit and shape


@dataclass(frozen=True, slots=True)
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
    return measure_fitted(picture, aspect)[0]


def measure_fitted(picture: Image.Image, aspect: str) -> tuple[Measurement, Fitted]:
    """`measure`, and the pictures that it had to fit for it, which a build may have a use for."""
    square, shape = (MEASURE_SIDE, MEASURE_SIDE), shape_of(aspect, MEASURE_SIDE)
    whole = fit_to(picture, square, "squash")
    crop, smart = (fit_to(picture, shape, fit) for fit in ("crop", "smart"))
    cell = MEASURE_SIDE // _SIGNATURE_SIDE
    rows = whole.reshape(_SIGNATURE_SIDE, cell, _SIGNATURE_SIDE, cell, 3).sum(axis=1, dtype=np.uint32)
    signature = np.rint(rows.sum(axis=2) / cell**2).astype(np.uint8).tobytes().hex()
    measurement = Measurement(
        whole=round(deviation(whole), 3),
        crop=round(deviation(crop), 3),
        smart=round(deviation(smart), 3),
        signature=signature,
    )
    return measurement, {("squash", square): whole, ("crop", shape): crop, ("smart", shape): smart}


class MeasurementStore:
    """The lab's measurements of an aspect: `datasets/.measurements-1.jsonl`, read once and then only what was added.

    Any number of processes may use it: appending takes a lock, and a picture measured twice measures the same.
    """

    def __init__(self, workspace: Workspace, aspect: str = "1:1") -> None:
        self.aspect = aspect
        own = "" if aspect == "1:1" else f"-{aspect.replace(':', 'x')}"
        self.file = JsonLines(workspace.datasets / f".measurements-{_VERSION}{own}.jsonl")
        self._known: dict[str, Measurement] = {}
        self._offset = 0
        self._reading = Lock()  # one store serves all threads of the app

    def known(self) -> dict[str, Measurement]:
        """Measurements by sha256, as far as there are any. Not to be changed by the caller."""
        with self._reading:
            rows, self._offset = self.file.read(self._offset)
            for row in rows:
                sha256 = row.pop("sha256")
                self._known[sha256] = _from_row(row)
            return self._known

    def add(self, found: dict[str, Measurement]) -> None:
        self.file.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.file.path.with_suffix(".lock")):
            self.file.append(*(_row(sha256, measurement) for sha256, measurement in found.items()))


def known_measurements(workspace: Workspace, pictures: Collection[str], aspect: str = "1:1") -> dict[str, Measurement]:
    """What is known of these pictures (by sha256), and of no others: a lab may have measured a million."""
    file = MeasurementStore(workspace, aspect).file
    return {sha256: _from_row(row) for row, _ in file.follow() if (sha256 := row.pop("sha256")) in pictures}


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
    from core.datasets.crew import open_crew  # which imports this module
    from core.datasets.taking import Take

    store = store or MeasurementStore(workspace, aspect)
    known = store.known()
    missing = {picture.sha256: picture for picture in pictures if picture.sha256 not in known}
    todo = list(missing.values())
    unreadable: dict[str, Measurement] = {}
    done, total = 0, len(todo)
    if on_progress:
        on_progress(0, total)
    if not todo or stop_requested():
        return store.known()
    takes = (
        Take(number, str(workspace.image(picture.sha256, picture.suffix)), measure=True, fit=False)
        for number, picture in enumerate(todo)
    )
    with open_crew(total, aspect=store.aspect) as crew, closing(crew.take(takes)) as taking:
        for taken in taking:
            found = {todo[one.slot].sha256: one.measurement for one in taken if one.measurement}
            store.add({sha256: one for sha256, one in found.items() if not one.error})
            unreadable |= {sha256: one for sha256, one in found.items() if one.error}
            done += len(taken)
            if on_progress:
                on_progress(done, total)
            if stop_requested():
                break
    return {**store.known(), **unreadable}


def _from_row(row: dict[str, Any]) -> Measurement:
    return Measurement(**row)


def _row(sha256: str, measurement: Measurement) -> dict[str, Any]:
    return {"sha256": sha256, **{name: value for name, value in asdict(measurement).items() if name != "error"}}
