"""Cutting a picture into tiles whose activations, put together, are those of the whole picture.

A tile is taken with a margin as wide as the network sees, and cut on the grid of its deepest pooling: what lies inside
of the margin then comes out as if the whole picture had gone through.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from torch import Tensor


@dataclass(frozen=True)
class Span:
    """A tile's extent along one side of the picture, in pixels."""

    begin: int
    end: int
    outer_begin: int  # with its margin
    outer_end: int
    is_last: bool  # it reaches to the edge, with what is left over from the grid

    def inside(self, stride: int) -> slice:
        """The tile without its margin, in what a layer of that stride makes of the tile with it."""
        first = (self.begin - self.outer_begin) // stride
        return slice(first, None if self.is_last else first + (self.end - self.begin) // stride)

    def place(self, stride: int) -> slice:
        """The tile without its margin, in what a layer of that stride makes of the whole picture."""
        return slice(self.begin // stride, None if self.is_last else self.end // stride)


@dataclass(frozen=True)
class Tile:
    rows: Span
    columns: Span

    def cut(self, picture: Tensor) -> Tensor:
        """With the margin, out of (C, H, W)."""
        rows, columns = self.rows, self.columns
        return picture[:, rows.outer_begin : rows.outer_end, columns.outer_begin : columns.outer_end]

    def add(self, gradient: Tensor, part: Tensor) -> None:
        """Add what belongs to a cut, margin included, into the whole."""
        self.cut(gradient).add_(part)

    def inside(self, features: Tensor, stride: int) -> Tensor:
        """Activations (C, h, w) of a cut, without the margin's."""
        return features[:, self.rows.inside(stride), self.columns.inside(stride)]

    def of_whole(self, values: Tensor, stride: int) -> Tensor:
        """The tile's part of a whole picture's values (..., h, w) at a layer."""
        return values[..., self.rows.place(stride), self.columns.place(stride)]


def spans(length: int, *, tile: int, margin: int, cell: int, offset: int = 0) -> list[Span]:
    """Tiles along one side.

    Args:
        tile, margin: pixels; rounded up to whole cells.
        cell: stride of the deepest layer.
        offset: pixels by which the grid is moved; rounded down to whole cells.
    """
    tile = -(-max(tile, 1) // cell) * cell
    margin = -(-margin // cell) * cell
    first = offset // cell * cell % tile or tile
    cuts = [0, *range(first, max(length - cell, 0) + 1, tile), length]
    return [
        Span(begin, end, max(0, begin - margin), min(length, end + margin), is_last=end == length)
        for begin, end in pairwise(cuts)
    ]


def tiles(
    height: int, width: int, *, tile: int, margin: int, cell: int, offset: tuple[int, int] = (0, 0)
) -> Iterator[Tile]:
    rows = spans(height, tile=tile, margin=margin, cell=cell, offset=offset[0])
    columns = spans(width, tile=tile, margin=margin, cell=cell, offset=offset[1])
    for row, column in product(rows, columns):
        yield Tile(row, column)
