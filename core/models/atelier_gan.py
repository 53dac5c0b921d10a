"""Our GAN for small art collections: what reference systems agree on, sized for modest machines.

Two habits of painters are built into the generator, so that neither has to be learned pixel by pixel: a picture is
mixed of a few colours, and edges run straight across it (`Bands`). It convolves before it enlarges, smoothly: a
quarter of the work, and no checkerboard. Discriminator: no normalisation across the batch, a minibatch-deviation
channel (Karras et al., 2017, arXiv:1710.10196), logits.

A 3x3 convolution followed by 2x2 averaging is one 4x4 convolution of stride 2: 4 products a pixel instead of 9.
"""

import itertools
import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.configs import AtelierGANConfig, widths
from core.models.terms import TermEmbedding

_DEVIATION_GROUP = 4  # pictures compared with one another
_BAND_GAIN = 2.0  # how strongly rows and columns stand against the map they are added to
_DETAIL_GAIN = 0.3  # how strongly an untrained level paints over those before it
_EXCITED_RESOLUTION = 128  # pixels: from here on, far apart levels are joined
_EXCITED_LEVELS = 4  # a level is excited by the one so many doublings before it: 8 -> 128, 16 -> 256
_PALETTE_WIDTH = 128  # hidden units between the latent and its colours
_COVERAGE = 2.0  # how sharply colours stand against one another; 0 would mix all equally
_COVERAGE_CENTRED = 8.0  # the same for covers that have been scaled


class UpConv2d(nn.Conv2d):
    """A 3x3 convolution, then smooth doubling: (B, C, H, W) -> (B, D, 2H, 2W)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(channels_in, channels_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return _doubled(super().forward(x))


class DownConv2d(nn.Module):
    """A 3x3 convolution, then 2x2 averaging: (B, C, H, W) -> (B, D, H/2, W/2)."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels_out, channels_in, 3, 3))
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, _widened(self.weight) / 4, self.bias, stride=2, padding=1)


class Bands(nn.Module):
    """What a picture does from top to bottom and from left to right, as features of rows and of columns.

    Added to the maps of a level they become stripes, margins and, through the activation, rectangles.
    """

    def __init__(self, latent_dim: int, channels: list[int]) -> None:
        super().__init__()
        self.project = nn.Linear(latent_dim, channels[0] * 8)
        self.grow = nn.ModuleList(
            nn.Conv1d(before, after, 3, padding=1) for before, after in itertools.pairwise(channels)
        )

    def forward(self, z: Tensor) -> list[Tensor]:
        """z (B, latent_dim) -> one (2, B, C, side) a level, side 4, 8, ...: first of the rows, then of the columns."""
        profiles = self.project(z).unflatten(1, (2, -1, 4)).transpose(0, 1).flatten(0, 1)
        levels = [profiles]
        for convolve in self.grow:
            profiles = convolve(_activate(profiles))
            profiles = F.interpolate(profiles, scale_factor=2.0, mode="linear", align_corners=False)
            levels.append(profiles)
        return [level.unflatten(0, (2, -1)) for level in levels]


class AtelierGenerator(nn.Module):
    """z (B, latent_dim), with terms (B, T) where conditioned -> pictures (B, 3, resolution, resolution) in [-1, 1].

    Every level paints: what it paints is added to the enlarged painting of the level before (as in StyleGAN2, Karras et
    al., 2019, arXiv:1912.04958), so large fields are there early and fine levels have only details to learn.
    With a palette, what is painted is how much of each of the picture's colours a pixel has.
    """

    def __init__(self, config: AtelierGANConfig) -> None:
        super().__init__()
        self.latent_dim, self.terms = config.latent_dim, config.terms
        channels = widths(config.resolution, config.width, config.max_width)
        block = _ResidualUp if config.residual else _PlainUp
        self.condition = TermEmbedding(config.terms) if config.terms else None
        latent_dim = config.latent_dim + (TermEmbedding.width if config.terms else 0)  # of what the layers are given
        self.project = nn.Linear(latent_dim, channels[0] * 16)
        self.norm = _norm(config.generator_norm, channels[0])
        self.blocks = nn.ModuleList(
            block(before, after, config.generator_norm) for before, after in itertools.pairwise(channels)
        )
        self.excite = nn.ModuleDict()
        if config.skip_excitation and config.resolution >= _EXCITED_RESOLUTION:
            for level in range(_EXCITED_LEVELS, len(channels)):
                self.excite[str(level)] = SkipExcitation(channels[level - _EXCITED_LEVELS], channels[level])
        self.bands = Bands(latent_dim, channels) if config.bands else None
        self.paint_bands = nn.Conv1d(channels[-1], config.palette or 3, 3, padding=1) if config.bands else None
        self.palette = _Palette(latent_dim, config.palette) if config.palette else None
        self.texture = nn.Conv2d(channels[-1], 3, 3, padding=1) if config.texture else None
        self.mix = _Mix(centred=config.covers == "centred")
        self.paint = nn.ModuleList(nn.Conv2d(width, config.palette or 3, 3, padding=1) for width in channels)
        self.apply(_initialise)
        for number, (paint, width) in enumerate(zip(self.paint, channels, strict=True)):
            gain = 1.0 if number == 0 else _DETAIL_GAIN
            nn.init.normal_(paint.get_parameter("weight"), std=gain / math.sqrt(9 * width))
        if self.paint_bands is not None:
            nn.init.normal_(self.paint_bands.weight, std=_DETAIL_GAIN / math.sqrt(3 * channels[-1]))
        if self.texture is not None:
            nn.init.normal_(self.texture.weight, std=_DETAIL_GAIN / math.sqrt(9 * channels[-1]))

    def forward(self, z: Tensor, terms: Tensor | None = None, colour_z: Tensor | None = None) -> Tensor:
        """colour_z (B, latent_dim): whose palette is used, in place of that of z. Ignored by a network without one."""
        z = self._told(z, terms)
        bands = self.bands(z) if self.bands is not None else []
        x = self.project(z).unflatten(1, (-1, 4, 4)).contiguous(memory_format=torch.channels_last)
        x = _activate(self.norm(_with_bands(x, bands[:1])))
        painting = self.paint[0](x)
        maps = [x]
        for level, (block, paint) in enumerate(zip(self.blocks, self.paint[1:], strict=True), start=1):
            x = block(x, bands[level : level + 1])
            if str(level) in self.excite:
                x = self.excite[str(level)](maps[level - _EXCITED_LEVELS], x)
            maps.append(x)
            painting = _doubled(painting) + paint(x)
        if self.paint_bands is not None:
            painting = _with_bands(
                painting, [self.paint_bands(_activate(bands[-1].flatten(0, 1))).unflatten(0, (2, -1))]
            )
        if self.palette is None:
            return torch.tanh(painting)
        texture = torch.tanh(self.texture(x)) if self.texture is not None else None
        return self.mix(painting, self.palette(z if colour_z is None else self._told(colour_z, terms)), texture)

    def _told(self, z: Tensor, terms: Tensor | None) -> Tensor:
        """What the layers are given: z and, where the network is conditioned, what the terms mean beside it."""
        if self.condition is None:
            return z
        return torch.cat([z, self.condition(z.new_zeros(len(z), self.terms) if terms is None else terms)], dim=1)


class SkipExcitation(nn.Module):
    """A coarse map decides how strongly each channel of a fine one counts (Liu et al., 2021, arXiv:2101.04775).

    (B, C, h, w) and (B, D, H, W) -> (B, D, H, W). Lets the gradient of large pictures reach the first layers directly.
    """

    def __init__(self, channels_coarse: int, channels_fine: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.squeeze = nn.Conv2d(channels_coarse, channels_fine, 4)
        self.gate = nn.Conv2d(channels_fine, channels_fine, 1)

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        return fine * torch.sigmoid(self.gate(F.silu(self.squeeze(self.pool(coarse)))))


class _Palette(nn.Module):
    """z (B, latent_dim) -> the colours of each picture (B, 3, colours) in [-1, 1]."""

    def __init__(self, latent_dim: int, colours: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(latent_dim, _PALETTE_WIDTH)
        self.colours = nn.Linear(_PALETTE_WIDTH, 3 * colours)

    def forward(self, z: Tensor) -> Tensor:
        return torch.tanh(self.colours(_activate(self.hidden(z)))).unflatten(1, (3, -1))


class _Mix(nn.Module):
    """Covers (B, K, H, W) and K colours each -> pictures: at each pixel, the colours that cover most show most.

    A texture (B, 3, H, W) in [-1, 1] moves a pixel by at most what keeps it within [-1, 1].

    Free covers can grow until one colour hides all others; no gradient passes the softmax then, and the training stays
    with plain squares. Centred ones cannot: over each picture, each colour's cover has a mean of 0, and all together a
    mean square of 1. A plain picture is still one whose colours are alike.
    """

    def __init__(self, *, centred: bool) -> None:
        super().__init__()
        self.centred = centred

    def forward(self, covers: Tensor, colours: Tensor, texture: Tensor | None) -> Tensor:
        if self.centred:
            covers = covers - covers.mean(dim=(2, 3), keepdim=True)
            covers = covers * torch.rsqrt(covers.square().mean(dim=(1, 2, 3), keepdim=True) + 1)
        shares = ((_COVERAGE_CENTRED if self.centred else _COVERAGE) * covers).softmax(dim=1)
        mixed = torch.einsum("bkhw,bck->bchw", shares, colours.to(shares.dtype))
        return mixed if texture is None else mixed + (1 - mixed.abs()) * texture


class AtelierDiscriminator(nn.Module):
    """Pictures (B, 3, resolution, resolution) in [-1, 1] -> logits (B,): above 0 means taken for real.

    With terms (B, T), it judges too whether they fit the picture, by projection (Miyato & Koyama, 2018,
    arXiv:1802.05637): the inner product of what they mean and what it sees is added to the logit.
    """

    def __init__(self, config: AtelierGANConfig) -> None:
        super().__init__()
        channels = widths(config.resolution, config.width, config.max_width)[::-1]
        block = _ResidualDown if config.residual else _PlainDown
        self.from_rgb = nn.Conv2d(3, channels[1], 4, stride=2, padding=1)
        self.blocks = nn.Sequential(*(block(before, after) for before, after in itertools.pairwise(channels[1:])))
        self.deviation = MinibatchDeviation() if config.minibatch_deviation else nn.Identity()
        self.mix = nn.Conv2d(channels[-1] + config.minibatch_deviation, channels[-1], 3, padding=1)
        self.score = nn.Linear(channels[-1] * 16, 1)
        self.condition = TermEmbedding(config.terms) if config.terms else None
        self.seen = nn.Linear(channels[-1], TermEmbedding.width) if config.terms else None
        self.apply(_initialise)
        nn.init.normal_(self.score.weight, std=1 / math.sqrt(channels[-1] * 16))

    def forward(self, images: Tensor, terms: Tensor | None = None) -> Tensor:
        x = self.blocks(_activate(self.from_rgb(images)))
        x = _activate(self.mix(self.deviation(x)))
        logits = self.score(x.flatten(1)).flatten()
        if self.condition is not None and self.seen is not None and terms is not None:
            meant, seen = self.condition(terms), self.seen(x.mean(dim=(2, 3)))
            logits = logits + (meant * seen).sum(dim=1) / math.sqrt(TermEmbedding.width)
        return logits


def group_size(batch: int) -> int:
    """How many pictures are compared with each other: the largest divisor of the batch up to 4."""
    return next(size for size in range(min(_DEVIATION_GROUP, batch), 0, -1) if batch % size == 0)


class MinibatchDeviation(nn.Module):
    """Adds one channel: how much a group of pictures varies, so that a generator that repeats itself is found out.

    Groups are formed of consecutive pictures.
    """

    def forward(self, x: Tensor) -> Tensor:
        batch, channels, height, width = x.shape
        group = group_size(batch)
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

    def forward(self, x: Tensor, bands: list[Tensor]) -> Tensor:
        return _activate(self.norm(_with_bands(self.up(x), bands)))


class _ResidualUp(nn.Module):
    def __init__(self, channels_in: int, channels_out: int, norm: str) -> None:
        super().__init__()
        self.up = UpConv2d(channels_in, channels_out)
        self.norm_1 = _norm(norm, channels_out)
        self.conv = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.norm_2 = _norm(norm, channels_out)
        self.skip = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, x: Tensor, bands: list[Tensor]) -> Tensor:
        inner = _activate(self.norm_1(_with_bands(self.up(x), bands)))
        return _activate(self.norm_2(self.conv(inner)) + _doubled(self.skip(x)))


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


def _with_bands(x: Tensor, bands: list[Tensor]) -> Tensor:
    """Adds bands (2, B, C, side) to (B, C, side, side), if there are any."""
    for rows, columns in bands:
        x = x + _BAND_GAIN * (rows[:, :, :, None] + columns[:, :, None, :])
    return x


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


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
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Linear | DownConv2d):
        nn.init.kaiming_normal_(module.weight, a=0.2)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
