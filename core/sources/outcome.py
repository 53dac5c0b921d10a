"""What became of a collect job, read from its folder."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.files import JsonLines, read_json
from core.sources.job import LEDGER, SOURCE_REPORT

NEWEST = 24  # pictures that a page shows as they arrive


@dataclass(frozen=True)
class Refused:
    file: str
    reason: str  # one of core.sources.reasons.REASONS
    detail: str
    title: str = ""
    page_url: str = ""
    attempts: int = 1


@dataclass(frozen=True)
class Outcome:
    new: int = 0  # pictures stored that the lab did not have
    known: int = 0  # pictures that were in the lab already, from here or from elsewhere
    refused: list[Refused] = field(default_factory=list)  # for good
    failed: list[Refused] = field(default_factory=list)  # may be tried again, see core.sources.job.retry_failed
    licences: dict[str, int] = field(default_factory=dict)  # of the stored pictures; "" where not stated
    newest: list[str] = field(default_factory=list)  # sha256, the newest first
    bytes: int = 0  # of the stored pictures
    report: dict[str, Any] | None = None  # what the source looked like as a whole; None: not looked through yet

    @property
    def stored(self) -> int:
        return self.new + self.known

    def refused_by_reason(self) -> dict[str, int]:
        return dict(Counter(item.reason for item in self.refused).most_common())

    def failed_by_reason(self) -> dict[str, int]:
        return dict(Counter(item.reason for item in self.failed).most_common())


@dataclass(frozen=True)
class _Stored:
    sha256: str
    known: bool
    licence: str
    bytes: int


class OutcomeFollower:
    """The outcome of a job that is under way: every look reads on from where the last one ended.

    Used from several threads.
    """

    def __init__(self, job_folder: Path) -> None:
        self._folder = job_folder
        self._ledger = JsonLines(job_folder / LEDGER)
        self._lock = threading.Lock()
        self._offset = 0
        self._stored: dict[str, _Stored] = {}  # by the item's key, in the order of their last word, like the others
        self._refused: dict[str, Refused] = {}
        self._failed: dict[str, Refused] = {}

    def outcome(self) -> Outcome:
        """So far."""
        with self._lock:
            for row, end in self._ledger.follow(self._offset):
                self._take(row)
                self._offset = end
            stored = list(self._stored.values())
            known = sum(item.known for item in stored)
            return Outcome(
                new=len(stored) - known,
                known=known,
                refused=list(self._refused.values()),
                failed=list(self._failed.values()),
                licences=dict(Counter(item.licence for item in stored).most_common()),
                newest=list(islice(dict.fromkeys(item.sha256 for item in reversed(stored)), NEWEST)),
                bytes=sum({item.sha256: item.bytes for item in stored}.values()),
                report=read_json(self._folder / SOURCE_REPORT),
            )

    def _take(self, row: dict[str, Any]) -> None:
        """The last word on an item counts; "retry" opens all that have failed, see core.sources.job."""
        if row["state"] == "retry":
            self._failed.clear()
            return
        key = row["key"]
        for earlier in (self._stored, self._refused, self._failed):
            earlier.pop(key, None)
        match row["state"]:
            case "stored":
                licence = str(row["artwork"].get("licence") or "")
                self._stored[key] = _Stored(row["sha256"], bool(row["known"]), licence, row["facts"]["bytes"])
            case "refused":
                self._refused[key] = _refused(row)
            case "failed":
                self._failed[key] = _refused(row)


def read_outcome(job_folder: Path) -> Outcome:
    """Also of a job that is still at work: then so far."""
    return OutcomeFollower(job_folder).outcome()


def _refused(row: dict[str, Any]) -> Refused:
    artwork = row.get("artwork") or {}
    return Refused(
        file=row["key"],
        reason=row["reason"],
        detail=row["detail"],
        title=artwork.get("title", ""),
        page_url=artwork.get("page_url", ""),
        attempts=row.get("attempts", 1),
    )
