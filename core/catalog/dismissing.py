"""Dismissing: a person has looked at a flagged picture, and it is fine as it is. The issue flags it no more."""

from collections.abc import Sequence

import duckdb

from core.catalog.curation import (
    OWNER,
    Act,
    call_fine,
    flag_again,
    log_pictures,
    logged,
    target_hashes,
    targets,
)
from core.catalog.selection import Selection
from core.errors import NotFoundError
from core.quality.issues import ISSUES

SUGGESTED = "suggested"  # stands for an issue: what core.catalog.suggesting thinks would be excluded
_FINE = "i.sha256 {}IN (SELECT sha256 FROM fine_pictures WHERE issue = ?)"


def dismiss(cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], issue: str, who: str = OWNER) -> Act:
    """Call pictures fine as to one issue.

    Raises: NotFoundError for an issue that is not known; UnknownPicturesError if a hash is not in the catalog.
    """
    _check(issue)
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND {_FINE.format('NOT ')}", [*values, issue])
    act = logged(cursor, "dismiss", who, issue, target, len(hashes), topic=topic(issue))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        call_fine(cursor, issue, hashes, act)
    return act


def undismiss(
    cursor: duckdb.DuckDBPyConnection, target: Selection | Sequence[str], issue: str, who: str = OWNER
) -> Act:
    """Have the issue flag pictures again that were called fine. Raises as `dismiss`."""
    _check(issue)
    where, values = targets(cursor, target)
    hashes = target_hashes(cursor, f"({where}) AND {_FINE.format('')}", [*values, issue])
    act = logged(cursor, "undismiss", who, issue, target, len(hashes), topic=topic(issue))
    if hashes:
        log_pictures(cursor, act.number, hashes)
        flag_again(cursor, issue, hashes)
    return act


def topic(issue: str) -> str:
    """What acts about an issue are about: undoing one looks whether a later one was about the same."""
    return f"issue {issue}"


def _check(issue: str) -> None:
    known = [found.name for found in ISSUES]
    if issue not in (*known, SUGGESTED):
        raise NotFoundError("quality issue", issue, known)
