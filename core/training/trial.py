"""A few steps of a planned training on random pictures: how long they take, what they measure, what memory they need.

    python -m core.training.trial < request.json       prints one JSON object; see `measured_apart`

Memory is measured in a process of its own, because only there is everything that it holds the trial's.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.datasets.steps.drawing import draw_batch
from core.datasets.steps.numbers import seeds_of
from core.datasets.steps.step import steps_from
from core.errors import AtelierError

if TYPE_CHECKING:
    import torch

    from core.training.base_settings import TrainingSettings

_STEPS, _SECONDS = 6, 2.0  # of one batch size: so many steps, or fewer that take so long
_APART_SECONDS = 600.0  # after which a trial in a process of its own is given up


class TrialError(AtelierError):
    """The steps of a trial could not be taken."""


@dataclass(frozen=True)
class Need:
    """What steps with one batch size need."""

    batch_size: int
    seconds: float  # of a step; that of the penalty is spread over the steps between two of them
    memory_bytes: int  # of the process, or of the GPU, at their highest; 0: could not be told


@dataclass(frozen=True)
class Needs:
    base_bytes: int  # main memory of a process that has loaded torch and built nothing yet
    by_batch: tuple[Need, ...]  # in order of the batch size
    out_of_memory_at: int  # the batch size at which the device had no more; 0: none
    parameters: int  # of all networks
    sampled_parameters: int  # of the one whose weights are saved
    device_bytes: int  # memory of the GPU in all; 0 on a processor
    device_free_bytes: int  # of that, what was free before the trial


class Trial:
    """A training of its own: fresh networks, random pictures. Changes no random state of the process.

    Args:
        settings: those of a run.json.
        training: with concrete values for precision, memory_layout and speedup.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        training: "TrainingSettings",
        device: "torch.device",
        batch_size: int,
        log: Callable[[str], None],
    ) -> None:
        import torch

        from core.training.building import build_trainer
        from core.training.device import memory_format
        from core.training.pictures import to_pixels

        self.device, self.batch_size = device, batch_size
        training = replace(training, batch_size=batch_size)
        self.trainer = build_trainer(settings, training, device)
        if training.speedup == "graphs":
            from core.training.graphs import with_graphs

            self.trainer = with_graphs(self.trainer, log)
        self.cycle = _penalty_cycle(training)
        network = settings["network"]
        height, width = (int(network.get(name) or network["resolution"]) for name in ("height", "breadth"))
        random = torch.Generator().manual_seed(1)
        images = torch.rand(batch_size, 3, height, width, generator=random) * 2 - 1
        self._layout = memory_format(training.memory_layout)
        self.images = images.to(device).contiguous(memory_format=self._layout)
        self._changes = steps_from(settings.get("steps") or [])
        self._pixels = torch.from_numpy(to_pixels(images)).to(device)
        self.terms = None
        if network.get("terms"):
            self.terms = (torch.rand(batch_size, int(network["terms"]), generator=random) < 0.5).float().to(device)
        self._draw = torch.Generator(device)
        self._steps = 0

    def step(self, *, penalised: bool = True) -> float:
        """Take one step; return its seconds, until the device has done it. `losses` are then those of this step."""
        import torch

        from core.training.device import wait_for
        from core.training.trainer import Clock

        number = 0 if penalised or self.cycle == 1 else 1
        clock = Clock(0, 10**9, number)
        with torch.random.fork_rng([self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self._steps)
            self._draw.manual_seed(self._steps)
            self._steps += 1
            wait_for(self.device)
            start = time.perf_counter()
            images = self._changed() if self._changes else self.images
            measured = self.trainer.step(images, clock, self._draw, measure_gradients=False, terms=self.terms)
            wait_for(self.device)
            seconds = time.perf_counter() - start
        self.losses = {name: float(value.detach()) for name, value in measured.items() if name.startswith("loss")}
        return seconds

    def _changed(self) -> "torch.Tensor":
        """The pictures after the recipe's steps, which a training does before each of its own."""
        from core.training.pictures import to_images

        height, width = self._pixels.shape[1:3]
        drawn = draw_batch(self._changes, seeds_of(self._steps, self.batch_size), (int(height), int(width)))
        return to_images(self._pixels, drawn).contiguous(memory_format=self._layout)

    def step_seconds(self) -> float:
        """Seconds of a step, that of the penalty spread over the steps between two of them."""
        with_penalty = self.step(penalised=True)
        if self.cycle == 1:
            return with_penalty
        return with_penalty / self.cycle + self.step(penalised=False) * (self.cycle - 1) / self.cycle


def is_penalised(training: dict[str, Any]) -> bool:
    return training.get("penalty_gamma", 0) > 0 or training.get("penalty_gamma_final", 0) > 0


def of_one_device(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of what each of a run's devices does: the same steps with its part of the batch."""
    training, devices = settings["training"], int(settings.get("devices", 1))
    return {**settings, "training": {**training, "batch_size": max(2, training["batch_size"] // devices)}}


def decisive(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that decide how fast a training is, and how much memory it takes, on a given device."""
    training = settings["training"]
    names = [
        "batch_size",
        "optimiser",
        "precision",
        "memory_layout",
        "speedup",
        "loss",
        "penalty",
        "augment",
        "penalty_every_steps",
        "discriminator_steps",
        "separate_updates",
        "generator_batch_factor",
        "generator_first",
    ]
    return {
        "architecture": settings["architecture"],
        "network": settings["network"],
        "penalised": is_penalised(training),
        **({"steps": [[step["kind"], step["chance"]] for step in settings["steps"]]} if settings.get("steps") else {}),
        **{name: training[name] for name in names if name in training},
    }


def measured_apart(settings: dict[str, Any], device: str, batches: Sequence[int]) -> Needs:
    """What steps with these batch sizes need on `device`, measured in a process of its own. Loads no torch here.

    Raises TrialError with what the process said if it could not do even the smallest.
    """
    request = json.dumps({"settings": settings, "device": device, "batches": sorted(set(batches))})
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}  # as workers wait (core.jobs.control)
    root = Path(__file__).parents[2]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.training.trial"],
            input=request,
            capture_output=True,
            text=True,
            cwd=root,
            env=environment,
            timeout=_APART_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise TrialError(
            f"A trial of some steps on {device} was not over after {_APART_SECONDS / 60:.0f} minutes. "
            "Choose a smaller batch_size or a smaller network."
        ) from error
    answer = done.stdout.strip().rpartition("\n")[2]
    if done.returncode or not answer.startswith("{"):
        said = done.stderr.strip().rpartition("\n")[2] or f"exit status {done.returncode}"
        reason = "the system ended it, as it does when memory runs out" if done.returncode == -9 else said
        raise TrialError(f"A trial of some steps on {device} failed: {reason}")
    found = json.loads(answer)
    return Needs(**{**found, "by_batch": tuple(Need(**need) for need in found["by_batch"])})


def measure(settings: dict[str, Any], device_name: str, batches: Sequence[int]) -> Needs:
    """In this process, which should have done nothing else: its highest memory is taken for that of the steps."""
    import torch

    from core.models.zoo import find_architecture
    from core.training.building import training_settings
    from core.training.device import choose_device, prepare, process_bytes
    from core.training.tuning import untried

    device = choose_device(device_name)
    prepare(device)
    training = untried(training_settings(settings), device)
    base = process_bytes()
    on_gpu = device.type == "cuda"
    free, total = torch.cuda.mem_get_info(device) if on_gpu else (0, 0)
    found, out_of_memory_at, networks = [], 0, {}
    for batch_size in sorted(batches):
        try:
            trial = Trial(settings, training, device, batch_size, log=lambda text: None)
            networks = {role: _parameters(network) for role, network in trial.trainer.networks.items()}
            seconds = _shortest_seconds(trial)
        except torch.OutOfMemoryError:
            out_of_memory_at = batch_size
            break
        except RuntimeError as error:  # a processor's allocator has no error of its own
            if "memory" not in str(error):
                raise
            out_of_memory_at = batch_size
            break
        memory = torch.cuda.max_memory_reserved(device) if on_gpu else _highest_bytes()
        found.append(Need(batch_size, seconds, memory))
        del trial
        if on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(device)
    if not found and not networks:
        raise TrialError(f"not even the networks, or a batch of {min(batches)}, have room on {device_name}")
    sampled = find_architecture(settings["architecture"]).sampled
    return Needs(
        base, tuple(found), out_of_memory_at, sum(networks.values()), networks.get(sampled, 0), int(total), int(free)
    )


def _shortest_seconds(trial: Trial) -> float:
    trial.step_seconds()  # chooses algorithms and takes memory
    seconds: list[float] = []
    began = time.perf_counter()
    while not seconds or (len(seconds) < _STEPS and time.perf_counter() - began < _SECONDS):
        seconds.append(trial.step_seconds())
    return min(seconds)


def _penalty_cycle(training: "TrainingSettings") -> int:
    return int(getattr(training, "penalty_every_steps", 1)) if is_penalised(asdict(training)) else 1


def _parameters(network: "torch.nn.Module") -> int:
    return sum(math.prod(parameter.shape) for parameter in network.parameters())


def _highest_bytes() -> int:
    """Main memory of this process at its highest so far."""
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # not ru_maxrss: on Linux that begins with what the process held that started this one
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def main() -> None:
    request = json.load(sys.stdin)
    try:
        found = measure(request["settings"], request["device"], request["batches"])
    except AtelierError as error:
        raise SystemExit(str(error)) from error
    print(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
