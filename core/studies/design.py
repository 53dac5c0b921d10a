"""What a study asks, of whom and by which rules: fixed when the study opens, stored in its manifest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from core.errors import ConfigError

Enlargement = Literal["smooth", "pixels"]


@dataclass(frozen=True)
class Scale:
    """The answers a rater may give, lowest first."""

    answers: tuple[int, ...]
    labels: tuple[str, ...]  # one per answer; "" where the number speaks for itself


# The kinds of study, by the name stored in the manifest -> the answers a vote may carry.
KINDS: dict[str, Scale] = {
    "rate-1-to-5": Scale((1, 2, 3, 4, 5), ("Not at all", "Slightly", "Moderately", "Mostly", "Completely")),
}


@dataclass(frozen=True)
class FlagRules:
    """When a vote or a rater is flagged. Fixed before the first vote; a flag marks, it never removes."""

    fast_ms: int = 500  # an answer given sooner than this after the picture appeared is a fast vote
    fast_share: float = 0.2  # a rater with more than this share of fast votes is flagged
    straight_line_votes: int = 8  # from this many votes on a rater is checked for straight-lining
    straight_line_share: float = 0.95  # this share or more of one and the same answer is straight-lining


@dataclass(frozen=True)
class StudyDesign:
    """The design of a study.

    Raises: ConfigError for values that cannot work.
    """

    question: str = "How convincing is this as a painting?"
    kind: str = "rate-1-to-5"
    instructions: str = "Go by your first impression. There are no right or wrong answers."
    items_per_rater: int | None = None  # None: every rater sees every picture
    enlargement: Enlargement = "smooth"  # how small pictures are brought to display size, the same for all of them
    recommended_judgements: int = 100  # per condition: a half-width of about 0.2 at a standard deviation of 1
    recommended_raters: int = 15  # ITU-R BT.500 asks for at least 15 observers
    flags: FlagRules = field(default_factory=FlagRules)
    practice: int = 0  # kept in the format for practice items, attention items and repeats
    attention: int = 0
    repeats: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"There is no kind of study called {self.kind!r}. Choose one of: {', '.join(KINDS)}.")
        if not self.question.strip():
            raise ConfigError("A study needs a question that raters answer. Write one.")
        if self.items_per_rater is not None and self.items_per_rater < 1:
            raise ConfigError(
                f"Pictures per rater is {self.items_per_rater}, but a rater must see at least 1. Leave it out for all."
            )
        if self.enlargement not in get_args(Enlargement):
            raise ConfigError(
                f"Enlargement is {self.enlargement!r}. Choose one of: {', '.join(get_args(Enlargement))}."
            )
        for name in ("practice", "attention", "repeats"):
            if getattr(self, name):
                raise ConfigError(f"This version cannot run studies with {name} items. Set {name} to 0.")

    @property
    def scale(self) -> Scale:
        return KINDS[self.kind]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "StudyDesign":
        return cls(**{**value, "flags": FlagRules(**value["flags"])})
