"""Drawing pictures from the weights of a run."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.models.configs import check_range
from core.models.latents import draw_latents
from core.training.recorder import to_pixels
from core.training.run_folder import RunFolder
from core.training.weights import load_network

_CHUNK = 32  # latents at a time, always, so that a picture does not depend on how many are asked for


class Sampler:
    """A trained network to draw from. Picture number i of a seed is the same however many are drawn."""

    def __init__(self, network: nn.Module, facts: dict[str, Any], device: torch.device) -> None:
        self.network, self.facts, self.device = network, facts, device
        self.latent_dim = int(network.latent_dim)  # type: ignore[arg-type]

    @property
    def resolution(self) -> int:
        return int(self.facts["network"]["resolution"])

    def sample(
        self, count: int, seed: int = 0, *, start: int = 0, truncation: float | None = None
    ) -> NDArray[np.uint8]:
        """Pictures number `start` to `start + count` of a seed, uint8 (count, H, W, 3).

        Args:
            truncation: no number of a latent lies further than this from 0: below 2 the pictures become more typical
                and less varied. None: as trained.
        """
        check_range("count", count, 1, 1_000_000)
        check_range("seed", seed, 0, 2**62)
        first = start // _CHUNK * _CHUNK
        chunks = []
        for number in range(first, start + count, _CHUNK):
            latents = draw_latents(_CHUNK, self.latent_dim, seed, start=number)
            chunks.append(self.decode(truncate(latents, truncation) if truncation else latents))
        return np.concatenate(chunks)[start - first : start - first + count]

    @torch.no_grad()
    def decode(self, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The pictures of given latents (N, latent_dim), uint8 (N, H, W, 3)."""
        return to_pixels(self.network(torch.from_numpy(latents).to(self.device)))


def load_sampler(run: RunFolder | Path, epoch: int | None = None, device: str | torch.device = "cpu") -> Sampler:
    """The averaged weights of an epoch of a run, by default its newest.

    Raises: NotFoundError naming the epochs whose weights there are; WeightsError for a damaged file.
    """
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    network, facts = load_network(folder.weights(epoch), torch.device(device))
    return Sampler(network, facts, torch.device(device))


def truncate(latents: NDArray[np.float32], limit: float) -> NDArray[np.float32]:
    """Standard normal numbers moved, in their order, into the normal distribution cut off at +-limit."""
    check_range("truncation", limit, 0.01, 10)
    cut = 0.5 * (1 + math.erf(limit / math.sqrt(2)))  # the share below +limit
    share = torch.special.ndtr(torch.from_numpy(latents).double())
    moved = torch.special.ndtri((1 - cut) + share * (2 * cut - 1))
    return moved.clamp(-limit, limit).float().numpy()
