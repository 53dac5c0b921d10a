"""DCGAN_WI (v0.5) and WGAN_GP (v0.14) of EugeneBudzinskiy/DCGAN-ArtGen-train, at 64 pixels layer by layer.

Their DCGAN (v0.4) is core.models.dcgan. Kernels are 5x5. At other sizes levels are added or left out at the 4x4 end.
"""

import itertools
import math

from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.configs import widths
from core.models.seed_configs import ArtBenchGANConfig

_WIDTH, _MOST = 64, 512


class ArtBenchGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1]."""

    def __init__(self, config: ArtBenchGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        channels = widths(config.resolution // 2, _WIDTH, _MOST)
        layers: list[nn.Module]
        if config.critic:
            layers = [nn.Linear(config.latent_dim, channels[0] * 16), nn.Unflatten(1, (channels[0], 4, 4))]
        else:
            layers = [
                nn.Unflatten(1, (config.latent_dim, 1, 1)),
                nn.ConvTranspose2d(config.latent_dim, channels[0], 4, bias=False),
            ]
        layers += [keras.batch_norm(channels[0]), nn.ReLU()]
        for before, after in itertools.pairwise(channels):
            layers += [_up(before, after, bias=config.critic), keras.batch_norm(after), nn.ReLU()]
        layers += [_up(channels[-1], 3, bias=config.critic), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(_initialise_uniform if config.critic else keras.initialise_normal)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class ArtBenchDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits, or the critic's scores, (B,)."""

    def __init__(self, config: ArtBenchGANConfig) -> None:
        super().__init__()
        channels = widths(config.resolution // 2, _WIDTH, _MOST)[::-1]
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise((3, *channels)):
            first = not layers
            layers.append(nn.Conv2d(before, after, 5, stride=2, padding=2, bias=config.critic))
            if not config.critic:
                layers.append(keras.batch_norm(after))
            elif not first:
                layers.append(keras.ChannelNorm(after))
            layers.append(nn.LeakyReLU(0.2))
        if config.critic:
            layers += [nn.Flatten(), nn.Linear(channels[-1] * 16, 1)]
        else:
            layers += [nn.Conv2d(channels[-1], 512, 4, bias=False), nn.Flatten(), nn.Linear(512, 1)]
        self.layers = nn.Sequential(*layers)
        self.apply(_initialise_uniform if config.critic else keras.initialise_normal)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten()


def _up(channels_in: int, channels_out: int, *, bias: bool) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias)


def _initialise_uniform(module: nn.Module) -> None:
    """Uniform weights of standard deviation 0.02 and no bias."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.uniform_(module.weight, -0.02 * math.sqrt(3), 0.02 * math.sqrt(3))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
