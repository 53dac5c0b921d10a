"""Creating, starting, stopping and resuming jobs. Everything here may be called from any process, at any time."""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import AtelierError, ConfigError
from core.files import new_id, remove_temporary, write_json
from core.jobs import identity, kinds, queue
from core.jobs.code_version import code_version
from core.jobs.execute import execute
from core.jobs.folder import End, JobError, JobFolder, State, Status
from core.workspace import Workspace, slug

FREE_DISK_FLOOR_BYTES = 512 << 20
_PROJECT = Path(__file__).resolve().parents[2]
_LOOK_EVERY_SECONDS = 0.2


class DiskFullError(AtelierError):
    def __init__(self, folder: Path, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(
            f"Found {free_bytes / 1e9:.1f} GB free on the disk of {folder}, but this needs "
            f"{needed_bytes / 1e9:.1f} GB. "
            "Free some space, or set ATELIER_HOME to a folder on a larger disk."
        )


def create(
    workspace: Workspace,
    kind: str,
    settings: dict[str, Any],
    *,
    title: str,
    job_id: str | None = None,
    folder: Path | None = None,
    disk_bytes_needed: int = 0,
) -> JobFolder:
    """Make a job's folder with its request; nothing is started.

    Args:
        kind: a key of core.jobs.kinds.KINDS.
        settings: validated, and JSON all through. "device" ("auto", "cpu", "cuda", "cuda:1") chooses a slot.
        title: shown to people.
        job_id: the folder's name; by default time and title.
        folder: where, if not in data/jobs. A folder in checkpoints/ gets run.json, any other job.json.
        disk_bytes_needed: what it will write; starting is refused when that much is not free.
    Raises: ConfigError, also if the folder holds a job already.
    """
    kinds.check_kind(kind)
    path = folder if folder is not None else workspace.job(job_id or new_id(slug(title)[:40]))
    request = path / ("run.json" if path.parent.resolve() == workspace.checkpoints else "job.json")
    if request.exists():
        raise ConfigError(f"There is a job called {path.name!r} already. Choose another name.")
    path.mkdir(parents=True, exist_ok=True)
    write_json(
        request,
        {
            "kind": kind,
            "title": title,
            "settings": settings,
            "created": time.time(),
            "code": code_version(),
            "disk_bytes_needed": disk_bytes_needed,
        },
    )
    return JobFolder(path)


def submit(workspace: Workspace, kind: str, settings: dict[str, Any], *, title: str, **options: Any) -> JobFolder:
    """create and start in one. options: those of create."""
    job = create(workspace, kind, settings, title=title, **options)
    try:
        start(workspace, job)
    except AtelierError:
        shutil.rmtree(job.path)  # a refusal must not leave a job behind that looks lost
        raise
    return job


def start(workspace: Workspace, job: JobFolder) -> None:
    """Queue a job that has not run yet; a process of its own does it when its turn comes.

    Raises: JobError if it is active or has ended; DiskFullError; ConfigError if it asks for a device that is not there.
    """
    with queue.changing(workspace):
        state = job.state()
        if state is not State.LOST:  # new folders look lost: neither ticket nor worker nor end
            wish = "It is at work already." if state.is_active else "Resume it to go on."
            raise JobError(f"{job.title} is {state}, so it cannot be started. {wish}")
        _start(workspace, job)


def resume(workspace: Workspace, job: JobFolder, *, again: bool = False) -> None:
    """Let a stopped, failed or lost job go on where it was.

    Args:
        again: also one that is done, because its kind has found more to do.
    Raises: JobError if it is active, or done; and as start.
    """
    with queue.changing(workspace):
        state = job.state()
        if state.is_active:
            raise JobError(f"{job.title} is {state}; there is nothing to resume.")
        if state is State.DONE and not again:
            raise JobError(f"{job.title} is done; there is nothing to resume. Start a new one to go further.")
        _check_can_start(workspace, job)
        _reopen(job)
        _start(workspace, job)


def stop(workspace: Workspace, job: JobFolder, reason: str = "stop", *, force: bool = False) -> None:
    """Ask a job to end after its current step; it saves and can be resumed.

    Args:
        reason: "stop", or "pause" (the same with another word: the device is free meanwhile).
        force: end its processes at once instead. What was not saved is lost, and so is the job; it can be resumed.
    Raises: JobError if it is not active, or (force) if its process cannot be reached from here.
    """
    if reason not in ("stop", "pause"):
        raise ConfigError(f"A job can be asked to 'stop' or to 'pause', not to {reason!r}.")
    state = job.state()
    if not state.is_active:
        raise JobError(f"{job.title} is not running: it is {state}.")
    write_json(job.stop_path, {"reason": reason, "asked": time.time(), "force": force})
    if force:
        _kill(job)


def run_here(workspace: Workspace, job: JobFolder, on_progress: Callable[[Status], None] | None = None) -> End:
    """Do the work in this process, as a worker would: queue, lock, status and end are the same.

    Ctrl-C stops after the current step, a second Ctrl-C at once. A job that has ended goes on where it was.
    Raises: JobError if it is at work elsewhere, or done.
    """
    with queue.changing(workspace):
        state = job.state()
        if state.is_active:
            raise JobError(f"{job.title} is {state} in another process. Stop it there first, or wait for it.")
        if state is State.DONE:
            raise JobError(f"{job.title} is done. Start a new one to go further.")
        _check_can_start(workspace, job)
        _reopen(job)
        queue.draw_ticket(workspace, job, identity.own_identity())
    return execute(workspace, job, detached=False, on_progress=on_progress)


def wait(
    job: JobFolder, timeout_seconds: float | None = None, on_status: Callable[[Status], None] | None = None
) -> End:
    """Wait until a job is no longer active. A lost one gets an End that says so.

    Args:
        on_status: told what the worker says, whenever that is new.
    Raises: TimeoutError.
    """
    give_up = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    told = None
    while True:
        state = job.state()
        status = job.status()
        if on_status is not None and status is not None and status != told:
            told = status
            on_status(status)
        if not state.is_active:
            return job.end() or End(State.LOST, lost_message(job))
        if give_up is not None and time.monotonic() > give_up:
            raise TimeoutError(f"{job.title} is still {state} after {timeout_seconds:g} seconds.")
        time.sleep(_LOOK_EVERY_SECONDS)


def lost_message(job: JobFolder) -> str:
    """What to say of a lost job."""
    asked = job.stop_request()
    if asked and asked.get("force"):
        return "It was ended at once on request. Resuming goes on from what it saved last."
    if job.status() is None:
        return "It has not begun. The log may tell why."
    return (
        "Its process ended without a word: it was killed, the machine went down, or the system ran out of memory. "
        "Resuming goes on from what it saved last."
    )


def _check_can_start(workspace: Workspace, job: JobFolder) -> None:
    if job.damage:
        raise JobError(job.damage)
    kinds.check_kind(job.kind)
    needed = FREE_DISK_FLOOR_BYTES + int(job.request.get("disk_bytes_needed") or 0)
    free = shutil.disk_usage(job.path).free
    if free < needed:
        raise DiskFullError(workspace.root, free, needed)


def _start(workspace: Workspace, job: JobFolder) -> None:
    """Ticket and process, inside queue.changing."""
    _check_can_start(workspace, job)
    ticket = queue.draw_ticket(workspace, job)
    try:
        process = _spawn(workspace, job)
    except OSError as error:
        ticket.path.unlink(missing_ok=True)
        raise JobError(f"The process for {job.title} could not be started: {error}.") from error
    queue.name_worker(ticket, identity.identity_of(process.pid))


def _reopen(job: JobFolder) -> None:
    """Make an ended folder look new. Whatever moment this is cut off at, the job can still be resumed.

    end.json goes last: as long as it stands, the job is what it was. Its words are kept in ends.jsonl.
    """
    end = job.end()
    if end is not None:
        record = {"state": str(end.state), **{key: value for key, value in vars(end).items() if key != "state"}}
        if job.ends.rows()[-1:] != [record]:  # cut off after this line, it would be told twice
            job.ends.append(record, durable=True)
    remove_temporary(job.path)
    job.stop_path.unlink(missing_ok=True)
    job.end_path.unlink(missing_ok=True)


def _spawn(workspace: Workspace, job: JobFolder) -> subprocess.Popen[bytes]:
    """A worker that outlives this process, its terminal and its session."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS
    with job.log_path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.jobs.worker", str(job.path)],
            cwd=_PROJECT,
            env={
                **os.environ,
                "ATELIER_HOME": str(workspace.root),
                "PYTHONUNBUFFERED": "1",
                "PYTHONFAULTHANDLER": "1",
                # torch's threads sleep while they wait for one another: cores are shared with the app and its browser
                "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            creationflags=flags,
            start_new_session=True,  # does nothing on Windows
        )
    # An ended child that nobody waits for stays in the process table as a zombie as long as we live.
    threading.Thread(target=process.wait, name=f"reap {job.id}", daemon=True).start()
    return process


def _kill(job: JobFolder) -> None:
    status = job.status()
    ticket = queue.ticket_of(job)
    known = {status.identity if status else None, ticket.worker if ticket else None} - {None}
    killed = [identity.kill_tree(worker) for worker in known if worker is not None]
    if not any(killed) and job.is_active:
        raise JobError(
            f"The process of {job.title} cannot be reached from here: it may run on another machine or in another "
            "container. It was asked to stop and will do so after its step; else end it there."
        )
    with contextlib.suppress(TimeoutError):
        wait(job, timeout_seconds=5)  # the kernel frees a dead process's locks within milliseconds
