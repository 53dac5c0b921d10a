"""Postings: the values that a field has, in order, and behind each the numbers of those that have it.

What has any of some values is then a few runs of numbers, not a look at every row.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int32]

_LONG = 64  # numbers: a run of as many is marked by itself, shorter ones together
_TEXTS_AT_ONCE = 50_000  # are split into words, so that not all words of the catalog stand in memory as text


@dataclass(frozen=True)
class Postings:
    names: pa.StringArray  # each once, in the order of their bytes
    folded: pa.StringArray  # what `~` looks into
    starts: NDArray[np.int64]  # (names + 1,): where the numbers of each begin
    numbers: Numbers
    size: int  # beyond the largest number

    @classmethod
    def of(
        cls,
        parts: Iterable[tuple[Numbers, pa.StringArray]],
        fold: Callable[[pa.StringArray], pa.StringArray] = lambda names: names,
    ) -> "Postings":
        """Of numbers with a value for each, part after part; a number may come again.

        Args:
            fold: how `~` reads each of the names.
        """
        owners: list[Numbers] = []
        encoded: list[pa.DictionaryArray] = []
        for numbers, values in parts:
            owners.append(numbers)
            encoded.append(pc.dictionary_encode(values))
        if not encoded:
            nothing = pa.array([], pa.string())
            return cls(nothing, nothing, np.zeros(1, np.int64), np.empty(0, np.int32), 0)
        unified = pa.chunked_array(encoded).unify_dictionaries()
        dictionary = unified.chunk(0).dictionary
        order = pc.sort_indices(dictionary)
        places = np.empty(len(order), np.int32)
        places[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
        names = dictionary.take(order)
        codes = [places[chunk.indices.to_numpy(zero_copy_only=False)] for chunk in unified.chunks]
        starts, sorted_numbers = _sorted(codes, owners, len(names))
        return cls(names, fold(names), starts, sorted_numbers, int(sorted_numbers.max(initial=-1)) + 1)

    @property
    def nbytes(self) -> int:
        folded = 0 if self.folded is self.names else self.folded.nbytes
        return int(self.names.nbytes + folded + self.starts.nbytes + self.numbers.nbytes)

    def having(self, kept: Mask) -> Mask:
        """By number: whether it has one of the values that are kept, (names,)."""
        found = np.zeros(self.size, np.bool_)
        places = np.flatnonzero(kept)
        if not places.size:
            return found
        breaks = np.flatnonzero(np.diff(places) > 1)  # values that stand side by side make one run
        begins = self.starts[places[np.concatenate(([0], breaks + 1))]]
        ends = self.starts[places[np.concatenate((breaks, [places.size - 1]))] + 1]
        lengths = ends - begins
        is_long = lengths >= _LONG
        for begin, end in zip(begins[is_long].tolist(), ends[is_long].tolist(), strict=True):
            found[self.numbers[begin:end]] = True
        begins, lengths = begins[~is_long], lengths[~is_long]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        found[self.numbers[np.repeat(begins, lengths) + within]] = True
        return found

    def equal(self, values: Sequence[str]) -> Mask:
        """(names,) which are one of these values."""
        return _mask(pc.is_in(self.names, pa.array(values, pa.string())))

    def containing(self, part: str) -> Mask:
        """(names,) which have this within them, as `~` reads them."""
        return _mask(pc.match_substring(self.folded, part))

    def totals(self, chosen: Mask) -> NDArray[np.int64]:
        """(names,) how many of the numbers of each are chosen, by number."""
        if not self.numbers.size:
            return np.zeros(len(self.names), np.int64)
        return np.add.reduceat(chosen[self.numbers], self.starts[:-1], dtype=np.int64)  # no name is without a number


@dataclass(frozen=True)
class Words:
    """The words of the text that each number has. What is looked for may be a part of a word."""

    postings: Postings
    others: NDArray[np.intp]  # places of the words that are not all digits: most of the rest are numbers of things
    other_names: pa.StringArray

    @property
    def nbytes(self) -> int:
        return int(self.postings.nbytes + self.others.nbytes + self.other_names.nbytes)

    @classmethod
    def of(cls, numbers: Numbers, texts: pa.StringArray) -> "Words":
        postings = Postings.of(_words(numbers, texts))
        others = np.flatnonzero(~_mask(pc.match_substring_regex(postings.names, r"^[0-9]*$")))
        return cls(postings, others, postings.names.take(pa.array(others)))

    def containing(self, part: str) -> Mask:
        """By number: whether its text has this within it. Raises: ValueError if it is not one word."""
        (word,) = part.split()
        if word.isdecimal():
            return self.postings.having(self.postings.containing(word))
        kept = np.zeros(len(self.postings.names), np.bool_)
        kept[self.others[_mask(pc.match_substring(self.other_names, word))]] = True
        return self.postings.having(kept)


def _words(numbers: Numbers, texts: pa.StringArray) -> Iterator[tuple[Numbers, pa.StringArray]]:
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        split = pc.ascii_split_whitespace(texts.slice(begin, _TEXTS_AT_ONCE))
        lengths = pc.list_value_length(split).to_numpy(zero_copy_only=False)
        yield np.repeat(numbers[begin : begin + _TEXTS_AT_ONCE], lengths), pc.list_flatten(split)


def _sorted(codes: list[Numbers], owners: list[Numbers], values: int) -> tuple[NDArray[np.int64], Numbers]:
    """Where the numbers of each value begin, and all numbers by value: each part is sorted for itself."""
    counts = [np.bincount(part, minlength=values) for part in codes]
    starts = np.concatenate(([0], np.cumsum(sum(counts)))).astype(np.int64)
    found = np.empty(int(starts[-1]), np.int32)
    begin = starts[:-1].copy()
    for part, numbers, count in zip(codes, owners, counts, strict=True):
        order = np.argsort(part.astype(np.uint16) if values < 1 << 16 else part, kind="stable")
        ordered = part[order]
        found[(begin - np.cumsum(count) + count)[ordered] + np.arange(part.size)] = numbers[order]
        begin += count
    return starts, found


def _mask(found: pa.BooleanArray) -> Mask:
    return np.asarray(found.to_numpy(zero_copy_only=False), np.bool_)
