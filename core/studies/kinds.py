"""The kinds of study: what a rater sees, and which answers they may give."""

from dataclasses import dataclass
from typing import Literal

Measure = Literal["rating", "detection", "preference"]

GENERATED, REAL = 0, 1  # the answers of "real-or-generated"
NO_DIFFERENCE, LEFT, RIGHT = 0, 1, 2  # the answers of "better-of-two": about the sides of the screen, not the pictures


@dataclass(frozen=True)
class Kind:
    """One kind of study."""

    name: str  # as stored in the manifest
    title: str  # for the owner
    pictures: Literal[1, 2]  # on screen at a time
    measure: Measure
    answers: tuple[int, ...]  # lowest first
    description: str  # for the owner, one sentence

    @property
    def middle(self) -> float:
        """The middle of a scale of ratings."""
        return (self.answers[0] + self.answers[-1]) / 2


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "rate-1-to-5",
            "Rate 1 to 5",
            1,
            "rating",
            (1, 2, 3, 4, 5),
            "One picture, one answer on a scale of five. The usual mean opinion score.",
        ),
        Kind(
            "rate-1-to-10",
            "Rate 1 to 10",
            1,
            "rating",
            tuple(range(1, 11)),
            "One picture, a finer scale. Used for restyled pictures.",
        ),
        Kind(
            "real-or-generated",
            "Real or generated",
            1,
            "detection",
            (GENERATED, REAL),
            "One picture: made by a person or by a model? Gives the fool rate, and how well people can tell at all.",
        ),
        Kind(
            "better-of-two",
            "Better of two",
            2,
            "preference",
            (NO_DIFFERENCE, LEFT, RIGHT),
            "Two pictures, which is better? Ranks what competes; small differences show sooner than by ratings.",
        ),
        Kind(
            "side-by-side",
            "Side by side",
            2,
            "rating",
            (1, 2, 3, 4, 5),
            "A picture beside a real one that is marked as real: how convincing is it? (ITU-T P.910 calls this a "
            "degradation category rating.)",
        ),
    )
}
