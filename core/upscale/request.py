"""What one upscaling was asked for: enough to do it again, as JSON both ways.

Nothing here opens a file, and a request that comes out of a picture may have been written by anybody.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from core.errors import ConfigError
from core.json_fields import fields, number, only, text, whole_or_none
from core.pictures.chosen import ChosenPicture
from core.upscale.methods import find_method

SCALES = (2, 4)
MIN_TILE, MAX_TILE = 64, 4096  # pixels of the input
MAX_PASSES = 20


@dataclass(frozen=True)
class UpscaleRequest:
    picture: ChosenPicture
    scale: int = 4  # times as wide and high: one of SCALES
    method: str = "lanczos"  # one of core.upscale.methods.METHODS
    model: str = (
        ""  # "own": name of a network that was trained here; "model": name of a file among the weights, or path
    )
    sharpen: float = 0.0  # per cent of an unsharp mask laid over the result, 0 to 200
    passes: int = 8  # of back-projection, 1 to 20
    tile: int | None = None  # pixels of the input that a network sees at a time; 0: all at once; None: what suits
    overlap: int | None = None  # pixels of the input in which neighbouring tiles are blended; None: what suits

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ConfigError(f"Pictures are made {' or '.join(map(str, SCALES))} times as large; got {self.scale}.")
        method = find_method(self.method)
        if method.needs_model and not self.model:
            raise ConfigError(f"The method {self.method!r} needs a network. Name one of those that are here.")
        if self.model and not method.needs_model:
            raise ConfigError(f"The method {self.method!r} uses no network; got {self.name_of_model!r}. Leave it out.")
        if not 0 <= self.sharpen <= 200:
            raise ConfigError(f"Sharpening goes from 0 to 200 per cent; got {self.sharpen}.")
        if not 1 <= self.passes <= MAX_PASSES:
            raise ConfigError(f"Back-projection takes 1 to {MAX_PASSES} passes; got {self.passes}.")
        if self.tile not in (None, 0) and not MIN_TILE <= self.tile <= MAX_TILE:
            raise ConfigError(f"A tile has {MIN_TILE} to {MAX_TILE} pixels, or 0 for the whole; got {self.tile}.")
        if self.overlap is not None and not 0 <= self.overlap <= MAX_TILE // 4:
            raise ConfigError(f"Tiles overlap by 0 to {MAX_TILE // 4} pixels; got {self.overlap}.")

    @property
    def name_of_model(self) -> str:
        """Without its place on this machine."""
        return re.split(r"[/\\]", self.model)[-1]

    def for_file(self) -> "UpscaleRequest":
        """As a picture may carry it into the world: without places on this machine."""
        return replace(self, picture=self.picture.for_file(), model=self.name_of_model)

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None} | {
            "picture": self.picture.to_json()
        }

    @classmethod
    def from_json(cls, value: Any) -> "UpscaleRequest":
        """Unknown keys are refused: a request from a later version must not be done by half. Raises: ConfigError."""
        found = fields(value, "request")
        only(found, cls.__dataclass_fields__.keys(), "request")
        scale, passes = whole_or_none(found, "scale"), whole_or_none(found, "passes")
        return cls(
            picture=ChosenPicture.from_json(found.get("picture")),
            scale=4 if scale is None else scale,
            method=text(found, "method", "lanczos"),
            model=text(found, "model"),
            sharpen=number(found, "sharpen", 0.0),
            passes=8 if passes is None else passes,
            tile=whole_or_none(found, "tile"),
            overlap=whole_or_none(found, "overlap"),
        )
