"""The VAE of Casardo-Chen/wikiart-neural-trasnfer, layer by layer as in its VAE_model.ipynb, at 64 pixels.

Its README prints another table, that of the discriminator. The smallest map is 2x2; at 128 pixels one level of 512
channels is added, at 32 one left out.
"""

import itertools

import torch
from torch import Tensor, nn

from core.models.autoencoder import Autoencoder
from core.models.configs import widths
from core.models.seed_vae_configs import AbstractVAEConfig

_SMALLEST = 2  # pixels


class AbstractVAE(Autoencoder):
    def __init__(self, config: AbstractVAEConfig) -> None:
        super().__init__(config.latent_dim)
        channels = widths(config.resolution // 2, config.width, config.max_width, smallest=_SMALLEST)
        features = channels[0] * _SMALLEST**2
        down: list[nn.Module] = []
        for before, after in itertools.pairwise((3, *channels[::-1])):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU()]
        self.encoder = nn.Sequential(*down, nn.Flatten())
        self.mean = nn.Linear(features, config.latent_dim)
        self.log_variance = nn.Linear(features, config.latent_dim)
        up: list[nn.Module] = [
            nn.Linear(config.latent_dim, features),
            nn.Unflatten(1, (channels[0], _SMALLEST, _SMALLEST)),
        ]
        for before, after in itertools.pairwise((*channels, channels[-1])):
            up += [
                nn.ConvTranspose2d(before, after, 3, stride=2, padding=1, output_padding=1),
                nn.BatchNorm2d(after),
                nn.LeakyReLU(),
            ]
        self.decoder = nn.Sequential(*up, nn.Conv2d(channels[-1], 3, 3, padding=1), nn.Tanh())
        self.apply(_initialise)

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        features = self.encoder(images)
        return torch.cat([self.mean(features), self.log_variance(features)], dim=1)

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return self.decoder(z)


def _initialise(module: nn.Module) -> None:
    """As there: N(0, 0.02) and N(1, 0.02) for convolutions and norms; linear layers and biases stay torch's own."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, std=0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)
