"""Adversarial losses on logits, and gradient penalties. All means are over the batch."""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

Part = Callable[[Tensor], Tensor]


class AdversarialLoss(NamedTuple):
    """Functions of logits (B,), each giving a scalar to be minimised.

    `paired` losses compare real and generated logits one to one: both networks then need both, and the discriminator's
    loss has no parts. That of the others is the sum of a part for real and a part for generated pictures.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]  # (real logits, generated logits)
    generator: Callable[[Tensor | None, Tensor], Tensor]  # (real logits if paired, generated logits)
    parts: tuple[Part, Part] | None  # of real logits, of generated logits

    @property
    def paired(self) -> bool:
        return self.parts is None


def _of_parts(of_real: Part, of_fake: Part, of_generator: Part) -> AdversarialLoss:
    return AdversarialLoss(
        discriminator=lambda real, fake: of_real(real) + of_fake(fake),
        generator=lambda real, fake: of_generator(fake),
        parts=(of_real, of_fake),
    )


def _relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Jolicoeur-Martineau, 2018; as in R3GAN (Huang et al., 2024): each real picture against one generated."""
    return F.softplus(fake - real).mean()


def _relativistic_generator(real: Tensor | None, fake: Tensor) -> Tensor:
    assert real is not None, "a paired loss needs the real logits"
    return F.softplus(real - fake).mean()


LOSSES = {
    "relativistic": AdversarialLoss(_relativistic_discriminator, _relativistic_generator, parts=None),
    # Lim & Ye, 2017 (arXiv:1705.02894)
    "hinge": _of_parts(lambda d: F.relu(1 - d).mean(), lambda d: F.relu(1 + d).mean(), lambda d: -d.mean()),
    # Binary cross-entropy on sigmoid(logits), summed over both halves as DCGAN has it; the generator's is the
    # non-saturating one, -ln D(G(z)) (Goodfellow et al., 2014)
    "cross-entropy": _of_parts(
        lambda d: F.softplus(-d).mean(), lambda d: F.softplus(d).mean(), lambda d: F.softplus(-d).mean()
    ),
    # Mao et al., 2017 (arXiv:1611.04076), targets 1 and 0
    "least-squares": _of_parts(
        lambda d: 0.5 * (d - 1).square().mean(),
        lambda d: 0.5 * d.square().mean(),
        lambda d: 0.5 * (d - 1).square().mean(),
    ),
    # Arjovsky et al., 2017 (arXiv:1701.07875): the logits are a critic's scores; needs the interpolated penalty
    "wasserstein": _of_parts(lambda d: -d.mean(), lambda d: d.mean(), lambda d: -d.mean()),
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


def slope_penalty(logits: Tensor, images: Tensor) -> Tensor:
    """How far the slope of the critic is from 1 at each picture, squared, averaged over the batch.

    Gulrajani et al., 2017 (arXiv:1704.00028), equation 3, without its weight; `images` lie between real and generated.

    Args:
        logits: (B,), computed from `images`.
        images: (B, 3, H, W), requiring grad.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    # the root has no slope at 0: a little is added, far below what one grey level changes
    return ((gradient.square().sum(dim=(1, 2, 3)) + 1e-12).sqrt() - 1).square().mean()
