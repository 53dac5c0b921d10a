"""Colours in a few drawers: hues around the wheel, each dark, middle and light, and greys by lightness."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.features.colour import lab

HUES = 24  # sectors of 15 degrees of Lab's hue, from red on
LIGHTNESSES = (40.0, 68.0)  # L between dark and middle, and middle and light
GREY_BELOW = 9.0  # Lab chroma: what people call grey, black, white
GREYS = 6  # steps of lightness
_LEVELS = len(LIGHTNESSES) + 1
_BITS = 5  # of a channel in the table: 32 steps


@dataclass(frozen=True)
class ColourCell:
    hue: int | None  # 0 to HUES - 1; None: a grey
    level: int  # of lightness, 0 the darkest; of a grey 0 to GREYS - 1
    colour: str  # "#rrggbb", the mean of the colours in it


@dataclass(frozen=True)
class _Table:
    cell_of: NDArray[np.uint8]  # (32768,) by the five highest bits of red, green and blue
    cells: tuple[ColourCell, ...]


def colour_cells() -> tuple[ColourCell, ...]:
    """All of them: by hue, then by lightness, then the greys."""
    return _table().cells


def cells_of(colours: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Places in `colour_cells` of colours as 0xrrggbb numbers, of any shape."""
    steps = [(colours >> shift) & 31 for shift in (19, 11, 3)]
    return _table().cell_of[(steps[0] << 2 * _BITS) | (steps[1] << _BITS) | steps[2]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    steps = np.arange(1 << 3 * _BITS)
    channels = [((steps >> shift) & 31) * 8 + 4 for shift in (2 * _BITS, _BITS, 0)]
    rgb = np.stack(channels, axis=1).astype(np.uint8)
    lightness, a, b = lab(rgb).T
    hue = (np.floor(np.degrees(np.arctan2(b, a)) % 360 / (360 / HUES))).astype(int) % HUES
    level = np.digitize(lightness, LIGHTNESSES)
    grey_level = np.clip((lightness / 100 * GREYS).astype(int), 0, GREYS - 1)
    is_grey = np.hypot(a, b) < GREY_BELOW
    cell_of = np.where(is_grey, HUES * _LEVELS + grey_level, hue * _LEVELS + level).astype(np.uint8)
    cells = []
    for place in range(HUES * _LEVELS + GREYS):
        own = rgb[cell_of == place]
        mean = own.mean(axis=0).round().astype(int) if len(own) else np.zeros(3, int)
        grey = place - HUES * _LEVELS
        hue_of, level_of = (None, grey) if grey >= 0 else (place // _LEVELS, place % _LEVELS)
        cells.append(ColourCell(hue_of, level_of, f"#{mean[0]:02x}{mean[1]:02x}{mean[2]:02x}"))
    return _Table(cell_of, tuple(cells))
