"""What can be chosen about the engine "random", and what it costs. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.style.engines import Cost
from core.style.neural.scales import scales_of
from core.style.neural.settings import NeuralSettings
from core.style.trial import speed

_BYTES_PER_PIXEL = 2600  # activations up to relu4_2 and their gradients, measured
_SECONDS_PER_PIXEL = {"cpu": 1.4e-5, "gpu": 1.2e-7}  # of a step, where nothing was tried yet; the first for one core


@dataclass(frozen=True)
class RandomSettings(NeuralSettings):
    network_seed: int = 0  # of its weights; another gives other marks
    pooling: str = "average"
    edges: str = "reflect"
    style_layers: tuple[str, ...] = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
    style_layer_weights: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    style_loss: str = "gram"
    variation_weight: float = 0.3  # with 0.02 the dabs are full of specks, with 4 nothing of them is left
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


def settings_at(strength: float) -> RandomSettings:
    return RandomSettings(strength=strength)


def estimate(settings: RandomSettings, height: int, width: int, device: str) -> Cost:
    """From the pixels of all steps, and how long this device takes for one."""
    pixels = sum(scale.height * scale.width * scale.steps for scale in scales_of(settings, height, width, device))
    seconds_each = speed("random", device, _SECONDS_PER_PIXEL, "core.style.random_network:seconds_per_pixel")
    return Cost(0.5 + pixels * seconds_each, 700_000_000 + height * width * _BYTES_PER_PIXEL)
