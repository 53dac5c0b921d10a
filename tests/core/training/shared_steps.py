"""A few steps of some trainings, as one process of several:

python -m tests.core.training.shared_steps TRAININGS_JSON RANK SIZE MEETING_POINT OUT
"""

import dataclasses
import json
import sys
from pathlib import Path

import torch

from core.models.zoo import build_networks, find_preset
from core.training.building import TRAINERS
from core.training.ranks import join, leave
from core.training.settings import configure
from core.training.trainer import Clock

CPU = torch.device("cpu")
_STEPS, _BATCH = 3, 8
# so slow that rounding does not grow: Adam makes full steps of gradients that are rounding alone
_SLOW = {"batch_size": _BATCH, "learning_rate": 1e-6, "learning_rate_final": 1e-6}


def main(trainings: str, rank: str, size: str, meeting_point: str, out: str) -> None:
    """TRAININGS_JSON: a list of pairs, preset and overrides."""
    torch.set_num_threads(1)
    share = join(int(rank), int(size), Path(meeting_point), CPU)
    torch.save({preset: steps(preset, overrides, share) for preset, overrides in json.loads(trainings)}, out)
    leave()


def steps(preset, overrides, share):
    found = find_preset(preset)
    network, settings = configure(found, 32, overrides | _SLOW)
    torch.manual_seed(1)
    networks = build_networks(found.architecture, dataclasses.asdict(network))
    trainer = TRAINERS[found.family](networks, settings, CPU)
    trainer.share = share
    for part in networks.values():
        share.prepare(part, _BATCH)
    pictures = torch.rand(_STEPS, _BATCH, 3, 32, 32, generator=torch.Generator().manual_seed(2)) * 2 - 1
    draw = torch.Generator()
    for step in range(_STEPS):
        torch.manual_seed(step)
        draw.manual_seed(step)
        clock = Clock(step * _BATCH, 100, step)
        measured = trainer.step(share.part(pictures[step]), clock, draw, measure_gradients=True)
    means = share.means({name: float(value.detach()) for name, value in measured.items()})
    with torch.no_grad():
        samples = trainer.averaged.network(torch.randn(4, trainer.latent_dim, generator=draw.manual_seed(9)))
    weights = {f"{role}.{name}": t for role, part in networks.items() for name, t in part.state_dict().items()}
    gradients = {  # means over the steps
        f"{name}.{number}": moments["exp_avg"]
        for name, part in trainer.state().items()
        if "optimiser" in name
        for number, moments in part["state"].items()
    }
    return {"weights": weights, "gradients": gradients, "measured": means, "samples": samples}


if __name__ == "__main__":
    main(*sys.argv[1:])
