"""When a study ends: a rule fixed before the first vote, so that nobody stops at a moment that suits them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

from core.errors import ConfigError
from core.studies.clock import seconds_of

StopKind = Literal["none", "raters", "judgements", "date"]


@dataclass(frozen=True)
class StopRule:
    """The rule. When it is reached no new rater is taken; who is in the middle may finish.

    Raises: ConfigError for a rule that cannot be followed.
    """

    kind: StopKind = "none"
    number: int = 0  # "raters": who finished; "judgements": of the condition that has fewest
    date: str = ""  # "date": ISO 8601; without a time of day, the end of that day, UTC

    def __post_init__(self) -> None:
        if self.kind not in get_args(StopKind):
            raise ConfigError(
                f"There is no stop rule called {self.kind!r}. Choose one of: {', '.join(get_args(StopKind))}."
            )
        if self.kind in ("raters", "judgements") and self.number < 1:
            raise ConfigError(f"The study is to stop after {self.number} {self.kind}; it needs at least 1.")
        if self.kind == "date":
            try:
                self.end_seconds()
            except ValueError as error:
                raise ConfigError(f"{self.date!r} is no date. Write it as 2027-01-31.") from error

    def end_seconds(self) -> float:
        """Of "date": seconds since the epoch. Raises: ValueError."""
        if len(self.date) == len("2027-01-31"):
            return seconds_of(f"{self.date}T23:59:59+00:00")
        moment = datetime.fromisoformat(self.date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def reached(self, *, finished_raters: int, fewest_judgements: int, now_seconds: float) -> bool:
        """Whether the study takes no more raters."""
        if self.kind == "raters":
            return finished_raters >= self.number
        if self.kind == "judgements":
            return fewest_judgements >= self.number
        return self.kind == "date" and now_seconds > self.end_seconds()

    def in_words(self) -> str:
        """For the owner and the report."""
        match self.kind:
            case "raters":
                return f"after {self.number} raters have finished"
            case "judgements":
                return f"after {self.number} judgements of every condition"
            case "date":
                return f"on {self.date}"
        return "when the owner closes the study"
