"""Small networks for tests, and files of their weights."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from core.upscale.layouts import CompactLayout, Layout, RRDBLayout
from core.upscale.networks import RRDB, Compact, build

SMALL_COMPACT = CompactLayout(scale=4, channels=3, features=6, convolutions=2)
SMALL_RRDB = RRDBLayout(channels=3, features=8, growth=32, blocks=1, doublings=2, unshuffle=1)
SMALL_RRDB_X2 = RRDBLayout(channels=3, features=8, growth=32, blocks=1, doublings=2, unshuffle=2)


def network(layout: Layout, seed: int = 0) -> Compact | RRDB:
    """Random weights, in evaluation mode."""
    torch.manual_seed(seed)
    return build(layout).eval().requires_grad_(False)


def weights(layout: Layout, seed: int = 0) -> dict[str, torch.Tensor]:
    return dict(network(layout, seed).state_dict())


def safetensors(path: Path, layout: Layout = SMALL_COMPACT, **metadata: str) -> Path:
    save_file(weights(layout), path, metadata=metadata)
    return path


def painting(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(H, W, 3) in [0, 1]."""
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


def bare(layout: Layout, picture: np.ndarray) -> np.ndarray:
    """What the network makes of the whole picture, (H * scale, W * scale, 3), not clamped."""
    given = torch.from_numpy(picture).permute(2, 0, 1)[None]
    result: np.ndarray = network(layout)(given)[0].permute(1, 2, 0).numpy()
    return result
