"""Kernel locks: whoever holds one is alive. The kernel frees it at the moment its holder dies, however it dies."""

from pathlib import Path

from filelock import FileLock, Timeout

from core.errors import AtelierError


class LockUnavailableError(AtelierError):
    """The folder lies on a file system without locks."""

    def __init__(self, path: Path, reason: OSError) -> None:
        super().__init__(
            f"Cannot lock {path} ({reason.strerror or reason}). Jobs need a folder that can be written and a file "
            "system with locks: set ATELIER_HOME to a folder on a local disk."
        )


def take(path: Path, *, timeout_seconds: float = 0, look_every_seconds: float = 0.01) -> FileLock | None:
    """Hold the lock until release() or the end of this process; None if another holds it all that time.

    Child processes do not inherit it: otherwise a data loader that outlives its parent would keep the parent
    "alive". The file stays in place after release, since removing it would split waiters over two files.
    """
    # fallback_to_soft would replace the kernel's lock by a mere file, which a kill leaves behind for ever
    lock = FileLock(
        path, thread_local=False, fallback_to_soft=False, preserve_lock_file=True, poll_interval=look_every_seconds
    )
    try:
        lock.acquire(timeout=timeout_seconds)
    except Timeout:
        return None
    except OSError as error:
        raise LockUnavailableError(path, error) from error
    return lock


def is_held(path: Path, *, ask_through: Path) -> bool:
    """Whether somebody holds the lock.

    Asking means holding it oneself for some microseconds. So whoever takes it for good must try for longer than that,
    and those who ask must not meet each other there: they pass one at a time through a second lock, `ask_through`.
    """
    if not path.exists():
        return False
    try:
        gate = take(ask_through, timeout_seconds=1, look_every_seconds=0.001) if ask_through.parent.is_dir() else None
        try:
            lock = take(path)
            if lock is not None:
                lock.release()
            return lock is None
        finally:
            if gate is not None:
                gate.release()
    except LockUnavailableError:
        return False  # a copy on a read-only disk: nobody can hold it here
