"""What a rater is told at the end: their own answers, and beside them everybody's."""

from dataclasses import dataclass
from statistics import fmean

from core.studies.errors import LinkError
from core.studies.journal import Vote, VoteJournal
from core.studies.kinds import LEFT, NO_DIFFERENCE, RIGHT
from core.studies.study import Condition, Study
from core.studies.voting import is_correct

CROWD = 5  # raters who have finished, from which on "everybody" is said to be everybody


@dataclass(frozen=True)
class OwnGroup:
    """A rater's answers about one kind of picture, or one condition."""

    kind: str  # "generated", "preset", "real", "restyled", "noise"
    count: int  # answers
    value: float  # rating: mean answer; detection: share called real; preference: share won, a tie counts half


@dataclass(frozen=True)
class OwnResult:
    by_kind: tuple[OwnGroup, ...]  # real ones last
    correct: float | None  # detection: share of right answers, 0 to 1
    crowd_correct: float | None  # the same of all who finished; None for fewer than five
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
    groups = []
    for kind in kinds:
        values = [value for condition, value in scores if condition.kind == kind]
        groups.append(OwnGroup(kind, len(values), fmean(values)))
    finished = {
        rater for rater, other in snapshot.raters.items() if len(other.votes) >= study.total_shown and other.votes
    }
    crowd = [vote for vote in snapshot.votes if vote.rater in finished and vote.role == "main"]
    best = _favourite(scores)
    epoch = best.source.get("epoch") if best else None
    return OwnResult(
        by_kind=tuple(groups),
        correct=_share_correct(study, own),
        crowd_correct=_share_correct(study, crowd) if len(finished) >= CROWD else None,
        favourite=best.label if best else "",
        favourite_epoch=epoch if isinstance(epoch, int) else None,
    )


def _scores(study: Study, vote: Vote) -> list[tuple[Condition, float]]:
    """What a vote says of each picture that competes in it."""
    measure = study.design.scale.measure
    if measure != "preference":
        return [(study.condition_of(study.trials[vote.item].items[0]), float(vote.answer))]
    won = {NO_DIFFERENCE: (0.5, 0.5), LEFT: (1.0, 0.0), RIGHT: (0.0, 1.0)}[vote.answer]
    return [(study.condition_of(item), share) for item, share in zip(vote.shown, won, strict=True)]


def _favourite(scores: list[tuple[Condition, float]]) -> Condition | None:
    """Of what was made, the condition with the highest mean, where at least two compete."""
    values: dict[str, list[float]] = {}
    named = {condition.id: condition for condition, _ in scores}
    for condition, value in scores:
        if not condition.is_real:
            values.setdefault(condition.id, []).append(value)
    if len(values) < 2:
        return None
    return named[max(values, key=lambda name: (fmean(values[name]), name))]


def _share_correct(study: Study, votes: list[Vote]) -> float | None:
    answers = [right for vote in votes if (right := is_correct(study, vote)) is not None]
    return fmean(answers) if answers else None
