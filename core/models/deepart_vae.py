"""VAE_1 to VAE_4 of tuanle618/deepArt-generation (source/vae.py), at 128 pixels layer by layer.

All convolutions are 3x3. At other sizes levels are left out at the end of the picture; the smallest map is always 4x4.
Activations come before batch norm, as there.
"""

import torch
from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.autoencoder import Autoencoder
from core.models.seed_vae_configs import DeepArtVAEConfig

_ENCODER = {64: 256, 32: 128, 16: 64, 8: 32, 4: 16}  # side after the level -> channels
_DECODER = {8: (32, 32), 16: (64, 64), 32: (128,), 64: (256,)}
_LAST = {1: (64, 32, 16), 2: (64, 32, 16), 3: (64, 32, 16, 16, 8), 4: (64, 32, 16, 16, 8)}  # at full size
_SMALLEST, _SMALLEST_CHANNELS = 4, 16


class DeepArtVAE(Autoencoder):
    def __init__(self, config: DeepArtVAEConfig) -> None:
        super().__init__(config.latent_dim)
        self.variant = config.variant
        self.encoder = nn.Sequential(*self._encoder(config), nn.Flatten(), *self._dense(256))
        wide = 256 if config.variant <= 2 else 128  # what the dense part ends in
        self.mean, self.log_variance = nn.Linear(wide, config.latent_dim), nn.Linear(wide, config.latent_dim)
        self.decoder = nn.Sequential(*self._decoder(config))
        self.apply(keras.initialise)

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        features = self.encoder((images + 1) / 2)
        return torch.cat([self.mean(features), self.log_variance(features)], dim=1)

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return self.decoder(z) * 2 - 1

    def _encoder(self, config: DeepArtVAEConfig) -> list[nn.Module]:
        layers: list[nn.Module] = []
        before, side = 3, config.resolution // 2
        while side >= _SMALLEST:
            after = _ENCODER.get(side, 256)
            norm, pool = keras.batch_norm(after), nn.MaxPool2d(2)
            if self.variant == 1:
                layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.ReLU(), norm]
                if side <= 16:
                    layers += [nn.Conv2d(after, after, 3, padding=1), nn.ReLU(), keras.batch_norm(after)]
            else:
                order = [pool, norm] if self.variant == 2 else [norm, pool]
                layers += [nn.Conv2d(before, after, 3, padding=1), self._act(), *order]
                if self.variant == 4:
                    layers.append(nn.Dropout(0.1 if side == _SMALLEST else 0.2))
            before, side = after, side // 2
        return layers

    def _dense(self, width: int) -> list[nn.Module]:
        """From `width` numbers to those that mean and log variance are made of, and in the decoder from z on."""
        layers: list[nn.Module] = [nn.Linear(width, 256), self._act(), keras.batch_norm_of_vector(256)]
        if self.variant == 4:
            layers.append(nn.Dropout(0.1))
        if self.variant >= 3:
            layers += [nn.Linear(256, 128), self._act(), keras.batch_norm_of_vector(128)]
        return layers

    def _decoder(self, config: DeepArtVAEConfig) -> list[nn.Module]:
        layers: list[nn.Module] = []
        if self.variant <= 2:
            layers.append(keras.batch_norm_of_vector(config.latent_dim))
        layers += [
            *self._dense(config.latent_dim),
            nn.Linear(256 if self.variant <= 2 else 128, _SMALLEST_CHANNELS * _SMALLEST**2),
            nn.Unflatten(1, (_SMALLEST_CHANNELS, _SMALLEST, _SMALLEST)),
            *self._conv(_SMALLEST_CHANNELS, 16),
        ]
        before, side = 16, _SMALLEST
        while side < config.resolution:
            side *= 2
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
            channels = _LAST[self.variant] if side == config.resolution else _DECODER.get(side, (256,))
            for after in channels:
                last_of_all = side == config.resolution and after == 8
                layers += self._conv(before, after, dropout=0.1 if last_of_all else 0.15)
                before = after
            if self.variant == 3 and side == 16:
                layers.append(nn.Dropout(0.1))
        return [*layers, nn.Conv2d(before, 3, 3, padding=1), nn.Sigmoid()]

    def _conv(self, before: int, after: int, dropout: float = 0.15) -> list[nn.Module]:
        layers = [nn.Conv2d(before, after, 3, padding=1), self._act(), keras.batch_norm(after)]
        return [*layers, nn.Dropout(dropout)] if self.variant == 4 else layers

    def _act(self) -> nn.Module:
        return nn.LeakyReLU(0.05) if self.variant == 3 else nn.ReLU()
