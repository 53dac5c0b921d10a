"""The training pictures: on the device when they fit there, and then nothing is copied while training runs; else read
from the disk, one batch ahead."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from core.datasets.steps.applying import changed_images
from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.sending import sent
from core.training.base_settings import PICTURES_SHARE
from core.training.parallel import SINGLE, Share
from core.training.streaming import Stream

_CHUNK = 4_096  # pictures copied at a time, so that a GPU's worth of them need not fit into main memory


class Pictures:
    """Rows of a pack as batches (B, 3, H, W) float32 in [-1, 1].

    Args:
        images: uint8 (N, H, W, 3), for example the memory map of a pack.
        rows: which of them.
        memory_bytes: how much they may take to stay on the device; by default a share of what is free there now.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        rows: NDArray[np.int64],
        device: torch.device,
        *,
        memory_bytes: int | None = None,
    ) -> None:
        self.device, self._rows = device, rows
        self.shape: tuple[int, int] = (int(images.shape[1]), int(images.shape[2]))  # height, width in pixels
        self.bytes = len(rows) * int(np.prod(images.shape[1:]))
        allowed = PICTURES_SHARE * free_bytes(device) if memory_bytes is None else memory_bytes
        self.resident = self.bytes <= allowed
        self._source: Any = _copied(images, rows, device) if self.resident else Stream(images, device)

    def __len__(self) -> int:
        return len(self._rows)

    def batch(
        self,
        positions: NDArray[np.int64],
        *,
        changes: Sequence[DrawnBatch] = (),
        flip: Generator | None = None,
        share: Share = SINGLE,
    ) -> Tensor:
        """The pictures at `positions`; of several processes that share the batch, this one's part of them.

        Args:
            changes: what the recipe's steps drew for this process's part; done first, on the device.
            flip: mirror each left-right or not, drawn from this generator for the whole batch.
        Raises: PicturesLostError if they can no longer be read.
        """
        mine = share.part(positions)
        if self.resident:
            pixels = self._source[sent(mine, self.device)]
        else:
            pixels = self._source.take(self._rows[mine])
        mirrored = None
        if flip is not None:
            mirrored = share.part(torch.rand(len(positions), 1, 1, 1, device=self.device, generator=flip) < 0.5)
        return to_images(pixels, changes, mirrored)

    def prefetch(self, positions: NDArray[np.int64], *, share: Share = SINGLE) -> None:
        """Begin to read what the next call of `batch` will be for. Needed for nothing but speed."""
        if not self.resident:
            self._source.prefetch(self._rows[share.part(positions)])


def to_images(pixels: Tensor, changes: Sequence[DrawnBatch] = (), mirrored: Tensor | None = None) -> Tensor:
    """uint8 (B, H, W, 3) -> (B, 3, H, W) float32 in [-1, 1], changed and then mirrored where (B, 1, 1, 1) is true."""
    if changes:
        # a Mac's GPU shares the processor's memory, and lacks some of what steps need
        images = changed_images(changes, pixels.cpu() if pixels.is_mps else pixels).to(pixels.device)
        if mirrored is not None:
            images = torch.where(mirrored, images.flip(3), images)
    else:
        if mirrored is not None:
            pixels = torch.where(mirrored, pixels.flip(2), pixels)
        images = pixels.permute(0, 3, 1, 2).float()  # the last axis stays innermost: channels_last
    return images.div_(127.5).sub_(1)


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """(B, 3, H, W) in [-1, 1] -> uint8 (B, H, W, 3)."""
    scaled = ((images.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def free_bytes(device: torch.device) -> int:
    """Memory of the device that nobody uses now."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        import psutil  # not on every machine that only trains
    except ImportError:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")  # Linux; without what caches could give up
    return int(psutil.virtual_memory().available)


def _copied(images: NDArray[np.uint8], rows: NDArray[np.int64], device: torch.device) -> Tensor:
    pixels = torch.empty(len(rows), *images.shape[1:], dtype=torch.uint8, device=device)
    for begin in range(0, len(rows), _CHUNK):
        pixels[begin : begin + _CHUNK] = torch.from_numpy(images[rows[begin : begin + _CHUNK]]).to(device)
    return pixels
