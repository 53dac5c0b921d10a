"""The training pictures, on the device when they fit: nothing is decoded, and nothing copied, while training runs."""

import os
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

_SHARE_OF_MEMORY = 0.4  # of what is free on the device: the rest is for the networks


class Pictures:
    """Rows of a pack as batches (B, 3, H, W) float32 in [-1, 1].

    Args:
        images: uint8 (N, H, W, 3), for example the memory map of a pack.
        rows: which of them.
    """

    def __init__(self, images: NDArray[np.uint8], rows: NDArray[np.int64], device: torch.device) -> None:
        self.device = device
        self.resident = len(rows) * int(np.prod(images.shape[1:])) <= _SHARE_OF_MEMORY * _free_bytes(device)
        self._rows = rows
        self._source: Any = torch.from_numpy(images[rows]).to(device) if self.resident else images

    def __len__(self) -> int:
        return len(self._rows)

    def batch(self, positions: NDArray[np.int64], *, flip: Generator | None = None) -> Tensor:
        """The pictures at `positions`. flip: mirror each left-right or not, drawn from this generator."""
        if self.resident:
            pixels = self._source[torch.from_numpy(positions).to(self.device)]
        else:
            pixels = torch.from_numpy(self._source[self._rows[positions]]).to(self.device, non_blocking=True)
        if flip is not None:
            mirrored = torch.rand(len(pixels), 1, 1, 1, device=self.device, generator=flip) < 0.5
            pixels = torch.where(mirrored, pixels.flip(2), pixels)
        return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1  # the last axis stays innermost: channels_last


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(B, 3, H, W) in [-1, 1] -> uint8 (B, H, W, 3)."""
    scaled = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def _free_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        import psutil  # not on every machine that only trains
    except ImportError:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # Linux; without what caches could give up
    return int(psutil.virtual_memory().available)
