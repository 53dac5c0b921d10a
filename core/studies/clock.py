"""Times as they stand in a study's files."""

from datetime import UTC, datetime


def now_text() -> str:
    """The present moment in UTC, ISO 8601 with milliseconds: '2026-11-21T09:30:12.123Z'."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a time as it stands in a file."""
    return datetime.fromisoformat(text).timestamp()
