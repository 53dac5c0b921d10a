"""A point: everything that decides a picture of a trained model, in numbers and words. No torch here.

    where it begins      drawn by a seed, given as numbers, on the way between two others, or of two others mixed
    how far it may go    truncation, temperature
    what it shall be     words, terms, and the category and sliders of an InfoGAN
    where it was moved   along directions, in standard deviations

A point is JSON, so that it stands inside the PNG it became, in the address of a page, and in the request of a film.
"""

import base64
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.json_fields import fields, number, only, text, whole_or_none
from core.models.configs import check_range
from core.pictures.chosen import ChosenPicture

WAYS = {
    "encoded": "Encoded",
    "projected": "Found",
    "settled": "Kept",
    "file": "Read from a file",
}  # how the numbers of a Given came to be
_DEEPEST = 12  # points within points: a longer chain of variations is settled first
_MOST_NUMBERS = 3 * 256 * 256  # of a latent: a flow's at 256 pixels
_MOST_MOVES = 64
_LAST_SEED = 2**62


@dataclass(frozen=True)
class Seed:
    """Picture `number` of a seed, as every sampler of the lab counts them."""

    seed: int
    number: int = 0

    def __post_init__(self) -> None:
        check_range("seed", self.seed, 0, _LAST_SEED)
        check_range("number", self.number, 0, _LAST_SEED)


@dataclass(frozen=True)
class Given:
    """A latent as it is: standard normal numbers, as far as the model can tell."""

    latent: str  # float32, little endian, base64
    how: str = "file"  # one of WAYS
    of: ChosenPicture | None = None  # which picture it was encoded or found from

    def __post_init__(self) -> None:
        if self.how not in WAYS:
            raise ConfigError(f"A latent is one of {', '.join(WAYS)}; got {self.how!r}.")
        if not 1 <= len(self.numbers()) <= _MOST_NUMBERS:
            raise ConfigError(f"A latent has 1 to {_MOST_NUMBERS:,} numbers; got {len(self.numbers()):,}.")

    @classmethod
    def of_numbers(cls, latent: NDArray[np.floating], how: str = "file", of: ChosenPicture | None = None) -> "Given":
        """latent: (latent_dim,)."""
        return cls(write_numbers(latent), how, of.for_file() if of else None)

    def numbers(self) -> NDArray[np.float32]:
        """(latent_dim,). Raises: ConfigError for what is damaged or not finite."""
        return read_numbers(self.latent, "latent")


@dataclass(frozen=True)
class Between:
    """On the arc from one point to another (slerp); what is asked for goes over as well."""

    a: "Point"
    b: "Point"
    share: float  # 0: a, 1: b

    def __post_init__(self) -> None:
        check_range("share", self.share, 0, 1)


@dataclass(frozen=True)
class Mixed:
    """The form of one point in the colours of another, as far as the model keeps them apart."""

    form: "Point"
    colour: "Point"


Base = Seed | Given | Between | Mixed


@dataclass(frozen=True)
class Move:
    direction: str  # its id, see core.sampling.directions
    amount: float  # standard deviations of the latents along it

    def __post_init__(self) -> None:
        check_range("amount", self.amount, -50, 50)
        if not 1 <= len(self.direction) <= 100:
            raise ConfigError(f"A direction is named by 1 to 100 characters; got {len(self.direction)}.")


@dataclass(frozen=True)
class Point:
    """What decides one picture. Points within it are of the same run and epoch."""

    run: str
    epoch: int
    base: Base
    truncation: float | None = None  # no number of the base's latent lies further from 0; None: as trained
    temperature: float = 1.0  # what the base's latent is scaled by: below 1 calmer, above 1 wilder
    moves: tuple[Move, ...] = ()  # on top of all that, so that a move means the same at every truncation
    words: str = ""  # free words, read by the model's vocabulary
    terms: tuple[tuple[str, str], ...] = ()  # (column, value) of the vocabulary; in place of words
    category: int | None = None  # of an InfoGAN; None: the latent's own
    sliders: tuple[tuple[int, float], ...] = ()  # of an InfoGAN: (number, -1 to 1); those not named: the latent's own
    guidance: float | None = None  # of a flow: how strictly it keeps to what was asked; None: as trained
    steps: int | None = None  # of a flow: from noise to picture; None: as trained

    def __post_init__(self) -> None:
        check_range("epoch", self.epoch, 0, 10**9)
        if self.truncation is not None:
            check_range("truncation", self.truncation, 0.01, 10)
        check_range("temperature", self.temperature, 0, 4)
        if len(self.moves) > _MOST_MOVES:
            raise ConfigError(f"A point takes up to {_MOST_MOVES} moves; got {len(self.moves)}.")
        if self.words and self.terms:
            raise ConfigError("Ask for a picture by words or by terms, not by both at once.")
        if self.category is not None:
            check_range("category", self.category, 0, 10_000)
        for slider, value in self.sliders:
            check_range("slider", slider, 0, 10_000)
            check_range("value of a slider", value, -1, 1)
        if self.guidance is not None:
            check_range("guidance", self.guidance, 0, 100)
        if self.steps is not None:
            check_range("steps", self.steps, 1, 1000)
        for part in self.parts():
            if (part.run, part.epoch) != (self.run, self.epoch):
                raise ConfigError(
                    f"A point of {self.run}, epoch {self.epoch}, cannot lie between points of {part.run}, epoch "
                    f"{part.epoch}: latents of one epoch mean other pictures at another. Choose points of one epoch."
                )
        if self.depth > _DEEPEST:
            raise ConfigError(f"Points lie within points up to {_DEEPEST} deep; got {self.depth}. Settle them first.")

    def parts(self) -> tuple["Point", ...]:
        """The points that its base is made of."""
        if isinstance(self.base, Between):
            return self.base.a, self.base.b
        return (self.base.form, self.base.colour) if isinstance(self.base, Mixed) else ()

    @property
    def depth(self) -> int:
        """1 for a point that is not made of others."""
        return 1 + max((part.depth for part in self.parts()), default=0)

    def walk(self) -> Iterator["Point"]:
        """The point and all that it is made of, itself first."""
        yield self
        for part in self.parts():
            yield from part.walk()

    def pictures(self) -> tuple[ChosenPicture, ...]:
        """Those that it was encoded or found from, each once, in order: what a picture of it was made of."""
        found = [point.base.of for point in self.walk() if isinstance(point.base, Given) and point.base.of]
        return tuple(dict.fromkeys(found))

    def directions(self) -> tuple[str, ...]:
        """Ids of the directions that it or a part of it was moved along, each once."""
        return tuple(dict.fromkeys(move.direction for point in self.walk() for move in point.moves))

    def with_pictures(self, changed: Callable[[ChosenPicture], ChosenPicture]) -> "Point":
        """The same, with other names for the pictures that it came from."""
        return self._rebuilt(lambda given: replace(given, of=changed(given.of)) if given.of else given)

    def at(self, run: str, epoch: int) -> "Point":
        """The same latent in another epoch or run: another picture."""
        base = self.base
        if isinstance(base, Between):
            base = Between(base.a.at(run, epoch), base.b.at(run, epoch), base.share)
        elif isinstance(base, Mixed):
            base = Mixed(base.form.at(run, epoch), base.colour.at(run, epoch))
        return replace(self, run=run, epoch=epoch, base=base)

    def moved(self, direction: str, amount: float) -> "Point":
        """With this amount along a direction in place of what it had there; 0 takes the move away."""
        kept = tuple(move for move in self.moves if move.direction != direction)
        return replace(self, moves=(*kept, Move(direction, amount)) if amount else kept)

    def amount(self, direction: str) -> float:
        """How far it was moved along a direction itself; 0 where it was not."""
        return next((move.amount for move in self.moves if move.direction == direction), 0.0)

    def in_words(self, titles: Mapping[str, str] | None = None) -> str:
        """One line for people: "seed 3, picture 17, truncation 0.7, warmer +1.5".

        Args:
            titles: id of a direction -> what people call it.
        """
        told = [_base_in_words(self.base)]
        if self.truncation is not None:
            told.append(f"truncation {self.truncation:g}")
        if self.temperature != 1:
            told.append(f"temperature {self.temperature:g}")
        told += [f"{(titles or {}).get(move.direction, move.direction)} {move.amount:+g}" for move in self.moves]
        if self.words:
            told.append(f"“{self.words}”")
        told += [f"{column}: {value}" for column, value in self.terms]
        if self.category is not None:
            told.append(f"category {self.category + 1}")
        told += [f"slider {slider + 1} at {value:+g}" for slider, value in self.sliders]
        if self.guidance is not None:
            told.append(f"guidance {self.guidance:g}")
        if self.steps is not None:
            told.append(f"{self.steps} steps")
        return ", ".join(told)

    def to_json(self) -> dict[str, Any]:
        return {"run": self.run, "epoch": self.epoch, **_to_json(self)}

    @classmethod
    def from_json(cls, value: Any) -> "Point":
        """Anybody may have written it. Raises: ConfigError."""
        found = fields(value, "point")
        run, epoch = text(found, "run"), whole_or_none(found, "epoch")
        if not run or epoch is None:
            raise ConfigError("A point names its run and epoch; this one does not.")
        return _from_json({name: part for name, part in found.items() if name not in ("run", "epoch")}, run, epoch, 1)

    def for_file(self) -> "Point":
        """Without places on this machine."""
        return self.with_pictures(ChosenPicture.for_file)

    def _rebuilt(self, change: Callable[[Given], Given]) -> "Point":
        base = self.base
        if isinstance(base, Given):
            base = change(base)
        elif isinstance(base, Between):
            base = Between(base.a._rebuilt(change), base.b._rebuilt(change), base.share)
        elif isinstance(base, Mixed):
            base = Mixed(base.form._rebuilt(change), base.colour._rebuilt(change))
        return replace(self, base=base)


def seed_points(run: str, epoch: int, seed: int, count: int, *, start: int = 0, **settings: Any) -> list[Point]:
    """Points number `start` to `start + count` of a seed; settings: the other fields of Point, the same for all."""
    check_range("count", count, 1, 100_000)
    return [Point(run, epoch, Seed(seed, number), **settings) for number in range(start, start + count)]


def write_numbers(numbers: NDArray[np.floating]) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, "<f4").tobytes()).decode()


def read_numbers(text: str, what: str) -> NDArray[np.float32]:
    """Raises: ConfigError for what is damaged or not finite."""
    try:
        found = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    except ValueError as error:
        raise ConfigError(f"The {what} is damaged: it is not base64 of numbers of 4 bytes each.") from error
    if not np.isfinite(found).all() or np.abs(found).max(initial=0) > 1e6:
        raise ConfigError(f"The {what} is damaged: it holds what is no number, or one beyond a million.")
    return found


def _base_in_words(base: Base) -> str:
    if isinstance(base, Seed):
        return f"seed {base.seed}, picture {base.number}"
    if isinstance(base, Given):
        if base.of is None:
            return {"settled": "a point that was kept", "file": "a latent from a file"}.get(base.how, "a latent")
        return {"encoded": "encoded from", "projected": "found nearest to"}.get(base.how, "from") + f" {base.of.name}"
    if isinstance(base, Between):
        return f"{base.share:.0%} of the way from ({base.a.in_words()}) to ({base.b.in_words()})"
    return f"form of ({base.form.in_words()}), colours of ({base.colour.in_words()})"


_PLAIN = ("truncation", "temperature", "words", "category", "guidance", "steps")  # as they stand in JSON
_BASES = ("seed", "number", "latent", "how", "of", "a", "b", "share", "form", "colour")


def _to_json(point: Point) -> dict[str, Any]:
    base: dict[str, Any]
    if isinstance(point.base, Seed):
        base = {"seed": point.base.seed, "number": point.base.number}
    elif isinstance(point.base, Given):
        base = {"latent": point.base.latent, "how": point.base.how}
        base |= {"of": point.base.of.to_json()} if point.base.of else {}
    elif isinstance(point.base, Between):
        base = {"a": _to_json(point.base.a), "b": _to_json(point.base.b), "share": point.base.share}
    else:
        base = {"form": _to_json(point.base.form), "colour": _to_json(point.base.colour)}
    plain = {name: getattr(point, name) for name in _PLAIN}
    kept = {name: value for name, value in plain.items() if value not in (None, "") and (name, value) != _ORDINARY}
    several: dict[str, Any] = {
        "moves": [[move.direction, move.amount] for move in point.moves],
        "terms": [list(term) for term in point.terms],
        "sliders": [list(slider) for slider in point.sliders],
    }
    return base | kept | {name: value for name, value in several.items() if value}


_ORDINARY = ("temperature", 1.0)


def _from_json(value: Any, run: str, epoch: int, depth: int) -> Point:
    if depth > _DEEPEST:
        raise ConfigError(f"Points lie within points up to {_DEEPEST} deep; this one goes deeper.")
    found = fields(value, "point")
    only(found, (*_BASES, *_PLAIN, "moves", "terms", "sliders"), "point")
    return Point(
        run,
        epoch,
        _base_from_json(found, run, epoch, depth),
        truncation=None if found.get("truncation") is None else number(found, "truncation", 0.0),
        temperature=number(found, "temperature", 1.0),
        moves=tuple(Move(_word(name), _finite(amount)) for name, amount in _pairs(found, "moves")),
        words=text(found, "words"),
        terms=tuple((_word(column), _word(term)) for column, term in _pairs(found, "terms")),
        category=whole_or_none(found, "category"),
        sliders=tuple((_whole(slider), _finite(amount)) for slider, amount in _pairs(found, "sliders")),
        guidance=None if found.get("guidance") is None else number(found, "guidance", 0.0),
        steps=whole_or_none(found, "steps"),
    )


def _base_from_json(found: dict[str, Any], run: str, epoch: int, depth: int) -> Base:
    def part(name: str) -> Point:
        return _from_json(found.get(name), run, epoch, depth + 1)

    if "latent" in found:
        of = ChosenPicture.from_json(found["of"]) if found.get("of") is not None else None
        return Given(text(found, "latent"), text(found, "how", "file"), of)
    if "share" in found:
        return Between(part("a"), part("b"), number(found, "share", 0.5))
    if "form" in found:
        return Mixed(part("form"), part("colour"))
    seed = whole_or_none(found, "seed")
    if seed is None:
        raise ConfigError("A point begins with a seed, a latent, two points to lie between, or form and colour.")
    return Seed(seed, whole_or_none(found, "number") or 0)


def _pairs(found: dict[str, Any], name: str) -> list[tuple[Any, Any]]:
    value = found.get(name, [])
    if not isinstance(value, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        raise ConfigError(f"{name} is a list of pairs; found {str(value)[:80]!r}.")
    return [(first, second) for first, second in value]


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"Expected a text; found {str(value)[:80]!r}.")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"Expected a whole number; found {str(value)[:80]!r}.")
    return value


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigError(f"Expected a finite number; found {str(value)[:80]!r}.")
    return float(value)
