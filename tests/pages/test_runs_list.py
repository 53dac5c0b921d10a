"""What the list of runs, and the pictures of a run, say of how far it has come."""

from pathlib import Path

import pytest

from core.files import read_json, write_json
from core.jobs.folder import JobFolder
from core.workspace import Workspace
from tests.pages import run_fixtures as made
from ui import runs


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def make_run_of_images(workspace: Workspace, images: int) -> JobFolder:
    """A run of ten epochs' worth that was to end after so many images, and did."""
    run = made.make_run(workspace, epochs=10, kept=(0, 10), logged_epochs=images / made.EPOCH_IMAGES, end={})
    record = read_json(run.path / "run.json")
    record["settings"]["images"] = images
    write_json(run.path / "run.json", record)
    made.write_status(run, done=images, total=images)
    return JobFolder(run.path)


def test_a_run_that_ended_within_its_last_epoch_has_done_all_of_it(workspace):
    images = 9 * made.EPOCH_IMAGES + made.EPOCH_IMAGES // 2
    row = runs.run_row(make_run_of_images(workspace, images))
    assert row.facts.startswith("epoch 10 of 10")
    assert row.share == 1


def test_its_last_pictures_name_the_images_that_were_really_seen(workspace):
    images = 9 * made.EPOCH_IMAGES + 32
    job = make_run_of_images(workspace, images)
    run = runs.RunFolder(job.path)
    assert runs.images_at(run, 10) == -(-images // 32) * 32
    assert runs.images_at(run, 5) == 512
