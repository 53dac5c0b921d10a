"""How soon 16 pictures are there when a slider of Explore is moved, in each family, from the points to the pixels.

    python benchmarks/explore.py [--presets quick-gan atelier-gan ...] [--resolution 64] [--repeats 15] [--device cpu]

Networks of each preset with drawn weights, for drawing takes as long by those. Two peers, measured in turns with it:
the same network called by hand, latents in and pixels out, which tells what points cost; and the generator of
pytorch/examples' DCGAN (100 latents, 64 channels, 64 pixels), which is what most would write first. Milliseconds, the
least of all repeats: what others do on the machine only ever adds.
"""

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.files import write_json
from core.models.latents import draw_latents
from core.models.zoo import ARCHITECTURES, build_models, find_preset
from core.sampling.directions import Direction
from core.sampling.explorer import Explorer
from core.training.device import choose_device, prepare, wait_for
from core.training.pictures import to_pixels
from core.training.run_folder import RunFolder

PICTURES = 16
PRESETS = ("quick-gan", "atelier-gan", "met-infogan", "quick-vae", "atelier-vae", "quick-flow")


def explorer_of(preset: str, resolution: int, folder: Path, device: torch.device) -> Explorer:
    found = find_preset(preset)
    torch.manual_seed(0)
    network = build_models(preset, {"resolution": resolution})[ARCHITECTURES[found.architecture].sampled]
    config = ARCHITECTURES[found.architecture].config(**{**found.network, "resolution": resolution})
    settings = {"preset": preset, "family": found.family, "network": asdict(config), "dataset_id": "none"}
    write_json(folder / "run.json", {"kind": "train", "settings": settings})
    network = network.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
    return Explorer(RunFolder(folder), 1, network, {})


def dcgan() -> nn.Module:
    """The generator of pytorch/examples, dcgan/main.py, as its layer table has it."""
    layers: list[nn.Module] = [nn.Unflatten(1, (100, 1, 1))]
    channels = [100, 512, 256, 128, 64]
    for level, (before, after) in enumerate(itertools.pairwise(channels)):
        stride, padding = (1, 0) if level == 0 else (2, 1)
        layers += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.ConvTranspose2d(64, 3, 4, 2, 1, bias=False), nn.Tanh())


def in_turns(acts: dict[str, Callable[[], Any]], repeats: int, device: torch.device) -> dict[str, float]:
    """The least milliseconds of each, taken in turns, so that a busy machine slows all alike."""
    times: dict[str, list[float]] = {name: [] for name in acts}
    for repeat in range(repeats + 1):
        for name, act in acts.items():
            begun = time.perf_counter()
            act()
            wait_for(device)
            if repeat:  # the first warms up
                times[name].append(1000 * (time.perf_counter() - begun))
    return {name: min(found) for name, found in times.items()}


@torch.no_grad()
def measure(explorer: Explorer, repeats: int, device: torch.device) -> dict[str, float]:
    vector = np.zeros(explorer.latent_dim, np.float32)
    vector[0] = 1
    explorer.adopt([Direction("learned-0", "x", "learned", vector, 1)])
    points = [point.moved("learned-0", 1.5) for point in explorer.seeds(0, PICTURES, truncation=1.5)]
    latents = torch.from_numpy(draw_latents(PICTURES, explorer.latent_dim, 0)).to(device)
    peer = dcgan().to(device).to(memory_format=torch.channels_last).eval()
    noise = torch.randn(PICTURES, 100, device=device)
    acts = {
        "points": lambda: explorer.draw(points),
        "by hand": lambda: to_pixels(explorer.network(latents)),
        "dcgan": lambda: to_pixels(peer(noise)),
    }
    return in_turns(acts, repeats, device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=list(PRESETS))
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    device = choose_device(options.device)
    prepare(device)
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for preset in options.presets:
            explorer = explorer_of(preset, options.resolution, Path(folder) / preset, device)
            found = measure(explorer, options.repeats, device)
            rows[preset] = found | {
                "over by hand": found["points"] / found["by hand"],
                "over dcgan": found["points"] / found["dcgan"],
            }
            print(
                f"{preset:12} {found['points']:8.1f} ms for {PICTURES} pictures, by hand {found['by hand']:8.1f} "
                f"({rows[preset]['over by hand']:.2f} times), DCGAN {found['dcgan']:7.1f} "
                f"({rows[preset]['over dcgan']:.2f} times)"
            )
    write_results("explore", {"resolution": options.resolution, "presets": rows}, device)


if __name__ == "__main__":
    main()
