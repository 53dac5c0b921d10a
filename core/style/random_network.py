"""The engine "random": features of a network that was never trained. The layers of VGG19, drawn from a seed.

After He, Wang & Hopcroft (2016, arXiv:1606.04801) and Ustyuzhaninov et al. (2016, arXiv:1606.00021): random features
carry texture, if each layer's loss is relative to the size of its own target. What they lack is any notion of things.
"""

from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from core.style.engines import Report
from core.style.neural.transfer import Transfer
from core.style.neural.vgg import VGG19, Features, random_tensors
from core.style.random_settings import RandomSettings
from core.style.trial import seconds_of

_PLAN = replace(VGG19, mean=(0.5, 0.5, 0.5), deviation=(0.25, 0.25, 0.25))  # trained on nothing, so on no statistics
_TRIED_SIDE = 96  # pixels


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


def seconds_per_pixel(device: str) -> float:
    """Of one step at the usual layers, tried."""
    settings = RandomSettings(tile_side=0)
    picture = torch.rand(3, _TRIED_SIDE, _TRIED_SIDE, generator=torch.Generator().manual_seed(0))
    transfer = Transfer(network(settings).to(device), picture, [picture], [1.0], settings, device=device)
    objective = transfer.objective(transfer.scales[-1])
    small = picture.to(device)
    seconds = seconds_of(lambda: float(objective(small)[0].total), device, times=2)
    return seconds / (_TRIED_SIDE * _TRIED_SIDE)
