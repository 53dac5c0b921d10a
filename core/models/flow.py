"""A rectified flow (Liu et al., 2022, arXiv:2209.03003): a straight road from noise to pictures, learned by a U-Net.

Between a picture x and noise e lie the mixtures (1 - t) x + t e. The network says in which direction a mixture is
heading, the velocity e - x, as far as it can be told from the mixture. A picture is drawn by starting at noise, t = 1,
and following the velocity back to t = 0.

What is known before any learning is put in by hand: in pictures the power of a wave falls with the square of its
frequency, so from a mixture with much noise only large fields can be told. The best guess that rests on this alone, the
Wiener filter, is part of the velocity, wave by wave (Karras et al., 2022, arXiv:2206.00364, do so for all waves alike).
The network has the rest to learn, and an untrained one already draws soft fields of colour rather than noise.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.configs import widths
from core.models.flow_config import FlowConfig

_SMALLEST = 8  # pixels a side at the bottom of the U
_DEVIATION = 0.5  # of pixels on the scale [-1, 1]
_POWER = 0.03  # of a wave of one half turn across the picture, as a share of the pixels; colour fields and prints alike
_COLOURS = ((1, 1, 1), (1, 0, -1), (1, -2, 1))  # grey, red against blue, green against both
_SHARES = (0.8, 0.15, 0.05)  # of each of them in the power of a picture
_SLOWEST = 0.5  # half turns that the mean colour counts as
_WAVES = 16  # sines, and as many cosines, that tell the network where between picture and noise it stands
_HEAD = 32  # channels of one head of attention, about


def cosines(side: int) -> Tensor:
    """The orthonormal waves of a line of pixels, (side, side): row k has k half turns (the DCT-II)."""
    pixel = torch.arange(side, dtype=torch.float64) + 0.5
    waves = torch.cos(math.pi / side * torch.arange(side)[:, None] * pixel) * math.sqrt(2 / side)
    waves[0] /= math.sqrt(2)
    return waves.float()


def colour_axes() -> Tensor:
    """Orthonormal directions of colour (3, 3) along which pictures vary independently, about."""
    return F.normalize(torch.tensor(_COLOURS, dtype=torch.float32), dim=1)


def power_of_pictures(side: int) -> Tensor:
    """The mean square of each wave in pictures of any kind, (3, side, side), by direction of colour."""
    turns = torch.arange(side)
    frequency = torch.hypot(turns[:, None].float(), turns[None].float()).clamp_min(_SLOWEST)
    return 3 * torch.tensor(_SHARES)[:, None, None] * _POWER * side**2 / frequency.square()


class Guess(NamedTuple):
    """What the power of a wave tells of the velocity of a mixture at time t."""

    keep: Tensor  # times the wave in the mixture: the best guess of the wave in the velocity
    miss: Tensor  # standard deviation of what is left to be learned


def guess(t: Tensor, power: Tensor) -> Guess:
    """For noise of power 1 in every wave, independent of the pictures."""
    variance = (1 - t).square() * power + t.square()  # of the mixture
    return Guess((t - (1 - t) * power) / variance, (power / variance).sqrt())


def road(steps: int, shift: float) -> list[float]:
    """Times of the steps from noise, 1, to picture, 0: `shift` above 1 crowds them where there is most noise."""
    even = [1 - step / steps for step in range(steps + 1)]
    return [shift * t / (1 + (shift - 1) * t) for t in even]


def integrate(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: list[float], *, method: str) -> Tensor:
    """Follow dx/dt = velocity(x, t) along `times`, ascending or descending.

    Args:
        velocity: of x and of t (1,), which holds for the whole batch.
        method: "euler", or "heun": the mean of the velocities at both ends of a step. A step that
            ends at 0 is always Euler's, because at the picture itself the velocity is least sure.
    """
    for start, end in itertools.pairwise(times):
        first = velocity(x, x.new_full((1,), start))
        if method == "euler" or end == 0:
            x = x + (end - start) * first
        else:
            second = velocity(x + (end - start) * first, x.new_full((1,), end))
            x = x + (end - start) / 2 * (first + second)
    return x


class Flow(nn.Module):
    """Calling it draws: z (B, latent_dim), the noise to start from -> pictures (B, 3, H, W) in [-1, 1].

    That takes `2 * sampling_steps - 1` calls of the U-Net with "heun", `sampling_steps` with "euler". The attributes
    `sampler`, `sampling_steps` and `guidance` may be changed at any time.
    """

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.side = config.resolution
        self.latent_dim = 3 * config.resolution**2
        self.sampler, self.sampling_steps, self.guidance = config.sampler, config.sampling_steps, config.guidance
        self.shift = config.shift
        self.unet = UNet(config)
        self.cosines: Tensor
        self.colour_axes: Tensor
        self.power: Tensor
        self.register_buffer("cosines", cosines(self.side))
        self.register_buffer("colour_axes", colour_axes())
        self.register_buffer("power", power_of_pictures(self.side))

    def velocity(self, x: Tensor, t: Tensor, terms: Tensor | None = None) -> Tensor:
        """Where mixtures are heading: towards more noise.

        Args:
            x: (B, 3, H, W), mixtures of pictures and noise.
            t: (B,), or (1,) for all, the share of noise, 0 to 1.
            terms: (B, T), or nothing, which is the same as all zeros: "anything".
        """
        guessed = self.guessed(x, t)
        return self.complete(t, guessed, self.learned(x, t, guessed, terms))

    def guessed(self, x: Tensor, t: Tensor) -> Tensor:
        """The velocity as far as the power of each wave tells it."""
        waves = self.cosines @ torch.einsum("kc,bchw->bkhw", self.colour_axes, x) @ self.cosines.T
        waves = guess(t[:, None, None, None], self.power).keep * waves
        return torch.einsum("kc,bkhw->bchw", self.colour_axes, self.cosines.T @ waves @ self.cosines)

    def learned(self, x: Tensor, t: Tensor, guessed: Tensor, terms: Tensor | None = None) -> Tensor:
        """The U-Net's part, of unit size: all that may be computed in a shorter number format.

        It sees the mixture, and the picture that the guess amounts to.
        """
        share = t[:, None, None, None]
        size = ((1 - share).square() * _DEVIATION**2 + share.square()).rsqrt()
        picture = (x - share * guessed) / _DEVIATION
        return self.unet(torch.cat([size * x, picture], dim=1), t, terms)

    def complete(self, t: Tensor, guessed: Tensor, learned: Tensor) -> Tensor:
        miss = guess(t[:, None, None, None], self.power).miss
        return guessed + miss.square().mean(dim=(1, 2, 3), keepdim=True).sqrt() * learned.float()

    def forward(self, z: Tensor, terms: Tensor | None = None) -> Tensor:
        noise = z.unflatten(1, (3, self.side, self.side))
        return self._follow(noise, road(self.sampling_steps, self.shift), terms).clamp(-1, 1)

    def invert(self, images: Tensor, terms: Tensor | None = None) -> Tensor:
        """The noise z (B, latent_dim) that these pictures would be drawn from, by going the road backwards.

        The more steps, the closer forward(invert(images)) comes to the pictures. Guidance is not gone back along.
        """
        return self._follow(images, road(self.sampling_steps, self.shift)[::-1], terms, guided=False).flatten(1)

    def _follow(self, x: Tensor, times: list[float], terms: Tensor | None, *, guided: bool = True) -> Tensor:
        guidance = self.guidance if guided and terms is not None else 1.0

        def velocity(x: Tensor, t: Tensor) -> Tensor:
            """Classifier-free guidance (Ho & Salimans, 2022, arXiv:2207.12598)."""
            asked = self.velocity(x, t, terms)
            if guidance == 1.0:
                return asked
            anything = self.velocity(x, t)
            return anything + guidance * (asked - anything)

        x = x.contiguous(memory_format=torch.channels_last)
        return integrate(velocity, x, times, method=self.sampler)


class UNet(nn.Module):
    """Two pictures (B, 6, H, W), times (B,) or (1,), terms (B, T) or none -> (B, 3, H, W), zero when untrained."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__()
        self.terms = config.terms
        channels = widths(config.resolution // config.patch, config.width, config.max_width, smallest=_SMALLEST)[::-1]
        sides = [config.resolution // config.patch >> level for level in range(len(channels))]
        attends = [side <= config.attention for side in sides]
        told = 4 * config.width  # channels of what is known about time and terms

        def block(channels_in: int, channels_out: int, level: int) -> nn.Module:
            return _Block(channels_in, channels_out, told, config.dropout, attention=attends[level])

        self.tell_time = nn.Sequential(nn.Linear(2 * _WAVES, told), nn.SiLU(), nn.Linear(told, told))
        self.tell_terms = nn.Linear(config.terms, told, bias=False) if config.terms else None
        self.cut = nn.PixelUnshuffle(config.patch)
        self.stem = nn.Conv2d(6 * config.patch**2, channels[0], 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        now = channels[0]
        for level, width in enumerate(channels):
            self.down.append(nn.ModuleList(block(now if n == 0 else width, width, level) for n in range(config.blocks)))
            now = width
        self.middle = _Block(now, now, told, config.dropout, attention=attends[-1])
        for level, width in reversed(list(enumerate(channels))):
            self.up.append(
                nn.ModuleList(block((now if n == 0 else width) + width, width, level) for n in range(config.blocks))
            )
            now = width
        self.norm = _norm(now)
        self.out = nn.Conv2d(now, 3 * config.patch**2, 3, padding=1)
        self.join = nn.PixelShuffle(config.patch)
        _silence(self.out)

    def forward(self, x: Tensor, t: Tensor, terms: Tensor | None = None) -> Tensor:
        told = self.tell_time(_waves(t))
        if self.tell_terms is not None and terms is not None:
            told = told + self.tell_terms(terms)
        told = F.silu(told)
        x = self.stem(self.cut(x))
        passed: list[Tensor] = []
        for level, blocks in enumerate(self.down):
            x = F.avg_pool2d(x, 2) if level else x
            for block in blocks:  # type: ignore[attr-defined]
                x = block(x, told)
                passed.append(x)
        x = self.middle(x, told)
        for level, blocks in enumerate(self.up):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest") if level else x
            for block in blocks:  # type: ignore[attr-defined]
                x = block(torch.cat([x, passed.pop()], dim=1), told)
        return self.join(self.out(F.silu(self.norm(x))))


class _Block(nn.Module):
    """Two convolutions around what is told of time and terms, a skip, and attention where it is wanted."""

    def __init__(self, channels_in: int, channels_out: int, told: int, dropout: float, *, attention: bool) -> None:
        super().__init__()
        self.norm_1 = _norm(channels_in)
        self.conv_1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.tell = nn.Linear(told, 2 * channels_out)
        self.norm_2 = _norm(channels_out)
        self.dropout = nn.Dropout(dropout)
        self.conv_2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.skip = nn.Conv2d(channels_in, channels_out, 1) if channels_in != channels_out else nn.Identity()
        self.attention = _Attention(channels_out) if attention else nn.Identity()
        _silence(self.conv_2)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.tell(told)[:, :, None, None].chunk(2, dim=1)
        inner = self.norm_2(self.conv_1(F.silu(self.norm_1(x)))) * (1 + scale) + shift
        return self.attention(self.skip(x) + self.conv_2(self.dropout(F.silu(inner))))


class _Attention(nn.Module):
    """Every pixel looks at all others (Vaswani et al., 2017), and what it finds is added."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // _HEAD)
        while channels % self.heads:
            self.heads -= 1
        self.norm = _norm(channels)
        self.ask = nn.Conv2d(channels, 3 * channels, 1)
        self.add = nn.Conv2d(channels, channels, 1)
        _silence(self.add)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        asked = self.ask(self.norm(x)).flatten(2).unflatten(1, (3, self.heads, -1))  # (B, 3, heads, channels, pixels)
        query, key, value = asked.transpose(3, 4).unbind(1)
        found = F.scaled_dot_product_attention(query, key, value)  # (B, heads, pixels, channels)
        return x + self.add(found.transpose(2, 3).flatten(1, 2).unflatten(2, (height, width)))


def _waves(t: Tensor) -> Tensor:
    """Times (B,) as sines and cosines (B, 2 * _WAVES), from a quarter of a turn between t = 0 and 1 to 16 turns."""
    turns = torch.logspace(-2, 4, _WAVES, base=2.0, device=t.device, dtype=torch.float32)
    angles = 2 * math.pi * t.float()[:, None] * turns
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _norm(channels: int) -> nn.GroupNorm:
    """Up to 32 groups, of at least 4 channels where there are as many."""
    return nn.GroupNorm(math.gcd(32, max(1, channels // 4)) if channels % 4 == 0 else 1, channels)


def _silence(layer: nn.Conv2d) -> None:
    """Begin with an answer of zero, so that an untrained block changes nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
