"""What people decided about one picture, with who and when: for its provenance."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.catalog.catalog import Catalog


@dataclass(frozen=True)
class Exclusion:
    reason: str
    at: datetime  # UTC
    who: str


@dataclass(frozen=True)
class FineVerdict:
    issue: str
    at: datetime
    who: str


@dataclass(frozen=True)
class PairWord:
    other: str  # sha256
    verdict: str  # "same", "different"
    at: datetime
    who: str


@dataclass(frozen=True)
class Decisions:
    exclusion: Exclusion | None
    fine: tuple[FineVerdict, ...]
    pairs: tuple[PairWord, ...]  # the newest first


def decisions_about(catalog: "Catalog", sha256: str) -> Decisions:
    exclusions = catalog.read("SELECT reason, excluded_at, who FROM exclusions WHERE sha256 = ?", [sha256])
    fine = catalog.read(
        "SELECT issue, given_at, who FROM fine_pictures WHERE sha256 = ? ORDER BY given_at DESC, issue", [sha256]
    )
    pairs = catalog.read(
        """
        SELECT CASE WHEN "first" = ? THEN "second" ELSE "first" END, verdict, given_at, who FROM pair_verdicts
        WHERE "first" = ? OR "second" = ? ORDER BY given_at DESC, "first", "second"
        """,
        [sha256, sha256, sha256],
    )
    return Decisions(
        Exclusion(*exclusions[0]) if exclusions else None,
        tuple(FineVerdict(*row) for row in fine),
        tuple(PairWord(*row) for row in pairs),
    )
