"""A worker whose disk fails while it writes a checkpoint: python -m tests.core.training.failing_disk FOLDER HOW NUMBER.

The NUMBERth time that a state is written, after half of its bytes, the disk is full (HOW "full") or the process is
killed (HOW "kill"). Stands in for the disk alone; everything else is the real worker.
"""

import errno
import os
import signal
import sys
from pathlib import Path

from core.jobs import worker

_HALF = 20_000  # bytes: the states of these tests are larger
_open = Path.open
_seen = 0


class FailingHandle:
    def __init__(self, handle, how):
        self.handle, self.how, self.written = handle, how, 0

    def write(self, data):
        self.written += len(data)
        if self.written > _HALF:
            if self.how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.handle.write(data)

    def __getattr__(self, name):
        return getattr(self.handle, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.handle.close()


def main(folder, how, number):
    def failing_open(self, mode="r", *arguments, **named):
        global _seen
        handle = _open(self, mode, *arguments, **named)
        if mode == "wb" and self.name.startswith("resume.pt"):
            _seen += 1
            if _seen == number:
                return FailingHandle(handle, how)
        return handle

    Path.open = failing_open
    return worker.main([folder])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
