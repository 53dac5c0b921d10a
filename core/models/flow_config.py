"""What the rectified flow can be told. No torch here."""

from dataclasses import dataclass

from core.errors import ConfigError
from core.models.configs import NetworkConfig, check_choice, check_range, check_resolution

SAMPLERS = ("heun", "euler")
PATCHES = (1, 2, 4)


@dataclass(frozen=True)
class FlowConfig(NetworkConfig):
    """A small U-Net that says where each pixel is heading; see `core.models.flow`."""

    width: int = 64  # channels at full resolution; doubled at each halving of the side
    max_width: int = 128  # channels never exceed this
    blocks: int = 2  # residual blocks at each side, on the way down and on the way up
    attention: int = 16  # at sides up to this many pixels, every pixel looks at all others; 0: nowhere
    patch: int = 1  # 2: the network works on squares of 2x2 pixels, at a quarter of the cost
    dropout: float = 0.1  # share of features left out in training, against learning by heart: 0.1 to 0.25 for few
    sampler: str = "heun"  # or "euler": half the cost for each step, and less exact
    sampling_steps: int = 20  # from noise to picture; with heun, each but the last asks the network twice
    shift: float = 3.0  # above 1: trains and steps more where there is most noise, which decides on the large fields
    guidance: float = 2.0  # how far pictures of given terms are driven away from those of none; 1: not at all
    terms: int = 0  # words that pictures can be asked for by; set from the dataset

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("width", self.width, 4, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
        check_range("blocks", self.blocks, 1, 8)
        check_range("attention", self.attention, 0, 64)

        if self.patch not in PATCHES:
            raise ConfigError(f"patch must be 1, 2 or 4 pixels a side; got {self.patch}.")
        check_range("dropout", self.dropout, 0, 0.9)
        check_choice("sampler", self.sampler, SAMPLERS)
        check_range("sampling_steps", self.sampling_steps, 1, 1000)
        check_range("shift", self.shift, 0.01, 100)
        check_range("guidance", self.guidance, 0, 100)
        check_range("terms", self.terms, 0, 4096)
