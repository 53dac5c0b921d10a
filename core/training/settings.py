"""A preset with chosen settings: which there are, how `--set key=value` is read, what is refused. No torch here."""

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

from core.errors import ConfigError
from core.models.configs import GIVEN, NetworkConfig
from core.models.preset import Preset
from core.models.zoo import find_architecture
from core.training.base_settings import TrainingSettings
from core.training.flow_settings import FlowSettings
from core.training.gan_settings import GANSettings
from core.training.infogan_settings import InfoGANSettings
from core.training.vae_settings import VAESettings

FAMILIES: dict[str, type[TrainingSettings]] = {
    "gan": GANSettings,
    "vae": VAESettings,
    "flow": FlowSettings,
    "infogan": InfoGANSettings,
}


def configure(
    preset: Preset, resolution: int, overrides: Mapping[str, Any] | None = None
) -> tuple[NetworkConfig, TrainingSettings]:
    """The preset's network config and training settings with `overrides` in force.

    Values may be text, as after `--set`; they are read by the type of the setting.
    Raises ConfigError naming the setting, its type, and near names for an unknown one.
    """
    network_class, training_class = find_architecture(preset.architecture).config, FAMILIES[preset.family]
    kinds = {"network": _fields(network_class), "training": _fields(training_class)}
    chosen: dict[str, dict[str, Any]] = {"network": dict(preset.network), "training": preset.training_at(resolution)}
    for name, value in (overrides or {}).items():
        if name in GIVEN:
            raise ConfigError(
                f"{name} follows from the dataset: build one of the size you want; the terms are those of `condition`."
            )
        part = next((part for part, fields in kinds.items() if name in fields), None)
        if part is None:
            raise _unknown(name, [*kinds["network"], *kinds["training"]], preset.name)
        chosen[part][name] = _read(name, value, kinds[part][name])
    return network_class(**{**chosen["network"], "resolution": resolution}), training_class(**chosen["training"])


def setting_names(preset: Preset) -> dict[str, type]:
    """Every name that `--set` takes for this preset, with its type."""
    names = _fields(find_architecture(preset.architecture).config) | _fields(FAMILIES[preset.family])
    return {name: kind for name, kind in names.items() if name not in GIVEN}


def read_setting(preset: Preset, name: str, value: Any) -> Any:
    """One value of a setting, read by its type. Raises ConfigError for what is no such value, or no such setting."""
    names = setting_names(preset)
    if name not in names:
        raise _unknown(name, list(names), preset.name)
    return _read(name, value, names[name])


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
