"""A small network with fixed random weights, and small pictures: what stands in for VGG19 where none is here."""

import torch
from torch import Tensor

from core.style.neural.vgg import Features, LayerPlan, random_tensors

PLAN = LayerPlan("small", ((2, 6), (1, 8), (2, 10)))  # poolings after relu1_2, relu2_1 and relu3_2
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1")


def features(*, deepest: str = "relu3_2", seed: int = 1, **choices: str) -> Features:
    return Features(PLAN, random_tensors(PLAN, deepest, seed=seed), deepest=deepest, **choices)


def picture(height: int, width: int, *, seed: int) -> Tensor:
    """(3, H, W) in [0, 1]: soft spots of colour, and some noise."""
    draw = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 5, 5, generator=draw)
    soft = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)[0]
    return (soft + 0.1 * torch.randn(3, height, width, generator=draw)).clamp(0, 1)
