"""Training Compact on pairs of small and large crops: Huber's loss, Adam, a cosine, an average of the weights.

A convolution sees black beyond the edge of what it is given. Of a crop's 24 pixels a third lie near one, of a picture's
pixels hardly any: learned from, edges would take most of a short training. So the loss leaves them out, and whoever
uses the network mirrors the picture over its own edges by as much (`BORDER`).
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.training.ema import AveragedNetwork
from core.training.optimisers import Adam
from core.upscale.layouts import CompactLayout
from core.upscale.networks import Compact
from core.upscale.training_settings import BORDER, UpscalerSettings

_HALF_LIFE_STEPS = 100  # of the average
_WARM_UP_STEPS = 150  # or a quarter of all: what the network begins with is finely balanced
# Errors below this count by their square. By their size alone, a short training is drawn to blocks: repeated pixels are
# exact on flat parts. On woodblock prints, 400 steps then gain 1.2 dB instead of 1.5.
_SMALL_ERROR = 0.1
_CUBIC = -0.5  # the parameter of bicubic interpolation (Keys, 1981), as Pillow has it
_NOISE = 0.3  # of the usual scale, for the weights that a beginning at bicubic leaves free


class UpscalerTrainer:
    """The network in training, with its average and its optimiser."""

    def __init__(self, settings: UpscalerSettings, total_steps: int, device: torch.device) -> None:
        self.settings = settings
        self.total_steps = total_steps
        self.device = device
        torch.manual_seed(settings.seed)
        network = Compact(settings.layout)
        begin_as_bicubic(network)
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.average = AveragedNetwork(self.network, _HALF_LIFE_STEPS * settings.batch_size)
        self.optimiser = Adam(self.network.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99))

    def step(self, number: int, small: np.ndarray, large: np.ndarray) -> float:
        """One step, the `number`-th from 0; the loss before it."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate(number)
        inputs, targets = self._on_device(small), self._on_device(large)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            made = self.network(inputs)
        inner = slice(BORDER * self.settings.scale, -BORDER * self.settings.scale)
        loss = F.smooth_l1_loss(made[..., inner, inner].float(), targets[..., inner, inner], beta=_SMALL_ERROR)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        batch = self.settings.batch_size
        self.average.update(self.network, (number + 1) * batch, batch)
        return float(loss.detach())

    def learning_rate(self, number: int) -> float:
        rate = self.settings.learning_rate * 0.5 * (1 + math.cos(math.pi * number / max(1, self.total_steps)))
        return rate * min(1.0, (number + 1) / max(1, min(_WARM_UP_STEPS, self.total_steps // 4)))

    def enlarge(self, picture: np.ndarray) -> np.ndarray:
        """By the average: (h, w, 3) -> (h * scale, w * scale, 3), both in [0, 1]."""
        mirrored = np.pad(picture, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), "symmetric")
        inner = slice(BORDER * self.settings.scale, -BORDER * self.settings.scale)
        with torch.inference_mode():
            given = self._on_device(mirrored.transpose(2, 0, 1)[None])
            made: np.ndarray = self.average.network(given)[0].clamp(0, 1).permute(1, 2, 0).cpu().numpy()
        return made[inner, inner]

    def state(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])

    def _on_device(self, pictures: np.ndarray) -> Tensor:
        given = torch.from_numpy(np.ascontiguousarray(pictures))
        return given.to(self.device, non_blocking=True).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def begin_as_bicubic(network: Compact) -> None:
    """Set the weights so that the network starts near bicubic interpolation, and learns only what that leaves out.

    27 features carry the 3 x 3 pixels around a place through all layers (PReLU lets pass what is not negative); the
    last convolution weighs them, 5 x 5 pixels in all, by the bicubic kernel. All other weights are random and small.
    Without this, most of a short training goes into finding plain interpolation.
    """
    layout: CompactLayout = network.layout
    channels, carried = layout.channels, layout.channels * 9
    convolutions = [part for part in network.body if isinstance(part, nn.Conv2d)]
    if layout.features < carried:
        return
    for convolution in convolutions:
        convolution.weight.mul_(_NOISE)
        assert convolution.bias is not None
        convolution.bias.zero_()
    first, *middle, last = convolutions
    first.weight[:carried] = 0
    for channel in range(channels):
        for row in range(3):
            for column in range(3):
                first.weight[channel * 9 + row * 3 + column, channel, row, column] = 1
    for convolution in middle:
        convolution.weight[:carried] = 0
        for feature in range(carried):
            convolution.weight[feature, feature, 1, 1] = 1
    last.weight.zero_()
    kernel = _bicubic_kernel(layout.scale)  # (scale, 5): for each place within a pixel, the weights of 5 pixels
    for channel in range(channels):
        for y in range(layout.scale):
            for x in range(layout.scale):
                output = (channel * layout.scale + y) * layout.scale + x
                weights = torch.outer(kernel[y], kernel[x])
                weights[2, 2] -= 1  # the pixel repeated, which the network adds
                for row in range(5):
                    for column in range(5):
                        # the carried feature that lies nearest to the middle, and the step of the last convolution
                        inner = [min(max(place, 1), 3) for place in (row, column)]
                        steps = [place - near + 1 for place, near in zip((row, column), inner, strict=True)]
                        feature = channel * 9 + (inner[0] - 1) * 3 + inner[1] - 1
                        last.weight[output, feature, steps[0], steps[1]] += weights[row, column]


def _bicubic_kernel(scale: int) -> Tensor:
    """(scale, 5) float32: how much the pixels two before to two after count at each place within a pixel."""
    offsets = (torch.arange(scale, dtype=torch.float64) + 0.5) / scale - 0.5  # from the pixel's middle, in pixels
    distance = (torch.arange(-2, 3, dtype=torch.float64)[None] - offsets[:, None]).abs()
    near = ((_CUBIC + 2) * distance - (_CUBIC + 3)) * distance**2 + 1
    far = _CUBIC * (((distance - 5) * distance + 8) * distance - 4)
    kernel = torch.where(distance <= 1, near, torch.where(distance < 2, far, torch.zeros_like(far)))
    return kernel.float()
