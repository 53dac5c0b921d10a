"""One rater's way through a study: what is on screen, answering it, taking the last answer back, leaving."""

import secrets
from dataclasses import dataclass

from core.studies.clock import now_seconds, now_text
from core.studies.errors import LinkError, StaleVoteError, StudyClosedError, StudyFullError, TooFastError
from core.studies.journal import (
    BURST_VOTES,
    Assignment,
    Event,
    RaterState,
    Role,
    Tallies,
    Vote,
    VoteJournal,
    Writer,
    event,
    vote_id,
)
from core.studies.kinds import GENERATED, REAL
from core.studies.links import access, is_rater_id, new_rater_id
from core.studies.schedule import choose_plan, next_trial, on_screen
from core.studies.study import Study

_AHEAD = 2  # trials handed out at a time: the one on screen, and the next, so that the browser can have it ready
_LONGEST_MS = 24 * 3600 * 1000
_BURST_SECONDS = 10.0  # for as many votes as are remembered; a person who never looks takes longer


@dataclass(frozen=True)
class Showing:
    """A trial for one showing. The identifiers are random and say nothing."""

    presentation: str
    items: tuple[str, ...]  # as on screen, left first
    role: Role
    marked: int | None = None  # which of the two is marked as the real one ("side-by-side")
    exposure_ms: int | None = None  # timed exposure: how long it is to flash; told for the current one only


@dataclass(frozen=True)
class Feedback:
    """After a practice answer to a question that has a right one."""

    correct: bool
    truth: str  # "real" or "generated"


@dataclass(frozen=True)
class Ballot:
    """What a rater has before them."""

    current: Showing | None  # None: finished
    upcoming: Showing | None
    done: int
    total: int
    can_undo: bool = False
    feedback: Feedback | None = None  # on the answer just given
    revealed: bool = False  # the rater has seen their own result


def join(study: Study, journal: VoteJournal, *, language: str = "", invitation: str = "") -> str:
    """Begin as a new rater; return the id to keep in the URL.

    Args:
        language: of the wording they read; one that the study does not have counts as its first.
        invitation: the id of the invitation they came by. Whoever comes by it again is the same rater.

    Raises: StudyClosedError, StudyFullError, VoteNotSavedError.
    """
    _require_open(study)
    via = f"invitation:{invitation}" if invitation else "open"
    with journal.locked() as writer:
        tallies = writer.tallies
        if invitation:
            before = next((rater for rater, state in tallies.raters.items() if state.via == via), None)
            if before:
                return before
        if stop_reached(study, tallies) or (not invitation and _open_raters(tallies) >= study.design.max_raters):
            raise StudyFullError()
        rater_id = new_rater_id()
        plan = choose_plan(study, rater_id, tallies, now=now_seconds())
        told = language if language in study.design.wordings else study.design.languages[0]
        writer.append([event("joined", rater_id, language=told, via=via, plan=plan)])
    return rater_id


def is_rater(journal: VoteJournal, rater_id: str) -> bool:
    """Whether this id was given out by `join` for this study, and has not withdrawn."""
    if not is_rater_id(rater_id):
        return False
    with journal.locked() as writer:
        return rater_id in writer.tallies.raters


def has_withdrawn(journal: VoteJournal, rater_id: str) -> bool:
    """Whether a rater of this study took everything back."""
    with journal.locked() as writer:
        return rater_id in writer.tallies.withdrawn


def language_of(journal: VoteJournal, rater_id: str) -> str:
    """In which a rater began. Raises: LinkError for an unknown rater."""
    with journal.locked() as writer:
        return _require_rater(writer, rater_id).language


def rater_of_invitation(journal: VoteJournal, invitation: str) -> str:
    """Who came by this invitation before, or ""."""
    with journal.locked() as writer:
        states = writer.tallies.raters.items()
        return next((rater for rater, state in states if state.via == f"invitation:{invitation}"), "")


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
    seen_ms: object = None,
    point: object = None,
) -> Ballot:
    """Take an answer, and hand out the next picture. When this returns, the vote is on disk.

    The arguments after the rater come from a browser, so they are checked, whatever they are. The same showing answered
    again (a double press, a resent message) changes nothing.

    Args:
        seen_ms: timed exposure: how long the picture was on screen, measured in the browser.
        point: [x, y] of what gave a picture away, from its upper left, 0 to 1.

    Raises:
        StudyClosedError, LinkError: the study takes no votes; the rater is unknown.
        StaleVoteError: not a picture this rater was handed, or not an answer of the scale.
        TooFastError: more votes within seconds than a person can give.
        VoteNotSavedError: the journal cannot be written; the vote does not count and may be cast again.
    """
    _require_open(study)

    def decide(writer: Writer) -> Ballot:
        state = _require_rater(writer, rater_id)
        assignment = writer.tallies.assignments.get(presentation)
        if assignment is None or assignment.rater != rater_id:
            raise StaleVoteError()
        if type(answer) is not int or answer not in study.design.answers or type(response_ms) is not int:
            raise StaleVoteError()
        identity = vote_id(study.id, assignment)
        if identity not in writer.tallies.vote_ids and assignment.key not in state.votes:
            if not state.pending or state.pending[0].presentation != presentation:
                raise StaleVoteError()  # not its turn yet, or put down because the rater was not looking
            now = now_seconds()
            if len(state.recent) >= BURST_VOTES and now - state.recent[0] < _BURST_SECONDS:
                raise TooFastError()
            vote = Vote(
                id=identity,
                rater=rater_id,
                item=assignment.item,
                presentation=presentation,
                answer=answer,
                response_ms=min(max(response_ms, 0), _LONGEST_MS),
                shown_at=shown_at[:40],
                at=now_text(),
                role=assignment.role,
                shown=assignment.shown,
                exposure_ms=_exposure(study, state),
                seen_ms=min(max(seen_ms, 0), _LONGEST_MS) if type(seen_ms) is int else None,
                point=_point(point) if study.design.ask_where else None,
                gap_ms=min(max(round((now - state.active) * 1000), 0), _LONGEST_MS),
            )
            writer.append([vote.to_event(), *_assignments(study, writer, rater_id, answered=assignment)])
        return _ballot(study, writer, rater_id, feedback=_feedback(study, assignment, answer))

    return journal.commit(decide)


def miss(study: Study, journal: VoteJournal, rater_id: str, presentation: str) -> Ballot:
    """A picture flashed while the rater's tab was hidden: put it down, and show it again under another number.

    Raises: as `cast`.
    """
    _require_open(study)
    with journal.locked() as writer:
        state = _require_rater(writer, rater_id)
        current = next((entry for entry in state.pending if entry.presentation == presentation), None)
        if current is not None:
            again = _assigned(rater_id, current.item, current.role, current.shown) | {"again": True}
            writer.append([event("missed", rater_id, presentation=presentation), again])
        return _ballot(study, writer, rater_id)


def undo(study: Study, journal: VoteJournal, rater_id: str) -> Ballot:
    """Take back this rater's last standing vote and show its picture again.

    Where that cannot be, nothing changes: there is none, its right answer was told, the rater has seen their result, or
    what followed depended on it (timed exposure).

    Raises: as `cast`.
    """
    _require_open(study)
    with journal.locked() as writer:
        state = _require_rater(writer, rater_id)
        if _can_undo(study, state):
            last = next(reversed(state.votes.values()))
            again = _assigned(rater_id, last.item, last.role, last.shown) | {"again": True}  # before what was on screen
            writer.append([event("retraction", rater_id, vote=last.id), again])
        return _ballot(study, writer, rater_id)


def reveal(study: Study, journal: VoteJournal, rater_id: str) -> Ballot:
    """Note that a rater who has finished sees their own result: it tells pictures apart, so no answer changes any more.

    Raises: LinkError for an unknown rater; VoteNotSavedError, and then nothing may be shown.
    """
    with journal.locked() as writer:
        state = _require_rater(writer, rater_id)
        if not state.revealed and len(state.votes) >= study.total_shown:
            writer.append([event("revealed", rater_id)])
        return _ballot(study, writer, rater_id)


def withdraw(study: Study, journal: VoteJournal, rater_id: str) -> None:
    """Take everything back, also from a closed study: nothing of this rater counts or is exported any more.

    Raises: LinkError for an unknown rater; VoteNotSavedError.
    """
    with journal.locked() as writer:
        _require_rater(writer, rater_id)
        writer.append([event("withdrawn", rater_id)])


def stop_reached(study: Study, tallies: Tallies, *, now: float | None = None) -> bool:
    """Whether the rule fixed at opening says that no new rater is taken."""
    rule = study.design.stop
    finished = fewest = 0
    if rule.kind == "raters":
        finished = sum(len(state.votes) >= study.total_shown for state in tallies.raters.values())
    elif rule.kind == "judgements":
        counts = {condition.id: 0 for condition in study.conditions}
        for trial, judged in tallies.judged.items():
            for item in study.trials[trial].items:
                if study.items[item].condition in counts:
                    counts[study.items[item].condition] += judged
        fewest = min(counts.values())
    seconds = now_seconds() if now is None else now
    return rule.reached(finished_raters=finished, fewest_judgements=fewest, now_seconds=seconds)


def is_correct(study: Study, vote: Vote) -> bool | None:
    """Whether an answer to "real or generated" was right; None for other kinds."""
    if study.design.scale.measure != "detection":
        return None
    return (vote.answer == REAL) == study.condition_of(vote.shown[0]).is_real


def _assignments(study: Study, writer: Writer, rater_id: str, answered: Assignment | None = None) -> list[Event]:
    """The events that fill a rater's hand up to what is handed out ahead."""
    state = writer.tallies.raters[rater_id]
    done = answered.key if answered else ""
    hand = [entry.key for entry in state.pending if entry.key != done]
    taken = [*hand, done] if done else list(hand)
    events = []
    while len(hand) < _AHEAD:
        found = next_trial(study, rater_id, writer.tallies, besides=taken)
        if found is None:
            break
        item, role = found
        shown = on_screen(study.trials[item], role, writer.tallies, state)
        events.append(_assigned(rater_id, item, role, shown))
        hand.append(Assignment("", rater_id, item, 0.0, role).key)
        taken.append(hand[-1])
    return events


def _assigned(rater_id: str, item: str, role: Role, shown: tuple[str, ...]) -> Event:
    return event("assigned", rater_id, presentation=secrets.token_hex(8), item=item, role=role, shown=shown)


def _ballot(study: Study, writer: Writer, rater_id: str, feedback: Feedback | None = None) -> Ballot:
    state = writer.tallies.raters[rater_id]
    total = study.total_shown
    hand = state.pending[: max(0, min(_AHEAD, total - len(state.votes)))]
    return Ballot(
        current=_showing(study, hand[0], _exposure(study, state)) if hand else None,
        upcoming=_showing(study, hand[1], None) if len(hand) > 1 else None,
        done=len(state.votes),
        total=total,
        can_undo=_can_undo(study, state),
        feedback=feedback,
        revealed=state.revealed,
    )


def _showing(study: Study, assignment: Assignment, exposure_ms: int | None) -> Showing:
    marked = None
    if study.design.kind == "side-by-side":
        marked = assignment.shown.index(study.trials[assignment.item].items[1])
    return Showing(assignment.presentation, assignment.shown, assignment.role, marked, exposure_ms)


def _exposure(study: Study, state: RaterState) -> int | None:
    """How long the picture now before a rater is to be seen: practice begins at the start, and does not move it."""
    if study.design.exposure != "staircase":
        return None
    return study.design.staircase.next_ms(
        bool(is_correct(study, vote)) for vote in state.votes.values() if vote.role == "main"
    )


def _feedback(study: Study, assignment: Assignment, answer: int) -> Feedback | None:
    if assignment.role != "practice" or study.design.scale.measure != "detection":
        return None
    is_real = study.condition_of(assignment.shown[0]).is_real
    return Feedback(answer == (REAL if is_real else GENERATED), "real" if is_real else "generated")


def _can_undo(study: Study, state: RaterState) -> bool:
    if not state.votes or state.revealed or study.design.exposure == "staircase":
        return False
    last = next(reversed(state.votes.values()))
    return last.role != "practice" or study.design.scale.measure != "detection"


def _point(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    numbers = [float(part) for part in value if isinstance(part, int | float) and 0 <= part <= 1]
    return (round(numbers[0], 4), round(numbers[1], 4)) if len(numbers) == 2 else None


def _open_raters(tallies: Tallies) -> int:
    return sum(state.via == "open" for state in tallies.raters.values())


def _require_open(study: Study) -> None:
    if not access(study).takes_votes():
        raise StudyClosedError()


def _require_rater(writer: Writer, rater_id: str) -> RaterState:
    state = writer.tallies.raters.get(rater_id)
    if state is None:
        raise LinkError()
    return state
