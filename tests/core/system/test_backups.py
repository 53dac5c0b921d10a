"""A backup is a lab's catalog and studies at one moment, read back before it counts."""

import threading
from pathlib import Path

import pytest

from core.catalog.catalog import Catalog
from core.studies import voting
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.system.backups import BackupError, back_up, backups, check_backup
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures


@pytest.fixture
def study(workspace: Workspace) -> Study:
    return create_study(workspace, "Paintings", StudyDesign(enlargement="pixels"), [DrawnPictures("generated", 6)])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere"


def test_a_backup_holds_the_catalog_the_studies_and_their_votes(workspace, study, target):
    journal = VoteJournal(study.path)
    rater = voting.join(study, journal)
    showing = voting.ballot(study, journal, rater).current
    voting.cast(study, journal, rater, showing.presentation, 3, response_ms=900, shown_at="")
    with Catalog(workspace.catalog) as catalog:
        made = back_up(workspace, target, catalog=catalog)
    folder = Path(made.path)
    assert (made.studies, made.votes) == (1, 1)
    assert folder.name.startswith("atelier-")
    assert (folder / "studies" / study.id / "votes.jsonl").read_bytes() == journal.path.read_bytes()
    assert not list(folder.rglob("*.lock"))
    assert check_backup(folder)["votes"] == 1


def test_the_copy_opens_as_a_catalog_of_its_own(workspace, target):
    with Catalog(workspace.catalog) as catalog:
        with catalog.transaction() as cursor:
            cursor.execute("INSERT INTO collections VALUES ('seas', now())")
        made = back_up(workspace, target, catalog=catalog)
        assert catalog.read("SELECT count(*) FROM collections") == [(1,)]  # and the lab's own goes on
    with Catalog(Path(made.path) / "catalog.duckdb") as copy:
        assert copy.read("SELECT name FROM collections") == [("seas",)]


def test_a_lab_can_be_written_to_while_it_is_copied(workspace, target):
    with Catalog(workspace.catalog) as catalog:
        ended = threading.Event()

        def write() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                with catalog.transaction() as cursor:
                    cursor.execute("INSERT INTO collections VALUES (?, now())", [f"collection {number}"])

        writer = threading.Thread(target=write)
        writer.start()
        try:
            made = back_up(workspace, target, catalog=catalog)
        finally:
            ended.set()
            writer.join()
    assert check_backup(Path(made.path))


@pytest.mark.parametrize("name", ["catalog.duckdb", "votes.jsonl"])
def test_a_backup_that_was_changed_is_refused(workspace, study, target, name):
    voting.join(study, VoteJournal(study.path))
    made = back_up(workspace, target)
    damaged = next(Path(made.path).rglob(name))
    damaged.write_bytes(damaged.read_bytes()[:-3])
    with pytest.raises(BackupError, match="missing or changed"):
        check_backup(Path(made.path))


def test_a_picture_that_is_not_the_frozen_one_stops_the_backup(workspace, study, target):
    picture = next((study.path / "images").iterdir())
    picture.write_bytes(picture.read_bytes() + b"?")
    with pytest.raises(BackupError, match="not the one that was frozen"):
        back_up(workspace, target)
    assert list(target.iterdir()) == []


def test_backups_are_remembered_by_the_lab(workspace, target):
    assert backups(workspace) == []
    made = back_up(workspace, target)
    assert backups(workspace) == [made]
    assert made.is_there


def test_a_folder_that_cannot_be_written_is_told(workspace, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("no folder")
    with pytest.raises(BackupError, match="can be written"):
        back_up(workspace, blocked / "inside")


def test_a_backup_among_what_is_copied_is_refused(workspace):
    with pytest.raises(BackupError, match="outside"):
        back_up(workspace, workspace.studies / "backups")


def test_no_statement_can_write_a_file_beside_the_one_for_backups(workspace, tmp_path):
    with Catalog(workspace.catalog) as catalog, pytest.raises(Exception, match="disabled by configuration"):
        catalog.read(f"COPY (SELECT 1) TO '{tmp_path / 'stolen.csv'}'")
