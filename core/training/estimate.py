"""How long a run will take and what it will need, before it is started, and whether that is here. No torch here.

Steps are measured once, in a process of their own (core.training.trial), with two batch sizes: what a picture of the
batch adds, and what is needed besides, gives the need of any batch size, and the largest that fits.
"""

import json
import math
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.errors import AtelierError
from core.jobs.locks import take
from core.training.base_settings import PICTURES_SHARE
from core.training.measured import recall, remember
from core.training.run_folder import RunFolder
from core.training.schedule import plan_saves
from core.training.trial import Need, Needs, TrialError, decisive, measured_apart
from core.workspace import Workspace

_TRIAL_BATCHES = {"cpu": (4, 16), "cuda": (8, 32)}
_LEAST_BATCH = 2
_WAIT_SECONDS = 300.0  # for another trial to end; after that this one is made beside it
_KEPT_NUMBERS = 4  # per parameter in a state: itself, two moments of Adam, its average
_GPU_SHARE = 0.92  # of a GPU's memory that a training may take: the rest is for its driver and libraries


class DoesNotFitError(AtelierError):
    """A run that needs more than there is; the message says what would fit."""


@dataclass(frozen=True)
class Budget:
    """What a run may take."""

    memory_bytes: int  # main memory, or that of the GPU
    disk_bytes: int


@dataclass(frozen=True)
class Estimate:
    seconds: float
    images_per_second: float
    memory_bytes: int  # of this machine, or of each GPU: measured steps, and the pictures that stay there
    disk_bytes: int
    measured: str  # how the speed is known, to be shown beside it
    problem: str = ""  # why it cannot be trained here, and what could; "" where it can
    would_fit: dict[str, Any] = field(default_factory=dict)  # settings that would; empty where all is well

    @property
    def fits(self) -> bool:
        return not self.problem


def estimate(
    workspace: Workspace, settings: dict[str, Any], device: str = "cpu", *, budget: Budget | None = None
) -> Estimate:
    """What a run with these settings (those of plan_run or of a run.json) would take on `device` ("cpu", "cuda:0").

    The first call for networks, batch and device takes some seconds, those after it milliseconds. The speed is that of
    the newest run here with the same networks and batch, if it can be told.

    Args:
        budget: by default what is free now, and what trainings that are running will give back before this one begins.
    Raises: TrialError if not even the smallest step could be taken.
    """
    return _estimate(workspace, settings, device, _needs(workspace, settings, device), budget)


def estimate_if_known(
    workspace: Workspace, settings: dict[str, Any], device: str = "cpu", *, budget: Budget | None = None
) -> Estimate | None:
    """As `estimate`, from what was measured before; None if that has to be measured first."""
    needs = _recalled(workspace, settings, device)
    return _estimate(workspace, settings, device, needs, budget) if needs else None


def refuse_if_it_cannot_fit(
    workspace: Workspace, settings: dict[str, Any], device: str = "cpu", *, budget: Budget | None = None
) -> None:
    """Raises DoesNotFitError saying what was found, what is free, and what would fit."""
    found = estimate(workspace, settings, device, budget=budget)
    if not found.fits:
        raise DoesNotFitError(found.problem)


def _estimate(
    workspace: Workspace, settings: dict[str, Any], device: str, needs: Needs, budget: Budget | None
) -> Estimate:
    budget = budget or _budget(workspace, device, needs)
    devices, part = _devices(settings), settings["training"]["batch_size"] // _devices(settings)
    speed, measured = _speed(workspace, settings, device, needs)
    memory, disk = _memory(settings, device, needs, budget), _disk(settings, needs)
    problems: list[str] = []
    would_fit: dict[str, Any] = {}
    if memory(part) > budget.memory_bytes or 0 < needs.out_of_memory_at <= part:
        would_fit |= _fitting(settings, needs, memory, budget)
        shared = f", shared by {devices} devices" if devices > 1 else ""
        problems.append(
            f"This needs about {_bytes(memory(part))} of memory with a batch_size of {part * devices}{shared}, but "
            f"{_bytes(budget.memory_bytes)} are free on {device}. {_advice(would_fit)}"
        )
    if disk > budget.disk_bytes:
        room = max(0.0, (budget.disk_bytes - (disk - _capped(settings, needs))) / 1e9)
        cap = math.floor(room * 10) / 10
        advice = "Free some space, or plan fewer epochs."
        if cap >= 0.1:
            would_fit["disk_cap_gb"] = cap
            advice = f"Free some space, or set disk_cap_gb={cap:g}."
        problems.append(
            f"This writes about {_bytes(disk)}, but {_bytes(budget.disk_bytes)} are free on the disk. {advice}"
        )
    return Estimate(
        seconds=_total_images(settings) / speed,
        images_per_second=speed,
        memory_bytes=memory(part),
        disk_bytes=disk,
        measured=measured,
        problem=" ".join(problems),
        would_fit=would_fit,
    )


def _needs(workspace: Workspace, settings: dict[str, Any], device: str) -> Needs:
    """What was measured before; else by a trial, one at a time: two beside each other would measure each other, and a
    form that is being filled in asks again and again."""
    known = _recalled(workspace, settings, device)
    if known is not None:
        return known
    lock_path = _path(workspace).with_suffix(".lock")
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    lock = take(lock_path, timeout_seconds=_WAIT_SECONDS)
    try:
        known = _recalled(workspace, settings, device)  # by whoever had the lock before
        return known if known is not None else _measured(workspace, settings, device)
    finally:
        if lock is not None:
            lock.release()


def _measured(workspace: Workspace, settings: dict[str, Any], device: str) -> Needs:
    needs = measured_apart(settings, device, _TRIAL_BATCHES.get(device.partition(":")[0], (4, 16)))
    if not needs.by_batch:
        raise TrialError(
            f"Not even a batch of {needs.out_of_memory_at} has room in the memory of {device}. Choose a smaller "
            "network, or a dataset of fewer pixels."
        )
    value = {**vars(needs), "by_batch": [vars(need) for need in needs.by_batch]}
    remember(_path(workspace), "needs", _key(settings, device), value)
    return needs


def _recalled(workspace: Workspace, settings: dict[str, Any], device: str) -> Needs | None:
    kept = recall(_path(workspace), "needs", _key(settings, device))
    return Needs(**{**kept, "by_batch": tuple(Need(**need) for need in kept["by_batch"])}) if kept else None


def _path(workspace: Workspace) -> Path:
    return workspace.data / "training-speed.json"


def _key(settings: dict[str, Any], device: str) -> str:
    steps = {name: value for name, value in decisive(settings).items() if name != "batch_size"}  # several are measured
    return json.dumps([steps, device, _gpu(device)[0], version("torch")], sort_keys=True)


def _speed(workspace: Workspace, settings: dict[str, Any], device: str, needs: Needs) -> tuple[float, str]:
    for folder in sorted(workspace.checkpoints.glob("*/run.json"), reverse=True):
        rate = _speed_of_run(RunFolder(folder.parent), settings, device)
        if rate:
            return rate, f"as fast as the run {folder.parent.name} was here"
    batch_size, devices = settings["training"]["batch_size"], _devices(settings)
    told = "measured by a trial of some seconds on this machine"
    if devices > 1:
        told = (
            f"calculated for {devices} devices from a trial on one, not measured: exchanging gradients takes time too"
        )
    # processes on one processor are together as fast as one; GPUs are each as fast with their part of the batch
    if device.startswith("cuda"):
        batch_size //= devices
    seconds = _line([(need.batch_size, need.seconds) for need in needs.by_batch])
    largest = needs.by_batch[-1]
    # beyond what was tried, a larger batch is never taken to be faster by the picture than a straight line says
    expected = max(seconds(batch_size), largest.seconds) if batch_size > largest.batch_size else seconds(batch_size)
    return settings["training"]["batch_size"] / max(expected, 1e-6), told


def _speed_of_run(run: RunFolder, settings: dict[str, Any], device: str) -> float | None:
    """Images a second of a run that did the same work here, saving included."""
    try:
        same = decisive(run.settings) == decisive(settings) and _devices(run.settings) == _devices(settings)
        rows, _ = run.metrics()
    except (AtelierError, ValueError, KeyError):
        return None
    kind = device.partition(":")[0]
    rates = [row["images_per_second"] for row in rows[-20:] if row.get("device") == kind]
    return sorted(rates)[len(rates) // 2] if same and len(rates) >= 3 else None


def _memory(settings: dict[str, Any], device: str, needs: Needs, budget: Budget) -> Callable[[int], int]:
    """The need by the part of a batch that a device has: a straight line through what was measured, and the pictures.

    Pictures that would take too much of the memory are read from the disk, two parts of a batch at a time.
    """
    of_steps = _line([(need.batch_size, need.memory_bytes) for need in needs.by_batch])
    network = settings["network"]
    height, width = (int(network.get(name) or network["resolution"]) for name in ("height", "breadth"))
    sharing = 1 if device.startswith("cuda") else _devices(settings)  # how many processes have this memory
    pixels = height * width * 3
    pictures = (settings["train_count"] + settings["test_count"]) * pixels
    resident = sharing * pictures <= PICTURES_SHARE * budget.memory_bytes
    return lambda part: sharing * (int(of_steps(part)) + (pictures if resident else 2 * part * pixels))


def _line(points: list[tuple[int, float]]) -> Callable[[int], float]:
    """Through the first and the last point, never falling; level where there is only one."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    slope = max(0.0, (y1 - y0) / (x1 - x0)) if x1 > x0 else 0.0
    return lambda x: y1 + slope * (x - x1)


def _fitting(settings: dict[str, Any], needs: Needs, memory: Callable[[int], int], budget: Budget) -> dict[str, Any]:
    """The largest batch size that fits; else the largest half, quarter, ... of the resolution at which one does."""
    devices = _devices(settings)
    below = min(settings["training"]["batch_size"] // devices, needs.out_of_memory_at or 2**31)
    added = memory(_LEAST_BATCH + 1) - memory(_LEAST_BATCH)
    room = budget.memory_bytes - memory(_LEAST_BATCH)
    if room >= 0:
        return {"batch_size": devices * min(below - 1, _LEAST_BATCH + (room // added if added else below))}
    # a picture of half the sides takes a quarter of what it adds to the memory; weights and libraries stay
    fixed, side = memory(_LEAST_BATCH) - _LEAST_BATCH * added, int(settings["network"]["resolution"])
    smaller = side // 2
    while smaller >= 16:
        share = (smaller / side) ** 2
        if fixed + _LEAST_BATCH * added * share <= budget.memory_bytes:
            return {"resolution": smaller}
        smaller //= 2
    return {}


def _advice(would_fit: dict[str, Any]) -> str:
    if "batch_size" in would_fit:
        return f"A batch_size of {would_fit['batch_size']} would fit."
    if "resolution" in would_fit:
        return f"No batch size fits; a dataset of {would_fit['resolution']} pixels would, by calculation."
    return "No batch size fits. Choose a smaller network, or close other programs first."


def _disk(settings: dict[str, Any], needs: Needs) -> int:
    """Sample grids, what the cap allows of weights and states, and the states to go on from."""
    network, training = settings["network"], settings["training"]
    height, width = (int(network.get(name) or network["resolution"]) for name in ("height", "breadth"))
    grids = _saves(settings) * training["grid_size"] * height * width * 3
    return grids + _capped(settings, needs) + 3 * _state_bytes(needs)


def _capped(settings: dict[str, Any], needs: Needs) -> int:
    """Weights of saved epochs and states to branch from, under disk_cap_gb."""
    training, saves = settings["training"], _saves(settings)
    every = training.get("keep_states_every", 0)
    weights = saves if training.get("keep_weights", "all") == "all" else 2
    kept = weights * needs.sampled_parameters * 4 + (saves // every if every else 0) * _state_bytes(needs)
    return min(kept, int(training.get("disk_cap_gb", 4.0) * 1e9))


def _state_bytes(needs: Needs) -> int:
    return needs.parameters * 4 * _KEPT_NUMBERS


def _saves(settings: dict[str, Any]) -> int:
    epochs = settings["epochs"]
    return -(-epochs // plan_saves(epochs, settings["train_count"], settings["training"]["save_every_epochs"]))


def _devices(settings: dict[str, Any]) -> int:
    return int(settings.get("devices") or 1)


def _total_images(settings: dict[str, Any]) -> int:
    return int(settings.get("images") or settings["epochs"] * settings["train_count"])


def _budget(workspace: Workspace, device: str, needs: Needs) -> Budget:
    """What is free, and what running trainings hold: one that is started now waits until they are over."""
    disk = shutil.disk_usage(workspace.root if workspace.root.exists() else Path.home()).free
    held = _held_by_runs(workspace, device)
    if device.startswith("cuda"):
        _, free, total = _gpu(device)
        if not total:  # no nvidia-smi, as in a slim container: what the trial was told
            free, total = needs.device_free_bytes, needs.device_bytes
        return Budget(int(min(free + held, total) * _GPU_SHARE), disk)
    import psutil

    return Budget(int(psutil.virtual_memory().available) + held, disk)


def _held_by_runs(workspace: Workspace, device: str) -> int:
    """Memory of the trainings that run on the device now, as of their newest log points."""
    from core.jobs.folder import list_jobs

    held = 0
    for job in list_jobs(workspace):
        if job.kind != "train" or not job.is_active or (status := job.status()) is None:
            continue
        if device in status.device_slots:
            rows, _ = RunFolder(job.path).metrics()
            held += int(rows[-1].get("memory_bytes", 0)) if rows else 0
    return held


def _gpu(device: str) -> tuple[str, int, int]:
    """Name, free and total bytes of the GPU "cuda:1" as its driver tells; ("", 0, 0) where it does not."""
    if not device.startswith("cuda"):
        return "", 0, 0
    from core.jobs.devices import visible_gpus

    gpus, number = visible_gpus(), int(device.partition(":")[2] or 0)
    tool = shutil.which("nvidia-smi")
    if tool is None or number >= len(gpus):
        return "", 0, 0
    query = [tool, f"--id={gpus[number]}", "--query-gpu=name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True).stdout
        name, free, total = told.strip().rsplit(", ", 2)
        return name, int(free) << 20, int(total) << 20
    except (OSError, subprocess.SubprocessError, ValueError):
        return "", 0, 0


def _bytes(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(0, round(number / 1e6))} MB"
