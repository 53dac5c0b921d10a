"""What a study asks, of whom and by which rules: fixed when the study opens, stored in its manifest."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from core.errors import ConfigError
from core.studies.kinds import KINDS, Kind
from core.studies.staircase import Staircase
from core.studies.stopping import StopRule
from core.studies.wording import Wording, usual

Enlargement = Literal["smooth", "pixels"]
Exposure = Literal["unlimited", "staircase"]
Pairing = Literal["balanced", "adaptive"]


@dataclass(frozen=True)
class FlagRules:
    """When a vote or a rater is flagged. Fixed before the first vote; a flag marks, it never removes."""

    fast_ms: int = 500  # an answer given sooner than this after the picture appeared is a fast vote
    fast_share: float = 0.2  # a rater with more than this share of fast votes is flagged
    straight_line_votes: int = 8  # from this many votes on a rater is checked for straight-lining
    straight_line_share: float = 0.95  # this share or more of one and the same answer is straight-lining
    attention_failures: int = 2  # a rater who fails so many attention items (or all, if fewer) is flagged


@dataclass(frozen=True)
class StudyDesign:
    """The design of a study.

    Raises: ConfigError for values that cannot work.
    """

    kind: str = "rate-1-to-5"
    wordings: Mapping[str, Wording] = field(default_factory=dict)  # by language; empty: the usual one in English
    items_per_rater: int | None = None  # trials that count; None: every rater sees every one
    practice: int = 0  # trials before the study proper, with feedback where there is a right answer; never counted
    attention: int = 0  # trials with an obvious fake, mixed in: who takes it for good does not look
    repeats: int = 0  # trials shown a second time, for how well raters agree with themselves
    ties: bool = False  # "better-of-two": whether "no difference" may be answered
    exposure: Exposure = "unlimited"  # "staircase": each picture flashes, HYPE_time
    staircase: Staircase = field(default_factory=Staircase)
    pairing: Pairing = "balanced"  # "better-of-two": "adaptive" asks next what is least certain
    ask_where: bool = False  # after "generated", or a low rating, the rater may point at what gave it away
    enlargement: Enlargement = "smooth"  # how small pictures are brought to display size, the same for all of them
    stop: StopRule = field(default_factory=StopRule)
    flags: FlagRules = field(default_factory=FlagRules)
    goal: str = ""  # what the planner was asked to reach, in words
    recommended_judgements: int = 100  # per condition: a half-width of about 0.2 at a standard deviation of 1
    recommended_raters: int = 15  # ITU-R BT.500 asks for at least 15 observers
    max_raters: int = 1000  # by the open link; who has a link of their own is not counted
    show_result: bool = True  # whether raters see their own answers at the end

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"There is no kind of study called {self.kind!r}. Choose one of: {', '.join(KINDS)}.")
        if not self.wordings:
            object.__setattr__(self, "wordings", {"en": usual(self.kind, "en")})
        self._check_wordings()
        self._check_numbers()
        for name, value, choices in (
            ("Enlargement", self.enlargement, get_args(Enlargement)),
            ("Exposure", self.exposure, get_args(Exposure)),
            ("Pairing", self.pairing, get_args(Pairing)),
        ):
            if value not in choices:
                raise ConfigError(f"{name} is {value!r}. Choose one of: {', '.join(choices)}.")
        if self.exposure == "staircase" and self.kind != "real-or-generated":
            raise ConfigError(
                f"Timed exposure asks whether a picture is real; the kind is {self.kind!r}. Choose real-or-generated."
            )
        if self.kind != "better-of-two" and (self.ties or self.pairing == "adaptive"):
            raise ConfigError(f"Ties and adaptive pairs belong to better-of-two; the kind is {self.kind!r}.")

    def _check_wordings(self) -> None:
        for language, wording in self.wordings.items():
            usual(self.kind, language)  # refuses a language that the rating pages do not speak
            if not wording.question.strip():
                raise ConfigError("A study needs a question that raters answer. Write one in every language.")

    def _check_numbers(self) -> None:
        if self.items_per_rater is not None and self.items_per_rater < 1:
            raise ConfigError(
                f"Pictures per rater is {self.items_per_rater}, but a rater must see at least 1. Leave it out for all."
            )
        for name in ("practice", "attention", "repeats"):
            if not 0 <= getattr(self, name) <= 100:
                raise ConfigError(f"{name.capitalize()} items: {getattr(self, name)}. Choose 0 to 100.")
        if self.max_raters < 1:
            raise ConfigError(f"At most {self.max_raters} raters could come by the open link. Allow at least 1.")

    @property
    def scale(self) -> Kind:
        return KINDS[self.kind]

    @property
    def languages(self) -> tuple[str, ...]:
        """In which raters can read the study, the owner's first one first."""
        return tuple(self.wordings)

    @property
    def answers(self) -> tuple[int, ...]:
        """The answers a vote may carry."""
        kind = KINDS[self.kind]
        return kind.answers[1:] if kind.name == "better-of-two" and not self.ties else kind.answers

    @property
    def question(self) -> str:
        """In the first language."""
        return self.wording().question

    def wording(self, language: str = "") -> Wording:
        """In a language, or in the first one where the study does not have it."""
        return self.wordings.get(language) or next(iter(self.wordings.values()))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "StudyDesign":
        """Of any manifest format."""
        value = dict(value)
        if "wordings" not in value:  # format 1: one wording, in English
            usually = usual(value["kind"], "en")
            value["wordings"] = {
                "en": {**asdict(usually), "question": value.pop("question"), "instructions": value.pop("instructions")}
            }
        value["wordings"] = {language: Wording(**wording) for language, wording in value["wordings"].items()}
        for name, part in (("flags", FlagRules), ("staircase", Staircase), ("stop", StopRule)):
            if name in value:
                value[name] = part(**value[name])
        return cls(**value)
