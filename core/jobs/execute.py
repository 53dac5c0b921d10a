"""A worker's life, from taking the job's lock to its closing record; the same in a process of its own and in ours."""

import errno
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from core.errors import AtelierError
from core.files import write_json
from core.jobs import devices, kinds, locks, queue
from core.jobs.folder import End, JobError, JobFolder, State, Status
from core.jobs.identity import own_identity
from core.jobs.progress import StatusWriter
from core.jobs.running import RunningJob
from core.workspace import Workspace

# Whoever asks whether the lock is held holds it for microseconds; a worker must outlast any number of those.
_LOCK_SECONDS = 2.0
_RESERVE_BYTES = 1 << 16


class AlreadyRunningError(JobError):
    def __init__(self, job: JobFolder) -> None:
        super().__init__(f"{job.id} has a worker already, so another one was not started.")


class AlreadyEndedError(JobError):
    def __init__(self, job: JobFolder, end: End) -> None:
        super().__init__(f"{job.id} has ended ({end.state}). Resume it to go on, or start a new one.")


def execute(
    workspace: Workspace, job: JobFolder, *, detached: bool, on_progress: Callable[[Status], None] | None = None
) -> End:
    """Wait for a device, do the work, write end.json.

    Args:
        detached: this process exists for this job alone, so it may narrow CUDA_VISIBLE_DEVICES and keeps its slot
            until it is gone (which is when the device's memory is free).
        on_progress: called at most four times a second, from the working thread.
    Raises: AlreadyRunningError, AlreadyEndedError; whatever the work raises is told in the End instead.
    """
    lock = locks.take(job.lock_path, timeout_seconds=_LOCK_SECONDS)
    if lock is None:
        raise AlreadyRunningError(job)
    try:
        end = job.end()
        if end is not None:
            raise AlreadyEndedError(job, end)
        writer = StatusWriter(job.status_path, own_identity(), before=job.status())
        writer.open()
        running = RunningJob(job.path, job.settings, workspace, "", (), writer, on_progress)
        with _reserve(job.path) as free_reserve, _stop_on_signal(running):
            try:
                end = _wait_and_work(workspace, job, running, detached=detached)
            finally:
                writer.close()
            free_reserve()
            _write_end(job, end)
        if on_progress is not None:
            on_progress(writer.status)
        return end
    finally:
        lock.release()


def _wait_and_work(workspace: Workspace, job: JobFolder, running: RunningJob, *, detached: bool) -> End:
    """The whole of it, with every way to end turned into an End."""
    began = time.monotonic()
    turns: list[queue.Turn] = []
    try:
        with queue.changing(workspace):
            ticket = queue.ticket_of(job) or queue.draw_ticket(workspace, job, own_identity())
        try:
            given = queue.wait_for_turn(
                workspace, ticket, give_up=running.stop_requested, on_wait=lambda place: _tell_place(running, place)
            )
        except BaseException:
            _drop(workspace, ticket)
            raise
        if given is None:
            _drop(workspace, ticket)
            return _stopped(job, "Stopped before it began.", 0.0)
        turns, began = given, time.monotonic()
        slots = [turn.slot for turn in turns]
        running.device_slot = ",".join(slots)
        running.torch_devices = _narrow_devices(slots) if detached else _torch_devices(slots)
        running.writer.say("Starting", device_slot=running.device_slot)
        _drop(workspace, ticket)
        message = kinds.load(job.kind)(running)
        seconds = time.monotonic() - began
        if running.stop_seen and not running.finished:
            return _stopped(job, message, seconds)
        return _end(State.DONE, message or "Done.", seconds)
    except KeyboardInterrupt:  # a second Ctrl-C: the person does not want to wait for the step to end
        return _stopped(job, "Interrupted in the middle of a step.", time.monotonic() - began)
    except BaseException as error:  # noqa: BLE001 - whatever it was, the job's folder must tell it
        return _failed(error, time.monotonic() - began)
    finally:
        if detached:
            _KEPT.extend(turns)
        else:
            queue.release(turns)


_KEPT: list[queue.Turn] = []  # slots that only the end of this process may free


def _tell_place(running: RunningJob, place: int) -> None:
    running.writer.say("Waiting for a free place" if place == 1 else f"Waiting, {place - 1} before it")
    if running.on_progress is not None:
        running.on_progress(running.writer.status)


def _drop(workspace: Workspace, ticket: queue.Ticket) -> None:
    with queue.changing(workspace):  # whoever started us may be writing into the ticket at this moment
        ticket.path.unlink(missing_ok=True)


def _narrow_devices(slots: Sequence[str]) -> tuple[str, ...]:
    """Show torch, which is not imported yet, only the GPUs of these slots; what they are called then."""
    gpus = devices.visible_gpus()
    if not slots:
        return ("cpu",)  # it directs other jobs, which inherit what it sees
    mine = [gpus[int(slot.partition(":")[2])] for slot in slots if slot.startswith("cuda:")]
    if not mine:
        if gpus:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        return _torch_devices(slots)
    if "CUDA_VISIBLE_DEVICES" not in os.environ:
        os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # we counted as nvidia-smi does
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(mine)
    return tuple(f"cuda:{number}" for number in range(len(mine)))


def _torch_devices(slots: Sequence[str]) -> tuple[str, ...]:
    return tuple(slot for slot in slots if slot.startswith("cuda:") or slot == "mps") or ("cpu",)


def _end(state: State, message: str, seconds: float, *, trace: str = "", reason: str = "") -> End:
    return End(state, message, trace, round(seconds, 3), reason, time.time())


def _stopped(job: JobFolder, message: str, seconds: float) -> End:
    request = job.stop_request()
    reason = request["reason"] if request else "stop"
    return _end(State.STOPPED, message or ("Paused." if reason == "pause" else "Stopped."), seconds, reason=reason)


def _failed(error: BaseException, seconds: float) -> End:
    trace = "".join(traceback.format_exception(error))
    return _end(State.FAILED, in_plain_words(error), seconds, trace=trace)


def in_plain_words(error: BaseException) -> str:
    """What went wrong and what to do about it, without a traceback."""
    if isinstance(error, AtelierError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" while writing {error.filename}" if error.filename else ""
        return f"The disk is full{where}. Free some space, then resume; everything saved so far is kept."
    # torch raises OutOfMemoryError for a GPU and a RuntimeError of its allocator for main memory
    named_so = type(error).__name__ == "OutOfMemoryError"
    allocator = isinstance(error, RuntimeError) and any(
        words in str(error) for words in ("not enough memory", "can't allocate memory", "CUDA out of memory")
    )
    if isinstance(error, MemoryError) or named_so or allocator:
        where = "The GPU" if named_so or "CUDA" in str(error) else "This machine"
        return (
            f"{where} ran out of memory. Choose a smaller batch, resolution or model, or end what else is running "
            "there, then try again."
        )
    if isinstance(error, SystemExit):
        return f"The work ended its own process (exit code {error.code}), an unexpected end. The log may tell why."
    return f"An unexpected {type(error).__name__}: {error}. The details below help to find the cause."


def _write_end(job: JobFolder, end: End) -> None:
    write_json(job.end_path, asdict(end))


@contextmanager
def _reserve(folder: Path) -> Iterator[Callable[[], None]]:
    """Keep a little of the disk back, so that a job which filled it can still write how it ended."""
    reserve = folder / "reserve"

    def free() -> None:
        reserve.unlink(missing_ok=True)

    try:
        reserve.write_bytes(os.urandom(_RESERVE_BYTES))  # random: a compressing file system must really keep it
    except OSError:
        free()  # the disk is full already: the work will say so
    try:
        yield free
    finally:
        free()


@contextmanager
def _stop_on_signal(running: RunningJob) -> Iterator[None]:
    """SIGTERM and Ctrl-C ask the work to end after its step; a second Ctrl-C ends it in the middle."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; the stop file works anywhere
        return

    def asked(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and running.signalled:
            raise KeyboardInterrupt
        running.signalled = True

    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    # what is ignored stays ignored: nohup and shells do so for work that shall outlive them
    wanted = [number for number in numbers if signal.getsignal(number) not in (signal.SIG_IGN, None)]
    before = {number: signal.signal(number, asked) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
