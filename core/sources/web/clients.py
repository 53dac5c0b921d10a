"""Who asks: a client is named, so that others can tell whether it still lives."""

import itertools
import os

import psutil

_SAME_START_SECONDS = 10.0  # by which the start of a process seems to move when the clock is set
_NUMBERS = itertools.count(1)


def client_name() -> str:
    """A name that no other client has, in this process or another, not even one that gets our number after us."""
    return f"{os.getpid()}:{psutil.Process().create_time():.0f}:{next(_NUMBERS)}"


def is_alive(client: str) -> bool:
    """Whether the process of a client still runs; a zombie (ended, not yet reaped by its parent) does not."""
    number, started, _ = client.split(":")
    try:
        process = psutil.Process(int(number))
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - float(started)) < _SAME_START_SECONDS
    except psutil.Error:
        return False
