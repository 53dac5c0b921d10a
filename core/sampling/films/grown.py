"""Points of a latent space through the epochs: each drawn anew by the weights of every epoch that were kept."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.sampling.films.grounds import Ground
from core.sampling.films.stage import Pictures
from core.sampling.films.stills import columns_for, laid, newest_until
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from core.workspace import Workspace

Draw = Callable[[int], NDArray[np.uint8]]  # epoch -> the points' pictures then, (N, H, W, 3)


class GrownStills:
    """In place of core.sampling.films.stills.Stills. Raises: ConfigError for points of another run; NotFoundError."""

    def __init__(self, run: RunFolder, points: Sequence[Point], ground: Ground) -> None:
        self.run, self.points, self._ground = run, list(points), ground
        self.epochs = run.weight_epochs()
        if not self.epochs:
            raise NotFoundError("epoch with weights", "any", [])
        if other := {point.run for point in points} - {run.id}:
            raise ConfigError(f"These points are of {', '.join(sorted(other))}; the film shows {run.id}.")
        height, width = run.shape
        self.pictures = Pictures((width, height), columns_for(len(points)), -(-len(points) // columns_for(len(points))))
        self.painter: Draw | None = None  # before the first `draw`

    def nearest(self, epoch: float) -> int:
        return newest_until(self.epochs, epoch)

    def draw(self, epoch: int, zoom: int) -> Image.Image:
        """The points' pictures by the weights of an epoch, RGB."""
        assert self.painter is not None, "a film of points is drawn in its job"
        return laid(self.painter(epoch), self.pictures.columns, zoom, self._ground.paper)


def painter_of(workspace: Workspace, points: Sequence[Point], device: str) -> Draw:
    """Draws the same latents at every epoch.

    What led to a point counts at its own epoch: directions are found anew at each, so points are settled first.
    """
    from core.sampling.explorer import load_explorer

    settled: list[Point] = []
    for point in points:
        settled.append(load_explorer(workspace, point.run, point.epoch, device).settled(point))

    def draw(epoch: int) -> NDArray[np.uint8]:
        explorer = load_explorer(workspace, points[0].run, epoch, device)
        return explorer.draw([point.at(point.run, epoch) for point in settled])

    return draw
