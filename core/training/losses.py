"""Adversarial losses on logits, the gradient penalty, and the loss of the VAE. All means are over the batch."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class AdversarialLoss(NamedTuple):
    """Two functions of logits (B,), each giving a scalar to be minimised.

    `paired` losses compare real and generated logits one to one: both networks then need both.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]  # (real logits, generated logits)
    generator: Callable[[Tensor | None, Tensor], Tensor]  # (real logits if paired, generated logits)
    paired: bool


def _cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Binary cross-entropy on sigmoid(logits): the sum over both halves, as DCGAN has it."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def _cross_entropy_generator(real: Tensor | None, fake: Tensor) -> Tensor:
    """-ln D(G(z)): the non-saturating loss of Goodfellow et al., 2014."""
    return F.softplus(-fake).mean()


def _hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Lim & Ye, 2017 (arXiv:1705.02894)."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def _hinge_generator(real: Tensor | None, fake: Tensor) -> Tensor:
    return -fake.mean()


def _relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Jolicoeur-Martineau, 2018; as in R3GAN (Huang et al., 2024): each real picture against one generated."""
    return F.softplus(fake - real).mean()


def _relativistic_generator(real: Tensor | None, fake: Tensor) -> Tensor:
    assert real is not None, "a paired loss needs the real logits"
    return F.softplus(real - fake).mean()


LOSSES = {
    "relativistic": AdversarialLoss(_relativistic_discriminator, _relativistic_generator, paired=True),
    "hinge": AdversarialLoss(_hinge_discriminator, _hinge_generator, paired=False),
    "cross-entropy": AdversarialLoss(_cross_entropy_discriminator, _cross_entropy_generator, paired=False),
}


def gradient_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """Squared norm of the gradient of each logit at its own picture, averaged over the batch: R1 or R2 without weight.

    Mescheder et al., 2018 (arXiv:1801.04406); a loss adds gamma / 2 times this.

    Args:
        logits: (B,), computed from `images`.
        images: (B, 3, H, W), requiring grad.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


class VAELoss(NamedTuple):
    total: Tensor  # nats per picture
    reconstruction: Tensor  # negative log-likelihood of the pictures, nats per picture
    kl: Tensor  # nats per picture
    sigma: Tensor  # the decoder's standard deviation that suits this batch best, on the scale [-1, 1]


def sigma_vae_loss(
    decoded: Tensor, images: Tensor, mean: Tensor, log_variance: Tensor, kl_weight: float = 1.0
) -> VAELoss:
    """The loss of the optimal sigma-VAE (Rybkin et al., 2020, arXiv:2006.13202): no weight to tune by hand.

    The decoder's one standard deviation is not learned but computed: it is the one under which the batch is likeliest.

    Args:
        decoded, images: (B, 3, H, W) float32 in [-1, 1].
        mean, log_variance: (B, Z), parameters of q(z|x).
    """
    squared_error = (decoded - images).square()
    log_sigma = _soft_floor(squared_error.mean().sqrt().clamp_min(1e-8).log(), -6.0)
    per_value = 0.5 * squared_error * torch.exp(-2 * log_sigma) + log_sigma + 0.5 * math.log(2 * math.pi)
    reconstruction = per_value.sum() / len(images)
    kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
    return VAELoss(reconstruction + kl_weight * kl, reconstruction, kl, log_sigma.detach().exp())


def _soft_floor(value: Tensor, floor: float) -> Tensor:
    """max(value, floor), but smooth."""
    return floor + F.softplus(value - floor)
