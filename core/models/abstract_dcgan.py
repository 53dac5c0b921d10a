"""The DCGAN of Casardo-Chen/wikiart-neural-trasnfer as its README documents it: 64 pixels, 4x4 convolutions."""

import itertools

from torch import Tensor, nn

from core.models import keras_defaults
from core.models.configs import widths
from core.models.seed_configs import AbstractGANConfig


class AbstractGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1]."""

    def __init__(self, config: AbstractGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        channels = widths(config.resolution // 2, config.width, config.max_width)
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((config.latent_dim, *channels)):
            first = not layers
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride=1 if first else 2, padding=0 if first else 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        layers += [nn.ConvTranspose2d(channels[-1], 3, 4, stride=2, padding=1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(keras_defaults.initialise_normal)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z[:, :, None, None])


class AbstractDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,)."""

    def __init__(self, config: AbstractGANConfig) -> None:
        super().__init__()
        channels = widths(config.resolution // 2, config.width, config.max_width)[::-1]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((3, *channels)):
            first = not layers
            layers.append(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=False))
            if not first:
                layers.append(nn.BatchNorm2d(after))
            layers.append(nn.LeakyReLU(0.2))
        layers.append(nn.Conv2d(channels[-1], 1, 4, bias=False))
        self.layers = nn.Sequential(*layers)
        self.apply(keras_defaults.initialise_normal)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten()
