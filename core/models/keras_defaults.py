"""What Keras gives a layer that is told nothing: most seeds are written with it, and train differently without."""

import torch
from torch import Tensor, nn

BATCH_NORM_MOMENTUM = 0.99


def batch_norm(channels: int, momentum: float = BATCH_NORM_MOMENTUM) -> nn.BatchNorm2d:
    """momentum: in Keras' words, the share of the old statistics that stays; torch counts the other way."""
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=round(1 - momentum, 6))


def batch_norm_of_vector(width: int, momentum: float = BATCH_NORM_MOMENTUM) -> nn.BatchNorm1d:
    return nn.BatchNorm1d(width, eps=1e-3, momentum=round(1 - momentum, 6))


class ChannelNorm(nn.Module):
    """Layer normalisation over the channels of each pixel, which is what Keras' LayerNormalization does by default."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        variance, mean = torch.var_mean(x, dim=1, unbiased=False, keepdim=True)
        return (x - mean) * torch.rsqrt(variance + 1e-3) * self.weight[:, None, None] + self.bias[:, None, None]


def initialise(module: nn.Module) -> None:
    """Glorot's uniform weights and no bias, for `network.apply`."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def initialise_normal(module: nn.Module) -> None:
    """N(0, 0.02) weights, N(1, 0.02) scales and no bias, as Radford et al., 2015, for `network.apply`."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
        nn.init.normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)
