"""What a sweep searches: a few settings of a preset, each with the values that it may take. No torch here.

As JSON, and so in the file of `--space`:

    {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": true},     any number between, equally likely at each scale
     "latent_dim": {"low": 16, "high": 128, "step": 16},            every sixteenth
     "batch_size": [16, 32, 64],                                    one of these
     "flip": [true, false],
     "both": [{"beta1": 0.0, "beta2": 0.99}, {"beta1": 0.5, "beta2": 0.999}]}   settings that change together
"""

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError
from core.models.preset import Preset
from core.training.settings import configure, read_setting, setting_names

MOST_AXES = 16
MOST_VALUES = 100  # of one axis
_RANGE_KEYS = frozenset({"low", "high", "log", "step"})
# Lengths, what is kept and where it runs are matters of the whole sweep: trials that differ in them cannot be compared.
_OF_THE_SWEEP = frozenset(
    {
        "device",
        "devices",
        "score_saves",
        "save_every_epochs",
        "log_every_images",
        "keep_weights",
        "keep_states_every",
        "disk_cap_gb",
        "resume_every_seconds",
        "grid_size",
        "raw_grids",
    }
)
# What a setting is at the end of a training keeps its proportion to what it is at the start, unless it is chosen too.
FOLLOWS: Mapping[str, str] = {"learning_rate": "learning_rate_final", "penalty_gamma": "penalty_gamma_final"}


@dataclass(frozen=True)
class Choices:
    """One of some values; where they are objects, each sets several settings at once."""

    name: str
    values: tuple[Any, ...]

    @property
    def changes(self) -> tuple[str, ...]:
        """The settings it decides."""
        first = self.values[0]
        return tuple(first) if isinstance(first, dict) else (self.name,)

    def to_json(self) -> Any:
        return list(self.values)

    def in_words(self) -> str:
        return ", ".join(value_words(value) for value in self.values)


@dataclass(frozen=True)
class Range:
    """Any number from low to high."""

    name: str
    low: float
    high: float
    log: bool = False  # equally likely at each scale: 0.001 to 0.01 as 0.01 to 0.1
    step: float | None = None
    whole: bool = False  # whole numbers alone

    @property
    def changes(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def values(self) -> tuple[Any, ...] | None:
        """All it can be, where those can be counted; None for the numbers of a line."""
        if self.step is None:
            return None
        count = math.floor((self.high - self.low) / self.step + 1e-9) + 1
        found = (self.low + number * self.step for number in range(count))
        return tuple(int(value) if self.whole else float(f"{value:.12g}") for value in found)

    def at(self, share: float) -> Any:
        """The value so far along the range, 0 to 1."""
        values = self.values
        if values is not None:
            return values[min(len(values) - 1, int(share * len(values)))]
        if self.log:
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        if self.whole:
            return int(min(self.high, max(self.low, round(value))))
        return float(f"{min(self.high, max(self.low, value)):.6g}")

    def to_json(self) -> Any:
        number = (lambda value: int(value)) if self.whole else float
        kept: dict[str, Any] = {"low": number(self.low), "high": number(self.high)}
        if self.log:
            kept["log"] = True
        if self.step is not None:
            kept["step"] = number(self.step)
        return kept

    def in_words(self) -> str:
        how = ", by scale" if self.log else f" in steps of {self.step:g}" if self.step is not None else ""
        return f"{self.low:g} to {self.high:g}{how}"


Axis = Choices | Range


@dataclass(frozen=True)
class Space:
    axes: tuple[Axis, ...]

    @classmethod
    def read(cls, value: Any, preset: Preset) -> "Space":
        """From JSON. Raises ConfigError naming the setting and what is wrong with it."""
        if not isinstance(value, Mapping) or not value:
            raise ConfigError(
                'A space names settings and what each may be, for example {"learning_rate": [0.0002, 0.002]}; '
                f"got {json.dumps(value)[:80] if _is_json(value) else repr(value)[:80]}."
            )
        if len(value) > MOST_AXES:
            raise ConfigError(f"A space has at most {MOST_AXES} settings; got {len(value)}.")
        axes = tuple(read_axis(str(name), wanted, preset) for name, wanted in value.items())
        taken: dict[str, str] = {}
        for axis in axes:
            for setting in axis.changes:
                if setting in taken:
                    raise ConfigError(f"{setting} is decided twice: by {taken[setting]} and by {axis.name}.")
                taken[setting] = axis.name
        return cls(axes)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(axis.name for axis in self.axes)

    @property
    def changes(self) -> tuple[str, ...]:
        """Every setting that some axis decides."""
        return tuple(setting for axis in self.axes for setting in axis.changes)

    @property
    def size(self) -> int | None:
        """How many combinations there are; None where a range has no steps."""
        counts = [None if (values := axis.values) is None else len(values) for axis in self.axes]
        return None if None in counts else math.prod(count for count in counts if count is not None)

    def grid(self) -> Iterator[dict[str, Any]]:
        """Every combination, the last axis changing fastest. Raises ConfigError where a range has no steps."""
        lists: list[Sequence[Any]] = []
        for axis in self.axes:
            values = axis.values
            if values is None:
                raise ConfigError(
                    f"A grid tries every combination, but {axis.name} may be any number from {axis.in_words()}. "
                    "Give it a step or a list of values, or search at random."
                )
            lists.append(values)
        for combination in itertools.product(*lists):
            yield dict(zip(self.names, combination, strict=True))

    def overrides(
        self, params: Mapping[str, Any], preset: Preset, resolution: int, fixed: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The settings of a trial: those fixed for all, those of its point, and what follows from them."""
        chosen: dict[str, Any] = dict(fixed)
        for axis in self.axes:
            value = params[axis.name]
            chosen.update(value if isinstance(value, dict) else {axis.name: value})
        for leading, following in FOLLOWS.items():
            if leading in self.changes and following not in chosen and following in setting_names(preset):
                _, usual = configure(preset, resolution)
                start, end = float(getattr(usual, leading)), float(getattr(usual, following))
                if start:
                    chosen[following] = float(f"{float(chosen[leading]) * end / start:.6g}")
        return chosen

    def to_json(self) -> dict[str, Any]:
        return {axis.name: axis.to_json() for axis in self.axes}


def read_axis(name: str, value: Any, preset: Preset) -> Axis:
    """One setting and what it may be. Raises ConfigError."""
    if isinstance(value, Mapping) and set(value) == {"choices"}:
        value = value["choices"]
    if isinstance(value, Mapping):
        return _read_range(name, value, preset)
    if not isinstance(value, list | tuple):
        raise ConfigError(
            f'{name} needs a list of values, or {{"low": ..., "high": ...}}; got {value!r}. '
            "What is the same in all trials belongs to the fixed settings."
        )
    if not value:
        raise ConfigError(f"{name} has no values. Give at least one.")
    if len(value) > MOST_VALUES:
        raise ConfigError(f"{name} has {len(value)} values; at most {MOST_VALUES} are tried. Use a range instead.")
    read = tuple(_read_value(name, one, preset) for one in value)
    texts = [value_text(one) for one in read]
    doubled = next((text for number, text in enumerate(texts) if text in texts[:number]), None)
    if doubled is not None:
        raise ConfigError(f"{name} has {doubled} twice.")
    if len({tuple(sorted(one)) if isinstance(one, dict) else None for one in read}) > 1:
        raise ConfigError(f"The values of {name} must all set the same settings.")
    return Choices(name, read)


def _read_value(name: str, value: Any, preset: Preset) -> Any:
    if isinstance(value, Mapping):
        if not value:
            raise ConfigError(f"A value of {name} sets no setting.")
        for setting in value:
            _check_may_vary(setting)
        return {str(setting): read_setting(preset, str(setting), one) for setting, one in value.items()}
    _check_may_vary(name)
    if value is None or isinstance(value, list):
        raise ConfigError(f"{name} cannot be {value!r}.")
    return read_setting(preset, name, value)


def _read_range(name: str, value: Mapping[str, Any], preset: Preset) -> Range:
    _check_may_vary(name)
    unknown = sorted(set(value) - _RANGE_KEYS)
    if unknown:
        raise ConfigError(f"A range has low, high, log and step; {name} also has {', '.join(map(str, unknown))}.")
    if not {"low", "high"} <= set(value):
        raise ConfigError(f"The range of {name} needs both low and high.")
    kind = setting_names(preset).get(name)
    if kind in (bool, str):
        raise ConfigError(f"{name} is no number, so it needs a list of values.")
    low, high = (read_setting(preset, name, value[side]) for side in ("low", "high"))
    step = None if value.get("step") in (None, 0) else read_setting(preset, name, value["step"])
    log = value.get("log") is True
    if not all(math.isfinite(side) for side in (low, high, step or 1)):
        raise ConfigError(f"The range of {name} must be of finite numbers.")
    if not low < high:
        raise ConfigError(f"The range of {name} must go upwards; got {low:g} to {high:g}.")
    if log and low <= 0:
        raise ConfigError(f"{name} by scale must begin above 0; got {low:g}.")
    if log and step:
        raise ConfigError(f"{name} is searched either by scale or in steps, not both. Use a list of values instead.")
    if step is not None and not 0 < step <= high - low:
        raise ConfigError(f"The step of {name} must lie between 0 and {high - low:g}; got {step:g}.")
    found = Range(name, low, high, log, step, whole=kind is int)
    if (values := found.values) is not None and len(values) > MOST_VALUES:
        raise ConfigError(f"{name} has {len(values)} steps; at most {MOST_VALUES} are tried. Choose a larger step.")
    return found


def _check_may_vary(name: str) -> None:
    if name in _OF_THE_SWEEP:
        raise ConfigError(f"{name} is the same for all trials of a sweep: otherwise they could not be compared.")


def value_text(value: Any) -> str:
    """A value as the one text that stands for it, in a record and as a category."""
    return json.dumps(value, sort_keys=True)


def value_words(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, dict):
        return " + ".join(f"{name} {value_words(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value) if value != "" else "none"


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
