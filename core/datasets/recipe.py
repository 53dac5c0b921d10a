"""Recipe: what happens to every picture on its way into a dataset."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from typing import Any

from core.datasets.steps.step import Step, steps_from
from core.errors import ConfigError

FITS = {
    "squash": "squashed into the square",
    "crop": "cropped to the centre square",
    "pad": "padded to a square",
    "smart": "cropped to the liveliest square",
}  # name stored with a dataset -> how it reads in a sentence
_FITS_TO = {
    "squash": "squashed to {}",
    "crop": "cropped in the middle to {}",
    "pad": "padded to {}",
    "smart": "cropped to the liveliest part of {}",
}  # the same for an aspect that is not square
ASPECTS = ("1:1", "4:5", "3:4", "2:3", "1:2", "5:4", "4:3", "3:2", "2:1")  # width : height
_STEP = 8  # pixels: the shorter side is a multiple, so that networks can halve it three times
PAD_COLOURS = {"edge": "the mean colour of the picture's edge", "white": "white", "black": "black"}
COPIES = {
    "flip-lr": "flipped left to right",
    "flip-tb": "flipped top to bottom",
    "rot90": "rotated by 90°",
    "rot180": "rotated by 180°",
    "rot270": "rotated by 270°",
}  # rotations are counter-clockwise, as numpy.rot90 turns
COPY_GROUPS = {
    "flips": ("flip-lr", "flip-tb"),
    "rotations": ("rot90", "rot180", "rot270"),
    "all": tuple(COPIES),
}  # shorthand for people
QUARTER_TURNS = ("rot90", "rot270")  # make a portrait of a landscape
MIN_RESOLUTION, MAX_RESOLUTION = 32, 256  # pixels of the longer side
STEPS_AS = {
    "training": "drawn anew each time a picture is trained on",
    "copies": "drawn once, as further copies",
}
MOST_DRAWN_COPIES = 16
_DRAWN = "drawn-"  # and a number from 1: how a drawn copy is called


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How pictures become the rows of a dataset. Equal recipes over equal pictures give the same dataset.

    `max_cut_share` is about pictures far from the dataset's shape. For squares and whatever the fit, the share is
    1 - short side / long side: what a crop cuts away, how much of a padded square is padding, by how much squashing
    shortens the long side; for others, the same of the two aspects, see `core.datasets.fit.cut_share`. 1 keeps all.

    `min_deviation` is about pictures that are nearly one colour: the deviation of the fitted picture's pixel values
    from its mean colour, on the scale 0..255 (see `core.datasets.fit.deviation`). 0 keeps all.
    """

    resolution: int = 64  # pixels of the longer side
    aspect: str = "1:1"  # one of ASPECTS, width : height
    fit: str = "crop"  # one of FITS
    pad_colour: str = "edge"  # one of PAD_COLOURS; counts for fit "pad" only
    copies: tuple[str, ...] = ()  # subset of COPIES: what each training picture is added as once more
    max_cut_share: float = 0.5  # 0..1; a picture that loses more is dropped as too narrow
    min_deviation: float = 4.0  # 0..255; a picture below is dropped as near-solid
    test_share: float = 0.1  # 0..0.5; share of pictures held out for measuring
    seed: int = 0  # which pictures are held out, and what drawn copies draw
    steps: tuple[
        Step, ...
    ] = ()  # in their order; those that are not enabled are kept for the editor and count for nothing
    steps_as: str = "training"  # one of STEPS_AS
    drawn_copies: int = 1  # 1..16 of each training picture; counts for steps_as "copies" with an enabled step only

    def __post_init__(self) -> None:
        _check_whole("resolution", self.resolution, MIN_RESOLUTION, MAX_RESOLUTION, "pixels")
        _check_choice("aspect", self.aspect, ASPECTS)
        _check_choice("fit", self.fit, FITS)
        _check_choice("pad colour", self.pad_colour, PAD_COLOURS)
        object.__setattr__(self, "copies", copies_from(self.copies))
        if self.aspect != "1:1" and (turned := [COPIES[copy] for copy in self.copies if copy in QUARTER_TURNS]):
            raise ConfigError(
                f"Copies {' and '.join(turned)} do not have the aspect {self.aspect} any more. Choose the aspect 1:1, "
                "or only copies flipped or rotated by 180°."
            )
        _check_number("max_cut_share", self.max_cut_share, 0, 1)
        _check_number("min_deviation", self.min_deviation, 0, 255)
        _check_number("test_share", self.test_share, 0, 0.5)
        _check_whole("seed", self.seed, 0, 2**63 - 1, "")
        object.__setattr__(self, "steps", steps_from(self.steps))
        _check_choice("way of steps", self.steps_as, STEPS_AS)
        _check_whole("drawn_copies", self.drawn_copies, 1, MOST_DRAWN_COPIES, "")
        if self.aspect != "1:1" and any(
            s.kind == "quarter-turn" and s.values["turns"] != "half" for s in self.enabled_steps
        ):
            raise ConfigError(
                f"Turned by 90° or 270°, pictures do not have the aspect {self.aspect} any more. Choose the aspect "
                "1:1, or have the step quarter-turn turn by 180° only (turns: half)."
            )
        for name in ("max_cut_share", "min_deviation", "test_share"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels of a fitted picture."""
        return shape_of(self.aspect, self.resolution, step=_STEP)

    @property
    def enabled_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.enabled)

    @property
    def training_steps(self) -> tuple[Step, ...]:
        """The steps that a training draws anew for each picture; none where they are made copies of."""
        return self.enabled_steps if self.steps_as == "training" else ()

    @property
    def row_copies(self) -> tuple[str, ...]:
        """What every training picture is added as once more: the `copy` of rows, see `core.datasets.copies`."""
        drawn = self.drawn_copies if self.steps_as == "copies" and self.enabled_steps else 0
        return (*self.copies, *(f"{_DRAWN}{number}" for number in range(1, drawn + 1)))

    def to_json(self) -> dict[str, Any]:
        settings = {field.name: getattr(self, field.name) for field in fields(self)}
        return settings | {"copies": list(self.copies), "steps": [step.to_json() for step in self.steps]}

    @classmethod
    def from_json(cls, value: Any) -> "Recipe":
        """The recipe a JSON object describes; what it leaves out takes the default. Raises ConfigError."""
        if not isinstance(value, dict):
            raise ConfigError(f"A recipe is a JSON object; found {type(value).__name__}.")
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise ConfigError(f"A recipe has no setting {', '.join(unknown)}. It has: {', '.join(sorted(known))}.")
        return cls(**value)

    def identity(self) -> dict[str, Any]:
        """The settings that decide what is trained on: the pad colour only where there is padding; the aspect only
        where it is not square and steps only where there are any, as recipes were before they had them."""
        settings = {**self.to_json(), "pad_colour": self.pad_colour if self.fit == "pad" else ""}
        if self.aspect == "1:1":
            del settings["aspect"]
        settings["steps"] = [step.identity() for step in self.enabled_steps]
        if not self.enabled_steps:
            del settings["steps"], settings["steps_as"]
        if not self.enabled_steps or self.steps_as != "copies":
            del settings["drawn_copies"]
        return settings

    def in_words(self) -> str:
        """One line for people: '64 px, cropped to the centre square, flipped left to right; ...'."""
        height, width = self.shape
        fitted = FITS[self.fit] if height == width else _FITS_TO[self.fit].format(self.aspect)
        parts = [f"{size_words(self.shape)}, {fitted}"]
        if self.fit == "pad":
            parts[0] += f" with {PAD_COLOURS[self.pad_colour]}"
        if self.copies:
            parts.append("copies " + ", ".join(COPIES[copy] for copy in self.copies))
        if self.enabled_steps:
            how = "each time anew" if self.steps_as == "training" else f"as {self.drawn_copies} drawn copies"
            if self.steps_as == "copies" and self.drawn_copies == 1:
                how = "as a drawn copy"
            parts.append(f"{how}: " + ", ".join(step.in_words() for step in self.enabled_steps))
        if self.max_cut_share < 1:
            parts.append(f"without pictures that lose more than {self.max_cut_share:.0%}")
        if self.min_deviation > 0:
            parts.append(f"without near-solid ones (deviation under {self.min_deviation:g})")
        parts.append(f"{self.test_share:.0%} held out" if self.test_share else "nothing held out")
        return "; ".join(parts)


def shape_of(aspect: str, resolution: int, *, step: int = 1) -> tuple[int, int]:
    """(height, width) in pixels: the longer side is `resolution`, the shorter one the nearest multiple of `step`."""
    across, down = (int(part) for part in aspect.split(":"))
    if across == down:
        return resolution, resolution
    shorter = max(step, round(resolution * min(across, down) / max(across, down) / step) * step)
    return (resolution, shorter) if across < down else (shorter, resolution)


def size_words(shape: tuple[int, int]) -> str:
    """(height, width) as people say it, width first: "64 px" of a square, "48 × 64 px" of others."""
    height, width = shape
    return f"{width} px" if width == height else f"{width} × {height} px"


def copies_from(names: Iterable[str]) -> tuple[str, ...]:
    """Copies in their one order, without repeats. Takes group names too ("flips", "rotations", "all")."""
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    wanted: set[str] = set()
    for name in names:
        if name not in COPIES and name not in COPY_GROUPS:
            choices = ", ".join([*COPIES, *COPY_GROUPS])
            raise ConfigError(f"No copy called {name!r}. Choose from: {choices}.")
        wanted.update(COPY_GROUPS.get(name, (name,)))
    return tuple(copy for copy in COPIES if copy in wanted)


def drawn_number(copy: str) -> int:
    """Which of a picture's drawn copies a row is: 1 of "drawn-1". Raises ConfigError for another copy."""
    number = copy.removeprefix(_DRAWN)
    if number == copy or not number.isdecimal():
        raise ConfigError(f"No copy called {copy!r}. There are: {', '.join(COPIES)}, {_DRAWN}1, {_DRAWN}2, ....")
    return int(number)


def copy_words(copy: str) -> str:
    """What a row is beside the picture itself, for people: "flipped left to right", "drawn copy 2"."""
    return COPIES[copy] if copy in COPIES else f"drawn copy {drawn_number(copy)}"


def _check_choice(what: str, value: Any, choices: Collection[str]) -> None:
    if value not in choices:
        raise ConfigError(f"No {what} called {value!r}. Choose one of: {', '.join(choices)}.")


def _check_number(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(f"{name} must be a number from {low:g} to {high:g}; got {value!r}.")


def _check_whole(name: str, value: Any, low: int, high: int, unit: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(f"{name} must be a whole number from {low} to {high}{unit and f' {unit}'}; got {value!r}.")
