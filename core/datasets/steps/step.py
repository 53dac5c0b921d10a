"""Step: one change of a recipe, with the numbers between which it draws."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from core.datasets.steps.kinds import KINDS, Parameter, StepKind
from core.errors import ConfigError

Value = tuple[float, float] | float | str
_NAMES = ("kind", "values", "chance", "enabled")


@dataclass(frozen=True, kw_only=True)
class Step:
    kind: str  # one of KINDS
    values: dict[str, Value] = field(default_factory=dict)  # every parameter of the kind; those left out by default
    chance: float = 1.0  # 0..1: the share of pictures that it happens to
    enabled: bool = True  # False: kept for the editor, counts for nothing

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"No step called {self.kind!r}. {_near(str(self.kind), KINDS)}")
        if not isinstance(self.values, dict):
            raise ConfigError(f"The values of {self.kind} are named; found {type(self.values).__name__}.")
        known = {parameter.name: parameter for parameter in self.of.parameters}
        if unknown := [name for name in self.values if name not in known]:
            has = f"It has: {', '.join(known)}." if known else "It has none."
            raise ConfigError(f"The step {self.kind} has no value {', '.join(map(str, unknown))}. {has}")
        filled = {name: _read(self.kind, known[name], self.values.get(name, known[name].default)) for name in known}
        object.__setattr__(self, "values", filled)
        if not _is_number(self.chance) or not 0 <= self.chance <= 1:
            raise ConfigError(f"The chance of {self.kind} must be a number from 0 to 1; got {self.chance!r}.")
        object.__setattr__(self, "chance", float(self.chance))
        if not isinstance(self.enabled, bool):
            raise ConfigError(f"enabled of {self.kind} is true or false; got {self.enabled!r}.")

    def __hash__(self) -> int:
        return hash((self.kind, tuple(self.values.items()), self.chance, self.enabled))

    @property
    def of(self) -> StepKind:
        return KINDS[self.kind]

    @classmethod
    def usual(cls, kind: str) -> "Step":
        """A new step of this kind as people mostly want it."""
        return cls(kind=kind, chance=KINDS[kind].usual_chance if kind in KINDS else 1.0)

    def to_json(self) -> dict[str, Any]:
        values = {name: list(value) if isinstance(value, tuple) else value for name, value in self.values.items()}
        return {"kind": self.kind, "values": values, "chance": self.chance, "enabled": self.enabled}

    def identity(self) -> dict[str, Any]:
        """What decides how pictures change, for a step that is enabled."""
        return {name: value for name, value in self.to_json().items() if name != "enabled"}

    @classmethod
    def from_json(cls, value: Any) -> "Step":
        """Raises ConfigError naming what is unknown or cannot work."""
        if not isinstance(value, dict):
            raise ConfigError(f"A step is a JSON object with a kind; found {type(value).__name__}.")
        if unknown := sorted(set(value) - set(_NAMES)):
            raise ConfigError(f"A step has no part {', '.join(unknown)}. It has: {', '.join(_NAMES)}.")
        if "kind" not in value:
            raise ConfigError(f"A step needs a kind: one of {', '.join(KINDS)}.")
        return cls(**value)

    def between_in_words(self) -> str:
        """What it draws between: '-10 to 10°', 'strength 1 to 3%, smoothness 8%'; '' where there is nothing to draw."""
        ranges = [parameter for parameter in self.of.parameters if parameter.kind != "choice"]
        told = [(parameter.title.lower(), _range_words(parameter, self.values[parameter.name])) for parameter in ranges]
        return told[0][1] if len(told) == 1 else ", ".join(" ".join(pair) for pair in told)

    def in_words(self) -> str:
        """'rotate -10 to 10° for 50% of the pictures'."""
        words = self.of.title if self.of.title.startswith("JPEG") else self.of.title[0].lower() + self.of.title[1:]
        between = self.between_in_words()
        if between:
            words += f" ({between})" if ", " in between else f" {between}"
        return words if self.chance == 1 else f"{words} for {self.chance:.0%} of the pictures"


def steps_from(values: Iterable[Any]) -> tuple[Step, ...]:
    """Steps from steps or their JSON. Raises ConfigError that says which of them is at fault."""
    if isinstance(values, str | dict) or not isinstance(values, Iterable):
        raise ConfigError(f"The steps of a recipe are a list; found {type(values).__name__}.")
    steps = []
    for number, value in enumerate(values, 1):
        try:
            steps.append(value if isinstance(value, Step) else Step.from_json(value))
        except ConfigError as error:
            raise ConfigError(f"Step {number}: {error}") from None
    return tuple(steps)


def _read(kind: str, parameter: Parameter, value: Any) -> Value:
    if parameter.kind == "choice":
        if not isinstance(value, str) or value not in parameter.choices:
            raise ConfigError(
                f"{parameter.name} of {kind} must be one of {', '.join(parameter.choices)}; got {value!r}."
            )
        return value
    if parameter.kind == "number":
        return _number(kind, parameter, value)
    pair = (value, value) if _is_number(value) else value
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise ConfigError(f"{parameter.name} of {kind} must be a pair, lowest and highest; got {value!r}.")
    low, high = (_number(kind, parameter, end) for end in pair)
    if low > high:
        raise ConfigError(f"{parameter.name} of {kind}: the first of the pair is the lowest; got {low:g} and {high:g}.")
    return low, high


def _number(kind: str, parameter: Parameter, value: Any) -> float:
    if not _is_number(value) or not parameter.lowest <= value <= parameter.highest:
        raise ConfigError(
            f"{parameter.name} of {kind} must be from {parameter.lowest:g} to {parameter.highest:g}; got {value!r}."
        )
    if parameter.whole and value != int(value):
        raise ConfigError(f"{parameter.name} of {kind} must be a whole number; got {value!r}.")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _range_words(parameter: Parameter, value: Value) -> str:
    if not isinstance(value, tuple):
        return f"{value:g}{parameter.unit}"
    low, high = value
    return f"{low:g}{parameter.unit}" if low == high else f"{low:g} to {high:g}{parameter.unit}"


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=3)
    return f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
