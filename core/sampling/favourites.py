"""Points of a run that somebody wants again: favourites in their order, and single points an address can name.

They lie with the run, in explore/, so that they outlive a reload and a restart and go wherever the run goes. No torch
here.
"""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.errors import AtelierError, ConfigError
from core.files import read_json, write_json
from core.sampling.points import Point
from core.training.run_folder import RunFolder

MOST_FAVOURITES = 200
_NAME = re.compile(r"[0-9a-f]{16}")


class PointGoneError(AtelierError):
    """A point that an address names is not in this lab."""


def point_name(point: Point) -> str:
    """16 hexadecimal digits that are the same for the same point, and for no other."""
    written = json.dumps(point.for_file().to_json(), sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


class Favourites:
    """Of one run, of all its epochs. Reads the disk at every call; several processes may change them."""

    def __init__(self, run: RunFolder) -> None:
        self._folder = run.path / "explore"

    def points(self) -> list[Point]:
        """In their order. One that is damaged costs its own place and nothing else."""
        try:
            listed = read_json(self._file)["points"]
            found = [_point_or_none(value) for value in listed]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        return [point for point in found if point is not None]

    def add(self, points: Sequence[Point]) -> int:
        """Put those at the end that are not there yet; how many these were. Raises: ConfigError for too many."""

        def extended(there: list[Point]) -> list[Point]:
            named = {point_name(point): point for point in (*there, *points)}
            if len(named) > MOST_FAVOURITES:
                raise ConfigError(
                    f"A run keeps up to {MOST_FAVOURITES} favourites; these would be {len(named)}. Take some out first."
                )
            return list(named.values())

        before, after = self._change(extended)
        return len(after) - len(before)

    def remove(self, name: str) -> None:
        """name: its `point_name`."""
        self._change(lambda there: [point for point in there if point_name(point) != name])

    def move(self, name: str, steps: int) -> None:
        """Later by so many places, or earlier where negative; not beyond the ends."""

        def moved(there: list[Point]) -> list[Point]:
            place = next((place for place, point in enumerate(there) if point_name(point) == name), None)
            if place is None:
                return there
            rest = there[:place] + there[place + 1 :]
            to = min(len(rest), max(0, place + steps))
            return [*rest[:to], there[place], *rest[to:]]

        self._change(moved)

    def replace(self, points: Sequence[Point]) -> None:
        """These instead of what is there: to clear, and to bring back what was cleared."""
        self._change(lambda _: list(points))

    def save_point(self, point: Point) -> str:
        """Write a point that is too long for an address; its name there."""
        name = point_name(point)
        path = self._point_file(name)
        if not path.exists():
            write_json(path, point.for_file().to_json())
        return name

    def find_point(self, name: str) -> Point:
        """Raises: PointGoneError; ConfigError for a damaged file."""
        if not _NAME.fullmatch(name):
            raise PointGoneError(f"There is no point {name[:40]!r}: its name has 16 hexadecimal digits.")
        try:
            return Point.from_json(read_json(self._point_file(name)))
        except OSError as error:
            raise PointGoneError(f"The point {name} is not in this lab. The link may come from another one.") from error
        except ValueError as error:
            raise ConfigError(f"The point {name} is damaged.") from error

    def _change(self, change: Callable[[list[Point]], list[Point]]) -> tuple[list[Point], list[Point]]:
        """(before, after)."""
        self._folder.mkdir(exist_ok=True)
        with FileLock(self._folder / "favourites.lock"):
            before = self.points()
            after = change(before)
            write_json(self._file, {"points": [point.for_file().to_json() for point in after]})
        return before, after

    @property
    def _file(self) -> Path:
        return self._folder / "favourites.json"

    def _point_file(self, name: str) -> Path:
        return self._folder / "points" / f"{name}.json"


def _point_or_none(value: Any) -> Point | None:
    try:
        return Point.from_json(value)
    except AtelierError:
        return None
