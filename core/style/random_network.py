"""The engine "random": features of a network that was never trained. The layers of VGG19, drawn from a seed.

After He, Wang & Hopcroft (2016, arXiv:1606.04801) and Ustyuzhaninov et al. (2016, arXiv:1606.00021): random features
carry texture. What they lack is any notion of things. Means and covariances (Wasserstein) serve better than Gram
matrices here: those are much the same for a brighter picture and for one of more contrast, and drive the picture into
black, white and confetti (7 and 14 % of the values of two pictures ended clipped; by means and covariances 1 and 4).
"""

from dataclasses import replace
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from core.style.engines import Report
from core.style.neural.transfer import Transfer
from core.style.neural.vgg import VGG19, Features, random_tensors
from core.style.random_settings import RandomSettings, margin_of
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
    margin = margin_of(*content.shape[1:])
    wide = None if masks is None else [None if mask is None else _widened(mask[None], margin)[0] for mask in masks]
    transfer = Transfer(features, _widened(content, margin), styles, weights, settings, masks=wide, device=device)
    cut = replace(report, preview=lambda picture: report.preview(_inside(picture, content)))
    return _inside(transfer.run(cut), content)


def _widened(picture: Tensor, margin: int) -> Tensor:
    """(C, H, W), mirrored beyond its edges."""
    return F.pad(picture[None], (margin,) * 4, mode="reflect")[0]


def _inside(picture: Tensor, content: Tensor) -> Tensor:
    """A widened picture of any scale, without what was added to the content."""
    height, width = content.shape[1:]
    margin = margin_of(height, width)
    rows = round(picture.shape[1] * margin / (height + 2 * margin))
    columns = round(picture.shape[2] * margin / (width + 2 * margin))
    return picture[:, rows : picture.shape[1] - rows, columns : picture.shape[2] - columns]


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
