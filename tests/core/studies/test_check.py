"""A whole study passes; one thing out of place is named."""

import pytest

from core.catalog.catalog import Catalog
from core.studies.check import check_study
from core.studies.journal import event
from core.studies.votes_table import ingest_votes
from core.studies.voting import undo, withdraw

from .results.simulated import by_condition, rate


@pytest.fixture
def catalog(workspace):
    with Catalog(workspace.catalog) as opened:
        yield opened


@pytest.fixture
def voted(study, journal, catalog, workspace):
    rater = rate(study, journal, by_condition({"generated-1": [2], "real-1": [4]}))
    undo(study, journal, rater)
    withdraw(study, journal, rate(study, journal, by_condition({"generated-1": [1], "real-1": [1]})))
    ingest_votes(catalog, workspace)
    return study


def test_journal_and_table_agree_after_votes_an_undo_and_a_withdrawal(voted, journal, catalog):
    found = check_study(voted, journal, catalog)
    assert found.problems == ()
    assert (found.votes, found.standing, found.rows) == (12, 11, 12)


def test_a_changed_missing_or_invented_row_is_named(voted, journal, catalog):
    with catalog.transaction() as cursor:
        cursor.execute("UPDATE study_votes SET answer = 5 WHERE vote_id = (SELECT min(vote_id) FROM study_votes)")
        cursor.execute("DELETE FROM study_votes WHERE vote_id = (SELECT max(vote_id) FROM study_votes)")
    problems = check_study(voted, journal, catalog).problems
    assert len(problems) == 2
    assert any("differs between the journal and the table in answer" in problem for problem in problems)
    assert any("in the journal and not in the catalog's table" in problem for problem in problems)


def test_a_picture_that_was_changed_or_lost_is_named(voted, journal, catalog):
    first, second = sorted(voted.items)[:2]
    (voted.path / "images" / f"{first}.png").write_bytes(b"another")
    (voted.path / "images" / f"{second}.png").unlink()
    assert set(check_study(voted, journal, catalog).problems) == {
        f"The picture {first}.png is not the one that was frozen.",
        f"The picture {second}.png is missing.",
    }


def test_a_forged_line_about_a_picture_that_was_never_handed_out_is_named(voted, journal):
    rater = next(iter(journal.snapshot().raters))
    trial = sorted(voted.items)[0]
    values = {"vote": "f" * 32, "item": trial, "presentation": "never", "answer": 5, "response_ms": 900, "shown_at": ""}
    with journal.locked() as writer:
        writer.append([event("vote", rater, **values)])
    (problem,) = check_study(voted, journal, None).problems
    assert problem == f"Vote {'f' * 32} is about a picture that its rater was not handed."


def test_a_line_that_cannot_be_read_is_named(voted, journal):
    with journal.path.open("ab") as handle:
        handle.write(b"not json\n")
    from core.studies.check import _lines

    (problem,) = _lines(journal)
    assert "cannot be read" in problem
