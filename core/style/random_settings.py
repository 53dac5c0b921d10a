"""What can be chosen about the engine "random", and what it costs. No torch here."""

import math
from dataclasses import dataclass

from core.errors import ConfigError
from core.style.engines import Cost
from core.style.neural.scales import scales_of
from core.style.neural.settings import NeuralSettings
from core.style.ramp import ramp
from core.style.trial import speed

_BYTES_PER_PIXEL = 2600  # activations up to relu4_2 and their gradients, measured
_SECONDS_PER_PIXEL = {"cpu": 1.4e-5, "gpu": 1.2e-7}  # of a step, where nothing was tried yet; the first for one core


# The content's weight at strength 0, 25, 50, 75 and 100: random features say less of what is where than trained ones.
_CONTENT_WEIGHTS = (0.6, 0.25, 0.1, 0.04, 0.015)
# The deep layers see the mirrored edges, and paint a frame: so it is painted on a margin, which is cut off.
_MARGIN = 1 / 12  # of the longer side
_LEAST_MARGIN = 16  # pixels


@dataclass(frozen=True)
class RandomSettings(NeuralSettings):
    network_seed: int = 0  # of its weights; another gives other marks
    pooling: str = "average"
    edges: str = "reflect"
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    style_layer_weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    style_loss: str = "wasserstein"
    variation_weight: float = 6.0  # with 1 the dabs are full of specks, with 20 they blur
    start: str = "recoloured"
    average_decay: float = 0.9
    smallest_side: int = 160  # below, blobs: random features hold no shapes together
    first_steps: int | None = 80
    steps: int | None = 40
    keep_steps: int = 20

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network != "vgg19" or self.weights_file:
            raise ConfigError("The random engine draws the weights of vgg19 itself. For others, choose neural.")
        if not 0 <= self.network_seed < 2**63:
            raise ConfigError(f"network_seed is a whole number from 0 to 2^63 - 1; got {self.network_seed}.")

    @property
    def loss_weights(self) -> tuple[float, float]:
        """Of style and content."""
        style, content = super().loss_weights
        if self.content_weight is None and self.style_loss == "wasserstein":
            content = 10 ** ramp(self.strength, [math.log10(weight) for weight in _CONTENT_WEIGHTS])
        return style, content


def settings_at(strength: float) -> RandomSettings:
    return RandomSettings(strength=strength)


def margin_of(height: int, width: int) -> int:
    """Pixels beyond each edge that are painted and cut off; no more than there are to mirror."""
    return min(max(_LEAST_MARGIN, round(_MARGIN * max(height, width))), min(height, width) - 1)


def estimate(settings: RandomSettings, height: int, width: int, device: str) -> Cost:
    """From the pixels of all steps, and how long this device takes for one."""
    margin = margin_of(height, width)
    height, width = height + 2 * margin, width + 2 * margin
    pixels = sum(scale.height * scale.width * scale.steps for scale in scales_of(settings, height, width, device))
    return Cost(
        0.5 + pixels * speed("random", device, _SECONDS_PER_PIXEL, "core.style.random_network:seconds_per_pixel"),
        700_000_000 + height * width * _BYTES_PER_PIXEL,
    )
