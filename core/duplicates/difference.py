"""Where two pictures differ: a picture of it, and how much in numbers."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

MOST_PIXELS = 4_000_000  # of the picture of the difference; larger ones are compared at a smaller scale
NOTICEABLE = 8  # of 255, in the colour that differs most
_BRIGHTEST = 235  # what the largest difference becomes, where they are enlarged


@dataclass(frozen=True)
class Difference:
    image: Image.Image  # RGB: black where both are equal
    enlarged: float  # how many times the differences are shown
    share: float  # of the pixels whose colour differs by more than NOTICEABLE
    largest: int  # 0 to 255
    scaled: bool  # the two had other sizes, or were too large: compared at the smaller of their sizes

    @property
    def is_equal(self) -> bool:
        return self.largest == 0 and not self.scaled


def difference(one: Image.Image, other: Image.Image) -> Difference:
    """Both RGB. Pictures of other sizes are compared at the size of the smaller one, as nothing can be said of pixels
    that only one has."""
    size = min(one.size, other.size, key=lambda wide_and_high: wide_and_high[0] * wide_and_high[1])
    share = min(1.0, (MOST_PIXELS / (size[0] * size[1])) ** 0.5)
    size = max(1, round(size[0] * share)), max(1, round(size[1] * share))
    left, right = (np.asarray(_at(image, size), dtype=np.int16) for image in (one, other))
    apart = np.abs(left - right)
    largest = int(apart.max(initial=0))
    enlarged = max(1.0, _BRIGHTEST / largest) if largest else 1.0
    shown = Image.fromarray(np.minimum(apart * enlarged, 255).astype(np.uint8))
    noticeable = float((apart.max(axis=2) > NOTICEABLE).mean()) if apart.size else 0.0
    return Difference(shown, enlarged, noticeable, largest, one.size != size or other.size != size)


def _at(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.BOX)
