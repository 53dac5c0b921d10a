"""From coarse to fine: the sizes at which a picture is worked on, and for how many steps. No torch here."""

import math
from dataclasses import dataclass

from core.style.neural.plans import PLANS
from core.style.neural.settings import NeuralSettings


@dataclass(frozen=True)
class Scale:
    height: int
    width: int
    steps: int


def scales_of(settings: NeuralSettings, height: int, width: int, device: str) -> list[Scale]:
    """From coarse to fine; the last has the size of the result."""
    first, others = settings.steps_on(device)
    longest = sides(max(height, width), settings.smallest_side)
    stride = PLANS[settings.network].layer(settings.deepest).stride
    coarse = [fitted(height, width, side) for side in longest[:-1]]
    sizes = [size for size in coarse if min(size) >= stride] + [(height, width)]
    return [Scale(*size, others if index else first) for index, size in enumerate(sizes)]


def sides(longest: int, smallest: int) -> list[int]:
    """Longest sides in pixels, growing by the root of 2 to `longest`: (512, 128) -> 128, 181, 256, 362, 512."""
    found = [longest]
    while (side := round(longest / math.sqrt(2) ** len(found))) >= smallest:
        found.append(side)
    return found[::-1]


def fitted(height: int, width: int, longest: int, *, enlarge: bool = True) -> tuple[int, int]:
    """Height and width with that longest side, at least 1 pixel each. enlarge: False leaves a smaller picture alone."""
    factor = longest / max(height, width)
    if factor > 1 and not enlarge:
        return height, width
    return max(1, round(height * factor)), max(1, round(width * factor))
