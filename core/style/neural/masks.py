"""Regions of a picture, at every layer of the network: masks go through the same poolings as the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.style.regions import regions

_LEAST_SHARE = 1e-4  # of the picture: a smaller region has too few activations for moments


@dataclass(frozen=True)
class Region:
    """Styles that paint the same place."""

    styles: tuple[int, ...]  # which of the request's
    mask: Tensor | None  # (H, W) in [0, 1]; None: the whole picture

    @property
    def share(self) -> float:
        """Of the picture's area."""
        return 1.0 if self.mask is None else float(self.mask.mean())


@dataclass(frozen=True)
class Division:
    regions: tuple[Region, ...]
    coverage: Tensor | None  # (H, W): where anything paints; None: everywhere


def divide(masks: Sequence[Tensor | None] | None, weights: Sequence[float], height: int, width: int) -> Division:
    """Styles with the same mask, or without one, share a region. Raises: ConfigError, see regions."""
    if masks is None or all(mask is None for mask in masks):
        return Division((Region(tuple(range(len(weights))), None),), None)
    groups: list[tuple[Tensor | None, list[int]]] = []
    for index, mask in enumerate(masks):
        for other, members in groups:
            if mask is other or (mask is not None and other is not None and torch.equal(mask, other)):
                members.append(index)
                break
        else:
            groups.append((mask, [index]))
    sums = [sum(weights[index] for index in members) for _, members in groups]
    where = regions([mask for mask, _ in groups], sums, height, width)
    shares = where.shares * where.coverage
    found = tuple(Region(tuple(members), share) for (_, members), share in zip(groups, shares, strict=True))
    large = tuple(region for region in found if region.share >= _LEAST_SHARE)
    return Division(large or (max(found, key=lambda region: region.share),), where.coverage)


def pooled(mask: Tensor, stride: int) -> Tensor:
    """A mask (H, W) as a layer of that stride sees it: averaged over its cells, (H // stride, W // stride)."""
    return mask if stride == 1 else F.avg_pool2d(mask[None, None], stride)[0, 0]
