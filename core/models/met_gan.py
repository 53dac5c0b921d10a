"""The GAN of spencer-wallace/gan_project: depth, filters, colour or grey, and shape are settings."""

import torch
from torch import Tensor, nn

from core.models import keras_defaults as keras
from core.models.seed_configs import MetGANConfig

_FIRST_CHANNELS = 64
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class MetGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, height, breadth) in [-1, 1]; grey ones have three equal channels."""

    def __init__(self, config: MetGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        height, breadth = (side // 2**config.depth for side in config.shape)
        features = _FIRST_CHANNELS * height * breadth
        self.begin = nn.Sequential(
            nn.Linear(config.latent_dim, features, bias=False),
            keras.batch_norm_of_vector(features),
            nn.ReLU(),
            nn.Unflatten(1, (_FIRST_CHANNELS, height, breadth)),
        )
        layers: list[nn.Module] = []
        before = _FIRST_CHANNELS
        for level in range(config.depth):
            after = config.filters // 2**level
            layers += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), keras.batch_norm(after), nn.ReLU()]
            before = after
        self.grow = nn.Sequential(*layers)
        self.paint = nn.ConvTranspose2d(before, 1 if config.grey else 3, 4, padding=1)
        self.crop = _Crop()
        self.bound = nn.Tanh()
        self.apply(keras.initialise)

    def forward(self, z: Tensor) -> Tensor:
        painted: Tensor = self.bound(self.crop(self.paint(self.grow(self.begin(z)))))
        return painted.expand(-1, 3, -1, -1)


class _Crop(nn.Module):
    """Leaves out the last row and column: an even kernel of stride 1 gives one too many of each."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, :, :-1, :-1]


class MetDiscriminator(nn.Module):
    """Pictures (B, 3, height, breadth) in [-1, 1] -> logits (B,). A grey one sees their luma alone."""

    def __init__(self, config: MetGANConfig) -> None:
        super().__init__()
        self.grey = config.grey
        height, breadth = (side // 2**config.depth for side in config.shape)
        layers: list[nn.Module] = []
        before, after = 1 if config.grey else 3, config.filters // 2**config.depth
        for _ in range(config.depth):
            layers += [nn.Conv2d(before, after, 4, stride=2, padding=1), keras.batch_norm(after), nn.LeakyReLU(0.1)]
            before, after = after, 2 * after
        layers += [nn.Flatten(), nn.Linear(before * height * breadth, 1)]
        self.layers = nn.Sequential(*layers)
        self.apply(keras.initialise)

    def forward(self, images: Tensor) -> Tensor:
        if self.grey:
            images = torch.einsum("bchw,c->bhw", images, images.new_tensor(_LUMA))[:, None]
        return self.layers(images).flatten()
