"""What a study found so far, computed from its standing votes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from core.studies.errors import LinkError
from core.studies.journal import Vote, VoteJournal
from core.studies.links import access
from core.studies.results.agreement import Agreement, agreement_of
from core.studies.results.detection import DetectionFindings, detect
from core.studies.results.differences import Difference, comparison_of, differences
from core.studies.results.enough import Gauge, gauge
from core.studies.results.judgements import Judgements
from core.studies.results.raters import RULES, RaterSummary, Rule, is_fast, summarise_raters
from core.studies.results.regions import RegionMap, regions
from core.studies.results.scores import Measure, Score, score
from core.studies.statistics.pairwise import Ranking
from core.studies.statistics.screening import Screened, screen
from core.studies.statistics.tests import Comparison
from core.studies.study import Condition, Study


@dataclass(frozen=True)
class Counts:
    """Who took part, and how much they judged."""

    invited: int  # links for one person each
    invited_joined: int
    joined: int  # opened the study and agreed; those who withdrew are among them
    started: int  # judged something that counts
    finished: int
    withdrawn: int  # took everything back
    excluded: tuple[tuple[Rule, int], ...]  # flagged raters by rule; one rater may break several
    flagged: int
    judgements: int
    left_out: int  # judgements not counted, because flagged ones were to be left out
    per_trial: tuple[int, float, int]  # fewest, median, most judgements of one picture or pair
    median_ms: float | None
    attention_shown: int
    attention_passed: int
    repeats: int

    @property
    def attention_rate(self) -> float | None:
        return self.attention_passed / self.attention_shown if self.attention_shown else None

    @property
    def exclusions_in_words(self) -> str:
        """'2 answered too fast, 1 failed attention items', or "none"."""
        return ", ".join(f"{number} {RULES[rule]}" for rule, number in self.excluded) or "none"


@dataclass(frozen=True)
class Distribution:
    """How often each answer was given to a condition."""

    condition: Condition
    counts: tuple[int, ...]  # in the order of the design's answers


@dataclass(frozen=True)
class ItemResult:
    """One picture."""

    item: str
    condition: Condition
    judgements: int
    mean: float  # rating: mean answer; detection: share called real; preference: share won, ties as half


@dataclass(frozen=True)
class Stratum:
    """Raters who came one way."""

    name: str  # "by invitation", "by the open link"
    raters: int
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class StudyResults:
    """Of the votes that count; with flagged ones or without them, as asked."""

    study: Study
    counts: Counts
    gauge: Gauge
    measure: Measure
    scores: tuple[Score, ...]  # in the order of study.conditions
    replicates: NDArray[np.float64]  # (rounds, conditions)
    distributions: tuple[Distribution, ...]
    detection: DetectionFindings | None  # of "real or generated"
    ranking: Ranking | None  # of "better of two"
    comparison: Comparison | None  # tests; None where raters are too few
    differences: tuple[Difference, ...]
    agreement: Agreement
    items: tuple[ItemResult, ...]  # judged ones, highest first
    regions: tuple[RegionMap, ...]
    strata: tuple[Stratum, ...]  # empty where all raters came one way
    raters: tuple[RaterSummary, ...]  # all, whether counted or not
    screened: tuple[tuple[str, Screened], ...]  # BT.500's report on ratings, by rater; of all raters
    judgements: Judgements

    @property
    def flagged(self) -> tuple[RaterSummary, ...]:
        return tuple(rater for rater in self.raters if rater.flags)


def results(study: Study, journal: VoteJournal, *, without_flagged: bool = False) -> StudyResults:
    """Everything the results page shows.

    Args:
        without_flagged: leave out flagged raters, and fast votes of the others. Nothing is removed from the journal.
    """
    snapshot = journal.snapshot()
    votes = [vote for vote in snapshot.votes if vote.item in study.trials]
    raters = summarise_raters(study, votes, snapshot.raters)
    main = [vote for vote in votes if vote.role == "main"]
    counted, repeats = main, [vote for vote in votes if vote.role == "repeat"]
    if without_flagged:
        counted, repeats = (_without(votes, study, raters) for votes in (main, repeats))
    judgements = Judgements(study, tuple(counted))
    found = score(judgements)
    comparison = comparison_of(judgements)
    judged = Counter(vote.item for vote in counted)
    per_trial = [judged[trial] for trial in study.main_trials]
    finished = sum(rater.finished for rater in raters)
    joined_by_invitation = {state.via for state in snapshot.raters.values() if state.via != "open"}
    rules = Counter(flag.rule for rater in raters for flag in rater.flags)
    counts = Counts(
        invited=_invited(study),
        invited_joined=len(joined_by_invitation),
        joined=len(snapshot.raters) + snapshot.withdrawn,
        started=len(raters),
        finished=finished,
        withdrawn=snapshot.withdrawn,
        excluded=tuple((rule, rules[rule]) for rule in RULES if rules[rule]),
        flagged=sum(bool(rater.flags) for rater in raters),
        judgements=len(counted),
        left_out=len(main) - len(counted),
        per_trial=(min(per_trial), median(per_trial), max(per_trial)),
        median_ms=median(vote.time_ms for vote in counted) if counted else None,
        attention_shown=sum(rater.attention_shown for rater in raters),
        attention_passed=sum(rater.attention_passed for rater in raters),
        repeats=len(repeats),
    )
    measure = study.design.scale.measure
    return StudyResults(
        study=study,
        counts=counts,
        gauge=gauge(
            study,
            fewest_judgements=min((one.judgements for one in found.each), default=0),
            raters=len(judgements.rater_ids),
            finished=finished,
        ),
        measure=found.measure,
        scores=found.each,
        replicates=found.replicates,
        distributions=_distributions(judgements),
        detection=detect(judgements) if measure == "detection" else None,
        ranking=found.ranking,
        comparison=comparison,
        differences=differences(judgements, found, comparison),
        agreement=agreement_of(judgements, repeats),
        items=_items(judgements),
        regions=regions(judgements),
        strata=_strata(judgements, raters),
        raters=raters,
        screened=_screened(study, main) if measure == "rating" else (),
        judgements=judgements,
    )


def _invited(study: Study) -> int:
    """Links for one person each. A study that came without its links, as in an archive, can be read all the same."""
    try:
        return len(access(study).invitations)
    except LinkError:
        return 0


def _without(votes: Sequence[Vote], study: Study, raters: Sequence[RaterSummary]) -> list[Vote]:
    flagged = {rater.rater for rater in raters if rater.flags}
    return [vote for vote in votes if vote.rater not in flagged and not is_fast(vote, study.design.flags)]


def _distributions(judgements: Judgements) -> tuple[Distribution, ...]:
    study = judgements.study
    if study.design.scale.measure == "preference":
        return ()
    return tuple(
        Distribution(
            condition,
            tuple(
                int(((judgements.conditions == index) & (judgements.answers == answer)).sum())
                for answer in study.design.answers
            ),
        )
        for index, condition in enumerate(study.conditions)
    )


def _items(judgements: Judgements) -> tuple[ItemResult, ...]:
    study = judgements.study
    values: dict[str, list[float]] = {}
    if study.design.scale.measure == "preference":
        for vote, won in zip(judgements.votes, judgements.left_won.tolist(), strict=True):
            values.setdefault(vote.shown[0], []).append(won)
            values.setdefault(vote.shown[1], []).append(1 - won)
    else:
        for vote in judgements.votes:
            values.setdefault(judgements.judged_item(vote), []).append(float(vote.answer))
    found = [
        ItemResult(item, study.condition_of(item), len(answers), fmean(answers)) for item, answers in values.items()
    ]
    return tuple(sorted(found, key=lambda result: (-result.mean, -result.judgements, result.item)))


def _strata(judgements: Judgements, raters: Sequence[RaterSummary]) -> tuple[Stratum, ...]:
    """Invited raters were chosen by the owner, those of the open link chose themselves: two crowds."""
    present = set(judgements.rater_ids)
    groups = {
        "by invitation": {one.rater for one in raters if one.is_invited and one.rater in present},
        "by the open link": {one.rater for one in raters if not one.is_invited and one.rater in present},
    }
    if not all(groups.values()):
        return ()
    return tuple(Stratum(name, len(who), score(judgements.of(who)).each) for name, who in groups.items())


def _screened(study: Study, votes: Sequence[Vote]) -> tuple[tuple[str, Screened], ...]:
    everybody = Judgements(study, tuple(votes))
    return tuple(zip(everybody.rater_ids, screen(everybody.table()), strict=True))
