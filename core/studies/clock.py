"""Times as they stand in a study's files, and the clock they come from."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_moment: ContextVar[float | None] = ContextVar("moment", default=None)


def now_seconds() -> float:
    """The present moment, in seconds since the epoch."""
    moment = _moment.get()
    return time.time() if moment is None else moment


def now_text() -> str:
    """The present moment in UTC, ISO 8601 with milliseconds: '2026-11-21T09:30:12.123Z'."""
    return datetime.fromtimestamp(now_seconds(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a time as it stands in a file."""
    return datetime.fromisoformat(text).timestamp()


@contextmanager
def simulated(seconds: float) -> Iterator[None]:
    """What is done inside happens at this moment, so that a simulated rater can take their time.

    Args:
        seconds: since the epoch.
    """
    token = _moment.set(seconds)
    try:
        yield
    finally:
        _moment.reset(token)
