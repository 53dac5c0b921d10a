"""InfoGAN (Chen et al., 2016, arXiv:1606.03657): finds kinds of picture, and ways to differ, without being told any.

spencer-wallace/gan_project announced it and never built it; its GAN is the model for both networks here. The
generator is given codes beside its noise, and the discriminator has to read them back from the picture alone: so the
codes come to mean what can be seen.
"""

import itertools
from typing import NamedTuple

from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.codes import CodeLayout
from core.models.configs import widths
from core.models.infogan_config import InfoGANConfig

_SMALLEST = 4  # pixels a side where generating begins


class Reading(NamedTuple):
    """What the discriminator makes of pictures: from these, the codes that they were generated with."""

    category_logits: Tensor  # (B, categories)
    continuous: Tensor  # (B, continuous), about -1 to 1


class MetInfoGANGenerator(nn.Module):
    """z (B, latent_dim), standard normal -> pictures (B, 3, resolution, resolution) in [-1, 1].

    `layout` says which numbers of z are codes, and sets them.
    """

    def __init__(self, config: InfoGANConfig) -> None:
        super().__init__()
        self.layout = _layout(config)
        self.latent_dim = self.layout.latent_dim
        channels = _channels(config)
        features = channels[0] * _SMALLEST**2
        self.begin = nn.Sequential(
            nn.Linear(self.latent_dim, features, bias=False),
            keras.batch_norm_of_vector(features, 0.9),
            nn.ReLU(),
            nn.Unflatten(1, (channels[0], _SMALLEST, _SMALLEST)),
        )
        layers: list[nn.Module] = []
        for before, after in itertools.pairwise(channels):
            layers += [
                nn.ConvTranspose2d(before, after, 4, stride=2, padding=1),
                keras.batch_norm(after, 0.9),
                nn.ReLU(),
            ]
        layers += [nn.ConvTranspose2d(channels[-1], 3, 4, stride=2, padding=1), nn.Tanh()]
        self.grow = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, z: Tensor) -> Tensor:
        pictures: Tensor = self.grow(self.begin(self.layout.given(z)))
        return pictures


class MetInfoGANDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,): above 0 means taken for real.

    Telling real from generated and reading codes share all layers; the last has an output for each.
    """

    def __init__(self, config: InfoGANConfig) -> None:
        super().__init__()
        self.layout = _layout(config)
        channels = [3, *reversed(_channels(config))]
        layers: list[nn.Module] = []
        for number, (before, after) in enumerate(itertools.pairwise(channels)):
            layers.append(nn.Conv2d(before, after, 4, stride=2, padding=1))
            layers += [keras.batch_norm(after, 0.9)] if number else []
            layers.append(nn.LeakyReLU(0.1))
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        self.heads = nn.Linear(channels[-1] * _SMALLEST**2, 1 + config.categories + config.continuous)
        self.apply(keras.initialise)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.heads(self.trunk(images))[:, 0]
        return logits

    def read(self, images: Tensor) -> Reading:
        answers = self.heads(self.trunk(images))[:, 1:].float()
        return Reading(*answers.split([self.layout.categories, self.layout.continuous], dim=1))


def _layout(config: InfoGANConfig) -> CodeLayout:
    return CodeLayout(config.noise, config.categories, config.continuous)


def _channels(config: InfoGANConfig) -> list[int]:
    """From 4 pixels a side to half the resolution."""
    return widths(config.resolution // 2, config.width, config.max_width, smallest=_SMALLEST)
