"""What the training of a small network for upscaling is told. No torch here."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import ConfigError
from core.json_fields import fields, number, only, text, whole_or_none
from core.upscale.layouts import CompactLayout
from core.upscale.request import SCALES

# name -> (convolutions between the first and the last, features)
SIZES = {"small": (8, 32), "full": (16, 64)}
SIZE_WORDS = {
    "small": "8 convolutions of 32 features: minutes on a processor",
    "full": "16 convolutions of 64 features, as Compact is published: minutes on a GPU",
}
BORDER = 4  # pixels of the input along the edge of a crop that are seen, but not learned from
_CROPS = (64, 96, 128)  # pixels of the original


@dataclass(frozen=True)
class UpscalerSettings:
    scale: int = 4
    size: str = "small"  # one of SIZES
    minutes: float = 5.0  # how long to train; the steps that fit are counted at the beginning
    steps: int = 0  # instead of minutes; 0: by minutes
    batch_size: int = 16  # crops a step
    crop: int = 96  # pixels of the original per side
    learning_rate: float = 2e-3  # of Adam at the beginning; falls to nothing along a cosine
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ConfigError(f"Networks are trained for {' or '.join(map(str, SCALES))} times; got {self.scale}.")
        if self.size not in SIZES:
            raise ConfigError(f"A network is {' or '.join(SIZES)}; got {self.size!r}.")
        if self.crop not in _CROPS:
            raise ConfigError(f"Crops have {', '.join(map(str, _CROPS))} pixels; got {self.crop}.")
        if not (math.isfinite(self.minutes) and 0 < self.minutes <= 10_000):
            raise ConfigError(f"Training takes more than 0 and at most 10,000 minutes; got {self.minutes}.")
        if not 0 <= self.steps <= 10_000_000:
            raise ConfigError(f"Training takes up to 10 million steps; got {self.steps}.")
        if not 1 <= self.batch_size <= 256:
            raise ConfigError(f"A batch has 1 to 256 crops; got {self.batch_size}.")
        if not 0 < self.learning_rate <= 0.1:
            raise ConfigError(f"The learning rate lies between 0 and 0.1; got {self.learning_rate}.")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"A seed is a whole number from 0 to 2^63 - 1; got {self.seed}.")

    @property
    def layout(self) -> CompactLayout:
        convolutions, features = SIZES[self.size]
        return CompactLayout(self.scale, 3, features, convolutions)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Any) -> "UpscalerSettings":
        """Raises: ConfigError."""
        found = fields(value, "settings")
        only(found, cls.__dataclass_fields__.keys(), "settings")
        whole = {name: whole_or_none(found, name) for name in ("scale", "steps", "batch_size", "crop", "seed")}
        return cls(
            size=text(found, "size", "small"),
            minutes=number(found, "minutes", 5.0),
            learning_rate=number(found, "learning_rate", 2e-3),
            **{name: entry for name, entry in whole.items() if entry is not None},
        )
