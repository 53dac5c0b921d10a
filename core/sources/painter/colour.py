"""Colours as a painter knows them: named, and as optical densities, which add up where paint lies over paint."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]  # what may be handed in

GAMMA = 2.2
_DARKEST = 0.02  # sRGB, 0 to 1: no paint is blacker, and its density stays finite


@dataclass(frozen=True)
class Paint:
    """A paint on the palette. Lightness, chroma and hue (degrees) are those of OKLCH (Ottosson, 2020)."""

    name: str
    lightness: float
    chroma: float
    hue: float

    @property
    def density(self) -> Floats:
        """(3,) float32: -ln of the reflectance of a thick layer, for R, G, B."""
        return density(oklch_to_srgb(self.lightness, self.chroma, self.hue))

    def shifted(self, *, lightness: float = 0.0, chroma: float = 1.0, hue: float = 0.0) -> "Paint":
        """A neighbour of this paint: lightness and hue are added, chroma is multiplied."""
        return Paint(
            self.name,
            min(max(self.lightness + lightness, 0.12), 0.97),
            min(self.chroma * chroma, 0.27),
            (self.hue + hue) % 360.0,
        )


def density(srgb: Floats) -> Floats:
    return (-GAMMA * np.log(np.maximum(srgb, _DARKEST))).astype(np.float32)


def distance(first: Paint, second: Paint) -> float:
    """Euclidean, in OKLab: 0.02 is barely visible, 0.2 is another colour."""
    one, two = math.radians(first.hue), math.radians(second.hue)
    return math.hypot(
        first.lightness - second.lightness,
        first.chroma * math.cos(one) - second.chroma * math.cos(two),
        first.chroma * math.sin(one) - second.chroma * math.sin(two),
    )


def oklch_to_srgb(lightness: float, chroma: float, hue: float) -> Floats:
    """(3,) float32, 0 to 1. A colour that sRGB cannot show loses chroma until it can."""
    while True:
        linear = _oklab_to_linear(lightness, chroma, math.radians(hue))
        if chroma < 1e-3 or (linear.min() >= -1e-3 and linear.max() <= 1.001):
            break
        chroma *= 0.95
    clipped = np.clip(linear, 0.0, 1.0)
    encoded = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)
    return encoded.astype(np.float32)


def _oklab_to_linear(lightness: float, chroma: float, hue_radians: float) -> NDArray[np.float64]:
    a, b = chroma * math.cos(hue_radians), chroma * math.sin(hue_radians)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return np.array(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ]
    )
