"""Sliced Wasserstein distance of two sets of pictures (Karras et al., 2017, arXiv:1710.10196): no weights needed.

Pictures are split into a Laplacian pyramid; at each level the distributions of small patches are compared along random
directions. Coarse levels compare layout and colour, fine levels texture.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.metrics.errors import MetricError

PATCH = 7  # pixels per side
SMALLEST_SIDE = 16  # of the pyramid
_THREADED_FROM = 1 << 20  # numbers to sort: below it, threads cost more than they save
_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


@dataclass(frozen=True)
class SlicedWasserstein:
    """Distances times 1,000, as published; 0 for equal sets. Compare with the floor of two sets of real pictures."""

    levels: dict[int, float]  # pixels per side -> distance
    count: int  # pictures on each side: the fewer, the higher even the floor

    @property
    def mean(self) -> float:
        return sum(self.levels.values()) / len(self.levels)


def sliced_wasserstein(
    first: NDArray[np.uint8],
    second: NDArray[np.uint8],
    *,
    seed: int = 0,
    patches_per_image: int = 128,
    directions: int = 128,
    repeats: int = 4,
    device: torch.device | str = "cpu",
) -> SlicedWasserstein:
    """Distance between two equally large sets of pictures, uint8 (N, H, H, 3) with H a power of two from 16 on.

    Raises: MetricError if the sets differ in shape or the pictures are of another size.
    """
    if first.shape != second.shape:
        raise MetricError(
            f"Both sets must hold equally many pictures of one size; got {first.shape} and {second.shape}."
        )
    _check(first)
    draw = Generator("cpu").manual_seed(seed)
    pyramids = [laplacian_pyramid(to_tensor(images, device)) for images in (first, second)]
    levels = {}
    for of_first, of_second in zip(*pyramids, strict=True):
        patches = [normalised(draw_patches(level, patches_per_image, draw)) for level in (of_first, of_second)]
        levels[of_first.shape[-1]] = 1e3 * _sliced_distance(patches[0], patches[1], directions, repeats, draw)
    return SlicedWasserstein(levels, len(first))


def laplacian_pyramid(images: Tensor) -> list[Tensor]:
    """(N, C, H, W) -> what each halving of the side loses, from full size on, and at last what is left at 16 pixels."""
    levels = []
    while images.shape[-1] > SMALLEST_SIDE:
        smaller = _halve(images)
        levels.append(images - _double(smaller))
        images = smaller
    return [*levels, images]


def draw_patches(images: Tensor, per_image: int, draw: Generator) -> Tensor:
    """Random 7x7 patches, wholly inside: (N, C, H, W) -> (N * per_image, C, 7, 7)."""
    count, channels, height, width = images.shape
    top = torch.randint(height - PATCH + 1, (count, per_image), generator=draw).to(images.device)
    left = torch.randint(width - PATCH + 1, (count, per_image), generator=draw).to(images.device)
    picture = torch.arange(count, device=images.device)[:, None]
    windows = images.unfold(2, PATCH, 1).unfold(3, PATCH, 1)  # (N, C, tops, lefts, 7, 7), a view
    return windows[picture, :, top, left].reshape(-1, channels, PATCH, PATCH)


def _sliced_distance(first: Tensor, second: Tensor, directions: int, repeats: int, draw: Generator) -> float:
    """Mean distance of the two sets of points (M, D) projected on random directions, each a sorted comparison."""
    distances = []
    for _ in range(repeats):
        direction = random_directions(first.shape[1], directions, draw).to(first.device)
        sorted_first, sorted_second = _sorted(direction @ first.T), _sorted(direction @ second.T)
        distances.append(float(sorted_first.sub_(sorted_second).abs_().mean(dim=1).mean()))
    return math.fsum(distances) / repeats


def random_directions(dimensions: int, count: int, draw: Generator) -> Tensor:
    """(count, dimensions), each of length 1."""
    direction = torch.randn(dimensions, count, generator=draw)
    return (direction / direction.square().sum(dim=0, keepdim=True).sqrt()).T.contiguous()


def _sorted(rows: Tensor) -> Tensor:
    """Each row (of K, M) in ascending order.

    On a processor by numpy, in place: several times as fast as torch, which keeps the order of equal numbers and
    returns where each came from.
    """
    if rows.device.type != "cpu":
        return rows.sort(dim=1).values
    values = rows.numpy()
    threads = torch.get_num_threads()
    if threads == 1 or values.size < _THREADED_FROM:
        values.sort(axis=1)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda part: part.sort(axis=1), np.array_split(values, min(len(values), 4 * threads))))
    return rows


def normalised(patches: Tensor) -> Tensor:
    """Each colour channel to mean 0 and deviation 1 over the whole set, each patch then one point: (M, C * 49)."""
    centred = patches - patches.mean(dim=(0, 2, 3), keepdim=True)
    deviation = centred.square().mean(dim=(0, 2, 3), keepdim=True).sqrt()
    return (centred / deviation.clamp_min(1e-8)).flatten(1)


def _filter(images: Tensor, gain: float) -> Tensor:
    channels = images.shape[1]
    line = torch.tensor(_BINOMIAL, device=images.device) / 16
    kernel = (gain * line[:, None] * line[None, :]).expand(channels, 1, 5, 5)
    return F.conv2d(F.pad(images, (2, 2, 2, 2), mode="reflect"), kernel, groups=channels)


def _halve(images: Tensor) -> Tensor:
    return _filter(images, 1.0)[:, :, ::2, ::2]


def _double(images: Tensor) -> Tensor:
    count, channels, height, width = images.shape
    spread = images.new_zeros(count, channels, 2 * height, 2 * width)
    spread[:, :, ::2, ::2] = images
    return _filter(spread, 4.0)


def to_tensor(images: NDArray[np.uint8], device: torch.device | str) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2).float().contiguous()


def _check(images: NDArray[np.uint8]) -> None:
    if images.ndim != 4 or images.shape[3] != 3 or images.dtype != np.uint8 or not len(images):
        raise MetricError(f"Expected uint8 pictures (N, H, W, 3); got {images.dtype} {images.shape}.")
    side = images.shape[1]
    if images.shape[2] != side or side < SMALLEST_SIDE or side & (side - 1):
        raise MetricError(
            f"Pictures must be square, a power of two from {SMALLEST_SIDE} pixels on; got {side} by {images.shape[2]}."
        )
