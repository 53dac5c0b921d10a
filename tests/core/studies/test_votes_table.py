"""The table of votes says what the journals say, however often it is brought up to date."""

import pytest

from core.catalog.catalog import Catalog
from core.studies.journal import VoteJournal
from core.studies.votes_table import ingest_votes
from core.studies.voting import ballot, cast, join, undo

SHOWN = "2026-11-21T10:00:00.000Z"


@pytest.fixture
def catalog(workspace):
    with Catalog(workspace.catalog) as opened:
        yield opened


def vote(study, journal, rater, answer):
    presentation = ballot(study, journal, rater).current.presentation
    cast(study, journal, rater, presentation, answer, response_ms=900, shown_at=SHOWN)


def test_votes_of_all_studies_are_taken_in_once(catalog, workspace, make_study):
    for study in (make_study(), make_study()):
        journal = VoteJournal(study.path)
        rater = join(study, journal)
        for answer in (1, 3, 5):
            vote(study, journal, rater, answer)
    assert ingest_votes(catalog, workspace) == 6
    assert ingest_votes(catalog, workspace) == 0
    vote(study, journal, rater, 4)
    assert ingest_votes(catalog, workspace) == 1
    rows = catalog.read(
        "SELECT answer, condition_id, item, given_at FROM study_votes WHERE study_id = ? ORDER BY given_at", [study.id]
    )
    assert sorted(row[0] for row in rows) == [1, 3, 4, 5]  # two votes may fall into one millisecond
    assert all(study.items[item].condition == condition for _, condition, item, _ in rows)
    written = [entry.at[:23] for entry in journal.votes()]
    assert [row[3].isoformat(timespec="milliseconds") for row in rows] == written


def test_a_vote_taken_back_after_it_was_taken_in_is_marked(catalog, workspace, study, journal):
    rater = join(study, journal)
    vote(study, journal, rater, 2)
    ingest_votes(catalog, workspace)
    undo(study, journal, rater)
    vote(study, journal, rater, 5)
    assert ingest_votes(catalog, workspace) == 1
    rows = catalog.read("SELECT answer, retracted FROM study_votes ORDER BY answer")
    assert rows == [(2, True), (5, False)]


def test_the_table_can_be_made_anew_from_the_journals(catalog, workspace, study, journal):
    rater = join(study, journal)
    vote(study, journal, rater, 2)
    ingest_votes(catalog, workspace)
    with catalog.transaction() as cursor:
        cursor.execute("DELETE FROM study_votes")
        cursor.execute("DELETE FROM study_journals")
    assert ingest_votes(catalog, workspace) == 1
