"""Multi-scale structural similarity (Wang, Simoncelli & Bovik, 2003): how alike two pictures look, 1 for equal ones.

Two uses: of pairs drawn from one set it measures diversity (Odena et al., 2017, arXiv:1610.09585: a set whose pairs are
much more alike than those of the real pictures has collapsed); of a picture and its reconstruction, sharpness.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.metrics.errors import MetricError
from core.metrics.measured import Measured, around, draws

_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first, as published
_WINDOW, _SIGMA = 11, 1.5  # pixels; both shrink on pictures smaller than the window
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_CHUNK = 64  # pairs at a time


def ms_ssim(first: Tensor, second: Tensor) -> Tensor:
    """Similarity of each pair, (B,) float32 in [0, 1], for float pictures (B, 3, H, W) with values 0..255.

    Five scales, the window cut down where a scale is smaller than it, as in the reference for generated pictures
    (Karras et al., 2017): without that, nothing below 176 pixels could be measured. A scale on which the pictures are
    opposed counts as 0.
    """
    if first.shape != second.shape or first.dim() != 4:
        raise MetricError(f"Both must be (B, 3, H, W); got {tuple(first.shape)} and {tuple(second.shape)}.")
    if min(first.shape[-2:]) < 16:
        raise MetricError(f"Pictures must be at least 16 pixels a side; got {tuple(first.shape[-2:])}.")
    product = torch.ones(len(first), device=first.device)
    for scale, weight in enumerate(_WEIGHTS):
        luminance, contrast = _compare(first, second)
        last = scale == len(_WEIGHTS) - 1
        factor = luminance * contrast if last else contrast
        product = product * factor.flatten(1).mean(dim=1).clamp(0, 1) ** weight
        first, second = F.avg_pool2d(first, 2), F.avg_pool2d(second, 2)
    return product


def diversity(images: NDArray[np.uint8], *, pairs: int = 2_000, seed: int = 0, device: str = "cpu") -> float:
    """Mean similarity of pairs from uint8 (N, H, W, 3), random ones or, where there are no more, all: the lower, the
    more diverse.

    Meaningful only beside the same number of real pictures. Raises MetricError for fewer than two pictures.
    """
    left, right = _pairs(images, pairs, seed)
    return float(np.mean(pairwise(images[left], images[right], device=device)))


def alikeness(images: NDArray[np.uint8], *, pairs: int = 2_000, seed: int = 0, device: str = "cpu") -> Measured:
    """`diversity` with its interval: the bootstrap draws pictures, for pairs that share one are not independent."""
    left, right = _pairs(images, pairs, seed)
    alike = pairwise(images[left], images[right], device=device).astype(np.float64)
    means = []
    for chosen in draws(len(images), seed):
        times = np.bincount(chosen, minlength=len(images))
        weights = times[left] * times[right]
        if weights.any():
            means.append(float(np.average(alike, weights=weights)))
    value = float(alike.mean())
    low, high = around(value, float(np.std(means, ddof=1)) if len(means) > 1 else 0.0)
    return Measured(value, low, min(1.0, high), len(images), {"pairs": len(left)})


def _pairs(images: NDArray[np.uint8], pairs: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if images.ndim != 4 or images.dtype != np.uint8 or len(images) < 2:
        found = f"{images.dtype} {images.shape}"
        raise MetricError(f"Diversity needs two or more uint8 pictures (N, H, W, 3); got {found}.")
    left, right = np.triu_indices(len(images), k=1)
    if len(left) <= pairs:
        return left, right
    random = np.random.default_rng(seed)
    left = random.integers(0, len(images), pairs)
    right = (left + random.integers(1, len(images), pairs)) % len(images)  # never the picture itself
    return left, right


@torch.no_grad()
def pairwise(first: NDArray[np.uint8], second: NDArray[np.uint8], *, device: str = "cpu") -> NDArray[np.float32]:
    """ms_ssim of uint8 (N, H, W, 3) with uint8 (N, H, W, 3), one number a pair."""
    parts = [
        ms_ssim(_to_tensor(first[i : i + _CHUNK], device), _to_tensor(second[i : i + _CHUNK], device)).cpu().numpy()
        for i in range(0, len(first), _CHUNK)
    ]
    return np.concatenate(parts)


def _compare(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance and contrast-structure of each window (B, 3, h, w)."""
    channels = first.shape[1]
    size = min(_WINDOW, *first.shape[-2:])
    kernel = _gaussian(size, _SIGMA * size / _WINDOW, first).expand(channels, 1, size)

    def blur(x: Tensor) -> Tensor:
        x = F.conv2d(x, kernel[:, :, :, None], groups=channels)
        return F.conv2d(x, kernel[:, :, None, :], groups=channels)

    mean_1, mean_2 = blur(first), blur(second)
    variance_1 = blur(first.square()) - mean_1.square()
    variance_2 = blur(second.square()) - mean_2.square()
    covariance = blur(first * second) - mean_1 * mean_2
    luminance = (2 * mean_1 * mean_2 + _C1) / (mean_1.square() + mean_2.square() + _C1)
    return luminance, (2 * covariance + _C2) / (variance_1 + variance_2 + _C2)


def _gaussian(size: int, sigma: float, like: Tensor) -> Tensor:
    offsets = torch.arange(size, device=like.device, dtype=like.dtype) - (size - 1) / 2
    weights = torch.exp(-offsets.square() / (2 * sigma**2))
    return weights / weights.sum()


def _to_tensor(images: NDArray[np.uint8], device: str) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(images)).to(device).permute(0, 3, 1, 2).float()
