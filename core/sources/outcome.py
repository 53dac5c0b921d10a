"""What became of a collect job, read from its folder."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.files import JsonLines, read_json
from core.sources.job import LEDGER, SOURCE_REPORT


@dataclass(frozen=True)
class Refused:
    file: str
    reason: str  # one of core.images.REASONS
    detail: str


@dataclass(frozen=True)
class Outcome:
    new: int = 0  # pictures stored that the lab did not have
    known: int = 0  # pictures that were in the lab already, from here or from elsewhere
    refused: list[Refused] = field(default_factory=list)
    report: dict[str, Any] | None = None  # see core.sources.opening.Listing.report; None: not looked through yet

    @property
    def stored(self) -> int:
        return self.new + self.known

    def refused_by_reason(self) -> dict[str, int]:
        return dict(Counter(item.reason for item in self.refused).most_common())


def read_outcome(job_folder: Path) -> Outcome:
    """Also of a job that is still at work: then so far."""
    rows = JsonLines(job_folder / LEDGER).rows()
    stored = [row for row in rows if row["state"] == "stored"]
    known = sum(bool(row["known"]) for row in stored)
    return Outcome(
        new=len(stored) - known,
        known=known,
        refused=[Refused(row["key"], row["reason"], row["detail"]) for row in rows if row["state"] == "refused"],
        report=read_json(job_folder / SOURCE_REPORT),
    )
