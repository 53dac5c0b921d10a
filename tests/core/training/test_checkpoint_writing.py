"""A checkpoint that cannot be finished costs nothing that was there before."""

import subprocess
import sys

import pytest
import torch

from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.training.job import fingerprint
from core.training.resume import load_resume
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from tests.core.training.hosts import train


@pytest.fixture
def settings(small):
    return small | {"width": 8, "max_width": 16, "resume_every_seconds": 0, "grid_size": 1, "keep_states_every": 0}


def interrupted(workspace, settings, how):
    """A run whose worker met a failing disk when it wrote its third state."""
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 3, settings)))
    asked = [sys.executable, "-m", "tests.core.training.failing_disk", str(run.path), how, "3"]
    subprocess.run(asked, check=False, capture_output=True, timeout=120)
    return run


def saved_images(run):
    state, remark = load_resume(run.path, fingerprint(run.settings), torch.device("cpu"))
    assert remark == ""
    return state["images_seen"]


def test_a_full_disk_fails_the_run_in_words_and_the_last_state_stays_readable(workspace, settings):
    run = interrupted(workspace, settings, "full")
    end = JobFolder(run.path).end()
    assert end.state is State.FAILED
    assert "The disk is full" in end.message
    assert saved_images(run) == 16  # two steps of eight; the third could not be saved
    assert not [path.name for path in run.path.rglob("*.tmp")]


def test_a_run_killed_while_it_writes_a_state_has_the_one_before(workspace, settings):
    run = interrupted(workspace, settings, "kill")
    assert JobFolder(run.path).state() is State.LOST
    assert saved_images(run) == 16


@pytest.mark.parametrize("how", ["full", "kill"])
def test_it_goes_on_as_if_nothing_had_happened(workspace, settings, how):
    unbroken = train(workspace, settings)
    run = interrupted(workspace, settings, how)
    job = JobFolder(run.path)
    control.resume(workspace, job)
    assert control.wait(job, timeout_seconds=120).state is State.DONE
    assert run.weights(3).read_bytes()[-4096:] == unbroken.weights(3).read_bytes()[-4096:]
