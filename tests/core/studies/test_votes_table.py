"""The table of votes says what the journals say, however often it is brought up to date."""

import pytest

from core.catalog.catalog import Catalog
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import invite
from core.studies.votes_table import ingest_votes
from core.studies.voting import ballot, cast, join, undo, withdraw
from tests.core.studies.conftest import DrawnPictures
from tests.core.studies.results.simulated import rate

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


def test_every_role_and_side_of_a_pair_is_told(catalog, workspace):
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    design = StudyDesign(kind="better-of-two", attention=2, practice=1, repeats=2, enlargement="pixels")
    study = create_study(workspace, "Pairs", design, sources)
    journal = VoteJournal(study.path)
    rate(study, journal, lambda study, showing: 1)
    assert ingest_votes(catalog, workspace) == 9
    rows = catalog.read(
        "SELECT role, count(*), bool_and(item = shown[1] AND opponent = shown[2]) "
        "FROM study_votes GROUP BY role ORDER BY role"
    )
    assert rows == [("attention", 2, True), ("main", 4, True), ("practice", 1, True), ("repeat", 2, True)]
    (conditions,) = catalog.read(
        "SELECT list_sort([condition_id, opponent_condition_id]) FROM study_votes WHERE role = 'main' LIMIT 1"
    )
    assert conditions == (["generated-1", "real-1"],)


def test_where_a_rater_pointed_and_how_they_came_is_told(catalog, workspace, make_study):
    study = make_study(ask_where=True)
    invite(study, 1)
    rate(study, VoteJournal(study.path), lambda study, showing: 1, invitation="1", point=lambda showing: (0.25, 0.75))
    ingest_votes(catalog, workspace)
    rows = catalog.read("SELECT DISTINCT point_x, point_y, via, language, role FROM study_votes")
    assert rows == [(0.25, 0.75, "invitation:1", "en", "main")]


def test_who_withdraws_after_being_taken_in_is_taken_out(catalog, workspace, study, journal):
    stays = rate(study, journal, lambda study, showing: 2)
    leaves = rate(study, journal, lambda study, showing: 4)
    ingest_votes(catalog, workspace)
    withdraw(study, journal, leaves)
    ingest_votes(catalog, workspace)
    assert catalog.read("SELECT DISTINCT rater FROM study_votes") == [(stays,)]
    withdraw(study, journal, stays)
    ingest_votes(catalog, workspace)
    assert catalog.read("SELECT count(*) FROM study_votes") == [(0,)]
