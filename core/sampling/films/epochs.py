"""Films of the epochs that trainings kept: pictures, and in the three layouts of gan_project a curve beside them."""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from core.errors import ConfigError
from core.sampling.films.chart import Chart, ChartLine
from core.sampling.films.facts import Scores, differing_words, settings_words
from core.sampling.films.grounds import GROUNDS
from core.sampling.films.grown import GrownStills
from core.sampling.films.request import WITH_CURVES, FilmRequest
from core.sampling.films.series import curve_title, read_series, smoothed, usual_curves
from core.sampling.films.stage import Stage, set_stage
from core.sampling.films.stills import Stills
from core.sampling.films.timeline import Moment, Timeline
from core.sampling.films.words import blank, name_size, write_header, write_label
from core.sampling.points import Point
from core.training.run_folder import RunFolder


class EpochFilm:
    """Raises: ConfigError, NotFoundError for what the runs do not have."""

    def __init__(self, request: FilmRequest, runs: Sequence[RunFolder], names: Sequence[str]) -> None:
        """names: of the runs, for people."""
        self._request, self._runs, self._names = request, list(runs), list(names)
        self._ground = GROUNDS[request.ground]
        self.grown = self._grown(request, runs)
        self._stills: Sequence[Stills | GrownStills] = (
            [self.grown] if self.grown else [Stills(run, request.shown, request.latents, self._ground) for run in runs]
        )
        self.epochs = self._chosen_epochs()
        self.timeline = Timeline(
            len(self.epochs),
            request.seconds,
            moving=request.fade,
            easing=request.easing,
            frames_per_second=request.frames_per_second,
        )
        self._has_chart = request.layout in WITH_CURVES
        self._curves = (request.curves or usual_curves(runs)) if self._has_chart else ()
        if len(runs) > 1:
            self._curves = self._curves[:1]
        self.stage: Stage = set_stage(
            [stills.pictures for stills in self._stills],
            size=request.size,
            shape=request.shape,
            caption=request.caption,
            chart=self._has_chart,
            footer_lines=2 if len(runs) == 1 else 0,  # what tells several runs apart stands above each
        )
        self._lines = self._chart_lines()

    @property
    def size(self) -> tuple[int, int]:
        return self.stage.size

    @property
    def zooms(self) -> list[int]:
        """How many times each run's pictures are enlarged; 0: they are made smaller."""
        return [pane.zoom for pane in self.stage.panes]

    def _grown(self, request: FilmRequest, runs: Sequence[RunFolder]) -> GrownStills | None:
        if request.layout != "grown":
            return None
        return GrownStills(runs[0], [Point.from_json(point) for point in request.points], self._ground)

    def frames(self) -> Iterator[Image.Image]:
        """One for each frame of the timeline; what stays the same is the same object."""
        scene = _Scene(self)
        shown: tuple[Moment, Image.Image] | None = None
        for moment in self.timeline.moments():
            if shown is None or shown[0] != moment:
                shown = moment, scene.draw(moment)
            yield shown[1]

    def _chosen_epochs(self) -> list[int]:
        kept = sorted({epoch for stills in self._stills for epoch in stills.epochs})
        if unknown := [epoch for epoch in self._request.epochs if epoch not in kept]:
            raise ConfigError(
                f"No pictures were kept of the epochs {', '.join(map(str, unknown[:8]))}. There are: "
                f"{', '.join(map(str, kept[:40]))}{' ...' if len(kept) > 40 else ''}."
            )
        return sorted(set(self._request.epochs)) or kept

    def _chart_lines(self) -> list[ChartLine]:
        lines = []
        for number, run in enumerate(self._runs):
            for place, key in enumerate(self._curves):
                series = read_series(run, key)
                smooth = smoothed(series.y, self._request.smoothing)
                is_same = np.array_equal(smooth, series.y)
                several = len(self._runs) > 1
                label = self._names[number] if several else curve_title(key)
                lines.append(
                    ChartLine(
                        label=label,
                        colour=self._ground.curves[number if several else place],
                        x=series.x,
                        y=smooth,
                        raw=None if is_same else series.y,
                        floor=series.floor,
                    )
                )
        return lines


class _Scene:
    """What is drawn of an EpochFilm."""

    def __init__(self, film: EpochFilm) -> None:
        request, stage = film._request, film.stage
        self._film, self._stage, self._ground = film, stage, film._ground
        several = len(film._runs) > 1
        self._title = request.title or (f"{len(film._runs)} runs" if several else film._names[0])
        self._blank = blank(stage, film._ground, [] if several else settings_words(film._runs[0]))
        self._differing = differing_words(film._runs) if several else [[]]
        self._scores = [Scores(run) for run in film._runs]
        self._name_size = name_size(stage, film._names)
        self._chart = self._made_chart()
        self._drawn: dict[tuple[int, int], Image.Image] = {}

    def draw(self, moment: Moment) -> Image.Image:
        film, stage, ground = self._film, self._stage, self._ground
        epochs, way = film.epochs, moment.way
        here = epochs[moment.stop]
        following = epochs[min(moment.stop + 1, len(epochs) - 1)]
        at = here + (following - here) * way
        nearer = here if way < 0.5 else following
        picture = self._blank.copy()
        for number, (stills, pane) in enumerate(zip(film._stills, stage.panes, strict=True)):
            left, top, _, _ = pane.box
            picture.paste(self._still(number, stills.nearest(here), stills.nearest(following), way), (left, top))
            write_label(
                picture,
                stage,
                ground,
                pane,
                name=film._names[number],
                size=self._name_size,
                colour=ground.curves[number],
                below=[self._state(number, stills.nearest(nearer), nearer), " · ".join(self._differing[number])],
            )
        facts = [self._scores[0].words(nearer), self._scores[0].brief(nearer)] if len(film._runs) == 1 else []
        write_header(picture, stage, ground, title=self._title, now=f"Epoch {nearer}", below=facts)
        if self._chart and stage.chart:
            picture.paste(self._chart.draw(at), stage.chart[:2])
        return picture

    def _state(self, number: int, shown: int, now: int) -> str:
        """What is told of one of several runs: its scores, and its epoch where that is another than the film's."""
        return " · ".join([*([f"epoch {shown}"] if shown != now else []), *self._scores[number].brief(shown)])

    def _still(self, number: int, here: int, following: int, way: float) -> Image.Image:
        first = self._one(number, here)
        return first if way == 0 or here == following else Image.blend(first, self._one(number, following), way)

    def _one(self, number: int, epoch: int) -> Image.Image:
        """A run's picture at an epoch, as large as its pane. The newest two of each run are kept."""
        key = number, epoch
        if key not in self._drawn:
            mine = [one for one in self._drawn if one[0] == number]
            for old in mine[:-1]:
                del self._drawn[old]
            left, top, right, bottom = self._stage.panes[number].box
            drawn = self._film._stills[number].draw(epoch, max(1, self._stage.panes[number].zoom))
            size = right - left, bottom - top
            self._drawn[key] = drawn if drawn.size == size else drawn.resize(size, Image.Resampling.LANCZOS)
        return self._drawn[key]

    def _made_chart(self) -> Chart | None:
        film, box = self._film, self._stage.chart
        if not box:
            return None
        request, epochs = film._request, film.epochs
        steps = np.diff(epochs)
        span = float(np.median(steps)) * request.window if len(steps) else 0.0
        return Chart(
            film._lines,
            size=(box[2] - box[0], box[3] - box[1]),
            type_size=max(11, round(self._stage.type_size * 0.86)),
            ground=self._ground,
            layout=request.layout,
            title=curve_title(film._curves[0]) if len(film._runs) > 1 else "",
            log=request.log,
            span=span,
            first=float(epochs[0]),
            last=float(epochs[-1]),
        )
