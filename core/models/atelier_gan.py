"""Our GAN for small art collections: what reference systems agree on, sized for modest machines.

Generator: nearest-neighbour upsampling and 3x3 convolutions (no checkerboard). Discriminator: no normalisation across
the batch, a minibatch-deviation channel (Karras et al., 2017, arXiv:1710.10196), logits.

An upsampling followed by a 3x3 convolution is one transposed 4x4 convolution of stride 2, and a 3x3 convolution
followed by 2x2 averaging is one 4x4 convolution of stride 2: same result, 4 products a pixel instead of 9.
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.configs import AtelierGANConfig, widths

_DEVIATION_GROUP = 4  # pictures compared with one another
_DETAIL_GAIN = 0.3  # how strongly an untrained level paints over those before it


class UpConv2d(nn.Module):
    """Nearest-neighbour doubling, then a 3x3 convolution: (B, C, H, W) -> (B, D, 2H, 2W)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        kernel = _widened(self.weight).flip(2, 3).transpose(0, 1)
        return F.conv_transpose2d(x, kernel, self.bias, stride=2, padding=1)


class DownConv2d(nn.Module):
    """A 3x3 convolution, then 2x2 averaging: (B, C, H, W) -> (B, D, H/2, W/2)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, _widened(self.weight) / 4, self.bias, stride=2, padding=1)


class AtelierGenerator(nn.Module):
    """z (B, latent_dim) -> pictures (B, 3, resolution, resolution) in [-1, 1].

    Every level paints: its colours are added to the enlarged colours of the level before (as in StyleGAN2, Karras et
    al., 2019, arXiv:1912.04958), so large fields are there early and fine levels have only details to learn.
    """

    def __init__(self, config: AtelierGANConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        channels = widths(config.resolution, config.width, config.max_width)
        block = _ResidualUp if config.residual else _PlainUp
        self.project = nn.Linear(config.latent_dim, channels[0] * 16)
        self.norm = _norm(config.generator_norm, channels[0])
        self.blocks = nn.ModuleList(
            block(before, after, config.generator_norm) for before, after in itertools.pairwise(channels)
        )
        self.to_rgb = nn.ModuleList(nn.Conv2d(width, 3, 3, padding=1) for width in channels)
        self.apply(_initialise)
        for number, (paint, width) in enumerate(zip(self.to_rgb, channels, strict=True)):
            gain = 1.0 if number == 0 else _DETAIL_GAIN
            nn.init.normal_(paint.get_parameter("weight"), std=gain / math.sqrt(9 * width))

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(z).unflatten(1, (-1, 4, 4)).contiguous(memory_format=torch.channels_last)
        x = _activate(self.norm(x))
        colours = self.to_rgb[0](x)
        for block, paint in zip(self.blocks, self.to_rgb[1:], strict=True):
            x = block(x)
            enlarged = F.interpolate(colours, scale_factor=2.0, mode="bilinear", align_corners=False)
            colours = enlarged + paint(x)
        return torch.tanh(colours)


class AtelierDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,): above 0 means taken for real."""

    def __init__(self, config: AtelierGANConfig) -> None:
        super().__init__()
        channels = widths(config.resolution, config.width, config.max_width)[::-1]
        block = _ResidualDown if config.residual else _PlainDown
        self.from_rgb = nn.Conv2d(3, channels[0], 3, padding=1)
        self.blocks = nn.Sequential(*(block(before, after) for before, after in itertools.pairwise(channels)))
        self.deviation = MinibatchDeviation() if config.minibatch_deviation else nn.Identity()
        self.mix = nn.Conv2d(channels[-1] + config.minibatch_deviation, channels[-1], 3, padding=1)
        self.score = nn.Linear(channels[-1] * 16, 1)
        self.apply(_initialise)
        nn.init.normal_(self.score.weight, std=1 / math.sqrt(channels[-1] * 16))

    def forward(self, images: Tensor) -> Tensor:
        x = self.blocks(_activate(self.from_rgb(images)))
        x = _activate(self.mix(self.deviation(x)))
        return self.score(x.flatten(1)).flatten()


class MinibatchDeviation(nn.Module):
    """Adds one channel: how much a group of pictures varies, so that a generator that repeats itself is found out.

    Groups are formed of consecutive pictures; the group size is the largest divisor of the batch up to 4.
    """

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        group = next(size for size in range(min(_DEVIATION_GROUP, batch), 0, -1) if batch % size == 0)
        groups = x.reshape(batch // group, group, channels, height, width).float()
        deviation = (groups.var(dim=1, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # one number a group
        plane = deviation.to(x.dtype).repeat_interleave(group)[:, None, None, None].expand(batch, 1, height, width)
        return torch.cat([x, plane], dim=1)


class PixelNorm(nn.Module):
    """Each pixel's channels scaled to mean square 1 (Karras et al., 2017): no statistics, the same for any batch."""

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class _PlainUp(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, norm: str) -> None:
        super().__init__()
        self.up = UpConv2d(channels_in, channels_out)
        self.norm = _norm(norm, channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return _activate(self.norm(self.up(x)))


class _ResidualUp(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, norm: str) -> None:
        super().__init__()
        self.up = UpConv2d(channels_in, channels_out)
        self.norm_1 = _norm(norm, channels_out)
        self.conv = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.norm_2 = _norm(norm, channels_out)
        self.skip = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        skipped = F.interpolate(self.skip(x), scale_factor=2.0, mode="nearest")
        return _activate(self.norm_2(self.conv(_activate(self.norm_1(self.up(x))))) + skipped)


class _PlainDown(nn.Module):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.down = DownConv2d(channels_in, channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return _activate(self.down(x))


class _ResidualDown(nn.Module):
    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_in, 3, padding=1)
        self.down = DownConv2d(channels_in, channels_out)
        self.skip = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        skipped = self.skip(F.avg_pool2d(x, 2))
        return (_activate(self.down(_activate(self.conv(x)))) + skipped) * math.sqrt(0.5)


def _activate(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def _norm(name: str, channels: int) -> nn.Module:
    if name == "batch":
        return nn.BatchNorm2d(channels)
    return PixelNorm() if name == "pixel" else nn.Identity()


def _widened(weight: Tensor) -> Tensor:
    """A 3x3 kernel convolved with a 2x2 box of ones: (D, C, 3, 3) -> (D, C, 4, 4)."""
    padded = F.pad(weight, (1, 1, 1, 1))
    return padded[:, :, :-1, :-1] + padded[:, :, :-1, 1:] + padded[:, :, 1:, :-1] + padded[:, :, 1:, 1:]


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear | UpConv2d | DownConv2d):
        nn.init.kaiming_normal_(module.weight, a=0.2)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
