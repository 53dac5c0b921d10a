"""One picture through a network in pieces, with the numbers that the whole picture would give.

The picture and the result stay in main memory; one tile at a time is on the device. Of what a tile shares with its
neighbours the outer part is only seen, so that every pixel that counts has all around it that the network looks at;
along the seam neighbours are blended by a linear ramp.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from core.upscale.errors import StoppedError, UpscaleError
from core.upscale.report import Report
from core.upscale.request import MIN_TILE
from core.upscale.resample import resized

_PREVIEW_SIDE = 512  # pixels
_PREVIEW_EVERY_SECONDS = 1.0
_RAMP_SHARE = 0.25  # of the overlap, to each side of a seam

Run = Callable[[np.ndarray], np.ndarray]  # (h, w, C) -> (h * scale, w * scale, C); may run out of memory


class OutOfMemoryError(Exception):
    """The device could not hold a tile."""


@dataclass(frozen=True)
class Span:
    """Where a tile lies along one side, and how much its pixels count there."""

    begin: int  # pixel of the input
    end: int
    shares: np.ndarray  # ((end - begin) * scale,) in [0, 1]; over all tiles they add up to 1


def run_tiled(
    run: Run,
    picture: np.ndarray,
    *,
    scale: int,
    tile: int,
    overlap: int,
    multiple: int = 1,
    may_divide: bool = True,
    report: Report = Report(),  # noqa: B008, frozen
) -> np.ndarray:
    """The network's result, (H * scale, W * scale, C), not clamped. Where a tile is too large for the device's memory,
    all are made half as large, down to 64 pixels.

    The result equals that of the whole picture, as far as sums of floats do, if three quarters of `overlap` are at
    least what the network reaches.

    Args:
        picture: (H, W, C) float32.
        tile: pixels of the input per side; 0: the whole picture at once.
        overlap: pixels of the input that a tile shares with a neighbour on each side of their seam.
        multiple: sides that the network is given are multiples of this; the border is mirrored to fill up.
        may_divide: False for a network whose result of a piece is not a piece of its result.
    Raises: StoppedError, UpscaleError if even the smallest tile is too large.
    """
    height, width = picture.shape[:2]
    padded = np.pad(picture, ((0, -height % multiple), (0, -width % multiple), (0, 0)), "symmetric")
    side = tile or max(padded.shape[:2])
    while True:
        try:
            made = _run(run, padded, scale, _rounded(side, multiple), overlap, multiple, report)
            return made[: height * scale, : width * scale]
        except OutOfMemoryError as error:
            whole = max(padded.shape[:2])
            if not may_divide:
                raise UpscaleError(
                    f"The device ran out of memory, and this network cannot do a picture of {whole:,} pixels in "
                    "pieces. Choose a smaller picture or another network."
                ) from error
            if min(side, whole) <= MIN_TILE:
                raise UpscaleError(
                    f"The device ran out of memory even for a tile of {min(side, whole)} pixels. Use a smaller "
                    "network, or end what else is running there, then try again."
                ) from error
            side = max(MIN_TILE, min(side, whole) // 2)
            report.note(f"Out of memory; going on with tiles of {side} pixels.")


def spans(length: int, tile: int, overlap: int, multiple: int, scale: int) -> list[Span]:
    """Tiles along one side of `length` pixels, the last one flush with its end."""
    if length <= tile:
        return [Span(0, length, np.ones(length * scale, np.float32))]
    overlap = min(overlap, tile // 4)
    step = max(multiple, (tile - 2 * overlap) // multiple * multiple)
    begins = [*range(0, length - tile, step), length - tile]
    shares = np.zeros((len(begins), length * scale), np.float32)
    places = (np.arange(length * scale, dtype=np.float32) + 0.5) / scale
    for row, begin in zip(shares, begins, strict=True):
        row[begin * scale : (begin + tile) * scale] = 1
    ramp = max(overlap * _RAMP_SHARE, 0.5 / scale)  # pixels of the input to each side of the seam
    for index, (left, right) in enumerate(pairwise(begins)):
        seam = (right + left + tile) / 2  # the middle of what both see
        rising = np.clip((places - seam) / (2 * ramp) + 0.5, 0, 1)
        shares[index] *= 1 - rising
        shares[index + 1] *= rising
    return [
        Span(begin, begin + tile, row[begin * scale : (begin + tile) * scale])
        for begin, row in zip(begins, shares, strict=True)
    ]


def _rounded(side: int, multiple: int) -> int:
    return max(multiple, side // multiple * multiple)


def _run(
    run: Run, picture: np.ndarray, scale: int, tile: int, overlap: int, multiple: int, report: Report
) -> np.ndarray:
    height, width, channels = picture.shape
    rows = spans(height, tile, overlap, multiple, scale)
    columns = spans(width, tile, overlap, multiple, scale)
    made = np.zeros((height * scale, width * scale, channels), np.float32)
    covered = np.zeros((height * scale, width * scale), np.float32) if len(rows) * len(columns) > 1 else None
    preview = _Preview(picture, scale, report)
    total = len(rows) * len(columns)
    for done, (row, column) in enumerate(product(rows, columns)):
        if report.stop_requested():
            raise StoppedError(f"Stopped after {done} of {total} tiles.")
        result = run(np.ascontiguousarray(picture[row.begin : row.end, column.begin : column.end]))
        if covered is None:
            report.progress(1, 1, "tiles")
            return result
        shares = row.shares[:, None] * column.shares
        place = (slice(row.begin * scale, row.end * scale), slice(column.begin * scale, column.end * scale))
        made[place] += result * shares[:, :, None]
        covered[place] += shares
        report.progress(done + 1, total, "tiles")
        preview(made, covered)
    return made


class _Preview:
    """Shows the tiles that are done over the picture as it came."""

    def __init__(self, picture: np.ndarray, scale: int, report: Report) -> None:
        height, width = picture.shape[:2]
        share = min(1.0, _PREVIEW_SIDE / max(height * scale, width * scale))
        size = max(1, round(height * scale * share)), max(1, round(width * scale * share))
        self._rows = (np.arange(size[0]) + 0.5) * (height * scale / size[0])
        self._columns = (np.arange(size[1]) + 0.5) * (width * scale / size[1])
        self._before = resized(picture, size[1], size[0], "bicubic")
        self._report = report
        self._shown = float("-inf")

    def __call__(self, made: np.ndarray, covered: np.ndarray) -> None:
        if time.monotonic() - self._shown < _PREVIEW_EVERY_SECONDS:
            return
        places = np.ix_(self._rows.astype(int), self._columns.astype(int))
        so_far = made[places] + (1 - covered[places])[:, :, None] * self._before
        self._report.preview(np.clip(so_far, 0, 1))
        self._shown = time.monotonic()
