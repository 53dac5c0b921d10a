"""How pictures change size on their way from coarse to fine."""

import torch.nn.functional as F
from torch import Tensor


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
