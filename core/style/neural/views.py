"""What the network sees: activations and their second moments as pictures, to look at."""

import torch
from torch import Tensor

from core.style.neural.losses import moments
from core.style.neural.vgg import Features

_ROUNDING = 1e-5  # a variance that is a smaller share of the mean square is nothing but rounding


@torch.no_grad()
def layer_maps(features: Features, picture: Tensor, layer: str, *, count: int = 16) -> Tensor:
    """The channels of a layer that the picture excites most.

    Args:
        picture: (3, H, W) in [0, 1], on the features' device.
    Returns: (count or fewer, h, w) in [0, 1], each channel from its least to its greatest value; the strongest first.
    """
    found = features(picture[None], [layer])[layer]
    strongest = found.square().mean(dim=(1, 2)).argsort(descending=True, stable=True)[:count]
    maps = found[strongest]
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    return ((maps - low) / (high - low).clamp_min(1e-12)).cpu()


@torch.no_grad()
def gram_picture(features: Features, picture: Tensor, layer: str) -> Tensor:
    """How strongly channels go together: (C, C) in [0, 1], the correlation of each pair; dark is opposed, mid-grey is
    unrelated, and a channel that the picture does not excite is unrelated to all.
    """
    found = moments(features(picture[None], [layer])[layer])
    covariance = found.second - torch.outer(found.mean, found.mean)
    variances = covariance.diagonal()
    is_silent = variances <= _ROUNDING * found.second.diagonal()
    inverse = torch.where(is_silent, 0.0, variances.clamp_min(1e-30).rsqrt())
    correlations = covariance * torch.outer(inverse, inverse)
    return (0.5 + 0.5 * correlations).clamp(0, 1).cpu()
