"""A job, as its folder tells it. Reading only: whoever wants to change something calls core.jobs.control."""

import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import AtelierError
from core.files import JsonLines, read_json
from core.jobs.identity import Identity
from core.jobs.locks import is_held
from core.workspace import Workspace

HUNG_AFTER_SECONDS = 30.0
_LOG_TAIL_BYTES = 1 << 16


class JobError(AtelierError):
    """A job is not in a state in which the wish makes sense."""


class State(StrEnum):
    QUEUED = "queued"  # waits for a device
    RUNNING = "running"
    HUNG = "hung"  # its process is there but has not given a sign of life for 30 seconds
    STOPPED = "stopped"  # on request; can go on
    DONE = "done"
    FAILED = "failed"  # with an error that end() tells
    LOST = "lost"  # its process went without a word (a kill, a power cut); can go on

    @property
    def is_active(self) -> bool:
        return self in (State.QUEUED, State.RUNNING, State.HUNG)


@dataclass(frozen=True)
class Status:
    """What the worker last said. Times are seconds since 1970."""

    done: int = 0
    total: int = 0  # 0: not known yet
    unit: str = ""
    message: str = ""
    rate_per_second: float | None = None
    eta_seconds: float | None = None
    updated: float = 0.0  # the last sign of life
    progressed: float = 0.0  # the last progress
    started: float = 0.0  # when this worker began (a resumed job: when it was resumed)
    device_slot: str = ""  # "" while waiting; several with commas between: "cuda:0,cuda:1"
    pid: int = 0
    boot_id: str = ""
    start_ticks: float = 0.0
    beat: float = 0.0  # time.monotonic() of the last sign of life: wall clocks jump, this one does not

    @property
    def share(self) -> float:
        """Done of total, 0 to 1."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0

    @property
    def device_slots(self) -> tuple[str, ...]:
        """One name per slot that it holds; a single empty one while it waits."""
        return tuple(self.device_slot.split(","))

    @property
    def identity(self) -> Identity:
        return Identity(self.pid, self.boot_id, self.start_ticks)

    def seconds_silent(self) -> float:
        """Since the last sign of life."""
        if self.identity.is_here():
            return time.monotonic() - self.beat
        return time.time() - self.updated  # another machine on shared storage: only wall clocks are comparable


@dataclass(frozen=True)
class End:
    """How a worker ended, in its own words."""

    state: State
    message: str = ""
    traceback: str = ""
    seconds: float = 0.0  # this worker's working time, without waiting for a device
    reason: str = ""  # "stop" or "pause" when it was asked to end
    ended: float = 0.0  # seconds since 1970


@dataclass(unsafe_hash=True)
class JobFolder:
    """One job or training run. Cheap to make; asks the disk at every call, so it is never out of date."""

    path: Path
    _request: dict[str, Any] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.path = Path(self.path).absolute()

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def request_path(self) -> Path:
        """run.json in a training run, job.json in any other job."""
        run = self.path / "run.json"
        return run if run.exists() else self.path / "job.json"

    @property
    def request(self) -> dict[str, Any]:
        """What was asked; never changes. Empty if the file is missing or damaged (see `damage`)."""
        if self._request is None:
            try:
                request = read_json(self.request_path)
            except (OSError, ValueError):
                request = None
            if not isinstance(request, dict):
                return {}
            self._request = request
        return self._request

    @property
    def damage(self) -> str:
        """Why this folder cannot be used as a job; "" if it can."""
        if self.request.get("kind"):
            return ""
        return f"The request of {self.id} ({self.request_path.name}) is missing or damaged, so it cannot run."

    @property
    def kind(self) -> str:
        return str(self.request.get("kind", "unknown"))

    @property
    def title(self) -> str:
        return str(self.request.get("title") or self.id)

    @property
    def settings(self) -> dict[str, Any]:
        settings = self.request.get("settings")
        return settings if isinstance(settings, dict) else {}

    @property
    def created(self) -> float:
        """Seconds since 1970."""
        created = self.request.get("created")
        return float(created) if isinstance(created, int | float) else 0.0

    @property
    def lock_path(self) -> Path:
        return self.path / "lock"

    @property
    def stop_path(self) -> Path:
        return self.path / "stop"

    @property
    def end_path(self) -> Path:
        return self.path / "end.json"

    @property
    def status_path(self) -> Path:
        return self.path / "status.json"

    @property
    def log_path(self) -> Path:
        return self.path / "log.txt"

    @property
    def ends(self) -> JsonLines:
        """How earlier workers of this job ended, before it was resumed."""
        return JsonLines(self.path / "ends.jsonl")

    def state(self) -> State:
        """Derived from what lies in the folder and from the kernel, never stored."""
        from core.jobs import queue

        end = self.end()
        if end is not None:
            return end.state
        ticket = queue.ticket_of(self)
        if ticket is not None:
            # between the ticket and the worker's lock lies the start of a Python process
            return State.QUEUED if ticket.is_alive() else self._state_without_words()
        if not self.lock_is_held():
            return self._state_without_words()
        status = self.status()
        if status is None or status.seconds_silent() <= HUNG_AFTER_SECONDS:
            return State.RUNNING
        # a worker that has just taken the lock has not replaced the status of the one before it yet
        new_worker = status.identity.is_here() and not status.identity.is_alive()
        return State.RUNNING if new_worker else State.HUNG

    @property
    def is_active(self) -> bool:
        """Whether it is queued, running or hung."""
        return self.state().is_active

    def status(self) -> Status | None:
        """The worker's last words; None if there are none, or they are torn."""
        try:
            record = read_json(self.status_path)
            return Status(
                done=int(record["done"]),
                total=int(record["total"]),
                unit=str(record["unit"]),
                message=str(record["message"]),
                rate_per_second=_number_or_none(record["rate_per_second"]),
                eta_seconds=_number_or_none(record["eta_seconds"]),
                updated=float(record["updated"]),
                progressed=float(record["progressed"]),
                started=float(record["started"]),
                device_slot=str(record["device_slot"]),
                pid=int(record["pid"]),
                boot_id=str(record["boot_id"]),
                start_ticks=float(record["start_ticks"]),
                beat=float(record["beat"]),
            )
        except (OSError, KeyError, TypeError, ValueError):
            return None

    def end(self) -> End | None:
        """How it ended; None while it has not, or when it was lost."""
        try:
            record = read_json(self.end_path)
            if record is None:
                return None
            return End(
                state=State(record["state"]),
                message=str(record["message"]),
                traceback=str(record["traceback"]),
                seconds=float(record["seconds"]),
                reason=str(record["reason"]),
                ended=float(record["ended"]),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            return End(
                State.FAILED, f"Its closing record {self.end_path.name} is damaged ({error}). It can be resumed."
            )

    def stop_request(self) -> dict[str, Any] | None:
        """What was asked ({"reason": "stop" | "pause", "asked": seconds since 1970}); None if nothing was."""
        if not self.stop_path.exists():
            return None
        try:
            request = read_json(self.stop_path)
        except (OSError, ValueError):
            request = None  # made by hand (`touch stop`): that counts
        request = request if isinstance(request, dict) else {}
        reason = "pause" if request.get("reason") == "pause" else "stop"
        return {**request, "reason": reason, "asked": _number_or_none(request.get("asked")) or 0.0}

    def log_tail(self, lines: int = 40) -> str:
        """The last lines of what was printed."""
        try:
            with self.log_path.open("rb") as handle:
                size = handle.seek(0, 2)
                handle.seek(max(0, size - _LOG_TAIL_BYTES))
                text = handle.read().decode(errors="replace")
        except OSError:
            return ""
        # a progress bar writes over its own line: what counts is what stood there last
        shown = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
        return "\n".join(deque(shown, maxlen=lines + 1)).strip("\n")

    def lock_is_held(self) -> bool:
        """Whether some process works on it or waits with it."""
        return is_held(self.lock_path, ask_through=workspace_of(self.path).queue / "ask.lock")

    def _state_without_words(self) -> State:
        """The state when no worker is there. It may have ended, properly, since its end was last looked for."""
        end = self.end()
        return State.LOST if end is None else end.state


def list_jobs(workspace: Workspace) -> list[JobFolder]:
    """All jobs and runs, newest first."""
    found = [JobFolder(path.parent) for path in workspace.jobs.glob("*/job.json")]
    found += [JobFolder(path.parent) for path in workspace.checkpoints.glob("*/run.json")]
    return sorted(found, key=lambda job: (job.created, job.id), reverse=True)


def find_job(workspace: Workspace, job_id: str) -> JobFolder:
    """The job or run with this id. Raises NotFoundError."""
    from core.errors import NotFoundError

    for path in (workspace.run(job_id), workspace.job(job_id)):
        if (path / "run.json").exists() or (path / "job.json").exists():
            return JobFolder(path)
    raise NotFoundError("job", job_id, [job.id for job in list_jobs(workspace)])


def workspace_of(path: Path) -> Workspace:
    """The workspace a job folder lies in; for a folder that was copied elsewhere, the default one."""
    path = Path(path).absolute()  # not resolved: checkpoints/ may be a link to a larger disk
    if path.parent.name == "checkpoints":
        return Workspace(path.parent.parent)
    if path.parent.name == "jobs" and path.parent.parent.name == "data":
        return Workspace(path.parent.parent.parent)
    return Workspace()


def _number_or_none(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
