"""The journal of a study: everything raters did, in `votes.jsonl`, which is the truth about it.

Events, one JSON object a line; all have `event`, `rater` and `at` (UTC):

    joined       a visitor began
    assigned     presentation, item: a picture was handed to this rater; nobody can vote on what they were not handed
    vote         vote (its id), presentation, item, answer, response_ms, shown_at: durable before the rater hears of it
    retraction   vote: taken back by the rater; the vote itself stays in the file

Any number of threads and processes may append: each takes the lock, reads what the others wrote, decides, and writes
its lines at once. A line torn by a kill is skipped by readers and cut by the next writer.
"""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from core.files import JsonLines
from core.studies.clock import now_text, seconds_of
from core.studies.errors import JournalError, VoteNotSavedError

Event = dict[str, Any]


@dataclass(frozen=True)
class Vote:
    id: str
    rater: str
    item: str
    presentation: str
    answer: int
    response_ms: int  # from the moment the picture was on screen to the answer, measured in the browser
    shown_at: str  # ISO 8601, UTC, by the rater's clock
    at: str  # ISO 8601, UTC, by ours

    def to_event(self) -> Event:
        return {
            "event": "vote",
            "vote": self.id,
            "rater": self.rater,
            "item": self.item,
            "presentation": self.presentation,
            "answer": self.answer,
            "response_ms": self.response_ms,
            "shown_at": self.shown_at,
            "at": self.at,
        }


@dataclass(frozen=True)
class Assignment:
    """A picture handed to a rater, for one showing."""

    presentation: str
    rater: str
    item: str
    at: float  # seconds since the epoch


@dataclass
class RaterState:
    joined: str
    pending: list[Assignment] = field(default_factory=list)  # handed out, not yet answered; the first is on screen
    votes: dict[str, Vote] = field(default_factory=dict)  # by item, in the order given; without retracted ones


class Tallies:
    """What the events so far add up to."""

    def __init__(self) -> None:
        self.raters: dict[str, RaterState] = {}
        self.judged: dict[str, int] = {}  # item -> standing votes
        self.assignments: dict[str, Assignment] = {}  # by presentation, all that ever were
        self.vote_ids: dict[str, Vote] = {}  # all that ever were, retracted ones too
        self.retracted: set[str] = set()
        self.claims: dict[str, list[Assignment]] = {}  # item -> handed out, not yet answered

    def apply(self, event: Event) -> None:
        """Add one event. Unknown kinds are skipped, so that later versions may add some."""
        kind, rater = event["event"], event["rater"]
        if kind == "joined":
            self.raters.setdefault(rater, RaterState(event["at"]))
        elif kind == "assigned":
            assignment = Assignment(event["presentation"], rater, event["item"], seconds_of(event["at"]))
            self.assignments[assignment.presentation] = assignment
            pending = self.raters[rater].pending
            pending.insert(0, assignment) if event.get("again") else pending.append(assignment)
            self.claims.setdefault(assignment.item, []).append(assignment)
        elif kind == "vote":
            vote = Vote(**{name: event["vote" if name == "id" else name] for name in Vote.__dataclass_fields__})
            state = self.raters[rater]
            if vote.id in self.vote_ids or vote.item in state.votes:
                return
            self.vote_ids[vote.id] = vote
            state.votes[vote.item] = vote
            self.judged[vote.item] = self.judged.get(vote.item, 0) + 1
            state.pending = [entry for entry in state.pending if entry.item != vote.item]
            self.claims[vote.item] = [entry for entry in self.claims.get(vote.item, []) if entry.rater != rater]
        elif kind == "retraction":
            vote = self.vote_ids[event["vote"]]
            if vote.id not in self.retracted:
                self.retracted.add(vote.id)
                del self.raters[rater].votes[vote.item]
                self.judged[vote.item] -= 1

    def votes(self) -> list[Vote]:
        """Standing votes in the order in which they were given."""
        return [vote for vote in self.vote_ids.values() if vote.id not in self.retracted]


class VoteJournal:
    """The journal of one study. One object serves all threads of a process; processes meet at the file lock."""

    def __init__(self, study_folder: Path) -> None:
        self.path = study_folder / "votes.jsonl"
        self._lines = JsonLines(self.path)
        self._thread_lock = threading.RLock()
        # Polled, because that is what works on every platform; a writer holds it for a few milliseconds.
        self._process_lock = FileLock(study_folder / "votes.lock", poll_interval=0.005, thread_local=False)
        self._tallies = Tallies()
        self._offset = 0

    @contextmanager
    def locked(self) -> Iterator["Writer"]:
        """Exclusive and up to date: what the block decides by still holds when it writes.

        Raises: JournalError if the disk refuses even that.
        """
        with self._thread_lock, ExitStack() as held:
            try:
                held.enter_context(self._process_lock)
                self._refresh()
            except OSError as error:
                raise JournalError(error.strerror or type(error).__name__) from error
            yield Writer(self)

    def votes(self) -> list[Vote]:
        """Standing votes, in the order in which they were given."""
        with self.locked() as writer:
            return writer.tallies.votes()

    def events(self) -> list[Event]:
        """Every event as it stands in the file."""
        return self._lines.rows()

    def snapshot(self) -> tuple[list[Vote], dict[str, str]]:
        """Standing votes, and when each rater joined."""
        with self.locked() as writer:
            joined = {rater: state.joined for rater, state in writer.tallies.raters.items()}
            return writer.tallies.votes(), joined

    def _refresh(self) -> None:
        events, self._offset = self._lines.read(self._offset)
        for event in events:
            self._tallies.apply(event)

    def _append(self, events: list[Event], *, durable: bool) -> None:
        """Write lines at once. Raises: VoteNotSavedError, and then none of them counts."""
        before = self.path.stat().st_size if self.path.exists() else 0
        try:
            self._lines.append(*events, durable=durable)
        except OSError as error:
            # Whole lines may be in the file although it could not be made durable. The rater is told that nothing was
            # saved, so nothing may count: cut back. Shrinking a file needs no space, so a full disk cannot refuse it.
            with suppress(OSError):
                if self.path.stat().st_size > before:
                    os.truncate(self.path, before)
            raise VoteNotSavedError(error.strerror or type(error).__name__) from error
        self._refresh()


class Writer:
    """What may be done with a journal while it is locked."""

    def __init__(self, journal: VoteJournal) -> None:
        self._journal = journal
        self.tallies = journal._tallies

    def append(self, events: list[Event], *, durable: bool = True) -> None:
        """durable: on disk (fsync) before this returns. Raises: VoteNotSavedError."""
        if events:
            self._journal._append(events, durable=durable)


def vote_id(study_id: str, assignment: Assignment) -> str:
    """One showing of a picture to a rater gives one vote, however often it is submitted."""
    text = "|".join((study_id, assignment.rater, assignment.item, assignment.presentation))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def event(kind: str, rater_id: str, **values: Any) -> Event:
    return {"event": kind, "rater": rater_id, **values, "at": now_text()}


def live(assignment: Assignment, *, now: float | None = None, patience_seconds: float = 600) -> bool:
    """Whether a picture handed out still counts as being judged: a closed tab must not hold it for ever."""
    return (time.time() if now is None else now) - assignment.at < patience_seconds
