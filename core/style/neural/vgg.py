"""The convolutions of VGG (Simonyan & Zisserman, 2014, arXiv:1409.1556), laid out as torchvision publishes them.

Features only: the classifier, nine tenths of the published file, is never built.
"""

import math
from collections.abc import Collection, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ConfigError
from core.style.errors import StyleError
from core.style.neural.plans import PLANS, POOLINGS, VGG16, VGG19, LayerPlan

__all__ = ["PLANS", "POOLINGS", "VGG16", "VGG19", "Features", "LayerPlan", "random_tensors"]

# What keeps the size of activations where another pooling than the trained one takes its place.
_AVERAGE_RESCALED = 2.0
_L2_RESCALED = 0.78
_SMALLEST_SQUARE = 1e-12  # under a root whose gradient would be infinite at 0


class Features(nn.Module):
    """Activations of a picture at named layers. The weights are fixed.

    Args:
        tensors: "features.<index>.weight" and ".bias", as in torchvision's files; more of them do no harm.
        deepest: the last layer that will be asked for; what comes after is not built.
        pooling: of POOLINGS. The published networks were trained with "max"; the others are rescaled to its size.
        edges: how all convolutions go beyond the edge: "first" repeats the picture's outermost pixels for the first
            one only, which keeps a frame from growing; "reflect" mirrors for all; "zeros" is as trained.
    Raises: ConfigError for an unknown layer or choice, or tensors of other shapes.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        plan: LayerPlan,
        tensors: Mapping[str, Tensor],
        *,
        deepest: str,
        pooling: str = "max",
        edges: str = "first",
    ) -> None:
        super().__init__()
        if pooling not in POOLINGS:
            raise ConfigError(f"There is no pooling {pooling!r}. Choose one of: {', '.join(POOLINGS)}.")
        if edges not in ("first", "reflect", "zeros"):
            raise ConfigError(f"There is no edge handling {edges!r}. Choose first, reflect or zeros.")
        for name, shape in plan.shapes(deepest).items():
            found = tuple(tensors[name].shape) if name in tensors else None
            if found != shape:
                raise ConfigError(
                    f"The weights do not fit {plan.name}: {name} should be {shape}, and is {found or 'missing'}. "
                    "Choose the file that belongs to this network."
                )
            self.register_buffer(name.replace(".", "_"), tensors[name].detach().clone(), persistent=False)
        self.register_buffer("mean", torch.tensor(plan.mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(plan.deviation).view(1, 3, 1, 1), persistent=False)
        last = plan.layer(deepest)
        self.plan = plan
        self.smallest_side = last.stride
        self._layers = [layer for layer in plan.layers().values() if layer.index <= last.index]
        self._pooling = pooling
        self._edges = edges

    def forward(self, picture: Tensor, wanted: Collection[str]) -> dict[str, Tensor]:
        """Activations by layer.

        Args:
            picture: (1, 3, H, W) in [0, 1], sRGB.
            wanted: names of layers, up to `deepest`.
        Returns: (C, h, w) each, h = H // stride.
        Raises: StyleError for a picture too small to reach the deepest of them.
        """
        height, width = picture.shape[-2:]
        last = max(self.plan.layer(name).index for name in wanted)
        stride = max(self.plan.layer(name).stride for name in wanted)
        if min(height, width) < stride:
            raise StyleError(
                f"A picture of {width} x {height} pixels is too small for the layers of {self.plan.name} that "
                f"are asked for: each side needs at least {stride}. Choose a larger size."
            )
        values = (picture - self.mean.to(picture.dtype)) / self.deviation.to(picture.dtype)
        found: dict[str, Tensor] = {}
        for layer in self._layers:
            if layer.index > last:
                break
            if layer.name.startswith("conv"):
                values = self._convolved(values, layer.index)
            elif layer.name.startswith("relu"):
                # In place, which halves the memory, unless somebody asked for what is before.
                before_wanted = layer.name.replace("relu", "conv") in wanted
                values = F.relu(values, inplace=not before_wanted)
            else:
                values = _pooled(values, self._pooling)
            if layer.name in wanted:
                found[layer.name] = values[0]
        return found

    def _convolved(self, values: Tensor, index: int) -> Tensor:
        weight = self.get_buffer(f"features_{index}_weight")
        bias = self.get_buffer(f"features_{index}_bias")
        if self._edges == "reflect" and min(values.shape[-2:]) > 1:
            return F.conv2d(F.pad(values, (1, 1, 1, 1), mode="reflect"), weight, bias)
        if self._edges == "first" and index == 0:
            return F.conv2d(F.pad(values, (1, 1, 1, 1), mode="replicate"), weight, bias)
        return F.conv2d(values, weight, bias, padding=1)


def _pooled(values: Tensor, pooling: str) -> Tensor:
    if pooling == "max":
        return F.max_pool2d(values, 2)
    if pooling == "average":
        return F.avg_pool2d(values, 2) * _AVERAGE_RESCALED
    sums = F.avg_pool2d(values.square(), 2) * 4
    return sums.clamp_min(_SMALLEST_SQUARE).sqrt() * _L2_RESCALED


def random_tensors(plan: LayerPlan, deepest: str, *, seed: int) -> dict[str, Tensor]:
    """Kaiming-normal weights and zero biases in the layout of the published files: a network that was never trained."""
    draw = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in plan.shapes(deepest).items():
        if name.endswith("weight"):
            deviation = math.sqrt(2 / (shape[1] * shape[2] * shape[3]))
            tensors[name] = torch.randn(shape, generator=draw) * deviation
        else:
            tensors[name] = torch.zeros(shape)
    return tensors
