"""What a picture looks like as one vector of colour and texture, without any trained network.

Parts, each with its own share of the squared distance:

    colours   a histogram of the whole picture in CIE Lab, soft over neighbouring bins, square roots of the shares, so
              that the Euclidean distance is Hellinger's (Swain & Ballard, Color Indexing, 1991; the square root as in
              Arandjelovic & Zisserman, Three things everyone should know, 2012)
    layout    the mean Lab colour of each field of a 4 x 4 grid (MPEG-7's colour layout; Manjunath et al., 2001)
    texture   how strong the edges are in 8 directions at 3 scales, in each field of a 2 x 2 grid: the energies of
              GIST (Oliva & Torralba, 2001), by gradients as in HOG (Dalal & Triggs, 2005). Not normalised to unit
              length: whether a picture is calm or busy is what it should tell

It is taken from the thumbnail (256 pixels at most) reduced to 64 x 64: proportions do not count.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.colour import lab

_SIDE = 64  # pixels, square
_BINS = (5, 5, 5)  # of L, a, b
_LOWEST = np.array([0.0, -60.0, -60.0], np.float32)  # Lab in the middle of the outermost bins; beyond counts as there
_HIGHEST = np.array([100.0, 60.0, 60.0], np.float32)
_LAYOUT_GRID = 4
_TEXTURE_GRID = 2
_DIRECTIONS = 8
_SCALES = 3
_SHARES = {"colours": 1.0, "layout": 1.0, "texture": 1.0}  # of the mean squared distance of unrelated pictures
# Root mean square distance of each part between unrelated pictures, measured over 843 colour-field paintings and 366
# Japanese actor prints: what makes the parts comparable.
_SPREAD = {"colours": 0.987, "layout": 178.8, "texture": 6.04}


@dataclass(frozen=True)
class Descriptor:
    """A way of turning pictures into vectors, and what its distances mean."""

    name: str  # stored with vectors; a change of what it computes is a new name
    label: str  # for people: always says whether a network was used, and which
    length: int
    unrelated: float  # Euclidean distance of two pictures taken at random: about the median
    describe: Callable[[Image.Image], NDArray[np.float32]]  # upright sRGB, mode RGB -> (length,)

    def score(self, distance: NDArray[np.floating]) -> NDArray[np.float32]:
        """As people read it: 1 for the same picture, 0 for pictures as far apart as any two taken at random."""
        return np.clip(1 - np.asarray(distance, np.float32) / self.unrelated, 0, 1)

    def score_of(self, distance: float) -> float:
        """The same of one distance."""
        return min(max(1 - distance / self.unrelated, 0.0), 1.0)


def describe(image: Image.Image) -> NDArray[np.float32]:
    """(269,) float32 of an upright sRGB picture (mode RGB)."""
    small = image.resize((_SIDE, _SIDE), Image.Resampling.BOX if min(image.size) >= _SIDE else Image.Resampling.BICUBIC)
    colours = lab(np.asarray(small))
    parts = {
        "colours": _colours(colours.reshape(-1, 3)),
        "layout": _field_means(colours, _LAYOUT_GRID).ravel(),
        "texture": _texture(colours[..., 0]),
    }
    scaled = [values * (_SHARES[name] ** 0.5 / _SPREAD[name]) for name, values in parts.items()]
    return np.concatenate(scaled).astype(np.float32)


def describe_thumbnail(thumbnail: bytes, descriptor: Descriptor) -> NDArray[np.float32]:
    """Of a thumbnail as core.images makes them (WebP). Raises: OSError if it is damaged."""
    with Image.open(io.BytesIO(thumbnail), formats=("WEBP",)) as image:
        return descriptor.describe(image.convert("RGB"))


def _colours(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(125,) from (N, 3): each pixel falls into the two nearest bins of every axis, by nearness."""
    last = np.array(_BINS, np.float32) - 1
    place = np.clip((pixels - _LOWEST) / (_HIGHEST - _LOWEST), 0, 1) * last
    low = np.minimum(place.astype(np.int32), (last - 1).astype(np.int32))
    high_share = place - low
    shares = ((1 - high_share).T, high_share.T)  # each (3, N)
    strides = (_BINS[1] * _BINS[2], _BINS[2], 1)
    base = low @ np.array(strides, np.int32)
    histogram = np.zeros(int(np.prod(_BINS)), np.float64)
    for corner in product((0, 1), repeat=3):
        share = shares[corner[0]][0] * shares[corner[1]][1] * shares[corner[2]][2]
        offset = sum(step * stride for step, stride in zip(corner, strides, strict=True))
        histogram += np.bincount(base + offset, weights=share, minlength=len(histogram))
    return np.sqrt(histogram / len(pixels)).astype(np.float32)


def _field_means(values: NDArray[np.float32], grid: int) -> NDArray[np.float32]:
    """(grid, grid, C) from (S, S, C)."""
    step = len(values) // grid
    return values.reshape(grid, step, grid, step, -1).mean(axis=(1, 3))


def _texture(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """(96,): square roots of the mean strength of edges, by scale, field and direction."""
    found = []
    for _ in range(_SCALES):
        down, right = np.gradient(lightness)
        strength = np.hypot(down, right)
        # a direction counts half a turn, since an edge from dark to light is one from light to dark
        place = np.arctan2(down, right) / np.pi % 1 * _DIRECTIONS
        low = place.astype(np.int32)
        high = strength * (place - low)
        field = _fields(len(lightness)) * _DIRECTIONS
        bins = np.concatenate((field + low % _DIRECTIONS, field + (low + 1) % _DIRECTIONS)).ravel()
        sums = np.bincount(bins, np.concatenate((strength - high, high)).ravel(), _TEXTURE_GRID**2 * _DIRECTIONS)
        found.append(sums * (_TEXTURE_GRID / len(lightness)) ** 2)
        half = len(lightness) // 2
        lightness = lightness.reshape(half, 2, half, 2).mean(axis=(1, 3))
    return np.sqrt(np.concatenate(found)).astype(np.float32)


@lru_cache(maxsize=_SCALES)
def _fields(side: int) -> NDArray[np.int32]:
    """(side, side): the field of the grid that each pixel lies in."""
    line = np.arange(side, dtype=np.int32) * _TEXTURE_GRID // side
    return line[:, None] * _TEXTURE_GRID + line[None, :]


COLOUR_AND_TEXTURE = Descriptor(
    name="colour-texture-1",
    label="Colour and texture (no trained network)",
    length=269,
    unrelated=1.69,
    describe=describe,
)
