"""Pictures that stay on the disk: a thread reads the next batch while the device works on this one.

Two buffers take turns: one is read into while the other's pictures are used. For a GPU they are pinned, so that the
copy to it runs beside its work, on a stream of its own.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import AtelierError


class PicturesLostError(AtelierError):
    """The dataset's file cannot be read any more."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The pictures to train on could not be read from {path}: {reason}. What was saved is kept: "
            "bring the dataset back as it was (its folder, or the disk that it is on), then resume."
        )


class Stream:
    """Batches of rows (B, H, W, 3) uint8 on the device, of an array that may be larger than any memory.

    Args:
        images: uint8 (N, H, W, 3): the memory map of a whole .npy file, which is then read as a file, because a map
            cannot tell that its disk failed; or any other array.
    """

    def __init__(self, images: NDArray[np.uint8], device: torch.device) -> None:
        self._device = device
        self._shape = images.shape[1:]
        self._source: _File | _Array = _File(images) if _is_whole_file(images) else _Array(images)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="read ahead")
        self._buffers = [_Buffer(), _Buffer()]
        self._ahead: tuple[NDArray[np.int64], Future[None]] | None = None
        self._side: Any = torch.cuda.Stream(device) if device.type == "cuda" else None

    def prefetch(self, rows: NDArray[np.int64]) -> None:
        """Begin to read what `take` will be asked for next."""
        self._finish()
        self._buffers.reverse()
        self._ahead = rows, self._reader.submit(self._read, rows, self._buffers[0])

    def take(self, rows: NDArray[np.int64]) -> Tensor:
        """These rows on the device. On a processor they are valid until the next but one `prefetch`.

        Raises PicturesLostError.
        """
        if self._ahead is None or not np.array_equal(self._ahead[0], rows):
            other = _Buffer()  # in no hurry: what was read ahead stays
            self._reader.submit(self._read, rows, other).result()
            return self._on_device(other, len(rows))
        self._ahead[1].result()
        self._ahead = None
        return self._on_device(self._buffers[0], len(rows))

    def _finish(self) -> None:
        """Wait for what was read ahead in vain: its buffer is wanted."""
        if self._ahead is not None:
            self._ahead[1].result()
            self._ahead = None

    def _read(self, rows: NDArray[np.int64], buffer: "_Buffer") -> None:
        """In the reader's thread."""
        if self._side is not None:
            torch.cuda.set_device(self._side.device)  # else pinning would wake the first GPU, whichever this one is
        if buffer.copied is not None:
            buffer.copied.synchronize()
        if buffer.pixels is None or len(buffer.pixels) < len(rows):
            buffer.pixels = torch.empty(len(rows), *self._shape, dtype=torch.uint8, pin_memory=self._side is not None)
        pixels = buffer.pixels.numpy()
        for place in np.argsort(rows):  # in the order of the file
            self._source.read(int(rows[place]), pixels[place])

    def _on_device(self, buffer: "_Buffer", count: int) -> Tensor:
        assert buffer.pixels is not None
        if self._side is None:
            return buffer.pixels[:count].to(self._device)
        with torch.cuda.stream(self._side):
            pixels = buffer.pixels[:count].to(self._device, non_blocking=True)
            buffer.copied = self._side.record_event()
        current = torch.cuda.current_stream(self._device)
        current.wait_stream(self._side)
        pixels.record_stream(current)  # its memory may be given to others only after that stream is through with it
        return pixels


@dataclass
class _Buffer:
    pixels: Tensor | None = None
    copied: Any = None  # the CUDA event after which it may be written again


class _Array:
    def __init__(self, images: NDArray[np.uint8]) -> None:
        self._images = images

    def read(self, row: int, into: NDArray[np.uint8]) -> None:
        into[...] = self._images[row]


class _File:
    """The rows of a .npy file, read by position."""

    def __init__(self, images: Any) -> None:
        self._path, self._begin = Path(images.filename), int(images.offset)
        self._row_bytes = int(np.prod(images.shape[1:]))
        try:
            self._handle = self._path.open("rb", buffering=0)
        except OSError as error:
            raise PicturesLostError(self._path, error.strerror or str(error)) from error

    def read(self, row: int, into: NDArray[np.uint8]) -> None:
        wanted, done = into.data.cast("B"), 0
        try:
            self._handle.seek(self._begin + row * self._row_bytes)
            while done < self._row_bytes and (count := self._handle.readinto(wanted[done:])):
                done += count
        except OSError as error:
            raise PicturesLostError(self._path, error.strerror or str(error)) from error
        if done < self._row_bytes:
            raise PicturesLostError(self._path, f"the file ends within picture {row}")


def _is_whole_file(images: NDArray[np.uint8]) -> bool:
    """Whether this is a map of all that a file holds, not of some of its rows: then positions can be calculated."""
    if not isinstance(images, np.memmap) or not images.flags.c_contiguous or images.filename is None:
        return False
    path = Path(images.filename)
    return path.is_file() and path.stat().st_size == images.offset + images.nbytes
