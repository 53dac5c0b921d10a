"""Networks with few channels and fixed random weights, and small pictures: what stands in for VGG19 here."""

import torch
from torch import Tensor

from core.style.neural.settings import NeuralSettings
from core.style.neural.vgg import Features, LayerPlan, random_tensors

PLAN = LayerPlan("small", ((2, 6), (1, 8), (2, 10)))  # poolings after relu1_2, relu2_1 and relu3_2
THIN = LayerPlan("thin vgg19", ((2, 5), (2, 6), (4, 7), (4, 8), (4, 8)))  # VGG19's layers, with its sight and strides


def features(*, deepest: str = "relu3_2", seed: int = 1, plan: LayerPlan = PLAN, **choices: str) -> Features:
    return Features(plan, random_tensors(plan, deepest, seed=seed), deepest=deepest, **choices)


def thin(**choices: str) -> Features:
    return features(plan=THIN, deepest="relu5_1", **choices)


def settings(**choices: object) -> NeuralSettings:
    """For `thin`: a few steps at two scales, without the deepest layers, which small pictures do not reach."""
    usual = {
        "content_layers": ("relu3_2",),
        "style_layers": ("relu1_1", "relu2_1", "relu3_1"),
        "style_layer_weights": (16.0, 4.0, 1.0),
        "smallest_side": 34,
        "steps": 4,
        "variation_weight": 0.1,
    }
    return NeuralSettings(**(usual | choices))


def picture(height: int, width: int, *, seed: int) -> Tensor:
    """(3, H, W) in [0, 1]: soft spots of colour, and some noise."""
    draw = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 5, 5, generator=draw)
    soft = torch.nn.functional.interpolate(coarse, (height, width), mode="bicubic", align_corners=False)[0]
    return (soft + 0.1 * torch.randn(3, height, width, generator=draw)).clamp(0, 1)
