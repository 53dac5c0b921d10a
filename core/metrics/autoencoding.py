"""What a variational autoencoder keeps of a picture, and how much of its latent it uses."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.metrics.errors import MetricError
from core.metrics.measured import Measured, draws, mean_interval
from core.metrics.ms_ssim import pairwise
from core.models.autoencoder import Autoencoder
from core.training.pictures import to_images, to_pixels

ACTIVE_FROM = 0.01  # variance of a latent number's mean over the pictures (Burda et al., 2015, arXiv:1509.00519)
_BATCH = 32
_RESAMPLES = 200
_SMALLEST_SIDE = 16  # pixels, for MS-SSIM

Terms = NDArray[np.float32] | None


def reconstruction(
    network: Autoencoder,
    held_out: tuple[NDArray[np.uint8], Terms],
    trained: tuple[NDArray[np.uint8], Terms],
    *,
    seed: int = 0,
    device: str = "cpu",
) -> Measured:
    """Mean over the held-out pictures of the root mean square error, in 8-bit steps.

    In the details the same of pictures trained on (far less: it has learned them by heart), the peak signal-to-noise
    ratio in dB, and MS-SSIM, which tells blur.

    Args:
        held_out, trained: uint8 (N, H, W, 3), and what is known of each for a conditioned network.
    """
    pictures = held_out[0]
    back = reconstructed(network, *held_out, device=device)
    errors = root_mean_square(pictures, back)
    low, high = mean_interval(errors, seed=seed)
    of_trained = root_mean_square(trained[0], reconstructed(network, *trained, device=device))
    details = {
        "trained": round(float(of_trained.mean()), 4),
        "psnr": round(float((20 * np.log10(255 / np.maximum(errors, 1e-3))).mean()), 3),
    }
    if min(pictures.shape[1:3]) >= _SMALLEST_SIDE:
        details["ms_ssim"] = round(float(pairwise(pictures, back, device=device).mean()), 4)
    return Measured(float(errors.mean()), low, high, len(pictures), details)


def mean_picture_error(pictures: NDArray[np.uint8], trained: NDArray[np.uint8]) -> float:
    """The same for a model that answers every picture with the mean of those it was trained on."""
    mean = trained.mean(axis=0).round().astype(np.uint8)
    return float(root_mean_square(pictures, np.broadcast_to(mean, pictures.shape)).mean())


@torch.no_grad()
def reconstructed(
    network: Autoencoder, pictures: NDArray[np.uint8], terms: Terms, *, device: str = "cpu"
) -> NDArray[np.uint8]:
    """Each picture through the middle of its posterior and back."""
    parts = []
    for i in range(0, len(pictures), _BATCH):
        images, told = _given(pictures, terms, i, device)
        parts.append(to_pixels(network.reconstruct(images, told)))
    return np.concatenate(parts)


def root_mean_square(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of each pair, over pixels and channels, (N,)."""
    squares = [np.square(a.astype(np.float32) - b).mean(dtype=np.float64) for a, b in zip(first, second, strict=True)]
    return np.sqrt(np.array(squares))


@torch.no_grad()
def active_units(
    network: Autoencoder, pictures: NDArray[np.uint8], terms: Terms, *, seed: int = 0, device: str = "cpu"
) -> Measured:
    """How many numbers of the latent vary with the picture; of how many, in the details.

    Raises MetricError for fewer than two pictures.
    """
    if len(pictures) < 2:
        raise MetricError(f"Active units need at least two pictures; got {len(pictures)}.")
    parts = []
    for i in range(0, len(pictures), _BATCH):
        images, told = _given(pictures, terms, i, device)
        parts.append(network.encode(images, told).mean.cpu().numpy())
    means = np.concatenate(parts).astype(np.float64)
    means -= means.mean(axis=0)
    times = np.stack([np.bincount(chosen, minlength=len(means)) for chosen in draws(len(means), seed, _RESAMPLES)])
    share = times / len(means)
    variances = share @ np.square(means) - np.square(share @ means)
    low, high = np.percentile((variances > ACTIVE_FROM).sum(axis=1), (2.5, 97.5))
    value = int((means.var(axis=0) > ACTIVE_FROM).sum())
    return Measured(value, float(low), float(high), len(means), {"latent_dim": means.shape[1]})


def _given(
    pictures: NDArray[np.uint8], terms: Terms, begin: int, device: str
) -> tuple[torch.Tensor, torch.Tensor | None]:
    images = to_images(torch.from_numpy(np.ascontiguousarray(pictures[begin : begin + _BATCH])).to(device))
    told = None if terms is None else torch.from_numpy(terms[begin : begin + _BATCH]).to(device)
    return images, told
