"""What became of a job's items, read while the job is at work and after it."""

from pathlib import Path
from typing import Any

import pytest

from core.files import JsonLines
from core.sources.outcome import OutcomeFollower, read_outcome


def stored(key: str, sha256: str, *, licence: str = "CC0", known: bool = False, size: int = 10) -> dict[str, Any]:
    return {
        "key": key,
        "state": "stored",
        "sha256": sha256,
        "known": known,
        "artwork": {"licence": licence},
        "facts": {"bytes": size},
    }


def lost(key: str, state: str, reason: str) -> dict[str, Any]:
    return {"key": key, "state": state, "reason": reason, "detail": "", "artwork": {"title": key}, "attempts": 3}


RETRY = {"state": "retry", "at": "2026-11-21T10:00:00+00:00"}


@pytest.fixture
def ledger(tmp_path: Path) -> JsonLines:
    return JsonLines(tmp_path / "ledger.jsonl")


def test_a_job_without_a_ledger_has_no_outcome_yet(tmp_path: Path) -> None:
    outcome = read_outcome(tmp_path)
    assert (outcome.stored, outcome.refused, outcome.failed, outcome.report) == (0, [], [], None)


def test_items_are_counted_by_what_became_of_them(ledger: JsonLines) -> None:
    ledger.append(
        stored("a", "1"),
        stored("b", "2", known=True, licence=""),
        lost("c", "refused", "gone"),
        lost("d", "failed", "x"),
    )
    outcome = read_outcome(ledger.path.parent)
    assert (outcome.new, outcome.known, outcome.licences) == (1, 1, {"CC0": 1, "": 1})
    assert (outcome.refused_by_reason(), outcome.failed_by_reason()) == ({"gone": 1}, {"x": 1})
    assert outcome.refused[0].attempts == 3


def test_the_same_picture_twice_is_one_of_the_newest_and_its_bytes_count_once(ledger: JsonLines) -> None:
    ledger.append(stored("a", "1"), stored("b", "2"), stored("c", "1"))
    outcome = read_outcome(ledger.path.parent)
    assert (outcome.newest, outcome.bytes, outcome.stored) == (["1", "2"], 20, 3)


def test_failed_items_that_were_opened_again_are_failed_no_more(ledger: JsonLines) -> None:
    ledger.append(lost("a", "failed", "timeout"), lost("b", "refused", "gone"), RETRY, stored("a", "1"))
    outcome = read_outcome(ledger.path.parent)
    assert (outcome.failed, outcome.stored, len(outcome.refused)) == ([], 1, 1)


def test_following_a_ledger_tells_the_same_at_every_moment_as_reading_it_anew(ledger: JsonLines) -> None:
    rows = [
        *(stored(str(number), str(number)) for number in range(30)),
        lost("30", "failed", "timeout"),
        lost("31", "refused", "gone"),
        RETRY,
        stored("30", "30"),
        lost("31", "failed", "timeout"),
    ]
    follower = OutcomeFollower(ledger.path.parent)
    for row in rows:
        ledger.append(row)
        assert follower.outcome() == read_outcome(ledger.path.parent)


def test_a_torn_last_line_is_read_once_it_is_whole(ledger: JsonLines) -> None:
    ledger.append(stored("a", "1"))
    follower = OutcomeFollower(ledger.path.parent)
    follower.outcome()
    with ledger.path.open("ab") as handle:
        handle.write(b'{"key": "b", "sta')
    assert follower.outcome().stored == 1
    ledger.append(stored("b", "2"))  # cuts the torn one off
    assert follower.outcome().stored == 2
