"""What one restyling was asked for: enough to do it again, as JSON both ways.

Nothing here opens a file. A request that comes out of a picture may have been written by anybody, so everything is
checked, and `for_file` is what a picture carries: which pictures went in, never where they lay on somebody's disk.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.errors import ConfigError
from core.json_fields import fields, number, only, text, whole_or_none
from core.pictures.chosen import ChosenPicture

KEEP_COLOURS = {
    "no": "Take the style's colours",
    "exact": "Keep the picture's own colours",
    "strokes": "Recolour the style first",
}
MAX_STYLES = 16
MIN_SIZE, MAX_SIZE = 32, 8192  # pixels, longest side


@dataclass(frozen=True)
class StylePicture:
    picture: ChosenPicture
    weight: float = 1.0  # against the other styles; only ratios matter
    mask: ChosenPicture | None = None  # laid over the content: white where this style paints; None: everywhere

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and 0 < self.weight <= 1e6):
            raise ConfigError(f"A style's weight is a number above 0; got {self.weight}.")

    def to_json(self) -> dict[str, Any]:
        mask = {} if self.mask is None else {"mask": self.mask.to_json()}
        return {"picture": self.picture.to_json(), "weight": self.weight, **mask}

    @classmethod
    def from_json(cls, value: Any) -> "StylePicture":
        """Raises: ConfigError."""
        found = fields(value, "style")
        mask = found.get("mask")
        return cls(
            ChosenPicture.from_json(found.get("picture")),
            number(found, "weight", 1.0),
            None if mask is None else ChosenPicture.from_json(mask),
        )


@dataclass(frozen=True)
class StyleRequest:
    content: ChosenPicture
    styles: tuple[StylePicture, ...]
    engine: str = "patch"  # one of core.style.engines.ENGINES
    strength: float = 50.0  # 0 to 100
    size: int | None = None  # pixels of the result's longest side; None: what the engine usually makes
    keep_colours: str = "no"  # one of KEEP_COLOURS
    mask: ChosenPicture | None = None  # laid over the content: white where it is restyled; None: everywhere
    seed: int = 0
    overrides: Mapping[str, Any] = field(default_factory=dict)  # fields of the engine's settings, over its preset

    def __post_init__(self) -> None:
        if not 1 <= len(self.styles) <= MAX_STYLES:
            raise ConfigError(f"A restyling takes 1 to {MAX_STYLES} style pictures; got {len(self.styles)}.")
        if not 0 <= self.strength <= 100:
            raise ConfigError(f"Strength goes from 0 to 100; got {self.strength}.")
        if self.size is not None and not MIN_SIZE <= self.size <= MAX_SIZE:
            raise ConfigError(f"Size is {MIN_SIZE} to {MAX_SIZE} pixels of the longest side; got {self.size}.")
        if self.keep_colours not in KEEP_COLOURS:
            raise ConfigError(f"keep_colours is one of {', '.join(KEEP_COLOURS)}; got {self.keep_colours!r}.")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"A seed is a whole number from 0 to 2^63 - 1; got {self.seed}.")

    def for_file(self) -> "StyleRequest":
        """As a picture may carry it into the world: without places on this machine."""
        styles = tuple(
            replace(style, picture=style.picture.for_file(), mask=style.mask and style.mask.for_file())
            for style in self.styles
        )
        return replace(
            self,
            content=self.content.for_file(),
            styles=styles,
            mask=self.mask and self.mask.for_file(),
            overrides=without_places(self.overrides),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "content": self.content.to_json(),
            "styles": [style.to_json() for style in self.styles],
            "engine": self.engine,
            "strength": self.strength,
            "size": self.size,
            "keep_colours": self.keep_colours,
            "mask": None if self.mask is None else self.mask.to_json(),
            "seed": self.seed,
            "overrides": dict(self.overrides),
        }

    @classmethod
    def from_json(cls, value: Any) -> "StyleRequest":
        """Unknown keys are refused: a request from a later version must not be done by half. Raises: ConfigError."""
        found = fields(value, "request")
        only(found, cls.__dataclass_fields__.keys(), "request")
        styles = found.get("styles")
        if not isinstance(styles, list):
            raise ConfigError("The request names no style pictures.")
        mask = found.get("mask")
        return cls(
            content=ChosenPicture.from_json(found.get("content")),
            styles=tuple(StylePicture.from_json(style) for style in styles[: MAX_STYLES + 1]),
            engine=text(found, "engine", "patch"),
            strength=number(found, "strength", 50.0),
            size=whole_or_none(found, "size"),
            keep_colours=text(found, "keep_colours", "no"),
            mask=None if mask is None else ChosenPicture.from_json(mask),
            seed=whole_or_none(found, "seed") or 0,
            overrides=fields(found.get("overrides") or {}, "overrides"),
        )


def check_colours(request: StyleRequest) -> None:
    """Raises: ConfigError for colours kept in a way that would leave the engine nothing to do."""
    if request.keep_colours == "strokes" and request.engine == "palette":
        raise ConfigError(
            "The palette engine carries nothing but colours, so a style recoloured to the content would change "
            "nothing. Keep colours exactly, set keep_luminance, or choose another engine."
        )


def without_places(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that say where a file lies."""
    return {name: value for name, value in settings.items() if not name.endswith(("_file", "_path", "_folder"))}
