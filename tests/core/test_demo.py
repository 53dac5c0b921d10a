"""The demo walks the whole way, each step a job of its own."""

from pathlib import Path

from core import demo
from core.datasets.listing import find_dataset
from core.demo import DemoSettings
from core.files import read_json
from core.jobs import control
from core.jobs.folder import State, list_jobs
from core.training.run_folder import RunFolder
from core.workspace import Workspace

TINY = DemoSettings(count=14, epochs=1)


def test_the_demo_ends_with_a_trained_run_and_leaves_every_step_as_a_job(workspace: Workspace) -> None:
    job = control.create(workspace, demo.KIND, vars(TINY), title="First steps")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end
    result = read_json(job.path / demo.RESULT)
    assert find_dataset(workspace, "sample-32").id == result["dataset_id"]
    run = RunFolder(workspace.run(result["run_id"]))
    assert run.grid(1).exists()
    assert sorted(step.kind for step in list_jobs(workspace)) == ["build", "collect", "demo", "train"]


def test_a_step_that_fails_is_named_and_ends_the_demo(workspace: Workspace) -> None:
    impossible = DemoSettings(count=14, epochs=1, preset="no-such-preset")
    job = control.create(workspace, demo.KIND, vars(impossible), title="First steps")
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "no-such-preset" in end.message
    assert not list(Path(workspace.checkpoints).glob("*/run.json"))


def test_the_demo_is_started_once_however_often_it_is_asked_for(workspace: Workspace) -> None:
    first = demo.submit(workspace, TINY)
    try:
        assert demo.submit(workspace, TINY).id == first.id
    finally:
        control.stop(workspace, first)
        control.wait(first, timeout_seconds=120)
