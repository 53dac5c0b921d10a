"""Orders by nearness: the pictures most like one, or with colours among their main ones, before all others.

Wherever a page of pictures is asked for, one of these may stand in place of the name of an order. Distances are made
once for the whole catalog and kept, so that filters and pages after the first cost what any other order costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.features.colour import PaletteIndex, parse_colour
from core.features.search import distances_to
from core.features.store import FeatureStore

if TYPE_CHECKING:
    from core.catalog.database import Database

_PLACES = 5  # colours of a palette
_BATCH = 100_000  # names at a time, between the catalog and a store


class Nearness(Protocol):
    """Equal, and hashed, by what was asked for."""

    def __hash__(self) -> int: ...

    def distances(self, database: "Database") -> NDArray[np.float32]:
        """By the number of a picture: how far it is from what was asked; nan where that is not known."""


@dataclass(frozen=True)
class ToColours:
    """How far pictures are from having these colours among their main ones: see core.features.colour."""

    colours: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        if not self.colours:
            raise ConfigError("A search by colour needs a colour.")

    @classmethod
    def read(cls, colours: Sequence[str]) -> "ToColours":
        """As people write them: "#aa3322", "teal". Raises: ConfigError."""
        return cls(tuple(dict.fromkeys(parse_colour(colour) for colour in colours)))

    def distances(self, database: "Database") -> NDArray[np.float32]:
        numbers, index = database.shelf.remembered("palettes", lambda: _palettes(database))
        found = np.full(int(numbers.max(initial=0)) + 1, np.nan, np.float32)
        found[numbers] = index.distance(self.colours)
        return found


@dataclass(frozen=True)
class ToPicture:
    """How far pictures are from one that a store's descriptor describes: Euclid. Not described: not known."""

    name: str  # of what the vector is: a sha256, or whatever tells two of a person's own pictures apart
    descriptor: str  # its name
    pictures: int  # in the store, so that what was described since is not forgotten
    store: FeatureStore = field(compare=False)
    vector: NDArray[np.float32] = field(compare=False)

    @classmethod
    def of(cls, store: FeatureStore, vector: NDArray[np.float32], name: str) -> "ToPicture":
        return cls(name, store.descriptor.name, len(store), store, vector)

    def distances(self, database: "Database") -> NDArray[np.float32]:
        numbers, rows = described(database, self.store)
        apart = distances_to(self.vector, self.store.shards)
        found = np.full(int(numbers.max(initial=0)) + 1, np.nan, np.float32)
        found[numbers] = apart[rows]
        return found


def described(database: "Database", store: FeatureStore) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The numbers of the pictures that a store describes, and their rows there."""

    def compute() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        found = database.read_columns("SELECT number, sha256 FROM images ORDER BY number")
        names = list(found["sha256"])
        rows = np.concatenate(
            [np.empty(0, np.int64)]
            + [store.rows(names[begin : begin + _BATCH]) for begin in range(0, len(names), _BATCH)]
        )
        there = rows >= 0
        return np.asarray(found["number"], np.int32)[there], rows[there]

    return database.shelf.remembered(("described", store.descriptor.name, len(store)), compute)


def _palettes(database: "Database") -> tuple[NDArray[np.int32], PaletteIndex]:
    """The numbers of the pictures that have a palette, and what searches them. Short ones repeat their first colour."""
    places = ", ".join(
        f"('0x' || substr(coalesce(palette[{place}], palette[1]), 2))::UINTEGER AS c{place}"
        for place in range(1, _PLACES + 1)
    )
    found = database.read_columns(f"SELECT number, {places} FROM images WHERE len(palette) > 0")
    colours = np.stack([np.asarray(found[f"c{place}"], np.uint32) for place in range(1, _PLACES + 1)], axis=1)
    return np.asarray(found["number"], np.int32), PaletteIndex.of_numbers(colours)
