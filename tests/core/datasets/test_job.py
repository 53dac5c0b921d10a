import time

import pytest

from core.datasets.job import built_dataset_id, create_build, submit_build
from core.datasets.listing import find_dataset, list_datasets
from core.datasets.recipe import Recipe
from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder, State, Status, list_jobs

RECIPE = Recipe(resolution=32, copies=("flip-lr",))


def test_a_build_runs_from_its_folder_alone_and_says_what_it_made(lab):
    job = create_build(lab.workspace, lab.add_many(10), RECIPE, name="From a job", selection={"artists": ["X"]})
    again = JobFolder(job.path)  # nothing but the folder is handed over
    end = control.run_here(lab.workspace, again)
    assert (end.state, end.message) == (State.DONE, "19 rows from 10 of 10 pictures, 1 held out.")
    dataset = find_dataset(lab.workspace, "From a job")
    assert built_dataset_id(again) == dataset.id
    assert dataset.manifest["selection"] == {"artists": ["X"]}
    assert again.status().done == again.status().total == 19  # rows


def test_a_build_of_what_there_is_points_to_it(lab):
    pictures = lab.add_many(5)
    first = create_build(lab.workspace, pictures, RECIPE, name="First")
    control.run_here(lab.workspace, first)
    second = create_build(lab.workspace, pictures, RECIPE, name="Second")
    end = control.run_here(lab.workspace, second)
    assert "built before, as First" in end.message
    assert built_dataset_id(second) == built_dataset_id(first)


def test_a_stopped_build_leaves_no_dataset_and_resumes(lab):
    job = create_build(lab.workspace, lab.add_many(5), RECIPE, name="Stopped")

    def stop_it(status: Status) -> None:
        if not job.stop_path.exists():
            control.stop(lab.workspace, job)
            time.sleep(0.15)  # a running job looks for the request ten times a second

    assert control.run_here(lab.workspace, job, on_progress=stop_it).state is State.STOPPED
    assert list_datasets(lab.workspace) == []
    assert built_dataset_id(job) is None
    assert control.run_here(lab.workspace, job).state is State.DONE
    assert find_dataset(lab.workspace, "Stopped").counts["kept"] == 5


def test_a_build_that_cannot_work_fails_in_plain_words(lab):
    job = create_build(lab.workspace, [], RECIPE, name="Nothing")
    end = control.run_here(lab.workspace, job)
    assert end.state is State.FAILED
    assert end.message == "The selection holds no pictures. Choose a collection or loosen the filters."


def test_a_bad_name_leaves_no_job_behind(lab):
    with pytest.raises(ConfigError, match="needs a name"):
        submit_build(lab.workspace, lab.add_many(3), RECIPE, name=" ")
    assert list_jobs(lab.workspace) == []


def test_a_submitted_build_is_done_by_a_process_of_its_own(lab):
    job = submit_build(lab.workspace, lab.add_many(5), RECIPE, name="In the background")
    end = control.wait(job, timeout_seconds=60)
    assert end.state is State.DONE
    assert find_dataset(lab.workspace, "In the background").counts["kept"] == 5
