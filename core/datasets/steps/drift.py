"""How far a drawn picture has gone from the original, so that a recipe that destroys what it copies is noticed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.colour import SAME_COLOUR_WITHIN, ciede2000, lab
from core.features.descriptor import COLOUR_AND_TEXTURE

_BANDS = 8  # of a picture's pixels by lightness, each as many
ANOTHER_PICTURE = 0.25  # likeness below which a stranger might not tell that it was made of the original


@dataclass(frozen=True)
class Drift:
    colour: float  # CIEDE2000, 0 to about 100: how much the colours look changed; where they are does not count
    likeness: float  # 1: looks the same, 0: no more alike than two pictures taken at random (colour-texture-1)
    too_far: bool
    words: str


def drift(original: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> Drift:
    """From one uint8 (H, W, 3) picture to another.

    Colours are compared by lightness: the mean colour of the darkest eighth of one picture with that of the other, and
    so on to the lightest. So a moved or mirrored picture has not changed its colours, and one whose reds became greens
    has, though the mean of all may be the same grey. For the likeness the picture may be turned by quarters and
    mirrored, too: on its side it is no other picture.
    """
    by_lightness, turned = _original(original.shape, np.ascontiguousarray(original).tobytes())
    colour = float(ciede2000(by_lightness, _by_lightness(drawn)).mean())
    distance = float(np.linalg.norm(turned - _described(drawn), axis=1).min())
    likeness = COLOUR_AND_TEXTURE.score_of(distance)
    reasons = []
    if colour > SAME_COLOUR_WITHIN:
        reasons.append("other colours")
    if likeness < ANOTHER_PICTURE:
        reasons.append("hardly like the original")
    words = f"colours {colour:.1f} ΔE away, {likeness:.0%} alike"
    return Drift(colour, likeness, bool(reasons), f"{words}: {' and '.join(reasons)}" if reasons else words)


@lru_cache(maxsize=64)
def _original(shape: tuple[int, ...], pixels: bytes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours by lightness, and the descriptions (8, D) of the picture as a sheet can lie: once for all draws of it."""
    picture = np.frombuffer(pixels, np.uint8).reshape(shape)
    return _by_lightness(picture), np.stack([_described(turned) for turned in _turned(picture)])


def _by_lightness(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(bands, 3): mean Lab of the pixels from the darkest to the lightest."""
    colours = lab(pixels).reshape(-1, 3)
    ordered = colours[np.argsort(colours[:, 0], kind="stable")]
    return np.stack([band.mean(axis=0) for band in np.array_split(ordered, _BANDS)])


def _turned(pixels: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """The picture in the eight ways in which a square sheet can lie."""
    for side in (pixels, pixels[:, ::-1]):
        for turns in range(4):
            yield np.ascontiguousarray(np.rot90(side, turns))


def _described(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    return COLOUR_AND_TEXTURE.describe(Image.fromarray(pixels))
