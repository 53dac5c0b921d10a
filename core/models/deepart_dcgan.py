"""DCGAN_1 to DCGAN_3 of tuanle618/deepArt-generation (source/dcgan.py), at 128 pixels layer by layer.

At other sizes levels are left out or added at the end of the picture; the generator always begins, and the
discriminator always ends, at 8x8. All convolutions are 3x3.
"""

from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.seed_configs import DeepArtGANConfig

_FIRST_SIDE, _FIRST_CHANNELS = 8, 256
_GENERATOR_CHANNELS = (128, 64, 32, 32, 32)  # after each doubling, from 16 pixels on; the last serves for 256 pixels
_DISCRIMINATOR_CHANNELS = (256, 128, 64, 32, 32)  # at 8 pixels, 16, ...


class DeepArtGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1]."""

    def __init__(self, config: DeepArtGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        self.sigmoid = config.output == "sigmoid"
        layers: list[nn.Module] = [
            nn.Linear(config.latent_dim, _FIRST_CHANNELS * _FIRST_SIDE**2),
            nn.Unflatten(1, (_FIRST_CHANNELS, _FIRST_SIDE, _FIRST_SIDE)),
            nn.ReLU(),
        ]
        before = _FIRST_CHANNELS
        for after in _GENERATOR_CHANNELS[: _levels(config.resolution)]:
            layers += [
                nn.Upsample(scale_factor=2, mode="nearest"),
                nn.Conv2d(before, after, 3, padding=1),
                keras.batch_norm(after, config.norm_momentum),
                nn.ReLU(),
            ]
            before = after
        layers += [nn.Conv2d(before, 3, 3, padding=1), nn.Sigmoid() if self.sigmoid else nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, z: Tensor) -> Tensor:
        painted: Tensor = self.layers(z)
        return painted * 2 - 1 if self.sigmoid else painted


class DeepArtDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,)."""

    def __init__(self, config: DeepArtGANConfig) -> None:
        super().__init__()
        self.unit_range = config.output == "sigmoid"
        layers: list[nn.Module] = []
        before = 3
        for number, after in enumerate(reversed(_DISCRIMINATOR_CHANNELS[: _levels(config.resolution)])):
            layers.append(nn.Conv2d(before, after, 3, stride=1 if config.pooling else 2, padding=1))
            if config.pooling:
                layers.append(nn.MaxPool2d(2))
            if number:
                layers.append(keras.batch_norm(after, config.norm_momentum))
            layers += [nn.LeakyReLU(config.slope), nn.Dropout(config.dropout)]
            before = after
        layers += [nn.Flatten(), nn.Linear(before * _FIRST_SIDE**2, 1)]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers((images + 1) / 2 if self.unit_range else images).flatten()


def _levels(resolution: int) -> int:
    """Doublings from 8 pixels to the resolution."""
    return (resolution // _FIRST_SIDE).bit_length() - 1
