"""The journal of a study: everything raters did, in `votes.jsonl`, which is the truth about it.

Events, one JSON object a line; all have `event`, `rater` and `at` (UTC):

    joined       a visitor began: language, via (how they came), plan (the trials they are to judge; null where the next
                 one is chosen as it comes), arm
    assigned     presentation, item (the trial), role, shown (the pictures as on screen, left first):
                 handed to this rater; nobody can vote on what they were not handed
    missed       presentation: it flashed while the rater was not looking (a hidden tab), and is to be shown again
    vote         vote (its id), presentation, item, answer, response_ms, shown_at, role, shown, exposure_ms, seen_ms,
                 point, gap_ms: durable before the rater hears of it
    retraction   vote: taken back by the rater; the vote itself stays in the file
    revealed     the rater has seen their own result, which tells pictures apart: nothing is taken back after that
    withdrawn    the rater takes everything back: nothing of theirs counts or is exported any more

Any number of threads and processes may append: each takes the lock, reads what the others wrote, decides, and writes
its lines at once. Threads that come while one waits for the disk are taken together by the next (`commit`): raters at
once then share an fsync. A line torn by a kill is skipped by readers and cut by the next writer.
"""

import hashlib
import json
import os
import threading
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from filelock import FileLock

from core.files import JsonLines
from core.studies.clock import now_text, seconds_of
from core.studies.errors import JournalError, VoteNotSavedError

Event = dict[str, Any]
Result = TypeVar("Result")

CLAIM_SECONDS = 600  # how long a trial handed out and not answered counts as being judged
BURST_VOTES = 40  # as many of a rater's votes are remembered with their times, to notice a script


Role = Literal["main", "practice", "attention", "repeat"]


@dataclass(frozen=True)
class Vote:
    id: str
    rater: str
    item: str  # the trial; for studies of single pictures that is the picture
    presentation: str
    answer: int
    response_ms: int  # from the moment the picture was on screen to the answer, measured in the browser
    shown_at: str  # ISO 8601, UTC, by the rater's clock
    at: str  # ISO 8601, UTC, by ours
    role: Role = "main"
    shown: tuple[str, ...] = ()  # the pictures as they were on screen, left first
    exposure_ms: int | None = None  # how long a flashed picture was to be seen: a step of the staircase
    seen_ms: int | None = None  # how long it was on screen, measured in the browser
    point: tuple[float, float] | None = None  # what gave it away: x, y from the upper left, 0 to 1
    gap_ms: int | None = None  # by our clock, since this rater's vote before; a browser may claim any response time

    @property
    def key(self) -> str:
        """One rater gives one standing vote under each key."""
        return key_of(self.item, self.role)

    @property
    def time_ms(self) -> int:
        """How long the answer took at most, whatever the browser said."""
        return self.response_ms if self.gap_ms is None else min(self.response_ms, self.gap_ms)

    def to_event(self) -> Event:
        event = {"event": "vote", "vote": self.id} | asdict(self)
        del event["id"]
        return event


@dataclass(frozen=True)
class Assignment:
    """A trial handed to a rater, for one showing."""

    presentation: str
    rater: str
    item: str
    at: float  # seconds since the epoch
    role: Role = "main"
    shown: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return key_of(self.item, self.role)


@dataclass
class RaterState:
    joined: str
    language: str = "en"
    via: str = "open"  # "open", or "invitation:<its id>"
    plan: tuple[str, ...] | None = None  # the trials that count; None: chosen as they come
    pending: list[Assignment] = field(default_factory=list)  # handed out, not yet answered; the first is on screen
    votes: dict[str, Vote] = field(default_factory=dict)  # by key, in the order given; without retracted ones
    active: float = 0.0  # seconds since the epoch, of the last event
    revealed: bool = False  # they have seen their own result
    recent: list[float] = field(default_factory=list)  # when the last votes came, seconds since the epoch


class Tallies:
    """What the events so far add up to."""

    def __init__(self) -> None:
        self.raters: dict[str, RaterState] = {}  # without those who withdrew
        self.withdrawn: dict[str, RaterState] = {}
        self.judged: dict[str, int] = {}  # trial -> standing votes that count
        self.on_left: Counter[tuple[str, str]] = Counter()  # (trial, picture) -> showings with that picture on the left
        self.assignments: dict[str, Assignment] = {}  # by presentation, all that ever were
        self.vote_ids: dict[str, Vote] = {}  # all that ever were, retracted ones too
        self.retracted: set[str] = set()
        self.claims: dict[str, list[Assignment]] = {}  # trial -> handed out, not yet answered

    def apply(self, event: Event) -> None:
        """Add one event. Unknown kinds are skipped, so that later versions may add some, and so is whatever comes
        after a rater withdrew."""
        kind, rater = event["event"], event["rater"]
        if rater in self.withdrawn:
            return
        if kind == "joined":
            self._join(rater, event)
            return
        state = self.raters[rater]
        state.active = seconds_of(event["at"])
        if kind == "assigned":
            self._assign(state, event)
        elif kind == "missed":
            self._put_down(state, event["presentation"])
        elif kind == "vote":
            self._vote(state, event)
        elif kind == "retraction":
            self._retract(state, self.vote_ids[event["vote"]])
        elif kind == "revealed":
            state.revealed = True
        elif kind == "withdrawn":
            self._withdraw(rater)

    def claimed(self, trial: str, *, now: float) -> int:
        """How many raters have a trial before them. now: seconds since the epoch.

        Claims stand in the order of their times, and each vote asks this of many trials: so it halves, not counts.
        """
        claims = self.claims.get(trial, [])
        return len(claims) - bisect_right(claims, now - CLAIM_SECONDS, key=attrgetter("at"))

    def votes(self) -> list[Vote]:
        """Standing votes in the order in which they were given."""
        return [vote for vote in self.vote_ids.values() if vote.id not in self.retracted and vote.rater in self.raters]

    def _join(self, rater: str, event: Event) -> None:
        if rater in self.raters:
            return
        plan = event.get("plan")
        self.raters[rater] = RaterState(
            event["at"],
            event.get("language", "en"),
            event.get("via", "open"),
            None if plan is None else tuple(plan),
            active=seconds_of(event["at"]),
        )

    def _assign(self, state: RaterState, event: Event) -> None:
        assignment = Assignment(
            event["presentation"],
            event["rater"],
            event["item"],
            state.active,
            event.get("role", "main"),
            tuple(event.get("shown") or (event["item"],)),
        )
        self.assignments[assignment.presentation] = assignment
        state.pending.insert(0, assignment) if event.get("again") else state.pending.append(assignment)
        self.claims.setdefault(assignment.item, []).append(assignment)
        self.on_left[assignment.item, assignment.shown[0]] += 1

    def _put_down(self, state: RaterState, presentation: str) -> None:
        put_down = self.assignments[presentation]
        state.pending = [entry for entry in state.pending if entry.presentation != presentation]
        self.claims[put_down.item] = [e for e in self.claims.get(put_down.item, []) if e.presentation != presentation]

    def _vote(self, state: RaterState, event: Event) -> None:
        values = {name: event[name] for name in Vote.__dataclass_fields__ if name in event}
        values |= {"id": event["vote"], "shown": tuple(event.get("shown") or (event["item"],))}
        if values.get("point"):
            values["point"] = tuple(values["point"])
        vote = Vote(**values)
        if vote.id in self.vote_ids or vote.key in state.votes:
            return
        self.vote_ids[vote.id] = vote
        state.votes[vote.key] = vote
        state.recent = [*state.recent[1 - BURST_VOTES :], state.active]
        if vote.role == "main":
            self.judged[vote.item] = self.judged.get(vote.item, 0) + 1
        state.pending = [entry for entry in state.pending if entry.key != vote.key]
        self.claims[vote.item] = [entry for entry in self.claims.get(vote.item, []) if entry.rater != vote.rater]

    def _retract(self, state: RaterState, vote: Vote) -> None:
        if vote.id not in self.retracted:
            self.retracted.add(vote.id)
            del state.votes[vote.key]
            if vote.role == "main":
                self.judged[vote.item] -= 1

    def _withdraw(self, rater: str) -> None:
        state = self.withdrawn[rater] = self.raters.pop(rater)
        for vote in state.votes.values():
            if vote.role == "main":
                self.judged[vote.item] -= 1
        for entry in state.pending:
            self.claims[entry.item] = [claim for claim in self.claims.get(entry.item, []) if claim.rater != rater]


@dataclass(frozen=True)
class Snapshot:
    """A study's votes at one moment."""

    votes: list[Vote]  # standing ones of all roles, in the order given
    raters: dict[str, RaterState]  # without those who withdrew
    withdrawn: int  # how many took everything back


@dataclass
class _Wish(Generic[Result]):
    """What one thread wants to write, and what came of it."""

    decide: "Callable[[Writer], Result]"
    result: Result | None = None
    error: Exception | None = None
    is_done: bool = False


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
        self._wishes: deque[_Wish[Any]] = deque()

    def commit(self, decide: "Callable[[Writer], Result]") -> Result:
        """What `decide` returns, as soon as all that it appended is on disk.

        It may run in another thread, together with those of others: each decides by what those before it appended, and
        one write and one fsync serve all. If the disk refuses, none of them counts.

        Raises: what `decide` raises; VoteNotSavedError; JournalError.
        """
        mine = _Wish(decide)
        self._wishes.append(mine)
        with self._thread_lock:
            if not mine.is_done:  # else whoever had the lock before has seen to it
                self._grant()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]  # set where there is no error

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

    def snapshot(self) -> Snapshot:
        """Standing votes, and who gave them. The states are the journal's own: read them, change nothing."""
        with self.locked() as writer:
            tallies = writer.tallies
            return Snapshot(tallies.votes(), dict(tallies.raters), len(tallies.withdrawn))

    def size(self) -> int:
        """Bytes of the file: as long as it stays the same, so does everything derived from it."""
        return self.path.stat().st_size if self.path.exists() else 0

    def _refresh(self) -> None:
        events, self._offset = self._lines.read(self._offset)
        for event in events:
            self._tallies.apply(event)

    def _grant(self) -> None:
        """Decide and write for all who wait. Holding the thread's lock."""
        wishes = [self._wishes.popleft() for _ in range(len(self._wishes))]
        staged: list[Event] = []
        try:
            with self.locked():
                writer = _StagingWriter(self, staged)
                for wish in wishes:
                    try:
                        wish.result = wish.decide(writer)
                    except Exception as error:  # noqa: BLE001, told to whoever wished it
                        wish.error = error
                self._write_staged(staged)
        except (JournalError, VoteNotSavedError) as error:
            # Also for those that wrote nothing: what they were told may rest on what was not saved.
            for wish in wishes:
                wish.error = wish.error or type(error)(error.reason)
        finally:
            for wish in wishes:
                if wish.result is None and wish.error is None:
                    wish.error = JournalError("it was interrupted")
                wish.is_done = True

    def _write_staged(self, staged: list[Event]) -> None:
        if not staged:
            return
        try:
            self._write(staged, durable=True)
        except VoteNotSavedError:
            self._tallies, self._offset = Tallies(), 0  # they hold what was not saved: the file is added up anew
            raise
        self._offset = self.size()  # nobody else writes while we hold the lock, and the tallies have these already

    def _append(self, events: list[Event], *, durable: bool) -> None:
        """Write lines at once. Raises: VoteNotSavedError, and then none of them counts."""
        self._write(events, durable=durable)
        self._refresh()

    def _write(self, events: list[Event], *, durable: bool) -> None:
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


class Writer:
    """What may be done with a journal while it is locked."""

    def __init__(self, journal: VoteJournal) -> None:
        self._journal = journal
        self.tallies = journal._tallies

    def append(self, events: list[Event], *, durable: bool = True) -> None:
        """durable: on disk (fsync) before this returns. Raises: VoteNotSavedError."""
        if events:
            self._journal._append(events, durable=durable)


class _StagingWriter(Writer):
    """Of a `commit`: what is appended counts at once for those who decide after it, and is written with theirs."""

    def __init__(self, journal: VoteJournal, staged: list[Event]) -> None:
        super().__init__(journal)
        self._staged = staged

    def append(self, events: list[Event], *, durable: bool = True) -> None:
        for one in events:
            self.tallies.apply(json.loads(json.dumps(one)))  # as it will be read from the file
        self._staged.extend(events)


def key_of(item: str, role: Role) -> str:
    """A trial seen again for agreement is another key; else a trial is answered once."""
    return f"{item}+repeat" if role == "repeat" else item


def vote_id(study_id: str, assignment: Assignment) -> str:
    """One showing of a trial to a rater gives one vote, however often it is submitted."""
    text = "|".join((study_id, assignment.rater, assignment.item, assignment.presentation))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def event(kind: str, rater_id: str, **values: Any) -> Event:
    return {"event": kind, "rater": rater_id, **values, "at": now_text()}


def is_live(assignment: Assignment, *, now: float) -> bool:
    """Whether a trial handed out still counts as being judged: a closed tab must not hold it for ever."""
    return assignment.at > now - CLAIM_SECONDS
