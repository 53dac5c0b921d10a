"""Verdicts: what a person said of two pictures, so that nobody is asked twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from core import json_fields
from core.errors import ConfigError

SAME = "same"
DIFFERENT = "different"


class Verdicts:
    """Pairs of pictures (by sha256, in either order) -> "same" or "different". The later word counts.

    A pair judged different never shares a group again. A group of which every pair was judged is settled. What is
    the same as one picture is the same as whatever that is the same as: the keeper of a group against each of the
    others says it of all pairs, so that a group of thousands needs no millions of words.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], str] = {}
        self._beside: dict[str, dict[str, str]] = defaultdict(dict)  # picture -> other -> word

    def judge(self, one: str, other: str, verdict: str) -> None:
        """Raises: ConfigError for another word, or a picture with itself."""
        if verdict not in (SAME, DIFFERENT):
            raise ConfigError(f"A verdict is {SAME} or {DIFFERENT}; got {verdict!r}.")
        if one == other:
            raise ConfigError("A verdict needs two pictures; both are the same file.")
        self._of[_key(one, other)] = verdict
        self._beside[one][other] = self._beside[other][one] = verdict

    def forget(self, one: str, other: str) -> None:
        if self._of.pop(_key(one, other), None) is not None:
            del self._beside[one][other], self._beside[other][one]

    def get(self, one: str, other: str) -> str | None:
        return self._of.get(_key(one, other))

    def settled(self, pictures: Iterable[str]) -> bool:
        """Whether every pair of them was judged, or follows from what was."""
        distinct = list(dict.fromkeys(pictures))
        if len(distinct) > 1 and distinct[0] not in self._beside:
            return False
        parts = self._same_parts(distinct)
        part_of = {picture: place for place, part in enumerate(parts) for picture in part}
        parted = {
            (part_of[picture], part_of[other])
            for picture in part_of
            for other, verdict in self._beside.get(picture, {}).items()
            if verdict == DIFFERENT and other in part_of
        }
        return all(pair in parted for pair in combinations(range(len(parts)), 2))

    def judged_same(self, pictures: Iterable[str]) -> int:
        """How many pairs of them were called the same in so many words."""
        inside = set(pictures)
        words = (
            verdict
            for picture in inside
            for other, verdict in self._beside.get(picture, {}).items()
            if picture < other and other in inside
        )
        return sum(verdict == SAME for verdict in words)

    def groups(self) -> list[tuple[str, ...]]:
        """Pictures that were judged against each other, directly or by way of others; by their smallest."""
        judged = [picture for picture, others in self._beside.items() if others]
        return self._parts(sorted(judged), lambda verdict: True)

    def different(self) -> Iterator[tuple[str, str]]:
        """Pairs that are to stay apart."""
        return (pair for pair, verdict in self._of.items() if verdict == DIFFERENT)

    def _same_parts(self, pictures: Sequence[str]) -> list[tuple[str, ...]]:
        return self._parts(pictures, lambda verdict: verdict == SAME)

    def _parts(self, pictures: Sequence[str], joins: Callable[[str], bool]) -> list[tuple[str, ...]]:
        """What hangs together among these pictures."""
        waiting = dict.fromkeys(pictures)
        parts = []
        while waiting:
            first = next(iter(waiting))
            part, edge = [], [first]
            del waiting[first]
            while edge:
                picture = edge.pop()
                part.append(picture)
                reached = [
                    other
                    for other, verdict in self._beside.get(picture, {}).items()
                    if other in waiting and joins(verdict)
                ]
                for other in reached:
                    del waiting[other]
                edge += reached
            parts.append(tuple(sorted(part)))
        return parts

    def __len__(self) -> int:
        return len(self._of)

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        return ((one, other, verdict) for (one, other), verdict in self._of.items())

    def to_json(self) -> dict[str, Any]:
        """Sorted, so that equal verdicts are equal files."""
        return {"pairs": [[one, other, verdict] for (one, other), verdict in sorted(self._of.items())]}

    @classmethod
    def from_json(cls, value: Any) -> "Verdicts":
        """Raises: ConfigError."""
        known = json_fields.fields(value, "list of verdicts")
        json_fields.only(known, {"pairs"}, "list of verdicts")
        pairs = known.get("pairs", [])
        if not isinstance(pairs, list):
            raise ConfigError(f"pairs is a list; found {type(pairs).__name__}.")
        verdicts = cls()
        for pair in pairs:
            if not isinstance(pair, list) or len(pair) != 3 or not all(isinstance(part, str) for part in pair):
                raise ConfigError(f"A verdict is two pictures and a word; found {str(pair)[:80]!r}.")
            verdicts.judge(*pair)
        return verdicts


def _key(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
