"""Our convolutional variational autoencoder for square RGB pictures."""

import itertools

import torch
from torch import Tensor, nn

from core.models.atelier_gan import AtelierGenerator
from core.models.autoencoder import Autoencoder, Posterior
from core.models.configs import AtelierGANConfig, VAEConfig, widths
from core.models.terms import TermEmbedding

__all__ = ["VAE", "Posterior"]


class VAE(Autoencoder):
    """Pictures (B, 3, H, W) to latents and back, told terms (B, T) where it is conditioned."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__(config.latent_dim)
        self.terms = config.terms
        channels = widths(config.resolution, config.width, config.max_width)
        features = channels[0] * 16
        down: list[nn.Module] = [nn.Conv2d(3, channels[-1], 3, padding=1), nn.SiLU()]
        for before, after in zip(channels[::-1], channels[-2::-1], strict=False):
            down += [nn.Conv2d(before, after, 4, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
            if config.residual:
                down.append(_Residual(after))
        self.condition = TermEmbedding(config.terms) if config.terms else None
        told = TermEmbedding.width if config.terms else 0
        self.encoder = nn.Sequential(*down, nn.Flatten())
        self.head = nn.Linear(features + told, 2 * config.latent_dim)
        latent_dim = config.latent_dim + told
        self.decoder = _painting(config, latent_dim) if config.decoder == "painting" else _plain(config, latent_dim)

    def parameters_of(self, images: Tensor, terms: Tensor | None) -> Tensor:
        return self.head(self._told(self.encoder(images), terms))

    def decode(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        return self.decoder(self._told(z, terms))

    def _told(self, x: Tensor, terms: Tensor | None) -> Tensor:
        """x (B, F) and, where the network is conditioned, what the terms mean beside it."""
        if self.condition is None:
            return x
        return torch.cat([x, self.condition(x.new_zeros(len(x), self.terms) if terms is None else terms)], dim=1)

    def _load_from_state_dict(self, state_dict, prefix, *rest) -> None:  # type: ignore[no-untyped-def]
        for name in ("weight", "bias"):  # the head was the encoder's last layer once
            old = [key for key in state_dict if key.startswith(f"{prefix}encoder.") and key.endswith(f".{name}")]
            if old and f"{prefix}head.{name}" not in state_dict:
                state_dict[f"{prefix}head.{name}"] = state_dict.pop(max(old, key=lambda key: int(key.split(".")[-2])))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _painting(config: VAEConfig, latent_dim: int) -> nn.Module:
    """Smooth doubling and a painting that grows level by level, without palette and bands: both are for GANs."""
    return AtelierGenerator(
        AtelierGANConfig(
            resolution=config.resolution,
            latent_dim=latent_dim,
            width=config.width,
            max_width=config.max_width,
            residual=config.residual,
            palette=0,
            bands=False,
        )
    )


def _plain(config: VAEConfig, latent_dim: int) -> nn.Module:
    channels = widths(config.resolution, config.width, config.max_width)
    layers: list[nn.Module] = [
        nn.Linear(latent_dim, channels[0] * 16),
        nn.Unflatten(1, (channels[0], 4, 4)),
        nn.GroupNorm(8, channels[0]),
        nn.SiLU(),
    ]
    for before, after in itertools.pairwise(channels):
        if config.residual:
            layers.append(_Residual(before))
        layers += [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1), nn.GroupNorm(8, after), nn.SiLU()]
    return nn.Sequential(*layers, nn.Conv2d(channels[-1], 3, 3, padding=1), nn.Tanh())


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.conv_1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv_2 = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv_2.weight)  # it begins as if it were not there

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_2(nn.functional.silu(self.conv_1(nn.functional.silu(self.norm(x)))))
