"""Free words as terms: "blue abstract by rothko" asks for style: Abstract Art and artist: Mark Rothko.

Every word of a text ends in exactly one of four places: in a match, among the words that ask for nothing ("by"), or
among those that are not known. Nothing is guessed further than a near spelling, which is named as one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from core.datasets.conditions import COLUMNS, Term, Vocabulary, plain_words

_NEAR = 0.82  # of difflib's ratio: "rothco" is near "rothko" (0.83), "manet" not near "monet" (0.80)
_SHORTEST_NEAR = 4  # letters: a shorter word is near too many others
_CONNECTING = frozenset(
    (
        *("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "is", "like", "of", "on", "or", "the", "to"),
        *("with", "without", "art", "artwork", "artworks", "image", "images", "painted", "painting", "paintings"),
        *("picture", "pictures", "piece", "style", "styled", "work", "works"),
    )
)  # ask for nothing by themselves, but count inside a value: "art" in "pop art"
_COLUMN_WORDS = dict(zip(COLUMNS, COLUMNS, strict=True)) | {
    "styles": "style",
    "genres": "genre",
    "artists": "artist",
    "tag": "tags",
    "collections": "collection",
}
_PIECES = re.compile(rf"\b({'|'.join(_COLUMN_WORDS)})\s*:|([,;\n])", re.IGNORECASE)


@dataclass(frozen=True)
class Match:
    """What some words were taken for."""

    term: Term
    words: str  # of the text, folded
    kind: str  # "exact"; "part": some words of the value; "near": another spelling
    others: tuple[Term, ...] = ()  # what the same words could have meant as well

    def __str__(self) -> str:
        how = {"exact": "", "part": f" (from “{self.words}”)", "near": f" (near “{self.words}”)"}[self.kind]
        return f"{self.term}{how}"


@dataclass(frozen=True)
class Reading:
    matches: tuple[Match, ...]
    unknown: tuple[str, ...]  # words that no term has
    ignored: tuple[str, ...]  # connecting words, which ask for nothing
    vector: NDArray[np.float32]  # (T,); all zeros: anything

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(match.term for match in self.matches)

    def in_words(self) -> str:
        """One line for people: "artist: Mark Rothko (from “rothko”); not known: blue"."""
        parts = [str(match) for match in self.matches] or ["anything"]
        if self.unknown:
            parts.append(f"not known: {', '.join(self.unknown)}")
        return "; ".join(parts)


@dataclass
class _Word:
    text: str
    place: int  # in the text, counted in words
    column: str  # the column it was asked for in ("artist: rothko"); "" for any
    used: bool = False


def read(vocabulary: Vocabulary, text: str) -> Reading:
    """Whole values first, the longest before others; then values that share words, or nearly, with what is left.

    "style: abstract" looks among styles only, up to the next comma or semicolon.
    """
    words = _words(text)
    found = [*_whole_values(vocabulary, words), *_parts(vocabulary, words)]
    matches: dict[Term, Match] = {}
    for _, match in sorted(found, key=lambda placed: placed[0]):  # in the order of the text
        matches.setdefault(match.term, match)
    left = [word.text for word in words if not word.used]
    return Reading(
        tuple(matches.values()),
        unknown=tuple(dict.fromkeys(word for word in left if word not in _CONNECTING)),
        ignored=tuple(dict.fromkeys(word for word in left if word in _CONNECTING)),
        vector=vocabulary.vector(matches),
    )


def _words(text: str) -> list[_Word]:
    words: list[_Word] = []
    column, start = "", 0
    for piece in [*_PIECES.finditer(text), None]:
        own = text[start : piece.start()] if piece else text[start:]
        for word in plain_words(own).split():
            words.append(_Word(word, len(words), column))
        if piece:
            column, start = _COLUMN_WORDS[piece[1].lower()] if piece[1] else "", piece.end()
    return words


def _whole_values(vocabulary: Vocabulary, words: Sequence[_Word]) -> Iterator[tuple[int, Match]]:
    """Runs of words that are a value, however they are joined: "pop-art", "pop art" and "popart" are one."""
    by_letters: dict[str, list[Term]] = {}
    for term in vocabulary.terms:
        by_letters.setdefault(plain_words(term.value).replace(" ", ""), []).append(term)
    longest = max((len(plain_words(term.value)) for term in vocabulary.terms), default=0)
    for length in range(min(len(words), longest), 0, -1):
        for start in range(len(words) - length + 1):
            run = words[start : start + length]
            if any(word.used for word in run):
                continue
            letters = "".join(word.text for word in run)
            for term in by_letters.get(letters, []):
                if _allowed(term, run):
                    for word in run:
                        word.used = True
                    yield start, Match(term, " ".join(word.text for word in run), "exact")


def _parts(vocabulary: Vocabulary, words: Sequence[_Word]) -> Iterator[tuple[int, Match]]:
    """The value that shares most with the words left, again and again, until none of them tells anything."""
    values = [(term, plain_words(term.value).split()) for term in vocabulary.terms]
    known = {part for _, value in values for part in value}
    alike = {word.text: _alike(word.text, known) for word in words if not word.used}
    while True:
        left = [word for word in words if not word.used]
        ranked = sorted(
            (
                (-_score(shared), _telling(value, shared), -term.count, place)
                for place, (term, value) in enumerate(values)
                if (shared := _shared(term, value, left, alike))
            ),
        )
        if not ranked:
            return
        term, value = values[ranked[0][-1]]
        shared = _shared(term, value, left, alike)
        others = tuple(values[place][0] for score, _, _, place in ranked[1:] if score == ranked[0][0])
        for word, _ in shared:
            word.used = True
        kind = "part" if all(likeness == 1 for _, likeness in shared) else "near"
        yield shared[0][0].place, Match(term, " ".join(word.text for word, _ in shared), kind, others)


def _shared(
    term: Term, value: Sequence[str], left: Sequence[_Word], alike: dict[str, dict[str, float]]
) -> list[tuple[_Word, float]]:
    """The words left that stand in a value, with how alike they are; none if all of them are connecting words."""
    shared = []
    for word in left:
        likeness = max((alike[word.text].get(part, 0.0) for part in value), default=0.0)
        if likeness and _allowed(term, [word]):
            shared.append((word, likeness))
    return shared if any(word.text not in _CONNECTING for word, _ in shared) else []


def _telling(value: Sequence[str], shared: Sequence[tuple[_Word, float]]) -> int:
    """How many words of a value, beyond those shared, would have told it from others."""
    return sum(word not in _CONNECTING for word in value) - sum(word.text not in _CONNECTING for word, _ in shared)


def _score(shared: Sequence[tuple[_Word, float]]) -> float:
    return round(sum(likeness for _, likeness in shared), 3)


def _alike(word: str, known: set[str]) -> dict[str, float]:
    """Known words -> how alike they are, 1 for the word itself; near ones only where the word itself is not known."""
    if word in known:
        return {word: 1.0}
    if word in _CONNECTING or len(word) < _SHORTEST_NEAR:
        return {}
    matcher = SequenceMatcher(b=word)
    near = {}
    for other in sorted(known):
        if len(other) < _SHORTEST_NEAR:
            continue
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= _NEAR and matcher.quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR:
            near[other] = matcher.ratio()
    return near


def _allowed(term: Term, words: Sequence[_Word]) -> bool:
    return all(word.column in ("", term.column) for word in words)
