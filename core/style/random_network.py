"""The engine "random": features of a network that was never trained. The layers of VGG19, drawn from a seed.

After He, Wang & Hopcroft (2016, arXiv:1606.04801) and Ustyuzhaninov et al. (2016, arXiv:1606.00021): random features
carry texture, if each layer's loss is relative to the size of its own target. What they lack is any notion of things.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from torch import Tensor

from core.errors import ConfigError
from core.style.engines import Cost, Report
from core.style.neural.settings import NeuralSettings
from core.style.neural.transfer import Transfer, scales_of
from core.style.neural.vgg import VGG19, Features, random_tensors
from core.style.trial import seconds_of

_PLAN = replace(VGG19, mean=(0.5, 0.5, 0.5), deviation=(0.25, 0.25, 0.25))  # trained on nothing, so on no statistics
_TRIED_SIDE = 96  # pixels
_BYTES_PER_PIXEL = 2600  # activations up to relu4_2 and their gradients, measured


@dataclass(frozen=True)
class RandomSettings(NeuralSettings):
    network_seed: int = 0  # of its weights; another gives other marks
    pooling: str = "average"
    edges: str = "reflect"
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    style_layer_weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    style_loss: str = "gram"
    variation_weight: float = 0.3  # with 0.02 the dabs are full of specks, with 4 nothing of them is left
    start: str = "recoloured"
    average_decay: float = 0.9
    smallest_side: int = 160  # below, blobs: random features hold no shapes together
    first_steps: int | None = 80
    steps: int | None = 40
    keep_steps: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network != "vgg19" or self.weights_file:
            raise ConfigError("The random engine draws the weights of vgg19 itself. For others, choose neural.")
        if not 0 <= self.network_seed < 2**63:
            raise ConfigError(f"network_seed is a whole number from 0 to 2^63 - 1; got {self.network_seed}.")


def settings_at(strength: float) -> RandomSettings:
    return RandomSettings(strength=strength)


def estimate(settings: RandomSettings, height: int, width: int, device: str) -> Cost:
    """From the pixels of all steps, and how long this device takes for one of a small picture, tried once."""
    pixels = sum(scale.height * scale.width * scale.steps for scale in scales_of(settings, height, width, device))
    return Cost(0.5 + pixels * _seconds_per_pixel(device), 700_000_000 + height * width * _BYTES_PER_PIXEL)


def run(
    content: Tensor,
    styles: list[Tensor],
    weights: list[float],
    settings: RandomSettings,
    *,
    masks: list[Tensor | None] | None,
    device: str,
    report: Report,
) -> Tensor:
    """See Engine.run."""
    features = _features(settings.network_seed, settings.deepest, settings.pooling, settings.edges, device)
    return Transfer(features, content, styles, weights, settings, masks=masks, device=device).run(report)


def network(settings: RandomSettings) -> Features:
    """The same for the same seed, on every machine."""
    return _drawn(settings.network_seed, settings.deepest, settings.pooling, settings.edges)


@lru_cache(maxsize=1)  # a folder of pictures, or a sheet, asks for the same one again and again
def _features(seed: int, deepest: str, pooling: str, edges: str, device: str) -> Features:
    return _drawn(seed, deepest, pooling, edges).to(device)


def _drawn(seed: int, deepest: str, pooling: str, edges: str) -> Features:
    tensors = random_tensors(_PLAN, deepest, seed=seed)
    return Features(_PLAN, tensors, deepest=deepest, pooling=pooling, edges=edges)


@lru_cache(maxsize=4)
def _seconds_per_pixel(device: str) -> float:
    """Of one step at the usual layers."""
    settings = RandomSettings(tile_side=0)
    picture = torch.rand(3, _TRIED_SIDE, _TRIED_SIDE, generator=torch.Generator().manual_seed(0))
    transfer = Transfer(network(settings).to(device), picture, [picture], [1.0], settings, device=device)
    objective = transfer.objective(transfer.scales[-1])
    small = picture.to(device)
    seconds = seconds_of(lambda: float(objective(small)[0].total), device, times=2)
    return seconds / (_TRIED_SIDE * _TRIED_SIDE)
