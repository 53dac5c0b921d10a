"""What a study found so far, computed from its standing votes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from core.studies.design import FlagRules
from core.studies.journal import Vote, VoteJournal
from core.studies.statistics.effects import cliffs_delta, magnitude
from core.studies.statistics.intervals import Interval, RaterBootstrap, difference_interval, mean_interval
from core.studies.study import Condition, Study


@dataclass(frozen=True)
class ConditionResult:
    condition: Condition
    judgements: int
    raters: int
    mean: float | None
    interval: Interval | None  # every judgement taken as independent
    rater_interval: Interval | None  # raters resampled; None for fewer than two raters
    distribution: tuple[int, ...]  # judgements for each answer of the scale

    @property
    def best_interval(self) -> Interval | None:
        """The one to show: by raters where there is one, since judgements of one person go together."""
        return self.rater_interval or self.interval


@dataclass(frozen=True)
class Difference:
    """Between two conditions, first minus second."""

    first: Condition
    second: Condition
    difference: float
    interval: Interval | None
    rater_interval: Interval | None
    cliffs_delta: float
    magnitude: str

    @property
    def best_interval(self) -> Interval | None:
        return self.rater_interval or self.interval


@dataclass(frozen=True)
class ItemResult:
    item: str
    condition: Condition
    judgements: int
    mean: float


@dataclass(frozen=True)
class RaterSummary:
    rater: str
    votes: int
    mean: float
    median_ms: float
    fast_votes: int
    finished: bool
    flags: tuple[str, ...]  # in words; empty for nothing unusual


class _RaterMeans:
    """Means of conditions with whole raters resampled."""

    def __init__(self, groups: Sequence[dict[str, list[int]]], conditions: Sequence[str]) -> None:
        self._bootstrap = RaterBootstrap(len(groups))
        answers = [[group.get(condition, []) for condition in conditions] for group in groups]
        sums = np.array([[sum(cell) for cell in row] for row in answers], dtype=float).reshape(-1, len(conditions))
        counts = np.array([[len(cell) for cell in row] for row in answers], dtype=float).reshape(-1, len(conditions))
        self._means = dict(zip(conditions, self._bootstrap.ratios(sums, counts).T, strict=True))

    def mean(self, condition: str) -> Interval | None:
        return self._bootstrap.interval(self._means[condition])

    def difference(self, a: str, b: str) -> Interval | None:
        return self._bootstrap.interval(self._means[a] - self._means[b])


@dataclass(frozen=True)
class StudyResults:
    judgements: int
    left_out: int  # judgements not counted, because flagged ones were to be left out
    raters_started: int
    raters_finished: int
    per_item: tuple[int, float, int]  # fewest, median, most judgements of one item
    median_ms: float | None
    conditions: tuple[ConditionResult, ...]
    differences: tuple[Difference, ...]  # every generated condition against every real one
    items: tuple[ItemResult, ...]  # judged ones, highest mean first
    raters: tuple[RaterSummary, ...]  # all, whether counted or not

    @property
    def flagged(self) -> tuple[RaterSummary, ...]:
        return tuple(rater for rater in self.raters if rater.flags)


def results(study: Study, journal: VoteJournal, *, without_flagged: bool = False) -> StudyResults:
    """Everything the results page shows.

    Args:
        without_flagged: leave out flagged raters, and fast votes of the others. Nothing is removed from the journal.
    """
    snapshot = journal.snapshot()
    joined = snapshot.raters
    votes = [vote for vote in snapshot.votes if vote.role == "main" and vote.item in study.items]
    raters = summarise_raters(study, votes)
    counted = votes
    if without_flagged:
        flagged = {rater.rater for rater in raters if rater.flags}
        fast = study.design.flags.fast_ms
        counted = [vote for vote in votes if vote.rater not in flagged and vote.response_ms >= fast]

    by_rater: dict[str, dict[str, list[int]]] = {}
    by_item: dict[str, list[int]] = {item: [] for item in study.items}
    by_condition: dict[str, list[int]] = {condition.id: [] for condition in study.conditions}
    for vote in counted:
        condition_id = study.items[vote.item].condition
        by_rater.setdefault(vote.rater, {}).setdefault(condition_id, []).append(vote.answer)
        by_item[vote.item].append(vote.answer)
        by_condition[condition_id].append(vote.answer)

    bootstrap = _RaterMeans(list(by_rater.values()), list(by_condition))
    conditions = tuple(
        _condition_result(study, condition, by_condition[condition.id], by_rater, bootstrap)
        for condition in study.conditions
    )
    named = {condition.id: condition for condition in study.conditions}
    items = [
        ItemResult(item, named[study.items[item].condition], len(answers), fmean(answers))
        for item, answers in by_item.items()
        if answers
    ]
    counts = [len(answers) for answers in by_item.values()]
    return StudyResults(
        judgements=len(counted),
        left_out=len(votes) - len(counted),
        raters_started=len(joined),
        raters_finished=sum(rater.finished for rater in raters),
        per_item=(min(counts), median(counts), max(counts)),
        median_ms=median(vote.response_ms for vote in counted) if counted else None,
        conditions=conditions,
        differences=_differences(study, by_condition, bootstrap),
        items=tuple(sorted(items, key=lambda result: (-result.mean, -result.judgements, result.item))),
        raters=raters,
    )


def summarise_raters(study: Study, votes: Sequence[Vote]) -> tuple[RaterSummary, ...]:
    """One line for each rater who voted, most votes first, with flags by the rules fixed in the design."""
    groups: dict[str, list[Vote]] = {}
    for vote in votes:
        groups.setdefault(vote.rater, []).append(vote)
    rules = study.design.flags
    summaries = [
        RaterSummary(
            rater=rater,
            votes=len(own),
            mean=fmean(vote.answer for vote in own),
            median_ms=median(vote.response_ms for vote in own),
            fast_votes=sum(vote.response_ms < rules.fast_ms for vote in own),
            finished=len(own) >= study.total_per_rater,
            flags=_flags(own, rules),
        )
        for rater, own in groups.items()
    ]
    return tuple(sorted(summaries, key=lambda summary: (-summary.votes, summary.rater)))


def enough(study: Study, found: StudyResults) -> str:
    """In words: whether there are as many judgements and raters as the design asks for."""
    design = study.design
    fewest = min((result.judgements for result in found.conditions), default=0)
    raters = len({rater.rater for rater in found.raters})
    missing = []
    if fewest < design.recommended_judgements:
        missing.append(f"{fewest} of {design.recommended_judgements} recommended judgements in the smallest condition")
    if raters < design.recommended_raters:
        missing.append(f"{raters} of {design.recommended_raters} recommended raters")
    if not missing:
        return (
            f"Enough: at least {fewest} judgements in every condition, from {raters} raters. The design asked for "
            f"{design.recommended_judgements} and {design.recommended_raters}."
        )
    return f"Not enough yet: {' and '.join(missing)}. Differences may still turn round."


def _flags(votes: Sequence[Vote], rules: FlagRules) -> tuple[str, ...]:
    flags = []
    fast = sum(vote.response_ms < rules.fast_ms for vote in votes)
    if fast > rules.fast_share * len(votes):
        flags.append(f"{fast} of {len(votes)} answers sooner than {rules.fast_ms} ms")
    answer, most = Counter(vote.answer for vote in votes).most_common(1)[0]
    if len(votes) >= rules.straight_line_votes and most >= rules.straight_line_share * len(votes):
        flags.append(f"the answer {answer} in {most} of {len(votes)} votes")
    return tuple(flags)


def _condition_result(
    study: Study,
    condition: Condition,
    answers: list[int],
    by_rater: dict[str, dict[str, list[int]]],
    bootstrap: _RaterMeans,
) -> ConditionResult:
    counts = Counter(answers)
    return ConditionResult(
        condition=condition,
        judgements=len(answers),
        raters=sum(condition.id in groups for groups in by_rater.values()),
        mean=fmean(answers) if answers else None,
        interval=mean_interval(answers),
        rater_interval=bootstrap.mean(condition.id),
        distribution=tuple(counts[answer] for answer in study.design.scale.answers),
    )


def _differences(study: Study, answers: dict[str, list[int]], bootstrap: _RaterMeans) -> tuple[Difference, ...]:
    found = []
    for first in study.conditions:
        for second in study.conditions:
            a, b = answers[first.id], answers[second.id]
            if first.kind == "generated" and second.kind == "real" and a and b:
                delta = cliffs_delta(a, b)
                found.append(
                    Difference(
                        first,
                        second,
                        fmean(a) - fmean(b),
                        difference_interval(a, b),
                        bootstrap.difference(first.id, second.id),
                        delta,
                        magnitude(delta),
                    )
                )
    return tuple(found)
