"""The words of the rating card and page, in the rater's language: the owner's question, our interface, and errors."""

from dataclasses import dataclass
from typing import Any

from core.errors import AtelierError
from core.studies.design import StudyDesign
from core.studies.errors import (
    JournalError,
    LinkError,
    StaleVoteError,
    StudyClosedError,
    StudyFullError,
    TooFastError,
    VoteNotSavedError,
)
from core.studies.kinds import GENERATED, LEFT, NO_DIFFERENCE, REAL, RIGHT
from core.studies.languages import TEXTS, Texts
from core.studies.voting import Feedback
from core.studies.wording import Wording, usual

# Which of our texts the card shows or reads out itself.
_OF_THE_CARD = (
    *("card", "progress", "count", "undo", "instructions", "practice", "picture", "original", "other"),
    *("left", "right", "top", "bottom", "next", "begin", "where_skip", "not_yet", "offline", "picture_lost"),
)
_OF_TIMED_CARDS = (
    *("ready_title", "ready_text", "ready", "pause_title", "look", "hidden", "too_slow"),
    *("reduced_motion", "reduced_go_on", "decline"),
)


@dataclass(frozen=True)
class Words:
    """A study's words in one language."""

    language: str
    texts: Texts
    wording: Wording
    design: StudyDesign

    @classmethod
    def of(cls, design: StudyDesign, language: str) -> "Words":
        """In a language, or the study's first one where it does not have it."""
        chosen = language if language in design.wordings else design.languages[0]
        return cls(chosen, TEXTS[chosen], design.wording(chosen), design)

    @property
    def is_timed(self) -> bool:
        return self.design.exposure == "staircase"

    @property
    def form(self) -> str:
        """How the answers are laid out: "scale", "choice" (one picture, two answers) or "pair" (which of two)."""
        return {"rating": "scale", "detection": "choice", "preference": "pair"}[self.design.scale.measure]

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What a rater may answer: value, label, and the key that is not plain from the value. In reading order."""
        texts = self.texts
        if self.form == "pair":
            sides = [
                {"value": LEFT, "label": texts.left, "key": "←"},
                {"value": NO_DIFFERENCE, "label": texts.no_difference, "key": "↓"},
                {"value": RIGHT, "label": texts.right, "key": "→"},
            ]
            return [side for side in sides if side["value"] in self.design.answers]
        if self.form == "choice":
            return [
                {"value": GENERATED, "label": self.end(GENERATED), "key": "←"},
                {"value": REAL, "label": self.end(REAL), "key": "→"},
            ]
        return [{"value": value, "label": self.end(value)} for value in self.design.answers]

    def end(self, answer: int) -> str:
        """What the lowest and the highest answer say; "" for those between."""
        answers = self.design.answers
        if answer == answers[0]:
            return self.wording.lowest or (self._usual.lowest if self.form == "choice" else "")
        if answer == answers[-1]:
            return self.wording.highest or (self._usual.highest if self.form == "choice" else "")
        return ""

    @property
    def asks_where(self) -> list[int]:
        """After which answers the rater is asked for the place: "generated", or the lower half of a scale."""
        if not self.design.ask_where or self.is_timed or self.form == "pair":
            return []
        if self.form == "choice":
            return [GENERATED]
        return [value for value in self.design.answers if value < self.design.scale.middle]

    def feedback(self, feedback: Feedback) -> str:
        truth = self.end(REAL if feedback.truth == "real" else GENERATED)
        return (self.texts.correct if feedback.correct else self.texts.wrong).format(truth=truth)

    def for_card(self) -> dict[str, Any]:
        """What the card needs, all of it told each time: it is small, and the card then depends on no history."""
        names = _OF_THE_CARD + (_OF_TIMED_CARDS if self.is_timed else ())
        told = self.form == "choice"
        return {
            "language": self.language,
            "question": self.wording.question,
            "instructions": self.wording.instructions,
            "form": self.form,
            "pictures": self.design.scale.pictures,
            "answers": self.answers,
            "where": self.asks_where,
            "where_question": self.texts.where_generated if self.form == "choice" else self.texts.where_low,
            "practice_over": self.texts.practice_over_silent if told else self.texts.practice_over,
            "texts": {name: getattr(self.texts, name) for name in names},
        }

    @property
    def _usual(self) -> Wording:
        return usual(self.design.kind, self.language)


def explain(error: AtelierError, texts: Texts) -> str:
    """What went wrong, for a rater."""
    if isinstance(error, VoteNotSavedError):
        return texts.not_saved.format(reason=error.reason)
    if isinstance(error, JournalError):
        return texts.unreachable.format(reason=error.reason)
    plain = {
        StudyClosedError: texts.closed_text,
        StudyFullError: texts.full_text,
        StaleVoteError: texts.stale,
        TooFastError: texts.too_fast,
        LinkError: f"{texts.link_title}. {texts.link_text}",
    }
    return plain.get(type(error), str(error))  # others are no rater's errors, and say what they mean in English


def counted(name: str, count: int, texts: Texts) -> str:
    """The text of a name for one or for many: counted("minutes", 3, texts)."""
    return str(getattr(texts, f"{name}_{'one' if count == 1 else 'many'}")).format(count=count)


def markdown_safe(text: str) -> str:
    """Text that people wrote, as it stands: no markdown."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!|<>~$:" else letter for letter in text)
