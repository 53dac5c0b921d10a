"""What a training can be conditioned by: the labels of a pack's pictures as terms, each one column of numbers.

Standard library and numpy only: a bare GPU machine reads the labels of a pack it was handed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.catalog.text import fold
from core.datasets.pack import Pack
from core.errors import AtelierError

if TYPE_CHECKING:
    from core.datasets.reading import Reading

COLUMNS = {
    "style": "style",
    "genre": "genre",
    "artist": "artist",
    "tags": "tags",
    "collection": "collections",
}  # name in settings and terms -> key in index.json
_SEVERAL = re.compile(r"[,;]")  # between the styles or genres of one picture
_JOINED = ("style", "genre")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


class ConditionError(AtelierError):
    """Pictures cannot be told apart, or asked for, by what was named."""


@dataclass(frozen=True)
class Term:
    """One thing that can be asked for, such as style: Color Field Painting."""

    column: str  # one of COLUMNS
    value: str  # in its most frequent spelling
    count: int  # training pictures, copies not counted

    def __str__(self) -> str:
        return f"{self.column}: {self.value}"


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a conditioned network. Term number t is column t of what the network is told."""

    terms: tuple[Term, ...]

    def __len__(self) -> int:
        return len(self.terms)

    def matrix(self, rows: Iterable[Mapping[str, Any]]) -> NDArray[np.float32]:
        """What each row of an index.json is, (N, T): 1 where it has the term, else 0."""
        rows = list(rows)
        told = np.zeros((len(rows), len(self.terms)), np.float32)
        columns = sorted({term.column for term in self.terms})
        for number, row in enumerate(rows):
            for column in columns:
                for value in _values(row, column):
                    place = self._places.get((column, plain_words(value)))
                    if place is not None:
                        told[number, place] = 1
        return told

    def vector(self, terms: Iterable[Term]) -> NDArray[np.float32]:
        """Pictures that are all of these, (T,). No terms: anything."""
        asked = np.zeros(len(self.terms), np.float32)
        for term in terms:
            place = self._places.get((term.column, plain_words(term.value)))
            if place is None:
                raise ConditionError(f"{term} is not one of the {len(self.terms)} terms that this network has learnt.")
            asked[place] = 1
        return asked

    def read(self, text: str) -> "Reading":
        """The terms that free words mean, and the words that mean none: see `core.datasets.reading`."""
        from core.datasets.reading import read

        return read(self, text)

    def columns(self) -> dict[str, tuple[Term, ...]]:
        """Column -> its terms, the most frequent first."""
        return {
            column: own for column in COLUMNS if (own := tuple(term for term in self.terms if term.column == column))
        }

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(term) for term in self.terms]

    @classmethod
    def from_json(cls, value: Any) -> "Vocabulary":
        """Raises ConditionError for anything that `to_json` did not write."""
        try:
            return cls(tuple(Term(str(term["column"]), str(term["value"]), int(term["count"])) for term in value))
        except (TypeError, KeyError, ValueError) as error:
            raise ConditionError(
                f"A vocabulary is a list of objects with column, value and count ({error!r} in this one). "
                "The file was changed or written by another program: train the run again."
            ) from error

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {(term.column, plain_words(term.value)): place for place, term in enumerate(self.terms)}


def vocabulary(pack: Pack, columns: Sequence[str], at_most: int, fewest_pictures: int = 4) -> Vocabulary:
    """The most frequent values of these columns over the training pictures, the most frequent first.

    Left out is what cannot be learnt: values of fewer than `fewest_pictures` pictures, and those that all pictures
    share, which tell none from another. Spellings that differ in case, accents or hyphens are one value.

    Args:
        columns: of COLUMNS.
        at_most: terms, over all columns.
    Raises: ConditionError that says of each column without any value why it has none.
    """
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not columns:
        raise ConditionError(
            f"Pictures are not labelled by {', '.join(map(repr, unknown)) or 'nothing'}. "
            f"A condition is one or more of {', '.join(COLUMNS)}."
        )
    rows = [pack.rows[number] for number in pack.train_pictures]
    found: list[Term] = []
    problems: list[str] = []
    without_labels: list[str] = []
    for column in dict.fromkeys(columns):
        if rows and COLUMNS[column] not in rows[0]:
            without_labels.append(column)
            continue
        terms = _terms(rows, column)
        useful = [term for term in terms if fewest_pictures <= term.count < len(rows)]
        if not useful:
            problems.append(_why_none(column, terms, len(rows), fewest_pictures))
        found += useful
    if without_labels:
        problems.append(
            f"The dataset {pack.name} was built before labels were kept, so it tells no "
            f"{' and no '.join(without_labels)}: build it again, under another name."
        )
    order = list(COLUMNS)
    found.sort(key=lambda term: (-term.count, order.index(term.column), plain_words(term.value)))
    kept = found[:at_most]
    for column in dict.fromkeys(term.column for term in found):
        if not any(term.column == column for term in kept):
            rank = next(rank for rank, term in enumerate(found, 1) if term.column == column)
            problems.append(
                f"None of the {at_most} most frequent terms is of the column {column}: its first one is number {rank}. "
                f"Allow {rank} terms or more, or condition by fewer columns."
            )
    if problems:
        raise ConditionError(" ".join(problems))
    return Vocabulary(tuple(kept))


def plain_words(text: str) -> str:
    """Words as they are compared: without case, accents, hyphens and other signs, one blank between them."""
    return " ".join(_BETWEEN_WORDS.sub(" ", fold(text)).split())


def _values(row: Mapping[str, Any], column: str) -> list[str]:
    """What a row tells in a column; styles and genres may be several, joined by commas."""
    told = row.get(COLUMNS[column]) or ()
    if isinstance(told, str):
        told = _SEVERAL.split(told) if column in _JOINED else [told]
    return [" ".join(value.split()) for value in told if plain_words(value)]


def _terms(rows: Sequence[Mapping[str, Any]], column: str) -> list[Term]:
    spellings: dict[str, Counter[str]] = {}
    counts: Counter[str] = Counter()
    for row in rows:
        values = {plain_words(value): value for value in _values(row, column)}
        counts.update(values.keys())
        for plain, value in values.items():
            spellings.setdefault(plain, Counter())[value] += 1
    return [
        Term(column, min(spellings[plain], key=lambda value: (-spellings[plain][value], value)), count)
        for plain, count in counts.items()
    ]


def _why_none(column: str, terms: Sequence[Term], pictures: int, fewest_pictures: int) -> str:
    if not terms:
        return f"None of the {pictures} training pictures has a {column.removesuffix('s')}: leave {column} out."
    shared = [term for term in terms if term.count == pictures]
    if shared and len(terms) == len(shared):
        return f"All {pictures} training pictures have the same {column} ({shared[0].value}): leave {column} out."
    most = max(terms, key=lambda term: (term.count < pictures, term.count, term.value))
    return (
        f"No {column.removesuffix('s')} is told of {fewest_pictures} training pictures or more (the most frequent, "
        f"{most.value}, of {most.count}): leave {column} out, or add pictures."
    )
