"""One rater's way through a study: what is on screen, answering it, taking the last answer back."""

import secrets
from dataclasses import dataclass

from core.studies.assignment import next_item
from core.studies.clock import now_text
from core.studies.errors import LinkError, StaleVoteError, StudyClosedError
from core.studies.journal import Assignment, Event, RaterState, Vote, VoteJournal, Writer, event, vote_id
from core.studies.links import access, is_rater_id, new_rater_id
from core.studies.study import Study

_AHEAD = 2  # pictures handed out at a time: the one on screen, and the next, so that the browser can have it ready
_LONGEST_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Showing:
    """A picture for one showing. Both values are random and say nothing."""

    presentation: str
    item: str


@dataclass(frozen=True)
class Ballot:
    """What a rater has before them."""

    current: Showing | None  # None: finished
    upcoming: Showing | None
    done: int
    total: int

    @property
    def can_undo(self) -> bool:
        return self.done > 0


@dataclass(frozen=True)
class OwnResult:
    """What a rater is told at the end: their own mean answer by kind of picture."""

    means: dict[str, float]  # "generated", "real"
    counts: dict[str, int]


def join(study: Study, journal: VoteJournal) -> str:
    """Begin as a new rater; return the id to keep in the URL. Raises: StudyClosedError, VoteNotSavedError."""
    _require_open(study)
    rater_id = new_rater_id()
    with journal.locked() as writer:
        writer.append([event("joined", rater_id)])
    return rater_id


def is_rater(journal: VoteJournal, rater_id: str) -> bool:
    """Whether this id was given out by `join` for this study."""
    if not is_rater_id(rater_id):
        return False
    with journal.locked() as writer:
        return rater_id in writer.tallies.raters


def ballot(study: Study, journal: VoteJournal, rater_id: str) -> Ballot:
    """What is before a rater now: after a reload the same pictures as before it.

    Raises: LinkError for an unknown rater; VoteNotSavedError if the next picture could not be noted down.
    """
    with journal.locked() as writer:
        _require_rater(writer, rater_id)
        writer.append(_assignments(study, writer, rater_id), durable=False)
        return _ballot(study, writer, rater_id)


def cast(
    study: Study,
    journal: VoteJournal,
    rater_id: str,
    presentation: str,
    answer: object,
    *,
    response_ms: object,
    shown_at: str,
) -> Ballot:
    """Take an answer, and hand out the next picture. When this returns, the vote is on disk.

    The arguments after the rater come from a browser, so they are checked, whatever they are.

    The same showing answered again (a double press, a resent message) changes nothing.

    Raises:
        StudyClosedError, LinkError: the study takes no votes; the rater is unknown.
        StaleVoteError: not a picture this rater was handed, or not an answer of the scale.
        VoteNotSavedError: the journal cannot be written; the vote does not count and may be cast again.
    """
    _require_open(study)
    with journal.locked() as writer:
        state = _require_rater(writer, rater_id)
        assignment = writer.tallies.assignments.get(presentation)
        if assignment is None or assignment.rater != rater_id:
            raise StaleVoteError()
        if type(answer) is not int or answer not in study.design.scale.answers or type(response_ms) is not int:
            raise StaleVoteError()
        identity = vote_id(study.id, assignment)
        if identity not in writer.tallies.vote_ids and assignment.item not in state.votes:
            vote = Vote(
                id=identity,
                rater=rater_id,
                item=assignment.item,
                presentation=presentation,
                answer=answer,
                response_ms=min(max(response_ms, 0), _LONGEST_MS),
                shown_at=shown_at[:40],
                at=now_text(),
            )
            writer.append([vote.to_event(), *_assignments(study, writer, rater_id, answered=assignment.item)])
        return _ballot(study, writer, rater_id)


def undo(study: Study, journal: VoteJournal, rater_id: str) -> Ballot:
    """Take back this rater's last standing vote and show its picture again. Without one, nothing changes.

    Raises: as `cast`.
    """
    _require_open(study)
    with journal.locked() as writer:
        state = _require_rater(writer, rater_id)
        if state.votes:
            last = next(reversed(state.votes.values()))
            again = _assigned(rater_id, last.item) | {"again": True}  # comes before what was on screen
            writer.append([event("retraction", rater_id, vote=last.id), again])
        return _ballot(study, writer, rater_id)


def own_result(study: Study, journal: VoteJournal, rater_id: str) -> OwnResult:
    """A rater's own answers by kind of picture. Raises: LinkError for an unknown rater."""
    kinds = {condition.id: condition.kind for condition in study.conditions}
    answers: dict[str, list[int]] = {}
    with journal.locked() as writer:
        for vote in _require_rater(writer, rater_id).votes.values():
            answers.setdefault(kinds[study.items[vote.item].condition], []).append(vote.answer)
    return OwnResult(
        {kind: sum(values) / len(values) for kind, values in sorted(answers.items())},
        {kind: len(values) for kind, values in sorted(answers.items())},
    )


def _assignments(study: Study, writer: Writer, rater_id: str, answered: str = "") -> list[Event]:
    """The events that fill a rater's hand up to what is handed out ahead."""
    state = writer.tallies.raters[rater_id]
    hand = [entry.item for entry in state.pending if entry.item != answered]
    taken = {*hand, answered} - {""}
    events = []
    while len(hand) < _AHEAD:
        item = next_item(study, rater_id, writer.tallies, besides=taken)
        if item is None:
            break
        events.append(_assigned(rater_id, item))
        hand.append(item)
        taken.add(item)
    return events


def _assigned(rater_id: str, item: str) -> Event:
    return event("assigned", rater_id, presentation=secrets.token_hex(8), item=item)


def _ballot(study: Study, writer: Writer, rater_id: str) -> Ballot:
    state = writer.tallies.raters[rater_id]
    left = study.total_per_rater - len(state.votes)
    hand = [_showing(entry) for entry in state.pending[: min(_AHEAD, left)]]
    return Ballot(
        current=hand[0] if hand else None,
        upcoming=hand[1] if len(hand) > 1 else None,
        done=len(state.votes),
        total=study.total_per_rater,
    )


def _showing(assignment: Assignment) -> Showing:
    return Showing(assignment.presentation, assignment.item)


def _require_open(study: Study) -> None:
    if not access(study).is_open:
        raise StudyClosedError()


def _require_rater(writer: Writer, rater_id: str) -> RaterState:
    state = writer.tallies.raters.get(rater_id)
    if state is None:
        raise LinkError()
    return state
