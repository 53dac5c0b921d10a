"""Convolutional variational autoencoder (Kingma & Welling, 2013, arXiv:1312.6114) for square RGB pictures."""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.models.configs import VAEConfig, widths

_LOG_VARIANCE_LIMIT = 12.0  # e**12: far outside what training reaches, small enough that exp() stays finite


class Posterior(NamedTuple):
    """q(z|x): mean and ln(sigma**2), each (B, latent_dim)."""

    mean: Tensor
    log_variance: Tensor

    def sample(self, noise: Tensor) -> Tensor:
        """noise: (B, latent_dim), standard normal."""
        return self.mean + (0.5 * self.log_variance).exp() * noise


class VAE(nn.Module):
    """Encoder and decoder. Calling it decodes: z (B, latent_dim) -> pictures (B, 3, H, W) in [-1, 1]."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        channels = widths(config.resolution, config.width, config.max_width)
        features = channels[0] * 16
        down: list[nn.Module] = [nn.Conv2d(3, channels[-1], 3, padding=1), nn.SiLU()]
        for before, after in zip(channels[::-1], channels[-2::-1], strict=False):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(features, 2 * config.latent_dim))
        up: list[nn.Module] = [
            nn.Linear(config.latent_dim, features),
            nn.Unflatten(1, (channels[0], 4, 4)),
            nn.GroupNorm(8, channels[0]),
            nn.SiLU(),
        ]
        for before, after in itertools.pairwise(channels):
            up += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
        self.decoder = nn.Sequential(*up, nn.Conv2d(channels[-1], 3, 3, padding=1))

    def encode(self, images: Tensor) -> Posterior:
        """images: (B, 3, H, W) in [-1, 1]."""
        mean, log_variance = self.encoder(images).float().chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(-_LOG_VARIANCE_LIMIT, _LOG_VARIANCE_LIMIT))

    def forward(self, z: Tensor) -> Tensor:
        return torch.tanh(self.decoder(z))

    def reconstruct(self, images: Tensor) -> Tensor:
        """Each picture through the middle of its posterior and back."""
        return self(self.encode(images).mean)
