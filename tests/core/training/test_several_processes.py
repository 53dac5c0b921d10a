"""A whole run on two devices: it ends with what one device ends with, and a process that dies ends it in words."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.training import job
from core.training.ranks import OtherProcessError, ready_mark
from core.training.resume import NEWEST
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from core.workspace import Workspace
from tests.core.training.hosts import ScriptedHost, go_on, train
from tests.core.training.packs import stripes, write_pack
from tests.core.training.test_going_back import Poison
from tests.core.training.test_resume import final_state, same

SMALL = {
    "width": 4,
    "max_width": 8,
    "latent_dim": 4,
    "batch_size": 8,
    "grid_size": 4,
    "log_every_images": 16,
    "save_every_epochs": 1,
    "generator_norm": "batch",
}
TWO = {"devices": 2}
_PROJECT = Path(__file__).resolve().parents[3]


def other_processes() -> list[psutil.Process]:
    """Those that this process trains together with: a browser that other tests left running is none."""
    return [child for child in psutil.Process().children() if "core.training.rank" in child.cmdline()]


def begun(workspace, overrides, preset="quick-gan", epochs=3):
    return RunFolder(workspace.run(create_run(workspace, preset, "stripes", epochs, overrides)))


@pytest.fixture(scope="module")
def on_two(tmp_path_factory):
    """A lab and a GAN that was trained on two devices in it."""
    workspace = Workspace(tmp_path_factory.mktemp("two") / "lab").create()
    write_pack(workspace.dataset("stripes"), stripes(32, 32), test=8)
    return workspace, train(workspace, SMALL | TWO)


def assert_close(one, two):
    """The same samples, measurements and weights at every epoch, but for rounding.

    The weights without biases: one before a batch norm changes nothing, so its gradient is rounding alone, of which
    Adam makes steps of full length; the running means follow it.
    """
    assert one.epochs() == two.epochs()
    for epoch in one.weight_epochs():
        expected, found = load_file(one.weights(epoch)), load_file(two.weights(epoch))
        assert expected.keys() == found.keys()
        for name in (name for name in expected if not name.endswith(("bias", "running_mean"))):
            torch.testing.assert_close(found[name], expected[name], rtol=1e-3, atol=1e-4, msg=name)
        pictures = [np.asarray(Image.open(run.grid(epoch)), np.int16) for run in (one, two)]
        assert abs(pictures[0] - pictures[1]).max() <= 2
    told = {"images_per_second", "seconds", "memory_bytes", "device", "health"}
    for row, other in zip(one.metrics()[0], two.metrics()[0], strict=True):
        measured = {name: value for name, value in row.items() if name not in told}
        assert {name: other[name] for name in measured} == pytest.approx(measured, rel=2e-3, abs=2e-4)


def test_a_gan_on_two_devices_ends_as_on_one(on_two):
    workspace, two = on_two
    assert_close(train(workspace, SMALL), two)


def test_a_vae_on_two_devices_ends_as_on_one(on_two):
    workspace, _ = on_two
    small = {name: value for name, value in SMALL.items() if name != "generator_norm"} | {"width": 8}
    one, two = (train(workspace, small | devices, preset="quick-vae", epochs=2) for devices in ({}, TWO))
    assert_close(one, two)


def test_two_processes_go_back_together(on_two, monkeypatch):
    workspace, _ = on_two
    careful = SMALL | {"resume_every_seconds": 0}
    runs = []
    for devices in ({}, TWO):
        poison = Poison(monkeypatch, at_images=40, times=1)  # breaks the first process alone
        runs.append(train(workspace, careful | devices))
        assert poison.rates[-1] == 0.5
        monkeypatch.undo()
    assert_close(*runs)


class Murderer(ScriptedHost):
    """Kills the process that it trains together with, after some steps."""

    def progress(self, *told, **named):
        super().progress(*told, **named)
        if self.steps == 4:
            (other,) = other_processes()
            other.kill()


def test_a_process_that_is_killed_ends_the_run_in_words_and_it_resumes_to_the_same_bits(on_two):
    workspace, unbroken = on_two
    run = begun(workspace, SMALL | TWO | {"resume_every_seconds": 0})
    murderer = Murderer(run.path, workspace)
    with pytest.raises(OtherProcessError, match=r"Process 2 of 2, on cpu, was ended by the signal SIGKILL.*resume"):
        job.run(murderer)
    assert "2 processes share the processor's cores" in murderer.logged[0]
    assert not other_processes()
    go_on(workspace, run)
    assert same(final_state(unbroken), final_state(run))


def test_a_process_that_fails_tells_why(on_two):
    workspace, _ = on_two
    run = begun(workspace, SMALL | TWO)
    with pytest.raises(OtherProcessError, match=r"Process 2 of 2, on cuda:7, failed: No NVIDIA GPU can be used here"):
        job.run(ScriptedHost(run.path, workspace, torch_devices=("cpu", "cuda:7")))
    assert not other_processes()


def test_a_run_that_breaks_by_itself_leaves_no_process_behind(on_two):
    workspace, _ = on_two
    run = begun(workspace, SMALL | TWO)

    class Broken(ScriptedHost):
        def log(self, text):
            if text.startswith("Training"):
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job.run(Broken(run.path, workspace))
    assert not other_processes()


def test_a_batch_that_two_cannot_share_is_refused_before_anything_starts(on_two):
    workspace, _ = on_two
    with pytest.raises(ConfigError, match="cannot be shared equally by 2 devices"):
        begun(workspace, SMALL | TWO | {"batch_size": 9})


def until(true, seconds=60):
    give_up = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < give_up
        time.sleep(0.02)
    return value


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has other ways to end a group of processes")
def test_a_group_of_processes_that_is_asked_to_end_saves_first(on_two):
    workspace, _ = on_two
    chosen = {"precision": "float32", "memory_layout": "channels_last", "speedup": "eager"}  # no trial is needed
    run = begun(workspace, SMALL | TWO | chosen, epochs=100_000)
    worker = JobFolder(run.path)
    control.start(workspace, worker)
    until(run.images_seen)
    (other,) = psutil.Process(worker.status().pid).children()
    os.killpg(worker.status().pid, signal.SIGTERM)
    end = control.wait(worker, 60)
    assert end.state is State.STOPPED, end.traceback
    assert not other.is_running()
    assert (run.path / NEWEST).exists()
    assert "Traceback" not in worker.log_tail()


def test_the_others_end_when_the_first_process_is_killed(tmp_path):
    """Whatever they are doing: here one waits for a first process that never comes."""
    first = (
        "import subprocess, sys; "
        f"folder = {str(tmp_path)!r}; "
        "command = [sys.executable, '-m', 'core.training.rank', folder, '1', '2', folder, 'cpu']; "
        "other = subprocess.Popen(command, stdin=subprocess.PIPE); print(other.pid, flush=True); other.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", first], cwd=_PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    other = psutil.Process(int(parent.stdout.readline()))
    try:
        until(ready_mark(tmp_path, 1).exists)
        parent.kill()
        parent.wait()
        until(lambda: not other.is_running() or other.status() == psutil.STATUS_ZOMBIE)
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            other.kill()
