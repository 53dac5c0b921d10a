"""How long a run will take and what it will need, before it is started."""

import json
import time
from dataclasses import dataclass
from typing import Any

from core.errors import AtelierError
from core.files import read_json, write_json
from core.models.describe import ModelDescription, describe
from core.training.run_folder import RunFolder
from core.training.schedule import plan_saves
from core.workspace import Workspace

_TRIAL_SECONDS = 2.0
_TRIAL_BATCH = 8  # pictures: the trial is to answer at once, also for a large network
_LIBRARY_BYTES = 600_000_000  # of main memory that torch takes before the first network
_KEPT_NUMBERS = 5  # per parameter: itself, its gradient, two moments of Adam, its average


@dataclass(frozen=True)
class Estimate:
    seconds: float
    images_per_second: float
    memory_bytes: int  # calculated: weights, what training remembers of a batch, the pictures
    disk_bytes: int
    measured: str  # how the speed is known, to be shown beside it
    problem: str = ""  # why it cannot be trained here, and what could; "" where it can


def estimate(workspace: Workspace, settings: dict[str, Any], device: str = "cpu") -> Estimate:
    """What a run with these settings (those of plan_run or of a run.json) would take on `device`.

    The speed is that of the newest run here with the same networks and batch, if it can be told; else that of a trial
    of about two seconds, remembered for the next time. Raises ConfigError for a device that is not here.
    """
    described = describe(settings["preset"], settings["network"]["resolution"], settings["network"])
    speed, measured = _speed(workspace, settings, device)
    total_images = settings["epochs"] * settings["train_count"]
    return Estimate(
        seconds=total_images / speed,
        images_per_second=speed,
        memory_bytes=_memory(described, settings, device),
        disk_bytes=_disk(described, settings),
        measured=measured,
    )


def _speed(workspace: Workspace, settings: dict[str, Any], device: str) -> tuple[float, str]:
    key = json.dumps([_of_speed(settings), device], sort_keys=True)
    for folder in sorted(workspace.checkpoints.glob("*/run.json"), reverse=True):
        rate = _speed_of_run(RunFolder(folder.parent), settings, device)
        if rate:
            return rate, f"as fast as the run {folder.parent.name} was here"
    remembered = read_json(workspace.data / "training-speed.json") or {}
    if key not in remembered:
        remembered[key] = measure_speed(settings, device)
        write_json(workspace.data / "training-speed.json", remembered)
    return float(remembered[key]), f"measured by a trial of {_TRIAL_SECONDS:.0f} seconds on this machine"


def _of_speed(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that decide how fast a training is."""
    training = settings["training"]
    names = ("batch_size", "precision", "compile", "loss", "augment", "penalty_every_steps")
    decisive = {name: training[name] for name in names if name in training}
    penalised = training.get("penalty_gamma", 0) > 0 or training.get("penalty_gamma_final", 0) > 0
    return {
        "architecture": settings["architecture"],
        "network": settings["network"],
        "penalised": penalised,
        **decisive,
    }


def _speed_of_run(run: RunFolder, settings: dict[str, Any], device: str) -> float | None:
    """Images a second of a run that did the same work here, saving included."""
    try:
        same = _of_speed(run.settings) == _of_speed(settings)
        rows, _ = run.metrics()
    except (AtelierError, ValueError, KeyError):
        return None
    rates = [row["images_per_second"] for row in rows[-20:] if row.get("device") == device]
    return sorted(rates)[len(rates) // 2] if same and len(rates) >= 3 else None


def measure_speed(settings: dict[str, Any], device_name: str) -> float:
    """Images a second in a short trial on random pictures. Leaves nothing behind, and torch's settings as they were."""
    import numpy as np
    import torch

    from core.training.device import choose_device
    from core.training.job import build_trainer, training_settings
    from core.training.pictures import Pictures
    from core.training.trainer import Clock

    device, training = choose_device(device_name), training_settings(settings)
    side, batch_size = settings["network"]["resolution"], training.batch_size
    if device.type == "cpu":
        batch_size = min(batch_size, _TRIAL_BATCH)  # a processor is as fast with few; a GPU is not
    random = np.random.default_rng(0)
    pictures = Pictures(random.integers(0, 256, (batch_size, side, side, 3), np.uint8), np.arange(batch_size), device)
    trainer, draw = build_trainer(settings, training, device), torch.Generator(device)
    batch = pictures.batch(np.arange(batch_size))
    cycle = max(1, int(settings["training"].get("penalty_every_steps", 1)))
    seconds: dict[bool, list[float]] = {True: [], False: []}  # of steps with and without the penalty
    began, step = time.perf_counter(), -1
    while step < 2 or (step < 12 and time.perf_counter() - began < _TRIAL_SECONDS):
        number = 0 if step % 2 else 1  # with the penalty, without it, in turn
        clock = Clock(0, 1, number if cycle > 1 else 0)
        start = time.perf_counter()
        measured = trainer.step(batch, clock, draw, measure_gradients=False)
        next(iter(measured.values())).item()  # waits until the device has done it
        if step >= 1:  # the first steps choose algorithms and take memory
            seconds[number == 0].append(time.perf_counter() - start)
        step += 1
    with_penalty = min(seconds[True], default=min(seconds[False], default=1.0))
    without = min(seconds[False], default=with_penalty)
    return batch_size / (without + (with_penalty - without) / cycle)


def _memory(described: ModelDescription, settings: dict[str, Any], device: str) -> int:
    side = described.resolution
    weights = described.parameters * 4 * _KEPT_NUMBERS
    # each layer's result and its gradient; the discriminator sees a real and a generated batch
    remembered = sum(net.activations * (2 if net.role == "discriminator" else 1) for net in described.networks)
    batch = settings["training"]["batch_size"] * remembered * 4 * 2
    pictures = (settings["train_count"] + settings["test_count"]) * side * side * 3
    return weights + batch + pictures + (0 if device.startswith("cuda") else _LIBRARY_BYTES)


def _disk(described: ModelDescription, settings: dict[str, Any]) -> int:
    training, epochs = settings["training"], settings["epochs"]
    every = plan_saves(epochs, settings["train_count"], training["save_every_epochs"])
    saves = -(-epochs // every)
    grid = training["grid_size"] * described.resolution**2 * 3
    resume = described.parameters * 4 * (_KEPT_NUMBERS - 1)  # no gradients
    return saves * (described.networks[0].parameters * 4 + grid) + 3 * resume
