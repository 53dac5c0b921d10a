"""What a plan needs to know of each picture, measured once for every aspect and remembered.

The measurement covers every fit and holds at every resolution, so moving a slider decodes nothing. A build that meets
new pictures measures them for its own fit only, which takes half as long; the others are made up for when a page asks.
"""

import math
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from filelock import FileLock
from PIL import Image

from core.catalog.picture import PictureRef
from core.datasets.fit import MEASURE_SIDE, Pixels, Shape, deviation, fit_to
from core.datasets.recipe import FITS, shape_of
from core.files import JsonLines
from core.workspace import Workspace

_VERSION = 1  # in the file's name; raised when fits or measures change
CROPS = ("crop", "smart")  # fits that are measured one by one; those of the whole picture measure the same
_SIGNATURE_SIDE = 8

Progress = Callable[[int, int], None]  # done, total


@dataclass(frozen=True, slots=True)
class Measurement:
    """Deviation (see `core.datasets.fit.deviation`) of the fitted picture for each fit, or why there is none.

    Not a number: not measured.
    """

    whole: float = math.nan  # squash; pad too, whose padding does not count
    crop: float = math.nan
    smart: float = math.nan
    signature: str = ""  # 8 x 8 RGB of the whole picture, hexadecimal: finds the same picture in other bytes
    error: str = ""

    def deviation(self, fit: str) -> float:
        return {"crop": self.crop, "smart": self.smart}.get(fit, self.whole)

    @property
    def is_complete(self) -> bool:
        return not any(math.isnan(self.deviation(fit)) for fit in FITS)


def measure(picture: Image.Image, aspect: str = "1:1") -> Measurement:
    """Measure an upright RGB picture, fitted to 64 pixels on the longer side.

    What is measured of the whole picture is the same for every aspect, and so is who is whose twin.
    """
    return measure_fitted(picture, aspect)[0]


def measure_fitted(
    picture: Image.Image, aspect: str, fits: Collection[str] = CROPS
) -> tuple[Measurement, dict[tuple[str, Shape], Pixels]]:
    """`measure`, and the pictures that it had to fit for it, by fit and shape: a build may have a use for them.

    Args:
        fits: what it is measured for, beside the whole picture.
    """
    square, shape = (MEASURE_SIDE, MEASURE_SIDE), shape_of(aspect, MEASURE_SIDE)
    whole = fit_to(picture, square, "squash")
    crops = {fit: fit_to(picture, shape, fit) for fit in CROPS if fit in fits}
    cell = MEASURE_SIDE // _SIGNATURE_SIDE
    rows = whole.reshape(_SIGNATURE_SIDE, cell, _SIGNATURE_SIDE, cell, 3).sum(axis=1, dtype=np.uint32)
    signature = np.rint(rows.sum(axis=2) / cell**2).astype(np.uint8).tobytes().hex()
    found = {fit: round(deviation(pixels), 3) for fit, pixels in crops.items()}
    measurement = Measurement(
        whole=round(deviation(whole), 3),
        crop=found.get("crop", math.nan),
        smart=found.get("smart", math.nan),
        signature=signature,
    )
    return measurement, {("squash", square): whole, **{(fit, shape): pixels for fit, pixels in crops.items()}}


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
        """Complete measurements by sha256, as far as there are any. Not to be changed by the caller."""
        with self._reading:
            rows, self._offset = self.file.read(self._offset)
            for row in rows:
                sha256 = row.pop("sha256")
                if (measurement := _from_row(row)).is_complete:
                    self._known[sha256] = measurement
            return self._known

    def add(self, found: dict[str, Measurement]) -> None:
        self.file.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.file.path.with_suffix(".lock")):
            self.file.append(*(_row(sha256, measurement) for sha256, measurement in found.items()))


def known_measurements(
    workspace: Workspace, pictures: Collection[str], *, aspect: str = "1:1", fit: str
) -> dict[str, Measurement]:
    """What is known of these pictures (by sha256) for a fit, and of no others: a lab may have measured a million."""
    found: dict[str, Measurement] = {}
    for row, _ in MeasurementStore(workspace, aspect).file.follow():
        sha256 = row.pop("sha256")
        if sha256 in pictures and not math.isnan((measurement := _from_row(row)).deviation(fit)):
            found[sha256] = measurement
    return found


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
    known = {name: getattr(measurement, name) for name in ("whole", *CROPS)}
    return {
        "sha256": sha256,
        **{name: value for name, value in known.items() if not math.isnan(value)},
        "signature": measurement.signature,
    }
