"""What a rater is told at the end: their own answers, and beside them everybody's."""

from collections import Counter
from dataclasses import dataclass
from statistics import fmean

from core.studies.errors import LinkError
from core.studies.journal import Snapshot, Vote, VoteJournal
from core.studies.kinds import LEFT, NO_DIFFERENCE, RIGHT
from core.studies.staircase import modal_ms
from core.studies.study import Condition, Study
from core.studies.voting import is_correct

CROWD = 5  # raters who have finished, from which on "everybody" is said to be everybody


@dataclass(frozen=True)
class OwnGroup:
    """A rater's answers about one kind of picture, or one condition."""

    kind: str  # "generated", "preset", "real", "restyled", "noise"
    count: int  # answers
    value: float  # rating: mean answer; detection: share called real; preference: share won, a tie counts half
    crowd: float | None = None  # the same of all who finished; None for fewer than five


@dataclass(frozen=True)
class OwnResult:
    by_kind: tuple[OwnGroup, ...]  # real ones last
    correct: float | None  # detection: share of right answers, 0 to 1
    crowd_correct: float | None  # the same of all who finished; None for fewer than five
    agreed: float | None  # preference: share of choices that most of those who finished made too; None as above
    exposure_ms: int | None  # timed exposure: the one most often given, which is this rater's score
    favourite: str  # the condition that did best with this rater, as the owner calls it; "" where only one competes
    favourite_epoch: int | None  # and its epoch, where it is one


def own_result(study: Study, journal: VoteJournal, rater_id: str) -> OwnResult:
    """From this rater's answers that count. Raises: LinkError for an unknown rater."""
    snapshot = journal.snapshot()
    state = snapshot.raters.get(rater_id)
    if state is None:
        raise LinkError()
    own = [vote for vote in state.votes.values() if vote.role == "main"]
    scores = [score for vote in own for score in _scores(study, vote)]
    kinds = sorted({condition.kind for condition, _ in scores}, key=lambda kind: (kind == "real", kind))
    crowd = _crowd(study, snapshot)
    crowd_scores = [score for vote in crowd for score in _scores(study, vote)]
    groups = []
    for kind in kinds:
        values = [value for condition, value in scores if condition.kind == kind]
        others = [value for condition, value in crowd_scores if condition.kind == kind]
        groups.append(OwnGroup(kind, len(values), fmean(values), fmean(others) if others else None))
    best = _favourite(scores)
    epoch = best.source.get("epoch") if best else None
    return OwnResult(
        by_kind=tuple(groups),
        correct=_share_correct(study, own),
        crowd_correct=_share_correct(study, crowd),
        agreed=_share_agreed(study, own, [vote for vote in crowd if vote.rater != rater_id]),
        exposure_ms=modal_ms(vote.exposure_ms for vote in own if vote.exposure_ms is not None),
        favourite=best.label if best else "",
        favourite_epoch=epoch if isinstance(epoch, int) else None,
    )


def _crowd(study: Study, snapshot: Snapshot) -> list[Vote]:
    """The votes that count of everybody who finished, or none where too few did to be everybody."""
    finished = {
        rater for rater, other in snapshot.raters.items() if other.votes and len(other.votes) >= study.total_shown
    }
    if len(finished) < CROWD:
        return []
    return [vote for vote in snapshot.votes if vote.rater in finished and vote.role == "main"]


def _scores(study: Study, vote: Vote) -> list[tuple[Condition, float]]:
    """What a vote says of each picture that competes in it."""
    measure = study.design.scale.measure
    if measure != "preference":
        return [(study.condition_of(study.trials[vote.item].items[0]), float(vote.answer))]
    won = {NO_DIFFERENCE: (0.5, 0.5), LEFT: (1.0, 0.0), RIGHT: (0.0, 1.0)}[vote.answer]
    return [(study.condition_of(item), share) for item, share in zip(vote.shown, won, strict=True)]


def _favourite(scores: list[tuple[Condition, float]]) -> Condition | None:
    """Of what was made, the condition with the highest mean, where several compete and one of them stands out."""
    values: dict[str, list[float]] = {}
    named = {condition.id: condition for condition, _ in scores}
    for condition, value in scores:
        if not condition.is_real:
            values.setdefault(condition.id, []).append(value)
    ranked = sorted(values, key=lambda name: fmean(values[name]), reverse=True)
    means = [fmean(values[name]) for name in ranked]
    return named[ranked[0]] if len(ranked) > 1 and means[0] > means[1] else None


def _share_correct(study: Study, votes: list[Vote]) -> float | None:
    answers = [right for vote in votes if (right := is_correct(study, vote)) is not None]
    return fmean(answers) if answers else None


def _share_agreed(study: Study, own: list[Vote], others: list[Vote]) -> float | None:
    """Of the choices between two pictures on which others are not divided evenly, the share that went their way."""
    if study.design.scale.measure != "preference":
        return None
    chosen: dict[str, Counter[str]] = {}
    for vote in others:
        chosen.setdefault(vote.item, Counter())[_preferred(vote)] += 1
    agreed = []
    for vote in own:
        ranked = chosen.get(vote.item, Counter()).most_common(2)
        if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
            agreed.append(_preferred(vote) == ranked[0][0])
    return fmean(agreed) if agreed else None


def _preferred(vote: Vote) -> str:
    """The picture chosen, wherever it was on screen; "" for no difference."""
    return {NO_DIFFERENCE: "", LEFT: vote.shown[0], RIGHT: vote.shown[-1]}[vote.answer]
