"""The pictures of a run's epochs as a film shows them: the whole grid or some cells, enlarged by whole numbers."""

import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.images import ImageLimits, read_image
from core.sampling.films.grounds import Ground
from core.sampling.films.stage import Pictures, gap_for
from core.training.run_folder import RunFolder

_GAP = 2  # pixels between the cells of a kept grid, as core.training.grids lays them
_LIMITS = ImageLimits(min_side=1, max_aspect=1000)


class Stills:
    """Raises: NotFoundError where no epoch has such pictures; ConfigError for latents that the grid has not."""

    def __init__(self, run: RunFolder, shown: str, latents: Sequence[int], ground: Ground) -> None:
        self.run, self._shown, self._ground = run, shown, ground
        self.epochs = [epoch for epoch in run.epochs() if self._path(epoch).exists()]
        if not self.epochs:
            raise NotFoundError("epoch with such pictures", shown, [])
        height, width = run.shape
        self.cell = (width, height)
        first = _opened(str(self._path(self.epochs[-1])))
        columns, rows = (first.width + _GAP) // (width + _GAP), (first.height + _GAP) // (height + _GAP)
        held = columns * rows
        if shown != "reconstructions":
            held = min(held, int(run.settings.get("training", {}).get("grid_size") or held))
        if wrong := [latent for latent in latents if latent >= held]:
            raise ConfigError(
                f"The grid of {run.id} has the latents 0 to {held - 1}; got {', '.join(map(str, wrong[:6]))}."
            )
        self._latents = list(latents) or list(range(held))
        self.columns = columns if not latents else columns_for(len(latents))
        self._of_grid = columns

    @property
    def pictures(self) -> Pictures:
        return Pictures(self.cell, self.columns, math.ceil(len(self._latents) / self.columns))

    def nearest(self, epoch: float) -> int:
        """The newest kept epoch until then, or the first."""
        return newest_until(self.epochs, epoch)

    def draw(self, epoch: int, zoom: int) -> Image.Image:
        """The picture of a kept epoch, RGB."""
        return laid(
            _cells(str(self._path(epoch)), self.cell, self._of_grid)[self._latents],
            self.columns,
            zoom,
            self._ground.paper,
        )

    def _path(self, epoch: int) -> Path:
        named = {"raw": self.run.raw_grid, "reconstructions": self.run.reconstructions}
        return named.get(self._shown, self.run.grid)(epoch)


def newest_until(epochs: Sequence[int], epoch: float) -> int:
    """The newest of these, ascending, until then; the first before any."""
    return max((kept for kept in epochs if kept <= epoch), default=epochs[0])


def columns_for(count: int) -> int:
    """How so many pictures are laid: in a row, or nearly as a square."""
    return count if count <= 3 else math.ceil(math.sqrt(count))


def laid(cells: NDArray[np.uint8], columns: int, zoom: int, paper: str) -> Image.Image:
    """cells: (N, H, W, 3), laid row by row."""
    count, height, width, _ = cells.shape
    gap, rows = gap_for(zoom), math.ceil(count / columns)
    laid = Image.new("RGB", (columns * (width * zoom + gap) - gap, rows * (height * zoom + gap) - gap), paper)
    large = cells.repeat(zoom, axis=1).repeat(zoom, axis=2) if zoom > 1 else cells
    for number, cell in enumerate(large):
        row, column = divmod(number, columns)
        laid.paste(Image.fromarray(cell), (column * (width * zoom + gap), row * (height * zoom + gap)))
    return laid


@lru_cache(maxsize=12)  # a run's present and next epoch, for four runs, and some to spare
def _cells(path: str, cell: tuple[int, int], columns: int) -> NDArray[np.uint8]:
    """(N, H, W, 3), row by row; empty cells at the grid's end included."""
    pixels, (width, height) = np.asarray(_opened(path)), cell
    rows = (pixels.shape[0] + _GAP) // (height + _GAP)
    corners = [(row * (height + _GAP), column * (width + _GAP)) for row in range(rows) for column in range(columns)]
    return np.stack([pixels[top : top + height, left : left + width] for top, left in corners])


def _opened(path: str) -> Image.Image:
    return read_image(Path(path), _LIMITS)
