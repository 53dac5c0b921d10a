"""What became of a collect job, read from its folder."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.files import JsonLines, read_json
from core.sources.job import LEDGER, SOURCE_REPORT, last_rows

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


def read_outcome(job_folder: Path) -> Outcome:
    """Also of a job that is still at work: then so far."""
    rows = list(last_rows(JsonLines(job_folder / LEDGER).rows()).values())
    stored = [row for row in rows if row["state"] == "stored"]
    known = sum(bool(row["known"]) for row in stored)
    return Outcome(
        new=len(stored) - known,
        known=known,
        refused=[_refused(row) for row in rows if row["state"] == "refused"],
        failed=[_refused(row) for row in rows if row["state"] == "failed"],
        licences=dict(Counter(str(row["artwork"].get("licence") or "") for row in stored).most_common()),
        newest=list(dict.fromkeys(row["sha256"] for row in reversed(stored)))[:NEWEST],
        bytes=sum({row["sha256"]: row["facts"]["bytes"] for row in stored}.values()),
        report=read_json(job_folder / SOURCE_REPORT),
    )


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
