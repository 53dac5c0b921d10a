"""What is done to single pictures on their way into a pack: by a thread here, or by a process of `core.datasets.crew`.

Pixels do not travel between processes: they are written to their place in a file that all of them have open.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.datasets.copies import copy_of
from core.datasets.fit import MEASURE_SIDE, Pixels, fit_picture
from core.datasets.measure import CROPS, Measurement, measure_fitted
from core.datasets.recipe import Recipe
from core.errors import AtelierError
from core.images import read_image_for

DECODED_TIMES = 2  # what is resampled here has this many times the pixels it gets, where the original has them


@dataclass(frozen=True, slots=True)
class Take:
    """One picture to decode, once for all that is wanted of it."""

    slot: int  # its place in the spool
    path: str
    measure: bool
    fit: bool  # into its place in the spool


@dataclass(frozen=True, slots=True)
class Taken:
    slot: int
    measurement: Measurement | None  # None where it was not asked for
    fitted: bool  # its pixels are in the spool
    error: str = ""  # why it could not be read


@dataclass(frozen=True, slots=True)
class CopyRows:
    """A stretch of rows of images.npy: copies of pictures in the spool."""

    copy: str  # one of Recipe.row_copies
    offset: int  # bytes into the file
    slots: list[int]  # of the pictures
    names: list[str]  # their hashes, which seed what is drawn


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What whoever takes pictures in has before them.

    Args:
        recipe: None where pictures are only measured, for every fit; else it is done for its own.
        spool, images: the files to write to; "" where there is none.
    """

    aspect: str = "1:1"
    recipe: Recipe | None = None
    spool: str = ""
    images: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "recipe": self.recipe.to_json() if self.recipe else None}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Desk":
        return cls(**{**value, "recipe": Recipe.from_json(value["recipe"]) if value["recipe"] else None})

    def take(self, takes: Sequence[Take]) -> list[Taken]:
        return [self._take(one) for one in takes]

    def copy(self, rows: CopyRows) -> None:
        """Raises OSError."""
        assert self.recipe is not None
        pixels = read_rows(Path(self.spool), rows.slots, self.recipe.shape)
        copies = [
            copy_of(one, rows.copy, self.recipe, name).tobytes() for one, name in zip(pixels, rows.names, strict=True)
        ]
        write_at(Path(self.images), rows.offset, b"".join(copies))

    def _take(self, one: Take) -> Taken:
        side = self.recipe.resolution if self.recipe else MEASURE_SIDE
        sides = [DECODED_TIMES * MEASURE_SIDE] * one.measure + [DECODED_TIMES * side] * one.fit
        try:
            pictures = read_image_for(Path(one.path), sides)
        except AtelierError as error:
            return Taken(one.slot, Measurement(error=str(error)) if one.measure else None, False, str(error))
        fits = (self.recipe.fit,) if self.recipe else CROPS
        measurement, fitted = measure_fitted(pictures[0], self.aspect, fits) if one.measure else (None, {})
        if self.recipe is None or not one.fit:
            return Taken(one.slot, measurement, False)
        if measurement is not None and measurement.deviation(self.recipe.fit) < self.recipe.min_deviation:
            return Taken(one.slot, measurement, False)  # left out as near-solid
        shared = fitted if not one.measure or pictures[0] is pictures[-1] else {}
        pixels = shared.get((self.recipe.fit, self.recipe.shape))
        pixels = _fit(pictures[-1], self.recipe) if pixels is None else pixels
        write_at(Path(self.spool), one.slot * pixels.nbytes, pixels.tobytes())
        return Taken(one.slot, measurement, True)


def _fit(picture: Image.Image, recipe: Recipe) -> Pixels:
    return fit_picture(picture, recipe)


def read_rows(path: Path, numbers: Sequence[int], shape: tuple[int, int]) -> Pixels:
    """Pictures of a file of pictures, (N, H, W, 3)."""
    pixels = np.empty((len(numbers), *shape, 3), np.uint8)
    with path.open("rb", buffering=0) as file:
        for place, number in enumerate(numbers):
            file.seek(number * pixels[place].nbytes)
            file.readinto(memoryview(pixels[place]).cast("B"))
    return pixels


def write_at(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b", buffering=0) as file:
        file.seek(offset)
        file.write(data)
