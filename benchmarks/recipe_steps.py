"""What the steps of a recipe cost a training: the share of a training step that goes into changing its pictures.

    python benchmarks/recipe_steps.py [--threads N] [--preset NAME ...]

Three typical steps (a crop, a rotation, brightness) on a batch of 64 pictures of 64 pixels, against a step of each
preset with that batch; then every kind of step by itself.
"""

import argparse
import dataclasses
import time
from collections.abc import Callable

import torch

from core.datasets.steps.applying import changed_images
from core.datasets.steps.drawing import draw_batch
from core.datasets.steps.kinds import KINDS
from core.datasets.steps.numbers import seeds_of
from core.datasets.steps.step import Step
from core.models.zoo import find_preset
from core.training.device import choose_device, wait_for
from core.training.settings import configure
from core.training.trial import Trial

_BATCH, _SIDE, _ROUNDS = 64, 64, 7
_TYPICAL = (Step(kind="resized-crop"), Step(kind="rotate"), Step(kind="brightness"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--preset", nargs="+", default=["atelier-gan", "atelier-vae", "atelier-flow", "quick-vae"])
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    device = choose_device(options.device)
    pixels = torch.randint(0, 256, (_BATCH, _SIDE, _SIDE, 3), dtype=torch.uint8).to(device)

    def seconds_of(*steps: Step) -> float:
        def change() -> None:
            changed_images(draw_batch(steps, seeds_of(1, _BATCH), (_SIDE, _SIDE)), pixels)

        return _seconds(change, device)

    typical = seconds_of(*_TYPICAL)
    print(
        f"three steps of a recipe on {_BATCH} pictures: {1000 * typical:.1f} ms on {device}, {options.threads} threads"
    )
    for name in options.preset:
        step = _training_step(name, device)
        print(f"    {typical / step:6.1%} of a step of {name} ({1000 * step:.0f} ms)")
    for kind in KINDS:
        print(f"{1000 * seconds_of(Step(kind=kind)):8.1f} ms  {kind}")


def _training_step(name: str, device: torch.device) -> float:
    """Seconds, at their shortest."""
    preset = find_preset(name)
    network, training = configure(preset, _SIDE, {"batch_size": _BATCH})
    training = dataclasses.replace(training, precision="float32", memory_layout="channels_last", speedup="eager")
    settings = {
        "architecture": preset.architecture,
        "family": preset.family,
        "network": dataclasses.asdict(network),
        "training": dataclasses.asdict(training),
    }
    trial = Trial(settings, training, device, _BATCH, print)
    trial.step_seconds()
    return min(trial.step_seconds() for _ in range(3))


def _seconds(work: Callable[[], None], device: torch.device) -> float:
    work()
    found = []
    for _ in range(_ROUNDS):
        wait_for(device)
        start = time.perf_counter()
        work()
        wait_for(device)
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
