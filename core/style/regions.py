"""Which style paints where: soft masks over the content, one per style."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from core.errors import ConfigError


class Regions(NamedTuple):
    shares: Tensor  # (S, H, W): how much of each pixel belongs to each style; they sum to 1 wherever any style paints
    coverage: Tensor  # (H, W) in [0, 1]: where any style paints at all; elsewhere the content stays


def regions(masks: Sequence[Tensor | None], weights: Sequence[float], height: int, width: int) -> Regions:
    """Masks that overlap share their pixels by weight; a style without a mask paints everywhere.

    Raises: ConfigError for a mask of another size, or if nothing is left to paint.
    """
    layers = []
    for mask in masks:
        if mask is not None and mask.shape != (height, width):
            raise ConfigError(f"A mask has {tuple(mask.shape)} pixels, but the content has {(height, width)}.")
        layers.append(torch.ones(height, width) if mask is None else mask.float().cpu().clamp(0, 1))
    stacked = torch.stack(layers)
    coverage = stacked.amax(dim=0)
    if coverage.max() <= 0:
        raise ConfigError("The masks are black everywhere, so no style paints anywhere. Paint some part white.")
    weighted = stacked * (torch.tensor(weights) / sum(weights))[:, None, None]
    return Regions(weighted / weighted.sum(dim=0).clamp(min=1e-12), coverage)


def laid_over(content: Tensor, painted: Tensor, coverage: Tensor) -> Tensor:
    """The painted picture where the coverage is 1, the content where it is 0."""
    return content + (painted - content) * coverage.to(content)
