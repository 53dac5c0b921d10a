"""From coarse to fine: the sizes at which a picture is worked on, and how pictures change size."""

import math

import torch.nn.functional as F
from torch import Tensor


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


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """A picture (C, H, W) by bicubic interpolation that does not alias; within [0, 1] where the picture was."""
    if picture.shape[1:] == (height, width):
        return picture
    # A Mac's GPU has no interpolation that does not alias.
    source = picture.cpu() if picture.device.type == "mps" else picture
    found = F.interpolate(source[None], (height, width), mode="bicubic", align_corners=False, antialias=True)[0]
    return found.clamp(0, 1).to(picture.device)


def resized_freely(values: Tensor, height: int, width: int, *, mode: str) -> Tensor:
    """Numbers (C, H, W) that are no picture, such as an optimiser's moments. mode: "bicubic" or "bilinear"."""
    if values.shape[1:] == (height, width):
        return values
    return F.interpolate(values[None], (height, width), mode=mode, align_corners=False)[0]
