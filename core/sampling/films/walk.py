"""A film of a walk: from point to point of a model's latent space along arcs, with the stations below."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.errors import ConfigError
from core.sampling.films.facts import settings_words
from core.sampling.films.grounds import GROUNDS
from core.sampling.films.request import FilmRequest
from core.sampling.films.stage import Pictures, Stage, set_stage
from core.sampling.films.timeline import Moment, Timeline
from core.sampling.films.words import blank, write_header
from core.sampling.points import Point
from core.sampling.walks import between
from core.training.run_folder import RunFolder

if TYPE_CHECKING:
    from core.sampling.explorer import Explorer

_DRAWN_AT_ONCE = 32  # pictures: bounds the memory, and how long a stop is waited for
_FEWEST_PIXELS = 10  # of a station's picture: below that, a dot stands for it


class WalkFilm:
    """Raises: ConfigError for points of another run, or of several epochs."""

    def __init__(self, request: FilmRequest, run: RunFolder, name: str) -> None:
        """name: of the run, for people."""
        self._request, self._run, self._name = request, run, name
        self._ground = GROUNDS[request.ground]
        self.points = [Point.from_json(point) for point in request.points]
        self.epoch = self.points[0].epoch
        if any((point.run, point.epoch) != (run.id, self.epoch) for point in self.points):
            found = sorted({f"{point.run}, epoch {point.epoch}" for point in self.points})
            raise ConfigError(f"All points of a walk are of one epoch of the run {run.id}; got {'; '.join(found)}.")
        self.timeline = Timeline(
            len(self.points),
            request.seconds,
            moving=request.fade or 1.0,
            easing=request.easing,
            frames_per_second=request.frames_per_second,
            loop=request.loop,
            ends_at_once=True,
        )
        height, width = run.shape
        self.stage: Stage = set_stage(
            [Pictures((width, height), 1, 1)],
            size=request.size,
            shape=request.shape,
            caption=request.caption,
            strip=True,
        )

    @property
    def size(self) -> tuple[int, int]:
        return self.stage.size

    @property
    def zooms(self) -> list[int]:
        """How many times the picture is enlarged; 0: it is made smaller."""
        return [self.stage.panes[0].zoom]

    def frames(self, explorer: "Explorer") -> Iterator[Image.Image]:
        """One for each frame of the timeline; what stays the same is the same object."""
        painter = _Painter(self, explorer.draw(self.points), explorer)
        moments = iter(self.timeline.moments())
        shown: tuple[Moment, Image.Image] | None = None
        while chunk := list(islice(moments, _DRAWN_AT_ONCE)):
            new = list(dict.fromkeys(moment for moment in chunk if shown is None or moment != shown[0]))
            drawn = dict(zip(new, explorer.draw([self._at(moment) for moment in new]), strict=True)) if new else {}
            for moment in chunk:
                if shown is None or shown[0] != moment:
                    shown = moment, painter.frame(moment, Image.fromarray(drawn[moment]))
                yield shown[1]

    def _at(self, moment: Moment) -> Point:
        following = self.points[(moment.stop + 1) % len(self.points)]
        return between(self.points[moment.stop], following, moment.way)


class _Painter:
    def __init__(self, film: WalkFilm, stations: NDArray[np.uint8], explorer: "Explorer") -> None:
        self._film, self._stage, self._ground = film, film.stage, film._ground
        titles = {name: direction.title for name, direction in explorer.directions().items()}
        self._words = [point.in_words(titles) for point in film.points]
        self._stops = [*range(len(film.points)), *([0] if film.timeline.loop else [])]
        self._blank = blank(film.stage, film._ground, settings_words(film._run))
        if film.stage.strip:
            self._draw_stations([Image.fromarray(station) for station in stations])

    def frame(self, moment: Moment, drawn: Image.Image) -> Image.Image:
        picture, pane = self._blank.copy(), self._stage.panes[0]
        left, top, right, bottom = pane.box
        size = right - left, bottom - top
        how = Image.Resampling.NEAREST if pane.zoom else Image.Resampling.LANCZOS
        picture.paste(drawn.resize(size, how), (left, top))
        nearest = self._stops[min(len(self._stops) - 1, moment.stop + round(moment.way))]
        title = self._film._request.title or self._film._name
        words = self._words[nearest]
        write_header(picture, self._stage, self._ground, title=title, now=f"Epoch {self._film.epoch}", below=[[words]])
        self._mark(picture, moment.stop + moment.way)
        return picture

    def _place(self, at: float) -> float:
        """Where a place between stations lies on the line, in pixels from the left."""
        assert self._stage.strip
        left, _, right, _ = self._stage.strip
        half = self._station_side() / 2
        return left + half + (right - left - 2 * half) * at / (len(self._stops) - 1)

    def _station_side(self) -> float:
        """Width of a station's picture: as many as there are must have room."""
        assert self._stage.strip
        left, top, right, bottom = self._stage.strip
        return min((bottom - top) * 0.72, (right - left) / (len(self._stops) + 1) * 0.9)

    def _draw_stations(self, stations: Sequence[Image.Image]) -> None:
        draw, y, side = ImageDraw.Draw(self._blank), self._line(), self._station_side()
        thin = max(1, round(self._stage.type_size / 9))
        draw.rectangle(
            (self._place(0), y - thin // 2, self._place(len(self._stops) - 1), y + thin // 2), self._ground.rule
        )
        for number, stop in enumerate(self._stops):
            x, station = self._place(number), stations[stop]
            radius = self._stage.type_size * 0.14
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), self._ground.quiet)
            if side >= _FEWEST_PIXELS:
                factor = side / max(station.size)
                size = max(1, round(station.width * factor)), max(1, round(station.height * factor))
                small = station.resize(size, Image.Resampling.LANCZOS)
                gap = round(self._stage.type_size * 0.4)
                self._blank.paste(small, (round(x - size[0] / 2), round(y - gap - size[1])))

    def _line(self) -> int:
        assert self._stage.strip
        return self._stage.strip[3] - round(self._stage.type_size * 0.45)

    def _mark(self, picture: Image.Image, at: float) -> None:
        """Where the walk is now."""
        if not self._stage.strip:
            return
        x, y, radius = self._place(at), self._line(), self._stage.type_size * 0.36
        side = 2 * int(radius + 2) + 1
        mask = Image.new("L", (side * 4, side * 4))
        corner = int(x) - side // 2, y - side // 2
        centre = (x - corner[0] + 0.5) * 4, (y - corner[1] + 0.5) * 4
        reach = radius * 4
        box = centre[0] - reach, centre[1] - reach, centre[0] + reach, centre[1] + reach
        ImageDraw.Draw(mask).ellipse(box, 255)
        small = mask.reduce(4)
        picture.paste(Image.new("RGB", small.size, self._ground.accent), corner, small)
