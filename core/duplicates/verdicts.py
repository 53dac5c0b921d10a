"""Verdicts: what a person said of two pictures, so that nobody is asked twice."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

from core import json_fields
from core.errors import ConfigError

SAME = "same"
DIFFERENT = "different"


class Verdicts:
    """Pairs of pictures (by sha256, in either order) -> "same" or "different". The later word counts.

    A pair judged different never shares a group again. A group of which every pair was judged is settled.
    """

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], str] = {}

    def judge(self, one: str, other: str, verdict: str) -> None:
        """Raises: ConfigError for another word, or a picture with itself."""
        if verdict not in (SAME, DIFFERENT):
            raise ConfigError(f"A verdict is {SAME} or {DIFFERENT}; got {verdict!r}.")
        if one == other:
            raise ConfigError("A verdict needs two pictures; both are the same file.")
        self._of[_key(one, other)] = verdict

    def judge_group(self, pictures: Iterable[str], verdict: str) -> None:
        """The same word for every pair of them."""
        for one, other in combinations(dict.fromkeys(pictures), 2):
            self.judge(one, other, verdict)

    def forget(self, one: str, other: str) -> None:
        self._of.pop(_key(one, other), None)

    def get(self, one: str, other: str) -> str | None:
        return self._of.get(_key(one, other))

    def settled(self, pictures: Iterable[str]) -> bool:
        """Whether every pair of them was judged."""
        return all(_key(one, other) in self._of for one, other in combinations(pictures, 2))

    def different(self) -> Iterator[tuple[str, str]]:
        """Pairs that are to stay apart."""
        return (pair for pair, verdict in self._of.items() if verdict == DIFFERENT)

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
