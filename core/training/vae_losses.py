"""What a variational autoencoder minimises, in nats per picture. All means are over the batch.

Pictures are float32 (B, 3, H, W) in [-1, 1] everywhere.
"""

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from core.metrics.ms_ssim import ms_ssim
from core.models.autoencoder import Posterior
from core.training.parallel import SINGLE, Share

_SMALLEST_SIGMA = 1e-8
_LEVELS = 4  # of the Laplacian pyramid, or as many as leave 8 pixels


class Reconstruction(NamedTuple):
    loss: Tensor  # per picture
    sigma: Tensor  # root mean square error, on the scale [-1, 1]


def sigma_vae(decoded: Tensor, images: Tensor, share: Share = SINGLE) -> Reconstruction:
    """Negative log-likelihood under the standard deviation that suits the batch best: no weight to tune by hand.

    The optimal sigma-VAE (Rybkin et al., 2020, arXiv:2006.13202). The one standard deviation is not learned but
    computed.
    """
    squared_error = (decoded - images).square()
    log_sigma = _soft_floor(share.mean(squared_error.mean()).sqrt().clamp_min(_SMALLEST_SIGMA).log(), -6.0)
    per_value = 0.5 * squared_error * torch.exp(-2 * log_sigma) + log_sigma + 0.5 * math.log(2 * math.pi)
    return Reconstruction(per_value.sum() / len(images), log_sigma.detach().exp())


def pyramid(decoded: Tensor, images: Tensor, share: Share = SINGLE) -> Reconstruction:
    """The same idea for a Laplacian pyramid: absolute errors, and a scale of its own for each level.

    Fine levels have small errors and so small scales: what is missing there weighs as much as what is missing in the
    large, which a plain squared error overlooks. A likelihood of the pyramid's coefficients, of which there are a third
    more than of pixels; comparable from run to run, but not with `sigma_vae`.
    """
    difference = decoded - images
    total = torch.zeros((), device=images.device)
    levels = min(_LEVELS, int(math.log2(min(images.shape[-2:]) / 8)) + 1)
    for level in range(levels):
        last = level == levels - 1
        coarse = difference if last else F.avg_pool2d(difference, 2)
        band = difference if last else difference - F.interpolate(coarse, scale_factor=2.0, mode="bilinear")
        scale = _soft_floor(share.mean(band.abs().mean()).clamp_min(_SMALLEST_SIGMA).log(), -6.0)
        values = math.prod(images.shape[1:]) / 4**level
        total = total + values * (math.log(2) + scale + band.abs().mean() * torch.exp(-scale))
        difference = coarse
    return Reconstruction(total, (decoded - images).detach().square().mean().sqrt())


def squared(decoded: Tensor, images: Tensor, weight: float) -> Reconstruction:
    """weight times the mean squared error of values in [0, 1]: the seeds' loss."""
    error = (decoded - images).square().mean() / 4
    return Reconstruction(weight * error, (4 * error.detach()).sqrt())


def cross_entropy(decoded: Tensor, images: Tensor, weight: float) -> Reconstruction:
    """weight times the mean cross-entropy of values in [0, 1], with the lowest possible taken off."""
    guessed, true = ((x + 1) / 2 for x in (decoded, images))
    lowest = -(torch.xlogy(true, true) + torch.xlogy(1 - true, 1 - true))
    # near 0 and 1 a logarithm has no bounds: Keras cuts there too
    loss = F.binary_cross_entropy(guessed.clamp(1e-6, 1 - 1e-6), true) - lowest.mean()
    return Reconstruction(weight * loss, (decoded - images).detach().square().mean().sqrt())


def dissimilarity(decoded: Tensor, images: Tensor) -> Tensor:
    """1 - MS-SSIM, averaged over the batch: the part of a loss that wants edges where the picture has them."""
    return (1 - ms_ssim((decoded + 1) * 127.5, (images + 1) * 127.5)).mean()


def kl_per_latent(posterior: Posterior) -> Tensor:
    """KL(q(z|x) || N(0, 1)) of each latent number, averaged over the batch, (latent_dim,) nats."""
    mean, log_variance = posterior
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean(dim=0)


def _soft_floor(value: Tensor, floor: float) -> Tensor:
    """max(value, floor), but smooth."""
    return floor + F.softplus(value - floor)
