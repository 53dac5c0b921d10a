"""Waiting for a device: one ticket per waiting job, one kernel lock per device slot, and no daemon.

Every worker looks for itself whether it is its turn. A slot is free at the moment its holder dies, and the ticket of
a dead waiter does not count, so nothing has to be tidied up for the queue to go on.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

from core.errors import AtelierError
from core.files import read_json, write_json
from core.jobs import devices, kinds, locks
from core.jobs.folder import JobFolder, workspace_of
from core.jobs.identity import Identity
from core.workspace import Workspace

LOOK_EVERY_SECONDS = 0.5
_STARTING_SECONDS = 20.0  # from a ticket's being written to the name of its worker standing in it


@dataclass(frozen=True)
class Ticket:
    """A job's place in the queue. Lower numbers come first; clocks play no part."""

    path: Path
    number: int
    job: JobFolder
    slots: tuple[str, ...]  # those it may take, best first; empty: it needs none
    count: int  # how many of them it needs at once
    worker: Identity | None  # None in the moment between ticket and process

    def is_alive(self) -> bool:
        """Whether its worker waits (or is just being started)."""
        if self.worker is not None and self.worker.is_alive():
            return True
        if self.worker is None:
            try:
                age_seconds = time.time() - self.path.stat().st_mtime
            except OSError:
                return False
            if abs(age_seconds) < _STARTING_SECONDS:
                return True
        # a worker in another container or on another machine has no number here, but its lock shows
        return self.job.lock_is_held()


@dataclass(frozen=True)
class Turn:
    """A slot that is held until the lock is released, or its process is gone."""

    slot: str
    lock: FileLock


@contextmanager
def changing(workspace: Workspace) -> Iterator[None]:
    """One at a time decides over starting and resuming, so that two tabs cannot start the same job twice."""
    workspace.queue.mkdir(parents=True, exist_ok=True)
    lock = locks.take(workspace.queue / "control.lock", timeout_seconds=30)
    if lock is None:
        raise AtelierError(
            f"Another process has held {workspace.queue / 'control.lock'} for 30 seconds. "
            "Wait a moment and try again; if it stays so, restart the app."
        )
    try:
        yield
    finally:
        lock.release()


def tickets(workspace: Workspace) -> list[Ticket]:
    """All tickets, the first in the queue first; also those of dead waiters."""
    found = (_read_ticket(path) for path in workspace.queue.glob("*.ticket"))
    return sorted((ticket for ticket in found if ticket is not None), key=lambda ticket: ticket.number)


def ticket_of(job: JobFolder) -> Ticket | None:
    """The job's ticket, if it has one."""
    for path in workspace_of(job.path).queue.glob("*.ticket"):
        if path.stem.partition("-")[2] == job.id:
            ticket = _read_ticket(path)
            if ticket is not None and ticket.job.path.resolve() == job.path.resolve():
                return ticket
    return None


def position(job: JobFolder) -> int | None:
    """How many living waiters stand before it for the same device, itself included: 1 is next. None: not waiting."""
    own = ticket_of(job)
    if own is None:
        return None
    return 1 + sum(
        other.number < own.number and set(other.slots) & set(own.slots) != set() and other.is_alive()
        for other in tickets(workspace_of(job.path))
    )


def draw_ticket(workspace: Workspace, job: JobFolder, worker: Identity | None = None) -> Ticket:
    """Put the job at the end of the queue (inside `changing`). Tickets of dead waiters are swept on the way.

    Raises: ConfigError if it asks for a device that is not there.
    """
    slots, count = _slots_wanted(job)
    known = tickets(workspace)
    number = 1 + max((ticket.number for ticket in known), default=0)
    for ticket in known:
        if ticket.job.path.resolve() == job.path.resolve() or not ticket.is_alive():
            ticket.path.unlink(missing_ok=True)
    path = workspace.queue / f"{number:08d}-{job.id}.ticket"
    ticket = Ticket(path, number, job, slots, count, worker)
    _write_ticket(ticket)
    return ticket


def name_worker(ticket: Ticket, worker: Identity | None) -> None:
    """Write into the ticket which process waits with it, unless that process is through with waiting already."""
    if worker is not None and ticket.path.exists():
        _write_ticket(replace(ticket, worker=worker))


def wait_for_turn(
    workspace: Workspace, ticket: Ticket, *, give_up: Callable[[], bool], on_wait: Callable[[int], None]
) -> list[Turn] | None:
    """Wait until as many slots are free as the job needs, and nobody older wants them.

    It takes all of them at one look, or none, so it never keeps one from others while it waits for the rest. Younger
    ones leave free what it wants meanwhile, so it cannot wait for ever.

    Args:
        give_up: asked at every look; True ends the wait.
        on_wait: told the position in the queue at every look.
    Returns: its slots with their held locks (none for a job that needs none); None when the wait was given up.
    """
    if not ticket.slots:
        return None if give_up() else []
    while not give_up():
        older = [other for other in tickets(workspace) if other.number < ticket.number and other.is_alive()]
        wanted_by_older = {slot for other in older for slot in other.slots}
        turns = _take([slot for slot in ticket.slots if slot not in wanted_by_older], ticket.count, workspace)
        if turns:
            return turns
        on_wait(1 + sum(set(other.slots) & set(ticket.slots) != set() for other in older))
        time.sleep(LOOK_EVERY_SECONDS)
    return None


def _take(slots: Sequence[str], count: int, workspace: Workspace) -> list[Turn]:
    """The first `count` of these slots that are free; nothing if there are fewer."""
    taken: list[Turn] = []
    try:
        for slot in slots:
            lock = locks.take(slot_lock_path(workspace, slot))
            if lock is not None:
                taken.append(Turn(slot, lock))
            if len(taken) == count:
                return taken
    except BaseException:
        release(taken)
        raise
    release(taken)
    return []


def release(turns: Sequence[Turn]) -> None:
    for turn in turns:
        turn.lock.release()


def slot_lock_path(workspace: Workspace, slot: str) -> Path:
    return workspace.queue / f"slot-{slot.replace(':', '-')}.lock"


def _slots_wanted(job: JobFolder) -> tuple[tuple[str, ...], int]:
    """Those it may take, and how many of them it needs. Raises ConfigError if there are fewer."""
    if kinds.directs(job.kind):
        return (), 0
    if not kinds.needs_device(job.kind):
        return devices.IO_SLOTS, 1
    device, count = str(job.settings.get("device") or "auto"), int(job.settings.get("devices") or 1)
    devices.check_count(device, count)
    slots = tuple(devices.slots_for(device))
    return slots, 1 if "cpu" in slots else count  # processes on the processor share its slot


def _write_ticket(ticket: Ticket) -> None:
    worker = asdict(ticket.worker) if ticket.worker is not None else {}
    record = {"folder": str(ticket.job.path), "slots": list(ticket.slots), "count": ticket.count, **worker}
    write_json(ticket.path, record, durable=False)


def _read_ticket(path: Path) -> Ticket | None:
    """The ticket in a file; None if it was removed meanwhile or is torn (then its job counts as lost)."""
    try:
        record = read_json(path)
        number = int(path.name.partition("-")[0])
        job = JobFolder(Path(record["folder"]))
        slots, count = tuple(str(slot) for slot in record["slots"]), int(record.get("count", 1))
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return Ticket(path, number, job, slots, count, Identity.from_record(record))
