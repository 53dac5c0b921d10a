"""DCGAN as EugeneBudzinskiy/DCGAN-ArtGen-train builds it (v0.4), after Radford et al., 2015 (arXiv:1511.06434).

At 64 pixels this is that model layer by layer, Keras' initialisation and batch-norm constants included. At other
resolutions levels are added or left out at the 4x4 end, never wider than `max_width`.
"""

import itertools

from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.configs import DCGANConfig, widths


class DCGANGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1]."""

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        channels = widths(config.resolution // 2, config.width, config.max_width)
        layers: list[nn.Module] = [
            nn.ConvTranspose2d(config.latent_dim, channels[0], 4, bias=False),
            keras.batch_norm(channels[0]),
            nn.ReLU(inplace=True),
        ]
        for before, after in itertools.pairwise(channels):
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
                keras.batch_norm(after),
                nn.ReLU(inplace=True),
            ]
        layers += [nn.ConvTranspose2d(channels[-1], 3, 4, stride=2, padding=1, bias=False), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z[:, :, None, None])


class DCGANDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,): above 0 means taken for real.

    The original ends in a sigmoid; here the loss applies it, which is the same function without its overflow.
    """

    def __init__(self, config: DCGANConfig) -> None:
        super().__init__()
        channels = [3, *reversed(widths(config.resolution // 2, config.width, config.max_width))]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(channels):
            layers += [
                nn.Conv2d(before, after, 4, stride=2, padding=1, bias=config.discriminator_norm == "none"),
                *([keras.batch_norm(after)] if config.discriminator_norm == "batch" else []),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        layers.append(nn.Conv2d(channels[-1], 1, 4, bias=False))
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten()
