"""Steps that change colours, after torchvision.transforms.v2.functional; each picture of a batch has its own numbers.

Images are float32 (B, 3, H, W) from 0 to 255; what goes beyond is clamped after each step.
"""

import numpy as np
import torch
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.sending import column, sent

_LUMA = (0.2989, 0.587, 0.114)  # of red, green and blue in grey, as torchvision and Pillow weigh them


def brightness(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return images * column(drawn.numbers["factor"], images)


def contrast(images: Tensor, drawn: DrawnBatch) -> Tensor:
    mean = grey(images).mean(dim=(1, 2, 3), keepdim=True)
    return torch.lerp(mean, images, column(drawn.numbers["factor"], images))


def saturation(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return torch.lerp(grey(images), images, column(drawn.numbers["factor"], images))


def hue(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Through HSV: value and chroma stay, the hue moves."""
    value, least = images.amax(dim=1, keepdim=True), images.amin(dim=1, keepdim=True)
    chroma = value - least
    red, green, blue = images.split(1, dim=1)
    of_chroma = chroma.clamp(min=1e-6)
    sixths = torch.where(value == red, (green - blue) / of_chroma, 2 + (blue - red) / of_chroma)
    sixths = torch.where((value == blue) & (value != red) & (value != green), 4 + (red - green) / of_chroma, sixths)
    sixths = sixths + column(drawn.numbers["angle"] / 60, images)
    # each channel is the value, less the chroma by how far it stands from its own third of the circle
    places = sent(np.array([5, 3, 1], np.float32), images.device).view(1, 3, 1, 1)
    away = (places + sixths).remainder(6)
    return value - chroma * torch.minimum(away, 4 - away).clamp(0, 1)


def gamma(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return (images / 255).pow(column(drawn.numbers["gamma"], images)) * 255


def greyscale(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return grey(images).repeat(1, 3, 1, 1)


def autocontrast(images: Tensor, drawn: DrawnBatch) -> Tensor:
    least, most = images.amin(dim=(2, 3), keepdim=True), images.amax(dim=(2, 3), keepdim=True)
    return torch.where(most > least, (images - least) * (255 / (most - least).clamp(min=1e-6)), images)


def equalise(images: Tensor, drawn: DrawnBatch) -> Tensor:
    from torchvision.transforms.v2 import functional  # takes a second to load, and only this step needs it

    return functional.equalize(images.round().to(torch.uint8)).float()


def posterise(images: Tensor, drawn: DrawnBatch) -> Tensor:
    width = column(2.0 ** (8 - drawn.numbers["bits"]), images)  # values to a tone
    return (images.round() / width).floor() * width


def solarise(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return torch.where(images.round() >= column(drawn.numbers["threshold"], images), 255 - images, images)


def grey(images: Tensor) -> Tensor:
    """(B, 1, H, W)."""
    return sum(weight * images[:, place : place + 1] for place, weight in enumerate(_LUMA))  # type: ignore[return-value]
