"""The VAE of Casardo-Chen/wikiart-neural-trasnfer, as far as it is documented.

Its README prints the discriminator's table for the encoder, so that is the encoder here, and the generator's layers in
reverse are the decoder: 4x4 convolutions of stride 2, batch norm, 100 latent numbers.
"""

import itertools

import torch
from torch import Tensor, nn

from core.models import keras_defaults
from core.models.autoencoder import Autoencoder
from core.models.configs import widths
from core.models.seed_vae_configs import AbstractVAEConfig


class AbstractVAE(Autoencoder):
    def __init__(self, config: AbstractVAEConfig) -> None:
        super().__init__(config.latent_dim)
        channels = widths(config.resolution // 2, config.width, config.max_width)
        down: list[nn.Module] = []
        for before, after in itertools.pairwise((3, *channels[::-1])):
            first = not down
            down.append(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=first))
            if not first:
                down.append(nn.BatchNorm2d(after))
            down.append(nn.LeakyReLU(0.2))
        self.encoder = nn.Sequential(*down, nn.Flatten(), nn.Linear(channels[0] * 16, 2 * config.latent_dim))
        up: list[nn.Module] = [
            nn.Unflatten(1, (config.latent_dim, 1, 1)),
            nn.ConvTranspose2d(config.latent_dim, channels[0], 4, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(),
        ]
        for before, after in itertools.pairwise(channels):
            up += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.decoder = nn.Sequential(*up, nn.ConvTranspose2d(channels[-1], 3, 4, stride=2, padding=1))
        self.apply(keras_defaults.initialise_normal)

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        return self.encoder(images)

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return torch.tanh(self.decoder(z))
