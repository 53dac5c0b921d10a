"""What can be chosen about the engine "palette", and what it costs. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.style.engines import Cost
from core.style.ramp import ramp

MAX_GAIN = 8.0  # a nearly grey or misty picture has little to stretch: beyond this, JPEG noise becomes its colour
METHODS = {
    "mkl": "Optimal transport: moves colours least",
    "coral": "Whiten and colour: may turn hues",
    "reinhard": "Light and two colour axes, each by itself",
}


@dataclass(frozen=True)
class PaletteSettings:
    method: str = "mkl"  # one of METHODS
    amount: float = 1.0  # 0 to 1: how far the colours go
    keep_luminance: bool = False  # light and dark stay, only hue and saturation change
    max_gain: float = MAX_GAIN  # how much a nearly grey picture may be stretched

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"The palette's method is one of {', '.join(METHODS)}; got {self.method!r}.")
        if not 0 <= self.amount <= 1:
            raise ConfigError(f"The palette's amount goes from 0 to 1; got {self.amount}.")
        if not 1 <= self.max_gain <= 1000:
            raise ConfigError(f"The palette's max_gain goes from 1 to 1000; got {self.max_gain}.")


def settings_at(strength: float) -> PaletteSettings:
    return PaletteSettings(amount=ramp(strength, (0, 0.5, 0.75, 0.9, 1)))


def estimate(settings: PaletteSettings, height: int, width: int, device: str) -> Cost:
    """Always on the processor: the way to a GPU and back would take longer than the work."""
    pixels = height * width
    return Cost(0.05 + pixels * 3e-8, 500_000_000 + pixels * 3 * 4 * 4)
