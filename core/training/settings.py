"""What a training can be told, one frozen dataclass per family, and how `--set key=value` changes it. No torch here."""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError
from core.models.configs import check_choice, check_range
from core.models.zoo import NetworkConfig, Preset, find_architecture

AUGMENTATIONS = ("color", "translation", "cutout")
GAN_LOSSES = ("relativistic", "cross-entropy", "hinge")
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainingSettings:
    """What every family shares. Lengths are counted in images seen, never in steps, so the batch size changes none."""

    seed: int = 0
    batch_size: int = 64
    learning_rate: float = 5e-4  # of Adam, at the start
    learning_rate_final: float = 1e-4  # at the end; half a cosine lies between
    beta1: float = 0.0  # Adam's memory of the gradient
    beta2: float = 0.99  # Adam's memory of its square, at the start; tuned per family
    ema_half_life_images: float = 10_000.0  # half of the averaged weights are younger than this; 0: no averaging
    ema_ramp_up: float = 0.1  # but never older than this share of the images seen so far
    flip: bool = True  # mirror pictures left-right at random; not for signed or lettered works
    precision: str = "auto"  # "auto": bfloat16 on GPUs that have it, float32 elsewhere
    compile: bool = False  # let torch.compile fuse the networks' operations: minutes of start, then faster on a GPU
    grid_size: int = 64  # pictures in a sample grid
    log_every_images: int = 512
    save_every_epochs: int = 0  # a sample grid and weights; 0: about 40 times in a run, at least 1,000 images apart
    resume_every_seconds: float = 60.0  # how much work a killed worker may lose; 0: save after every step

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0, 2**62)
        check_range("batch_size", self.batch_size, 2, 65_536)
        check_range("learning_rate", self.learning_rate, 0, 1)
        check_range("learning_rate_final", self.learning_rate_final, 0, 1)
        check_range("beta1", self.beta1, 0, 0.999999)
        check_range("beta2", self.beta2, 0, 0.999999)
        check_range("ema_half_life_images", self.ema_half_life_images, 0, 1e9)
        check_range("ema_ramp_up", self.ema_ramp_up, 0, 1)
        check_choice("precision", self.precision, PRECISIONS)
        check_range("grid_size", self.grid_size, 1, 1024)
        check_range("log_every_images", self.log_every_images, 1, 10_000_000)
        check_range("save_every_epochs", self.save_every_epochs, 0, 1_000_000)
        check_range("resume_every_seconds", self.resume_every_seconds, 0, 86_400)


@dataclass(frozen=True)
class GANSettings(TrainingSettings):
    """The defaults are those of reference systems for small collections: relativistic loss, both gradient penalties."""

    loss: str = "relativistic"
    discriminator_learning_rate_factor: float = 1.0  # times learning_rate
    beta2_final: float = 0.99
    penalty_gamma: float = 1.0  # weight of the gradient penalties R1 (at real pictures) and R2 (at generated ones)
    penalty_gamma_final: float = 0.1  # at the end; half a cosine lies between
    penalty_every_steps: int = 4  # the penalty is taken every so many steps, and weighs as much more
    augment: str = "translation,cutout"  # DiffAugment: any of color, translation, cutout; "" for none

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("loss", self.loss, GAN_LOSSES)
        check_range("discriminator_learning_rate_factor", self.discriminator_learning_rate_factor, 0, 1000)
        check_range("beta2_final", self.beta2_final, 0, 0.999999)
        check_range("penalty_gamma", self.penalty_gamma, 0, 1e6)
        check_range("penalty_gamma_final", self.penalty_gamma_final, 0, 1e6)
        check_range("penalty_every_steps", self.penalty_every_steps, 1, 1000)
        for name in self.augmentations:
            check_choice("augment", name, AUGMENTATIONS)

    @property
    def augmentations(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.augment.split(",") if part.strip())


@dataclass(frozen=True)
class VAESettings(TrainingSettings):
    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    kl_weight: float = 1.0  # beta of the beta-VAE (Higgins et al., 2017); 1 is the evidence lower bound itself

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("kl_weight", self.kl_weight, 0, 1e6)


FAMILIES: dict[str, type[TrainingSettings]] = {"gan": GANSettings, "vae": VAESettings}


def configure(
    preset: Preset, resolution: int, overrides: Mapping[str, Any] | None = None
) -> tuple[NetworkConfig, TrainingSettings]:
    """The preset's network config and training settings with `overrides` in force.

    Values may be text, as after `--set`; they are read by the type of the setting.
    Raises ConfigError naming the setting, its type, and near names for an unknown one.
    """
    network_class, training_class = find_architecture(preset.architecture).config, FAMILIES[preset.family]
    kinds = {"network": _fields(network_class), "training": _fields(training_class)}
    chosen: dict[str, dict[str, Any]] = {"network": dict(preset.network), "training": dict(preset.training)}
    for name, value in (overrides or {}).items():
        if name == "resolution":
            raise ConfigError("The resolution is that of the dataset: build a dataset at the resolution you want.")
        part = next((part for part, fields in kinds.items() if name in fields), None)
        if part is None:
            raise _unknown(name, [*kinds["network"], *kinds["training"]], preset.name)
        chosen[part][name] = _read(name, value, kinds[part][name])
    return network_class(**{**chosen["network"], "resolution": resolution}), training_class(**chosen["training"])


def setting_names(preset: Preset) -> dict[str, type]:
    """Every name that `--set` takes for this preset, with its type."""
    names = _fields(find_architecture(preset.architecture).config) | _fields(FAMILIES[preset.family])
    return {name: kind for name, kind in names.items() if name != "resolution"}


def parse_pairs(pairs: list[str]) -> dict[str, str]:
    """["width=32", "flip=no"] -> {"width": "32", "flip": "no"}. Raises ConfigError for anything without '='."""
    parsed = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"Settings are written as name=value, for example batch_size=32; got {pair!r}.")
        parsed[name.strip()] = value.strip()
    return parsed


def _fields(kind: type) -> dict[str, type]:
    types = {"int": int, "float": float, "bool": bool, "str": str}
    return {f.name: f.type if isinstance(f.type, type) else types[str(f.type)] for f in dataclasses.fields(kind)}


def _read(name: str, value: Any, kind: type) -> Any:
    try:
        if kind is bool:
            return _read_bool(value)
        if kind is int and isinstance(value, str):
            return int(value.replace("_", "").replace(",", ""))
        if kind is int and value != int(value):
            raise ValueError
        return kind(value)
    except (ValueError, TypeError, OverflowError):
        wanted = {bool: "yes or no", int: "a whole number", float: "a number", str: "text"}[kind]
        raise ConfigError(f"{name} must be {wanted}; got {value!r}.") from None


def _read_bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
    if str(value).lower() not in known:
        raise ValueError
    return known[str(value).lower()]


def _unknown(name: str, known: list[str], preset: str) -> ConfigError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(sorted(known))}."
    return ConfigError(f"{preset} has no setting {name!r}. {hint}")
