"""Is that process still the one we started? Process numbers come round; number, start time and boot together do not."""

import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Identity:
    """One process of one boot of one machine."""

    pid: int
    boot_id: str  # Linux: the kernel's id of this boot; elsewhere ""
    start_ticks: float  # Linux: clock ticks since boot when it started; elsewhere seconds since 1970

    @classmethod
    def from_record(cls, record: Any) -> "Identity | None":
        """The identity in a JSON object, or None if it holds none."""
        try:
            identity = cls(int(record["pid"]), str(record["boot_id"]), float(record["start_ticks"]))
        except (KeyError, TypeError, ValueError):
            return None
        return identity if identity.pid > 0 else None

    def is_here(self) -> bool:
        """Whether it belongs to this boot of this machine, so that asking after it means something."""
        return self.boot_id == boot_id()

    def is_alive(self) -> bool:
        """Whether exactly this process runs now. A zombie (ended, not yet reaped by its parent) does not."""
        found = identity_of(self.pid) if self.is_here() else None
        if found is None:
            return False
        # create_time of psutil follows changes of the wall clock by fractions of a second; ticks since boot are exact
        return abs(found.start_ticks - self.start_ticks) <= (0 if self.boot_id else 1)


def identity_of(pid: int) -> Identity | None:
    """The process that has this number now; None if there is none, or only a zombie."""
    stat = Path(f"/proc/{pid}/stat")
    if boot_id():
        try:
            fields = stat.read_bytes().rpartition(b")")[2].split()  # the name before it may hold spaces and brackets
        except OSError:
            return None
        return None if fields[0] in (b"Z", b"X") else Identity(pid, boot_id(), float(fields[19]))
    import psutil  # not needed where /proc tells, and a waiting worker should start fast

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else Identity(pid, "", process.create_time())
    except psutil.Error:
        return None


def own_identity() -> Identity:
    """This process."""
    identity = identity_of(os.getpid())
    assert identity is not None, "a process that runs has an identity"
    return identity


def boot_id() -> str:
    """The kernel's id of this boot, "" where there is none (macOS, Windows)."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def kill_tree(identity: Identity) -> bool:
    """End this process and everything it started, at once. False if it was gone already.

    The identity is checked again right before the signal, so a number that has come round is never hit.
    """
    if identity.pid == os.getpid() or not identity.is_alive():
        return False  # a job that runs in this very process is stopped, or the process ended from outside
    try:
        if sys.platform != "win32" and os.getsid(identity.pid) == identity.pid:
            os.killpg(identity.pid, signal.SIGKILL)  # a worker leads a session of its own: the group is its own too
            return True
    except ProcessLookupError:
        return False
    # run_here: the group is the person's shell or script, so only the process and its children may go
    import psutil

    try:
        process = psutil.Process(identity.pid)
        for one in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
    except psutil.NoSuchProcess:
        return False
    return True
