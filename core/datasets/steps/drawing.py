"""Drawing: from steps and a seed to the numbers that were drawn. Loads no torch but where pixels change."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.steps.kinds import KINDS, Parameter
from core.datasets.steps.numbers import Seeds, seed_for, uniforms
from core.datasets.steps.step import Step
from core.datasets.steps.words import drawn_words
from core.errors import ConfigError

__all__ = ["Drawn", "DrawnBatch", "apply", "draw", "draw_batch", "seed_for"]

Pixels = NDArray[np.uint8]
Shape = tuple[int, int]


@dataclass(frozen=True)
class Drawn:
    """What was drawn for one picture: enough to do it again."""

    kind: str
    values: dict[str, float | str]  # every parameter with its value, places (0..1) and the grain's seed
    applied: bool = True  # False: by its chance it does not happen to this picture

    def words(self) -> str:
        """What happens to the picture, for people: 'rotated by 7.3°'; 'not rotated' where it does not."""
        return drawn_words(self.kind, self.values) if self.applied else "left as it is"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "values": dict(self.values), "applied": self.applied}


@dataclass(frozen=True)
class DrawnBatch:
    """What one step drew for the pictures of a batch, number by number."""

    kind: str
    applied: NDArray[np.bool_]  # (B,)
    numbers: dict[str, NDArray[np.float64]]  # each (B,)
    choices: dict[str, str]

    def __len__(self) -> int:
        return len(self.applied)

    def of(self, place: int) -> Drawn:
        numbers = {name: float(values[place]) for name, values in self.numbers.items()}
        return Drawn(self.kind, {**numbers, **self.choices}, bool(self.applied[place]))

    def part(self, rows: NDArray[np.int64] | slice) -> "DrawnBatch":
        numbers = {name: values[rows] for name, values in self.numbers.items()}
        return DrawnBatch(self.kind, self.applied[rows], numbers, self.choices)

    @classmethod
    def alone(cls, drawn: Drawn) -> "DrawnBatch":
        """A batch of one. Raises ConfigError for values that no step of this kind draws."""
        if drawn.kind not in KINDS:
            raise ConfigError(f"No step called {drawn.kind!r}. There are: {', '.join(KINDS)}.")
        kind = KINDS[drawn.kind]
        choices = {parameter.name for parameter in kind.parameters if parameter.kind == "choice"}
        needed = {*(p.name for p in kind.parameters), *kind.places, *(("grain",) if kind.has_grain else ())}
        if needed != set(drawn.values):
            raise ConfigError(f"What {drawn.kind} draws is {', '.join(sorted(needed))}; got {', '.join(drawn.values)}.")
        numbers = {n: np.array([float(v)]) for n, v in drawn.values.items() if n not in choices}
        return cls(drawn.kind, np.array([drawn.applied]), numbers, {n: str(drawn.values[n]) for n in choices})


def draw(steps: Sequence[Step], seed: int, shape: Shape) -> tuple[Drawn, ...]:
    """What the enabled steps do to a picture of (height, width) with this seed: an entry for each, in their order.

    The numbers of a step come from the seed and from its kind (of several of one kind, which it is): switching another
    step off or moving it changes nothing of what this one draws.
    """
    return tuple(drawn.of(0) for drawn in draw_batch(steps, np.array([seed % 2**64], np.uint64), shape))


def draw_batch(steps: Sequence[Step], seeds: Seeds, shape: Shape) -> tuple[DrawnBatch, ...]:
    """`draw` for many pictures, each with its seed (B,); the same numbers as one by one."""
    return tuple(_drawn(step, name, seeds, shape) for name, step in _named(steps))


def apply(drawn: Drawn | Sequence[Drawn], pixels: Pixels) -> Pixels:
    """The picture uint8 (H, W, 3) after what was drawn: same values, same pixels. Several follow one another."""
    import torch

    from core.datasets.steps.applying import apply_batch

    several = (drawn,) if isinstance(drawn, Drawn) else drawn
    batch = torch.from_numpy(np.array(pixels)[None])
    changed: Pixels = apply_batch([DrawnBatch.alone(one) for one in several], batch)[0].numpy()
    return changed


def _named(steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    seen: Counter[str] = Counter()
    for step in steps:
        if step.enabled:
            yield f"{step.kind}/{seen[step.kind]}", step
            seen[step.kind] += 1


def _drawn(step: Step, name: str, seeds: Seeds, shape: Shape) -> DrawnBatch:
    kind = step.of
    ranges = [parameter for parameter in kind.parameters if parameter.kind != "choice"]
    first = 2 + len(kind.places)  # parameters last, so that one more of them leaves the other numbers as they are
    own = uniforms(seeds, name, first + len(ranges)).T  # (numbers, B)
    numbers: dict[str, NDArray[np.float64]] = {}
    for parameter, column in zip(ranges, own[first:], strict=True):
        value = step.values[parameter.name]
        low, high = value if isinstance(value, tuple) else (float(value), float(value))
        numbers[parameter.name] = between(parameter, low, high, column)
    numbers |= dict(zip(kind.places, own[2:first], strict=True))
    if kind.has_grain:
        numbers["grain"] = np.floor(own[1] * 2.0**32)
    choices = {p.name: str(step.values[p.name]) for p in kind.parameters if p.kind == "choice"}
    settle = _SETTLED.get(step.kind)
    if settle is not None:
        settle(numbers, shape)
    return DrawnBatch(step.kind, own[0] < step.chance, numbers, choices)


def between(parameter: Parameter, low: float, high: float, place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers from low to high for places in [0, 1), evenly by difference, or by ratio."""
    if parameter.whole:
        return low + np.floor(place * (high - low + 1))
    if parameter.by_ratio:
        return np.asarray(low * (high / low) ** place)
    return low + (high - low) * place


def _whole_pixels(numbers: dict[str, NDArray[np.float64]], shape: Shape) -> None:
    """Per cent that are whole pixels, so that what is told is what is done."""
    for name, side in (("right", shape[1]), ("down", shape[0])):
        numbers[name] = np.rint(numbers[name] / 100 * side) / side * 100


_SETTLED: dict[str, Callable[[dict[str, NDArray[np.float64]], Shape], None]] = {"shift-crop": _whole_pixels}
