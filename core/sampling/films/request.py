"""What a film was asked for: enough to make it again, as JSON both ways. Opens no file and loads no torch."""

from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError
from core.film import MOST_SIDE
from core.json_fields import fields, number, only, text, whole_or_none
from core.sampling.films.easing import EASINGS

LAYOUTS = {
    "grid": "The grid through the epochs",
    "latent": "Chosen latents through the epochs",
    "grown": "Points of the latent space through the epochs",
    "expanding": "A curve that grows beside the pictures",
    "rolling": "A window of the curve that rolls along",
    "static": "The whole curve with a moving line",
    "walk": "A walk between points of the latent space",
}
WITH_POINTS = ("walk", "grown")
WITH_CURVES = ("expanding", "rolling", "static")
SHOWN = {"samples": "Samples", "raw": "Samples before averaging", "reconstructions": "Reconstructions"}
SHAPES = {"fit": None, "16:9": 16 / 9, "4:3": 4 / 3, "1:1": 1.0, "4:5": 4 / 5, "9:16": 9 / 16}  # width over height
GROUNDS = ("dark", "light")
CAPTIONS = {"all": "Title, epoch, scores and settings", "epoch": "Title and epoch", "none": "Nothing but pictures"}
SUFFIXES = (".mp4", ".gif")
MOST_RUNS = 4  # side by side
MOST_CURVES = 4
MOST_POINTS = 64
MOST_GROWN = 16  # points that are drawn at every epoch
SMALLEST_SIZE = 160  # pixels


@dataclass(frozen=True)
class FilmRequest:
    layout: str  # one of LAYOUTS
    runs: tuple[str, ...]  # ids, side by side from left to right
    epochs: tuple[int, ...] = ()  # those to show; (): all that were kept. A walk: the one to draw from; (): the newest
    shown: str = "samples"  # one of SHOWN
    latents: tuple[int, ...] = ()  # numbers in the grid, from 0; (): the whole grid
    curves: tuple[str, ...] = ()  # keys of core.sampling.films.series; (): what tells most of such a model
    smoothing: float = 0.6  # weight of the past in each value, from 0 to below 1
    log: bool = False  # whether the curve's axis is logarithmic
    window: int = 5  # of the layout "rolling", in shown epochs
    points: tuple[dict[str, Any], ...] = ()  # of WITH_POINTS: core.sampling.points.Point as JSON
    loop: bool = False  # whether a walk comes back to its first point
    seconds: float = 0.5  # that each epoch takes, or the way from point to point
    fade: float = 0.0  # share of it in which one epoch's picture turns into the next
    easing: str = "smooth"  # one of EASINGS: of the fade, or of the way
    hold_seconds: float = 2.0  # how much longer the last frame is shown
    frames_per_second: int = 25  # where something moves
    size: int = 1280  # pixels of the longer side, at most
    shape: str = "fit"  # one of SHAPES; "fit": no larger than what it shows needs
    ground: str = "dark"  # one of GROUNDS
    title: str = ""  # "": the run's
    caption: str = "all"  # one of CAPTIONS
    suffix: str = ".mp4"  # or ".gif"

    def __post_init__(self) -> None:
        _one_of("layout", self.layout, LAYOUTS)
        _one_of("shown", self.shown, SHOWN)
        _one_of("easing", self.easing, EASINGS)
        _one_of("shape", self.shape, SHAPES)
        _one_of("ground", self.ground, GROUNDS)
        _one_of("caption", self.caption, CAPTIONS)
        _one_of("suffix", self.suffix, SUFFIXES)
        _between("runs", len(self.runs), 1, MOST_RUNS)
        _between("curves", len(self.curves), 0, MOST_CURVES)
        _between("smoothing", self.smoothing, 0, 0.99)
        _between("window", self.window, 1, 1000)
        _between("seconds", self.seconds, 0.04, 30)
        _between("fade", self.fade, 0, 1)
        _between("hold_seconds", self.hold_seconds, 0, 60)
        _between("frames_per_second", self.frames_per_second, 5, 60 if self.suffix == ".mp4" else 50)
        _between("size", self.size, SMALLEST_SIZE, MOST_SIDE[self.suffix])
        _between("title", len(self.title), 0, 200, "letters")
        if any(epoch < 0 for epoch in self.epochs) or any(latent < 0 for latent in self.latents):
            raise ConfigError("Epochs and latents are numbers from 0 on.")
        if self.layout == "walk":
            self._check_walk()
        elif self.layout == "grown":
            self._check_grown()
        elif self.points:
            raise ConfigError(f"The layout {self.layout!r} shows what was kept; points are for a walk. Leave them out.")
        if self.layout == "latent" and not self.latents:
            raise ConfigError("Which latents? Give their numbers in the grid, counted from 0, row by row.")
        if len(self.runs) > 1 and len(self.curves) > 1:
            raise ConfigError("Several runs share one curve each. Choose one number, or one run.")
        if self.latents and self.shown == "reconstructions":
            raise ConfigError("Reconstructions show pictures, not latents. Leave the latents out.")

    def _check_walk(self) -> None:
        if len(self.runs) != 1 or len(self.epochs) > 1:
            raise ConfigError("A walk goes through one epoch of one run.")
        if not 2 <= len(self.points) <= MOST_POINTS:
            raise ConfigError(f"A walk has 2 to {MOST_POINTS} points; got {len(self.points)}.")

    def _check_grown(self) -> None:
        if len(self.runs) != 1 or self.latents or self.shown != "samples":
            raise ConfigError("Points through the epochs are of one run, and of nothing else of it.")
        if not 1 <= len(self.points) <= MOST_GROWN:
            raise ConfigError(f"1 to {MOST_GROWN} points go through the epochs; got {len(self.points)}.")

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_json(cls, value: Any) -> "FilmRequest":
        """Raises: ConfigError, also for names that this version does not know."""
        found = fields(value, "film's request")
        only(found, cls.__dataclass_fields__.keys(), "film's request")
        return cls(
            layout=text(found, "layout"),
            runs=_texts(found, "runs"),
            epochs=_wholes(found, "epochs"),
            shown=text(found, "shown", cls.shown),
            latents=_wholes(found, "latents"),
            curves=_texts(found, "curves"),
            smoothing=number(found, "smoothing", cls.smoothing),
            log=_flag(found, "log"),
            window=_whole(found, "window", cls.window),
            points=tuple(fields(point, "point") for point in _list(found, "points")),
            loop=_flag(found, "loop"),
            seconds=number(found, "seconds", cls.seconds),
            fade=number(found, "fade", cls.fade),
            easing=text(found, "easing", cls.easing),
            hold_seconds=number(found, "hold_seconds", cls.hold_seconds),
            frames_per_second=_whole(found, "frames_per_second", cls.frames_per_second),
            size=_whole(found, "size", cls.size),
            shape=text(found, "shape", cls.shape),
            ground=text(found, "ground", cls.ground),
            title=text(found, "title"),
            caption=text(found, "caption", cls.caption),
            suffix=text(found, "suffix", cls.suffix),
        )


def _one_of(name: str, value: str, known: Any) -> None:
    if value not in known:
        raise ConfigError(f"{name} is one of {', '.join(known)}; got {value[:80]!r}.")


def _between(name: str, value: float, least: float, most: float, unit: str = "") -> None:
    if not least <= value <= most:
        raise ConfigError(f"{name} lies from {least:g} to {most:g}{f' {unit}' if unit else ''}; got {value:g}.")


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name, [])
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{name} is a list; found {type(value).__name__}.")
    return list(value)


def _texts(found: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(text({name: part}, name) for part in _list(found, name))


def _wholes(found: dict[str, Any], name: str) -> tuple[int, ...]:
    return tuple(_whole({name: part}, name, 0) for part in _list(found, name))


def _whole(found: dict[str, Any], name: str, default: int) -> int:
    value = whole_or_none(found, name)
    return default if value is None else value


def _flag(found: dict[str, Any], name: str) -> bool:
    value = found.get(name, False)
    if not isinstance(value, bool):
        raise ConfigError(f"{name} is true or false; found {str(value)[:80]!r}.")
    return value
