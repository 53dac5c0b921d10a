"""Steps that add noise or take detail away. Images are float32 (B, 3, H, W) from 0 to 255."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.fields import normal_field, smoothed
from core.datasets.steps.sending import column, sent


def sharpness(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """The smooth picture is that of torchvision and Pillow: 3 x 3 pixels, the middle five times; the rim stays."""
    smooth = images.clone()
    smooth[:, :, 1:-1, 1:-1] = (9 * F.avg_pool2d(images, 3, 1) + 4 * images[:, :, 1:-1, 1:-1]) / 13
    return torch.lerp(smooth, images, column(drawn.numbers["factor"], images))


def gaussian_noise(images: Tensor, drawn: DrawnBatch) -> Tensor:
    field = normal_field(drawn.numbers["grain"], tuple(images.shape[1:]), images.device)
    return images + field * column(drawn.numbers["strength"] * 2.55, images)


def gaussian_blur(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return smoothed(images, sent(drawn.numbers["sigma"].astype(np.float32), images.device))


def erase(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """A rectangle of whole pixels, wholly inside."""
    numbers, (height, width) = drawn.numbers, images.shape[2:]
    share, aspect = numbers["area"] / 100, numbers["aspect"]
    inside = torch.ones(1, 1, 1, 1, dtype=torch.bool, device=images.device)
    for side, part, place, dim in (
        (width, share * aspect, numbers["across"], (1, 1, 1, width)),
        (height, share / aspect, numbers["down"], (1, 1, height, 1)),
    ):
        length = np.clip(np.rint(np.sqrt(part) * side), 1, side)
        begin = np.floor(place * (side - length + 1))
        along = torch.arange(side, device=images.device).view(dim)
        inside = inside & (along >= column(begin, images)) & (along < column(begin + length, images))
    return torch.where(inside, _fill(images, drawn), images)


def _fill(images: Tensor, drawn: DrawnBatch) -> Tensor:
    fill = drawn.choices["fill"]
    if fill == "mean":
        return images.mean(dim=(2, 3), keepdim=True)
    if fill == "noise":
        return 127.5 + 64 * normal_field(drawn.numbers["grain"], tuple(images.shape[1:]), images.device)
    value = {"grey": 127.5, "white": 255.0, "black": 0.0}[fill]
    return torch.full((1, 1, 1, 1), value, device=images.device)
