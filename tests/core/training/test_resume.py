"""A resumed training equals one that never stopped, to the last bit."""

import os
import random
import signal
import time

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.training import job
from core.training.building import build_trainer, training_settings
from core.training.resume import NEWEST, PREVIOUS, ResumeError, load_resume, save_resume
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from tests.core.training.hosts import go_on, train

CPU = torch.device("cpu")


def final_state(run):
    """Every tensor the run ended with: networks, average, optimisers."""
    state, _ = load_resume(run.path, job.fingerprint(run.settings), CPU)
    return flattened(state)


def flattened(value, name=""):
    if isinstance(value, dict):
        return {k: v for key, part in value.items() for k, v in flattened(part, f"{name}/{key}").items()}
    if isinstance(value, list | tuple):
        return flattened(dict(enumerate(value)), name)
    return {name: value}


def same(first, second):
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) if isinstance(first[name], torch.Tensor) else first[name] == second[name]
        for name in first
    )


def stopped_run(workspace, overrides, preset, steps, epochs=3):
    run = RunFolder(workspace.run(create_run(workspace, preset, "stripes", epochs, overrides)))
    go_on(workspace, run, steps=steps)
    return run


@pytest.mark.parametrize("preset", ["quick-gan", "quick-vae", "artbench-dcgan"])
def test_a_stopped_and_resumed_run_equals_an_unbroken_one(workspace, small, preset):
    if preset == "quick-vae":
        small |= {"width": 8, "max_width": 8}
    if preset == "artbench-dcgan":
        small |= {"augment": "color,translation,cutout", "flip": True}
    unbroken = train(workspace, small, preset=preset)
    broken = stopped_run(workspace, small, preset, steps=2)
    assert broken.weight_epochs() == []
    go_on(workspace, broken, steps=3)
    go_on(workspace, broken)
    assert same(final_state(unbroken), final_state(broken))
    for epoch in unbroken.weight_epochs():
        assert same(load_file(unbroken.weights(epoch)), load_file(broken.weights(epoch)))
        assert Image.open(unbroken.grid(epoch)).tobytes() == Image.open(broken.grid(epoch)).tobytes()


@pytest.mark.parametrize(
    "part", ["generator", "discriminator", "averaged", "generator_optimiser", "discriminator_optimiser"]
)
def test_every_part_of_the_saved_state_matters(workspace, small, part):
    """The comparison above would notice if resuming forgot any one part."""
    unbroken = train(workspace, small)
    broken = stopped_run(workspace, small, "quick-gan", steps=4)
    mark = job.fingerprint(broken.settings)
    state, _ = load_resume(broken.path, mark, CPU)
    fresh = build_trainer(broken.settings, training_settings(broken.settings), CPU)
    state["trainer"][part] = fresh.state()[part]
    save_resume(broken.path, state, mark)
    go_on(workspace, broken)
    assert not same(final_state(unbroken), final_state(broken))


def test_a_run_killed_at_a_random_moment_equals_an_unbroken_one(workspace, small):
    small |= {"width": 1, "max_width": 1, "resume_every_seconds": 0.02, "save_every_epochs": 20, "grid_size": 1}
    unbroken = train(workspace, small, epochs=20)
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 20, small)))
    worker = JobFolder(run.path)
    control.start(workspace, worker)
    lost_at = kill_soon(worker, run, wait_seconds=random.Random(3).uniform(0.0, 0.05))
    assert 0 < lost_at < run.total_images
    assert worker.state() is State.LOST
    control.resume(workspace, worker)
    end = control.wait(worker, timeout_seconds=120)
    assert end.state is State.DONE, end.traceback
    assert same(final_state(unbroken), final_state(run))
    assert [row["images_seen"] for row in run.metrics()[0]] == [row["images_seen"] for row in unbroken.metrics()[0]]


def kill_soon(worker, run, wait_seconds):
    """SIGKILL the worker a little after it has logged something; return the images it had seen."""
    deadline = time.monotonic() + 90
    while run.images_seen() == 0:
        assert worker.is_active, worker.end()
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(wait_seconds)
    os.kill(worker.status().pid, signal.SIGKILL)
    while worker.is_active:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return run.images_seen()


def test_a_torn_newest_state_falls_back_to_the_one_before(tmp_path):
    save_resume(tmp_path, {"images_seen": 8}, "f")
    save_resume(tmp_path, {"images_seen": 16, "weights": torch.ones(10_000)}, "f")
    newest = tmp_path / NEWEST
    newest.write_bytes(newest.read_bytes()[:-300])
    state, remark = load_resume(tmp_path, "f", CPU)
    assert state["images_seen"] == 8
    assert NEWEST in remark
    assert PREVIOUS in remark


def test_a_flipped_bit_in_the_newest_state_is_noticed(tmp_path):
    save_resume(tmp_path, {"images_seen": 8}, "f")
    save_resume(tmp_path, {"images_seen": 16, "weights": torch.ones(10_000)}, "f")
    damaged = bytearray((tmp_path / NEWEST).read_bytes())
    middle = len(damaged) // 2
    damaged[middle] ^= 1
    (tmp_path / NEWEST).write_bytes(damaged)
    state, _ = load_resume(tmp_path, "f", CPU)
    assert state["images_seen"] == 8


def test_with_both_states_damaged_training_starts_over_and_says_so(tmp_path):
    for name in (NEWEST, PREVIOUS):
        (tmp_path / name).write_bytes(b"not a state")
    state, remark = load_resume(tmp_path, "f", CPU)
    assert state is None
    assert "starting over" in remark


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path):
    for images_seen in (8, 16):
        save_resume(tmp_path, {"images_seen": images_seen}, "f")
    (tmp_path / NEWEST).replace(tmp_path / f"{NEWEST}.new")  # as it lies there before the last rename
    state, remark = load_resume(tmp_path, "f", CPU)
    assert (state["images_seen"], remark) == (16, "")
    save_resume(tmp_path, {"images_seen": 24}, "f")
    assert load_resume(tmp_path, "f", CPU)[0]["images_seen"] == 24


def test_a_state_of_other_settings_is_refused(tmp_path):
    save_resume(tmp_path, {"images_seen": 8}, "one")
    with pytest.raises(ResumeError, match="other settings"):
        load_resume(tmp_path, "another", CPU)


class Payload:
    def __reduce__(self):
        return (os.mkdir, ("hacked",))


def test_a_state_that_holds_code_is_refused_and_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"format": 1, "fingerprint": "f", "state": Payload()}, tmp_path / NEWEST)
    with pytest.raises(ResumeError, match="not loaded"):
        load_resume(tmp_path, "f", CPU)
    assert not (tmp_path / "hacked").exists()
