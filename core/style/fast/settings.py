"""What can be chosen about the engine "fast", and what it costs. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.style.engines import Cost
from core.style.ramp import ramp

NETWORKS = {
    "adain": "AdaIN: any style picture",
    "johnson": "Johnson: one style a file, the style pictures are not looked at",
}
_JOHNSON_KEYS = ("johnson-candy", "johnson-mosaic", "johnson-rain-princess", "johnson-udnie")


@dataclass(frozen=True)
class FastSettings:
    network: str = "adain"  # one of NETWORKS
    alpha: float = 1.0  # 0 to 1: how far from the content to the style
    style_side: int = 512  # pixels, longest side at which AdaIN sees the styles
    encoder_file: str = ""  # AdaIN's; empty: looked for, see core.style.weights.find
    decoder_file: str = ""
    style: str = "johnson-candy"  # Johnson's network, a key of core.pretrained
    style_file: str = ""  # its file

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise ConfigError(f"network is one of {', '.join(NETWORKS)}; got {self.network!r}.")
        if not 0 <= self.alpha <= 1:
            raise ConfigError(f"alpha goes from 0 to 1; got {self.alpha}.")
        if not 32 <= self.style_side <= 8192:
            raise ConfigError(f"style_side goes from 32 to 8192 pixels; got {self.style_side}.")
        if self.style not in _JOHNSON_KEYS:
            raise ConfigError(f"style is one of {', '.join(_JOHNSON_KEYS)}; got {self.style!r}.")


def settings_at(strength: float) -> FastSettings:
    return FastSettings(alpha=ramp(strength, (0, 0.5, 0.8, 0.9, 1)))


def estimate(settings: FastSettings, height: int, width: int, device: str) -> Cost:
    """Rough: one pass, without gradients."""
    styles = settings.style_side**2 if settings.network == "adain" else 0
    per_pixel = 1.5e-5 if device.startswith("cpu") else 2e-7
    return Cost(1.0 + per_pixel * (height * width + styles), int(700e6 + 1_400 * max(height * width, styles)))
