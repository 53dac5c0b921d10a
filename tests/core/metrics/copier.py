"""A generator that was built to copy: whatever the latent, it gives back one of its pictures, a little noisy."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.models.zoo import Architecture
from core.training.run_folder import RunFolder
from core.training.weights import read_facts, save_weights

NAME = "copier-for-tests"


@dataclass(frozen=True)
class CopierConfig:
    resolution: int = 32
    latent_dim: int = 8
    pictures: int = 1


class Copier(nn.Module):
    def __init__(self, config: CopierConfig) -> None:
        super().__init__()
        self.latent_dim = config.latent_dim
        side = config.resolution
        self.register_buffer("pictures", torch.zeros(config.pictures, 3, side, side))
        self.register_buffer("choice", torch.randn(config.latent_dim, config.pictures))
        self.pictures: Tensor
        self.choice: Tensor

    def forward(self, z: Tensor) -> Tensor:
        chosen = self.pictures[(z @ self.choice).argmax(dim=1)]
        return (chosen + 0.03 * z[:, :1, None, None]).clamp(-1, 1)  # a little lighter or darker


ARCHITECTURE = Architecture(CopierConfig, {"generator": f"{__name__}:Copier"})  # type: ignore[arg-type]


def let_it_copy(run: RunFolder, epoch: int, pictures: NDArray[np.uint8]) -> None:
    """Put such a generator in place of an epoch's weights. ARCHITECTURE must be known under NAME."""
    facts = read_facts(run.weights(epoch))
    config = CopierConfig(pictures.shape[1], 8, len(pictures))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        copier = Copier(config)
    copier.pictures.copy_(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 127.5 - 1)
    save_weights(copier, run.weights_path(epoch), {**facts, "architecture": NAME, "network": vars(config)})
