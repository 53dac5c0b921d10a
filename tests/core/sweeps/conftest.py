"""Sweeps whose runs are written by hand: what a training leaves is known, so a sweep needs none to be tested."""

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from core.files import JsonLines, write_json
from core.jobs import locks
from core.jobs.folder import End, JobFolder, State
from core.jobs.identity import own_identity
from core.jobs.progress import StatusWriter
from core.jobs.running import RunningJob
from core.sweeps.directing import direct
from core.sweeps.planning import create_sweep
from core.sweeps.spec import SweepSpec
from core.sweeps.sweep import Sweep
from core.training.grids import save_png
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.runs import make_dataset

TINY = {"width": 4, "max_width": 8, "batch_size": 8, "grid_size": 4, "log_every_images": 16, "speedup": "eager"}
EAGER = {"precision": "float32", "memory_layout": "contiguous"}  # nothing is tried before a real training
SPACE = {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}, "latent_dim": [4, 8]}


@pytest.fixture
def dataset(workspace: Workspace) -> str:
    return make_dataset(workspace)


def spec_of(dataset: str, **changes: Any) -> SweepSpec:
    usual: dict[str, Any] = {
        "preset": "quick-gan",
        "dataset_id": dataset,
        "method": "random",
        "space": SPACE,
        "trials": 4,
        "images": 96,  # three epochs of 32 pictures
        "fixed": TINY,
    }
    return SweepSpec(**{**usual, **changes})


def leave_run(
    folder: JobFolder, values: list[float], *, state: State = State.DONE, message: str = "Trained.", reason: str = ""
) -> None:
    """What a training leaves that a sweep reads: a value for each saved epoch, a grid, and its end."""
    from PIL import Image

    run = RunFolder(folder.path)
    scores = JsonLines(run.scores_file)
    for epoch, value in enumerate(values, start=1):
        seen = epoch * run.epoch_images
        scores.append({"epoch": epoch, "images_seen": seen, "metric": "swd", "value": value, "against": "held-out"})
        JsonLines(run.metrics_file).append({"images_seen": seen, "epoch": float(epoch)})
        save_png(Image.new("RGB", (32, 32)), run.grid(epoch), {})
    write_json(folder.end_path, asdict(End(state, message, seconds=1.0, reason=reason, ended=time.time())))


Begin = Callable[[Workspace, JobFolder], object]


def direct_here(workspace: Workspace, job: JobFolder, begin: Begin) -> str:
    """The sweep's work in this process."""
    running = RunningJob(
        job.path, job.settings, workspace, "", (), StatusWriter(job.status_path, own_identity(), before=None)
    )
    return direct(running, begin=begin, look_every_seconds=0.01)


def trained(value_of: Callable[[dict[str, Any]], float]) -> Begin:
    """Runs that reach, in their three epochs, what their settings are worth."""

    def begin(workspace: Workspace, folder: JobFolder) -> None:
        value = value_of(folder.settings["sweep"]["params"])
        leave_run(folder, [value + 2, value + 1, value])

    return begin


def create(workspace: Workspace, spec: SweepSpec) -> tuple[JobFolder, Sweep]:
    job = create_sweep(workspace, spec)
    return job, Sweep(job)


def at_work(folder: JobFolder, values: list[float]) -> threading.Thread:
    """A run that holds its lock, has saved these epochs, and ends when it is asked to stop."""
    lock = locks.take(folder.lock_path)
    assert lock is not None
    run = RunFolder(folder.path)
    for epoch, value in enumerate(values, start=1):
        row = {"epoch": epoch, "images_seen": epoch * run.epoch_images, "metric": "swd", "value": value}
        JsonLines(run.scores_file).append(row)

    def train() -> None:
        while not folder.stop_path.exists():
            time.sleep(0.01)
        end = End(State.STOPPED, "Stopped.", seconds=1.0, reason="stop", ended=time.time())
        write_json(folder.end_path, asdict(end))
        lock.release()

    thread = threading.Thread(target=train)
    thread.start()
    return thread
