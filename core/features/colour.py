"""Colours as the eye orders them: CIE Lab of sRGB, and how different two colours look (CIEDE2000).

Lab: D65, 2 degrees, from IEC 61966-2-1 and CIE 15. CIEDE2000: Sharma, Wu, Dalal: The CIEDE2000 Color-Difference
Formula: Implementation Notes, Supplementary Test Data, and Mathematical Observations (2005), whose data test it.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from core.errors import ConfigError

SAME_COLOUR_WITHIN = 12.0  # CIEDE2000: most people would give both one name

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def lab(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(..., 3) 8-bit sRGB -> (..., 3) float32 L 0..100, a and b about -110..110."""
    linear = _linear()[rgb]
    ratio = linear @ (_TO_XYZ / _WHITE[:, None]).T.astype(np.float32)
    bent = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = bent[..., 0], bent[..., 1], bent[..., 2]
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1).astype(np.float32)


def parse_colour(text: str) -> tuple[int, int, int]:
    """A colour as people write it: "#rrggbb", "#rgb", or a CSS name such as "teal". Raises: ConfigError."""
    name = text.strip().lower()
    known = name in ImageColor.colormap or (
        name.startswith("#") and len(name) in (4, 7) and all(digit in "0123456789abcdef" for digit in name[1:])
    )
    if not known:
        raise ConfigError(
            f"{text[:40]!r} is no colour. Write it as #rrggbb, or by its CSS name, such as teal or crimson."
        )
    red, green, blue = ImageColor.getrgb(name)[:3]
    return red, green, blue


def ciede2000(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """How different two Lab colours look, 0 to about 100; (..., 3) and (..., 3) broadcast to (...)."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    chroma = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    stretch = 1 + 0.5 * (1 - _near_grey(chroma))
    lightness_1, chroma_1, hue_1 = _cylinder(first, stretch)
    lightness_2, chroma_2, hue_2 = _cylinder(second, stretch)
    grey = chroma_1 * chroma_2 == 0

    turn = hue_2 - hue_1
    turn = np.where(grey, 0.0, turn - 360 * np.round(turn / 360))
    hue_difference = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn / 2))
    far = np.abs(hue_1 - hue_2) > 180
    hue = (hue_1 + hue_2) / 2 + np.where(far, np.where(hue_1 + hue_2 < 360, 180, -180), 0)
    hue = np.where(grey, hue_1 + hue_2, hue)
    lightness, chroma = (lightness_1 + lightness_2) / 2, (chroma_1 + chroma_2) / 2

    weight = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    from_middle = np.square(lightness - 50)
    lightness_term = (lightness_2 - lightness_1) / (1 + 0.015 * from_middle / np.sqrt(20 + from_middle))
    chroma_term = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)
    hue_term = hue_difference / (1 + 0.015 * chroma * weight)
    rotation = -2 * _near_grey(chroma) * np.sin(np.radians(60 * np.exp(-np.square((hue - 275) / 25))))
    squares = np.square(lightness_term) + np.square(chroma_term) + np.square(hue_term)
    return np.sqrt(np.maximum(squares + rotation * chroma_term * hue_term, 0))


def palette_array(palettes: Sequence[Sequence[str]], places: int = 5) -> NDArray[np.uint8]:
    """(N, places, 3) uint8 of palettes as the catalog has them; short ones repeat their most frequent colour.

    Raises: ConfigError for a palette without a colour.
    """
    text = []
    for palette in palettes:
        if not palette:
            raise ConfigError("A palette has at least one colour; found an empty one.")
        own = [colour[1:] for colour in palette[:places]]
        text += own + [own[0]] * (places - len(own))
    return np.frombuffer(bytes.fromhex("".join(text)), np.uint8).reshape(len(palettes), places, 3)


class PaletteIndex:
    """Many palettes, made ready to be asked again and again which are near to some colours.

    Told apart to 6 bits a channel, less than is just noticeable, so that at most 262,144 colours are compared.
    """

    def __init__(self, palettes: NDArray[np.uint8]) -> None:
        """palettes: (N, P, 3); see palette_array."""
        wide = palettes.astype(np.uint32)
        self._take(wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2])

    @classmethod
    def of_numbers(cls, colours: NDArray[np.integer]) -> "PaletteIndex":
        """Of (N, P) colours written as 0xrrggbb."""
        index = cls.__new__(cls)
        index._take(colours)
        return index

    def _take(self, colours: NDArray[np.integer]) -> None:
        keys = colours >> 18 << 12 | (colours >> 10 & 63) << 6 | colours >> 2 & 63
        self._columns = [np.ascontiguousarray(keys[:, place], np.int32) for place in range(keys.shape[1])]
        present = np.zeros(1 << 18, dtype=bool)
        present[keys] = True
        self._distinct = np.flatnonzero(present)
        rgb = np.stack((self._distinct >> 12, self._distinct >> 6 & 63, self._distinct & 63), axis=-1)
        self._lab = lab(rgb.astype(np.uint8) * 4 + 2)

    def distance(self, colours: Sequence[tuple[int, int, int]], *, rank: float = 2.0) -> NDArray[np.float32]:
        """(N,); see palette_distance."""
        if not colours:
            raise ConfigError("A search by colour needs a colour.")
        total = np.zeros(len(self._columns[0]), np.float32)
        apart = np.empty(1 << 18, np.float32)
        for colour in colours:
            apart[self._distinct] = ciede2000(self._lab, lab(np.array(colour, np.uint8)))
            nearest = apart[self._columns[0]]
            for place, column in enumerate(self._columns[1:], start=1):
                np.minimum(nearest, apart[column] + np.float32(rank * place), out=nearest)
            total += nearest
        return total / np.float32(len(colours))


def palette_distance(
    palettes: NDArray[np.uint8], colours: Sequence[tuple[int, int, int]], *, rank: float = 2.0
) -> NDArray[np.float32]:
    """How far pictures are from having all these colours among their main ones.

    For each colour the nearest of the palette by CIEDE2000, plus `rank` for every place that it stands behind the most
    frequent one, so that of equally near pictures those come first in which the colour is more than an accent; then the
    mean over the colours asked for.

    Args:
        palettes: (N, P, 3) uint8; see palette_array.
        colours: one or more; see parse_colour.
    Returns: (N,) float32; up to SAME_COLOUR_WITHIN people would call it that colour.
    """
    return PaletteIndex(palettes).distance(colours, rank=rank)


def _near_grey(chroma: NDArray[np.float64]) -> NDArray[np.float64]:
    seventh = np.power(chroma, 7)
    return np.sqrt(seventh / (seventh + math.pow(25, 7)))


def _cylinder(
    colour: NDArray[np.float64], stretch: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    red_green = colour[..., 1] * stretch
    hue = np.degrees(np.arctan2(colour[..., 2], red_green)) % 360
    return colour[..., 0], np.hypot(red_green, colour[..., 2]), hue


@lru_cache(maxsize=1)
def _linear() -> NDArray[np.float32]:
    """(256,) light for each 8-bit value."""
    value = np.arange(256) / 255
    return np.where(value <= 0.04045, value / 12.92, np.power((value + 0.055) / 1.055, 2.4)).astype(np.float32)
