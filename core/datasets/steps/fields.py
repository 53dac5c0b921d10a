"""Fields of random numbers for pictures: noise, and how elastic pictures bend. The same on every device."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.steps.numbers import FIRST, GAMMA, SECOND
from core.datasets.steps.sending import sent

_SIGNED = 2**64  # constants above 2**63 are written as the negative number with the same bits


def normal_field(grains: NDArray[np.float64], shape: tuple[int, ...], device: torch.device) -> Tensor:
    """(B, *shape) standard normal numbers, those of a picture from its own grain (a whole number below 2**32).

    Pairs by Box and Muller: one mixed number of 64 bits gives two of 24 bits, and these two normal ones.
    """
    count = math.prod(shape)
    bits = _bits(grains, -(-count // 2), device)
    size = torch.sqrt(-2 * torch.log((_part(bits, 40) + 0.5) * 2.0**-24))
    angle = _part(bits, 8) * (2 * math.pi * 2.0**-24)
    pairs = torch.cat([size * torch.cos(angle), size * torch.sin(angle)], dim=1)
    return pairs[:, :count].reshape(len(grains), *shape)


def smoothing(sides: int, sigma: Tensor) -> Tensor:
    """(B, S, S) matrices whose rows are Gaussians of sigma (B,) in pixels, mirrored about the first and last pixel."""
    places = torch.arange(sides, device=sigma.device, dtype=torch.float32)
    here, there = places[:, None], places[None, :]
    scale = -0.5 / sigma.clamp(min=1e-3).square()[:, None, None]
    weights = torch.exp((here - there).square() * scale)
    weights[:, :, 1:] += torch.exp((here + there).square() * scale)[:, :, 1:]
    weights[:, :, :-1] += torch.exp((2 * (sides - 1) - here - there).square() * scale)[:, :, :-1]
    return weights / weights.sum(dim=2, keepdim=True)


def smoothed(fields: Tensor, sigma: Tensor) -> Tensor:
    """(B, C, H, W) smoothed by a Gaussian of sigma (B,) in pixels."""
    height, width = fields.shape[2:]
    across = torch.matmul(fields, smoothing(width, sigma)[:, None].transpose(2, 3))
    return torch.matmul(smoothing(height, sigma)[:, None], across)


def _bits(grains: NDArray[np.float64], count: int, device: torch.device) -> Tensor:
    """(B, count) mixed 64-bit numbers, as core.datasets.steps.numbers mixes them; torch has only signed ones."""
    grain = sent(grains.astype(np.int64), device)[:, None]
    values = torch.arange(1, count + 1, device=device) * _signed(GAMMA) + _mixed(grain)
    return _mixed(values)


def _mixed(values: Tensor) -> Tensor:
    values = (values ^ _shifted(values, 30)) * _signed(FIRST)
    values = (values ^ _shifted(values, 27)) * _signed(SECOND)
    return values ^ _shifted(values, 31)


def _shifted(values: Tensor, places: int) -> Tensor:
    """To the right, with zeros coming in."""
    return (values >> places) & ((1 << (64 - places)) - 1)


def _part(bits: Tensor, place: int) -> Tensor:
    """24 of the bits, as float32."""
    return ((bits >> place) & 0xFFFFFF).float()


def _signed(value: int) -> int:
    return value - _SIGNED if value >= _SIGNED // 2 else value
