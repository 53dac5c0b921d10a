"""Each rater by the rules that were fixed when the study opened. A flag marks; it never removes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

from core.studies.design import FlagRules
from core.studies.journal import RaterState, Vote
from core.studies.study import Study
from core.studies.trials import passed_attention

Rule = Literal["fast", "straight line", "attention"]
RULES: dict[Rule, str] = {
    "fast": "answered too fast",
    "straight line": "gave one and the same answer",
    "attention": "failed attention items",
}


@dataclass(frozen=True)
class Flag:
    rule: Rule
    words: str  # "5 of 20 answers sooner than 500 ms"


@dataclass(frozen=True)
class RaterSummary:
    rater: str
    via: str  # "open", or "invitation:<its id>"
    language: str
    votes: int  # that count: without practice, attention items and repeats
    mean: float  # of the answers as they were given
    median_ms: float
    fast_votes: int
    attention_shown: int
    attention_passed: int
    finished: bool
    flags: tuple[Flag, ...]  # empty for nothing unusual

    @property
    def is_invited(self) -> bool:
        return self.via != "open"


def summarise_raters(study: Study, votes: Sequence[Vote], states: Mapping[str, RaterState]) -> tuple[RaterSummary, ...]:
    """One for each rater who judged anything that counts, most votes first.

    Args:
        votes: standing ones of all roles.
    """
    groups: dict[str, list[Vote]] = {}
    for vote in votes:
        groups.setdefault(vote.rater, []).append(vote)
    found = []
    for rater, given in groups.items():
        own = [vote for vote in given if vote.role == "main"]
        if not own:
            continue
        checks = [vote for vote in given if vote.role == "attention"]
        passed = sum(
            passed_attention(study.design.kind, study.trials[vote.item], vote.shown, vote.answer) for vote in checks
        )
        state = states.get(rater)
        found.append(
            RaterSummary(
                rater=rater,
                via=state.via if state else "open",
                language=state.language if state else "en",
                votes=len(own),
                mean=fmean(vote.answer for vote in own),
                median_ms=median(vote.time_ms for vote in own),
                fast_votes=sum(is_fast(vote, study.design.flags) for vote in own),
                attention_shown=len(checks),
                attention_passed=passed,
                finished=len(given) >= study.total_shown,
                flags=_flags(study, own, len(checks) - passed),
            )
        )
    return tuple(sorted(found, key=lambda summary: (-summary.votes, summary.rater)))


def is_fast(vote: Vote, rules: FlagRules) -> bool:
    """By the shorter of what the browser measured and what passed on the server: a browser can claim anything."""
    return vote.time_ms < rules.fast_ms


def _flags(study: Study, votes: Sequence[Vote], failed: int) -> tuple[Flag, ...]:
    rules = study.design.flags
    flags = []
    fast = sum(is_fast(vote, rules) for vote in votes)
    if fast > rules.fast_share * len(votes):
        flags.append(Flag("fast", f"{fast} of {len(votes)} answers sooner than {rules.fast_ms} ms"))
    answer, most = Counter(vote.answer for vote in votes).most_common(1)[0]
    if len(votes) >= rules.straight_line_votes and most >= rules.straight_line_share * len(votes):
        flags.append(Flag("straight line", f"the answer {answer} in {most} of {len(votes)} votes"))
    checks = min(study.design.attention, len(study.trials_of("attention")))
    if checks and failed >= min(rules.attention_failures, checks):
        flags.append(Flag("attention", f"{failed} of {checks} attention items failed"))
    return tuple(flags)
