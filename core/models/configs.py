"""What each architecture can be told. No torch here: a page can offer and check these without loading it."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError

GIVEN = ("resolution", "height", "breadth", "terms")  # of a network's settings, those that nobody chooses
MIN_RESOLUTION, MAX_RESOLUTION = 32, 256  # pixels per side


def check_resolution(resolution: int) -> None:
    """Raises ConfigError unless the networks can be built for it: a power of two from 32 to 256."""
    if not MIN_RESOLUTION <= resolution <= MAX_RESOLUTION or resolution & (resolution - 1):
        raise ConfigError(
            f"The networks work at 32, 64, 128 or 256 pixels a side; got {resolution}. "
            "Build the dataset at one of these resolutions."
        )


def check_range(name: str, value: float, lowest: float, highest: float) -> None:
    """Raises ConfigError unless lowest <= value <= highest. A NaN is refused too."""
    if not lowest <= value <= highest:
        raise ConfigError(f"{name} must lie between {lowest:g} and {highest:g}; got {value!r}.")


class ChoiceError(ConfigError):
    def __init__(self, name: str, value: str, choices: tuple[str, ...]) -> None:
        super().__init__(f"{name} must be one of {', '.join(choices)}; got {value!r}.")
        self.name, self.choices = name, choices


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ChoiceError(name, value, choices)


def choices_of(settings: Any, name: str) -> tuple[str, ...]:
    """What the text setting `name` of a frozen dataclass of settings may be, as its own check has it; () for any text.

    Forms ask this, so that what is offered and what is refused cannot part.
    """
    try:
        dataclasses.replace(settings, **{name: "\0"})
    except ChoiceError as error:
        if error.name == name:
            return error.choices
        raise
    return ()


@dataclass(frozen=True)
class NetworkConfig:
    """What every architecture is told."""

    resolution: int = 64  # pixels of the longer side


@dataclass(frozen=True)
class DCGANConfig(NetworkConfig):
    """The chain of 4x4 convolutions of Radford et al., 2015 (arXiv:1511.06434)."""

    latent_dim: int = 100  # length of z
    width: int = 64  # channels nearest the picture; doubled at each halving of the side
    max_width: int = 512  # channels never exceed this
    discriminator_norm: str = "batch"  # "batch", as in the original, or "none"

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("width", self.width, 1, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
        check_choice("discriminator_norm", self.discriminator_norm, ("batch", "none"))


@dataclass(frozen=True)
class AtelierGANConfig(NetworkConfig):
    """A painter's generator, a discriminator without normalisation; see `core.models.atelier_gan`."""

    latent_dim: int = 128  # length of z
    width: int = 32  # channels at full resolution; doubled at each halving of the side
    max_width: int = 512  # channels never exceed this
    generator_norm: str = "batch"  # "batch", "pixel" (no statistics across pictures) or "none"
    palette: int = 8  # colours that a picture is mixed of; 0: every pixel has a colour of its own
    covers: str = "free"  # where each colour shows; "centred": none can hide the others from everywhere
    bands: bool = True  # rows and columns have features of their own: stripes, margins and straight edges come early
    texture: bool = False  # with a palette: the finest level moves each pixel a little away from its mixed colour
    residual: bool = False  # two convolutions and a skip per level instead of one convolution
    skip_excitation: bool = True  # from 128 pixels on, coarse maps decide how much the channels of fine ones count
    minibatch_deviation: bool = True  # lets the discriminator see whether a batch varies
    terms: int = 0  # how many things may be known of a picture; 0: it is not conditioned

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("width", self.width, 1, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
        check_range("palette", self.palette, 0, 64)
        check_range("terms", self.terms, 0, 4096)
        check_choice("generator_norm", self.generator_norm, ("batch", "pixel", "none"))
        check_choice("covers", self.covers, ("free", "centred"))


@dataclass(frozen=True)
class VAEConfig(NetworkConfig):
    """Convolutional encoder with group normalisation, and a decoder of transposed convolutions or one that paints."""

    latent_dim: int = 128  # length of z
    width: int = 32  # channels at full resolution; doubled at each halving of the side
    max_width: int = 256  # channels never exceed this
    decoder: str = "transposed"  # convolutions; or "painting", level upon level like atelier-gan's generator
    residual: bool = False  # a residual block at each side: more exact, and twice the work
    terms: int = 0  # how many things may be known of a picture; 0: it is not conditioned

    def __post_init__(self) -> None:
        check_resolution(self.resolution)
        check_range("latent_dim", self.latent_dim, 1, 4096)
        check_range("width", self.width, 8, 1024)
        check_range("max_width", self.max_width, self.width, 4096)
        check_choice("decoder", self.decoder, ("transposed", "painting"))
        if self.width % 8 or self.max_width % 8:
            raise ConfigError(
                f"width and max_width must be multiples of 8 (the groups of the normalisation); "
                f"got {self.width} and {self.max_width}."
            )


def widths(resolution: int, width: int, max_width: int, *, smallest: int = 4) -> list[int]:
    """Channels at each side from `smallest` up to `resolution`: widths(64, 32, 512) is [512, 256, 128, 64, 32]."""
    sides = []
    side = resolution
    while side >= smallest:
        sides.append(min(max_width, width * resolution // side))
        side //= 2
    return sides[::-1]
