"""The networks of gregwcy/ART-GAN, at 64 pixels layer by layer; at other sizes with more or fewer equal levels."""

from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.seed_configs import ArtGANConfig

_SLOPE, _DROPOUT, _NORM_MOMENTUM = 0.2, 0.4, 0.8


class ArtGANGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1]."""

    def __init__(self, config: ArtGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        layers: list[nn.Module] = [
            nn.Linear(config.latent_dim, 256 * 16),
            nn.LeakyReLU(_SLOPE),
            nn.Unflatten(1, (256, 4, 4)),
        ]
        side, before = 4, 256
        while side < config.resolution:
            layers.append(nn.ConvTranspose2d(before, 128, 4, stride=2, padding=1))
            if config.generator_norm == "batch":
                layers.append(keras.batch_norm(128, _NORM_MOMENTUM))
            layers.append(nn.LeakyReLU(_SLOPE))
            side, before = 2 * side, 128
        layers += [nn.Conv2d(128, 3, 3, padding=1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


class ArtGANDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,). Full resolution first, then down to 8x8."""

    def __init__(self, config: ArtGANConfig) -> None:
        super().__init__()
        halvings = (config.resolution // 8).bit_length() - 1
        channels = [128, *[256] * (halvings - 1), 512]
        layers: list[nn.Module] = []
        before = 3
        for number, after in enumerate(channels):
            layers.append(nn.Conv2d(before, after, 3, stride=2 if number else 1, padding=1))
            if config.discriminator_norm == "batch":
                layers.append(keras.batch_norm(after, _NORM_MOMENTUM))
            layers.append(nn.LeakyReLU(_SLOPE))
            before = after
        layers += [nn.Flatten(), nn.Dropout(_DROPOUT), nn.Linear(512 * 64, 1)]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten()
