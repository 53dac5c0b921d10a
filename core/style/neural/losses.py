"""What a picture's features are compared by: moments for the style, squared differences for the content.

The style of a region is the mean and the second raw moment of its activations at each layer. Both are averages over
pixels, so they add up over tiles, and the targets of several styles can be averaged as they are.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.style.neural.square_root import root_of, trace_of_root

_LEAST_VARIANCE = 1e-4  # added to covariances: a root of a singular matrix has no gradient
_LEAST_SQUARE = 1e-12


class Moments(NamedTuple):
    """Of activations: what of them can be averaged over pixels, tiles and pictures."""

    mean: Tensor  # (C,)
    second: Tensor  # (C, C), the mean of x x^T

    def mixed(self, other: "Moments", share: float) -> "Moments":
        """This one plus a share of the other."""
        return Moments(self.mean + share * other.mean, self.second + share * other.second)


def moments(features: Tensor, weights: Tensor | None = None, *, total: float | None = None) -> Moments:
    """Of activations (C, h, w).

    Args:
        weights: (h, w), at least 0: how much each place counts.
        total: what to divide the sums by: for a tile, the weight of the whole picture. None: that of what is given.
    """
    flat = features.flatten(1)
    if weights is None:
        count = float(flat.shape[1]) if total is None else total
        return Moments(flat.sum(dim=1) / count, _SecondMoment.apply(flat, None, count))
    shares = weights.flatten().to(flat)
    count = float(shares.sum()) if total is None else total
    return Moments(flat @ shares / count, _SecondMoment.apply(flat, shares, count))


class _SecondMoment(torch.autograd.Function):
    """x x^T / count. Its gradient takes one product in place of the two that autograd would make of it."""

    @staticmethod
    def forward(context: Any, flat: Tensor, shares: Tensor | None, count: float) -> Tensor:
        context.save_for_backward(flat, *(() if shares is None else (shares,)))
        context.count = count
        return (flat if shares is None else flat * shares) @ flat.mT / count

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        flat, *shares = context.saved_tensors
        slope = (gradients[0] + gradients[0].mT) @ flat / context.count
        return slope * shares[0] if shares else slope, None, None


@dataclass(frozen=True)
class StyleTarget:
    """What a layer's moments are drawn to, with what of the distance does not depend on the picture."""

    kind: str  # of settings.STYLE_LOSSES
    moments: Moments
    root: Tensor | None  # of the covariance; wasserstein only
    spread: float  # wasserstein: the trace of the covariance; gram: the mean square of the second moment

    @classmethod
    def of(cls, kind: str, target: Moments, *, root: str = "auto") -> "StyleTarget":
        if kind != "wasserstein":
            return cls(kind, target, None, float(target.second.square().mean()))
        covariance = covariance_of(target)
        return cls(kind, target, root_of(covariance, root), float(covariance.diagonal().sum()))


def covariance_of(found: Moments) -> Tensor:
    """(C, C), with a little variance added in every direction."""
    least = _LEAST_VARIANCE * torch.eye(len(found.mean), dtype=found.mean.dtype, device=found.mean.device)
    return found.second - torch.outer(found.mean, found.mean) + least


def style_loss(found: Moments, target: StyleTarget, *, root: str = "auto") -> Tensor:
    """How far the moments of one layer are from their target.

    Args:
        root: how the trace of a root is found, of settings.ROOTS.
    """
    if target.kind == "gram":
        return (found.second - target.moments.second).square().mean() / max(target.spread, _LEAST_SQUARE)
    if target.kind == "gram-plain":
        return (found.second - target.moments.second).square().mean() / len(found.mean) ** 2
    assert target.root is not None
    covariance = covariance_of(found)
    product = target.root @ covariance @ target.root
    cross = trace_of_root((product + product.mT) / 2, root)
    apart = (found.mean - target.moments.mean).square().mean()
    return apart + (target.spread + covariance.diagonal().sum() - 2 * cross) / len(found.mean)


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    """The mean of squared differences of activations (C, h, w)."""
    return F.mse_loss(features, target)


def variation_loss(picture: Tensor) -> Tensor:
    """Squared differences of neighbours, diagonal ones at half weight, so that no direction is preferred.

    Args:
        picture: (3, H, W).
    Returns: scalar: 0 for a flat picture. The four directions' mean squares have weights that add up to 1.
    """
    padded = F.pad(picture[None], (1, 1, 1, 1), mode="replicate")[0]
    here = padded[:, :-1, :-1]
    across = (padded[:, :-1, 1:] - here).square().mean() + (padded[:, 1:, :-1] - here).square().mean()
    diagonal = (padded[:, 1:, 1:] - here).square().mean()
    other = (padded[:, 1:, :-1] - padded[:, :-1, 1:]).square().mean()
    return across / 3 + (diagonal + other) / 6
