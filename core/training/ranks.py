"""Several processes on this machine that train as one: starting the others, meeting them, and ending with them.

The first process is the one that the run was started as. It starts the others (core.training.rank); they end when it
does, however that is, and it ends in words when one of them does.
"""

import contextlib
import datetime
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import _abort_process_group

from core.errors import AtelierError
from core.training.parallel import SINGLE, LostContactError, Share
from core.training.run_folder import RunFolder
from core.workspace import Workspace

LOST_CONTACT = 4  # exit code of a process that ended because another one was gone
_LONGEST_WAIT = datetime.timedelta(minutes=30)  # for another process, which may be drawing and scoring samples
_LONGEST_START_SECONDS = 300.0  # loading torch from a slow disk
_LONGEST_END_SECONDS = 30.0
_CAUSE_SECONDS = 5.0  # from losing contact until whoever is gone shows to be so
_PROJECT = Path(__file__).resolve().parents[2]


class OtherProcessError(AtelierError):
    """One of the other processes of a training ended before its time."""


@contextmanager
def together(
    run: RunFolder, workspace: Workspace, devices: Sequence[str], log: Callable[[str], None]
) -> Iterator[Share]:
    """Train in as many processes as there are devices, of which this one is the first; the block gets its share.

    Args:
        devices: what each process trains on, this one's first; the same one twice for processors only.
    Raises: OtherProcessError, saying which process ended and why.
    """
    if len(devices) == 1:
        yield SINGLE
        return
    with tempfile.TemporaryDirectory(prefix="atelier-ranks-", ignore_cleanup_errors=True) as scratch:
        meeting, over = Path(scratch), threading.Event()
        others: list[_Other] = []
        try:
            others.extend(_Other(run, workspace, rank, devices, meeting) for rank in range(1, len(devices)))
            _until_ready(others)
            device = torch.device(devices[0])
            share = join(0, len(devices), meeting_point(meeting), device)
            if device.type == "cuda":
                threading.Thread(target=_abort_when_one_ends, args=(others, over), daemon=True).start()
            yield share
            over.set()
            leave()
            for other in others:
                other.wait(log)
        except LostContactError as error:
            raise OtherProcessError(_cause(others)) from error
        finally:
            over.set()
            for other in others:
                other.end()
            leave()


def join(rank: int, size: int, meeting_point: Path, device: torch.device) -> Share:
    """Meet the others; `leave` has to follow.

    Args:
        meeting_point: a file that does not exist yet, the same for all, on a local disk.
    """
    if size == 1:
        return SINGLE
    store = dist.FileStore(str(meeting_point), size)
    # Words between processors go by gloo whatever the device: a dead process is noticed there at once.
    backend = "cpu:gloo,cuda:nccl" if device.type == "cuda" and dist.is_nccl_available() else "gloo"
    _stay_on_this_machine()
    try:
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=_LONGEST_WAIT)
    except RuntimeError as error:
        raise LostContactError from error
    return Share(rank, size)


def leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def meeting_point(meeting: Path) -> Path:
    return meeting / "meeting-point"


def ready_mark(meeting: Path, rank: int) -> Path:
    """Exists as soon as that process has loaded what takes its time, and comes to the meeting point."""
    return meeting / f"ready-{rank}"


def last_words(meeting: Path, rank: int) -> Path:
    """Where that process writes why it cannot go on."""
    return meeting / f"failed-{rank}.txt"


class _Other:
    """One of the other processes, as the first one sees it."""

    def __init__(self, run: RunFolder, workspace: Workspace, rank: int, devices: Sequence[str], meeting: Path) -> None:
        self.title = f"Process {rank + 1} of {len(devices)}, on {devices[rank]},"
        self._ready, self._last_words = ready_mark(meeting, rank), last_words(meeting, rank)
        arguments = [str(run.path), str(rank), str(len(devices)), str(meeting), devices[rank]]
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        with (run.path / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.training.rank", *arguments],
                cwd=_PROJECT,
                env={**os.environ, "ATELIER_HOME": str(workspace.root), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.PIPE,  # nothing is ever sent: it closes when this process ends, however it does
                stdout=log,
                stderr=subprocess.STDOUT,
                creationflags=flags,
            )

    @property
    def is_ready(self) -> bool:
        return self._ready.exists()

    @property
    def is_guilty(self) -> bool:
        """Whether it ended, and not because another one was gone."""
        return self._process.poll() not in (None, 0, LOST_CONTACT)

    def why(self) -> str:
        """Of one that ended, what is known of the reason."""
        with contextlib.suppress(OSError):
            return f"{self.title} failed: {self._last_words.read_text(encoding='utf-8')}"
        code = self._process.returncode
        saved = "What was saved is kept: resume goes on from there."
        if code is None:
            return f"{self.title} does not answer any more. {saved}"
        if code < 0:
            return (
                f"{self.title} was ended by the signal {_signal_name(-code)}. The system sends SIGKILL when memory "
                f"runs out; then a smaller batch_size, or fewer devices, helps. {saved}"
            )
        return f"{self.title} ended with exit code {code} and without a word; the log may tell more. {saved}"

    def wait(self, log: Callable[[str], None]) -> None:
        """Until it has ended of itself. The work is done by now: what goes wrong is only told."""
        try:
            code = self._process.wait(_LONGEST_END_SECONDS)
        except subprocess.TimeoutExpired:
            log(f"{self.title} was at work still when all was done, and was ended.")
            return
        if code:
            log(f"{self.title} ended with exit code {code} after all was done.")

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


def _until_ready(others: list[_Other]) -> None:
    """Raises LostContactError if one of them ends, or does not begin."""
    give_up = time.monotonic() + _LONGEST_START_SECONDS
    while not all(other.is_ready for other in others):
        if any(other.is_guilty for other in others) or time.monotonic() > give_up:
            raise LostContactError
        time.sleep(0.02)


def _cause(others: list[_Other]) -> str:
    """Which of them was the first to go, and why: those that only lost contact themselves say nothing."""
    give_up = time.monotonic() + _CAUSE_SECONDS
    while time.monotonic() < give_up:
        for other in others:
            if other.is_guilty:
                return other.why()
        time.sleep(0.02)
    missing = [other for other in others if not other.is_ready] or others
    return missing[0].why()


def _abort_when_one_ends(others: list[_Other], over: threading.Event) -> None:
    """A GPU waits for ever for another one whose process is gone: end that waiting from outside."""
    while not over.wait(0.5):
        if any(other.is_guilty for other in others):
            _abort_process_group()
            return


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _stay_on_this_machine() -> None:
    """Bind to the loopback interface, so that no name has to be looked up and nobody else can connect."""
    interface = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if interface is not None:
        os.environ["GLOO_SOCKET_IFNAME"] = interface
        os.environ["NCCL_SOCKET_IFNAME"] = interface
