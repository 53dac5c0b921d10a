"""How fast pictures are made larger, by a network and without, and how much memory that takes.

    python benchmarks/upscale.py [--side 128] [--tile 64] [--megapixels 2] [--rounds 5] [--device cpu]

The network is Compact as published for x4 (16 convolutions of 64 features) with weights drawn at random: speed does not
ask what they are. What the lab does with a picture (to and from the device, tiles, clamping) is measured against
spandrel's own Compact with the same weights, and against nothing but the forward pass of ours, by turns in one process;
so is the same picture in tiles against the whole. Resampling is measured on a larger picture.

Each group runs in a process of its own, so that the memory printed is that of one run from its beginning. The estimate
that the lab gives beforehand stands beside each time, and so does processor time, summed over cores, which says more
where other work runs on the machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import peak_bytes, write_results
from core.pictures.chosen import ChosenPicture
from core.training.device import physical_cores
from core.upscale.estimate import estimate
from core.upscale.layouts import CompactLayout
from core.upscale.network import load_network
from core.upscale.networks import build
from core.upscale.output import encode_png
from core.upscale.request import UpscaleRequest

LAYOUT = CompactLayout(scale=4, channels=3, features=64, convolutions=16)
WANTED_SECONDS = 4.0  # 128 to 512 pixels on two cores
WANTED_RATIO = 1.2  # of a picture through the lab to the bare forward pass
METHODS = ("lanczos", "bicubic", "nearest", "backprojection")


def by_turns(works: dict[str, Callable[[], object]], rounds: int, device: str) -> dict[str, dict[str, float]]:
    """Seconds and processor seconds of the quickest round of each; the first warms up."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            began, worked = time.perf_counter(), time.process_time()
            work()
            if device.startswith("cuda"):
                torch.cuda.synchronize()
            found[name].append((time.perf_counter() - began, time.process_time() - worked))
    return {
        name: {
            "seconds": min(seconds for seconds, _ in times[1:]),
            "processor_seconds": min(worked for _, worked in times[1:]),
        }
        for name, times in found.items()
    }


def measure_network(side: int, tile: int, rounds: int, device: str) -> dict[str, Any]:
    from safetensors.torch import save_file
    from spandrel import ModelLoader

    torch.set_num_threads(physical_cores())
    torch.manual_seed(0)
    picture = np.random.default_rng(0).random((side, side, 3), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "compact.safetensors"
        save_file(build(LAYOUT).state_dict(), path)
        ours = load_network(path, device)
        theirs = ModelLoader(device=device).load_from_file(path)
        request = UpscaleRequest(ChosenPicture(label="drawn"), 4, "model", str(path))
        cost = estimate(request, side, side, device)
    theirs.eval()
    if ours.dtype == torch.float16:
        theirs.half()
    given = torch.from_numpy(picture).permute(2, 0, 1)[None].to(ours.device, ours.dtype)
    channels_last = given.contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def bare() -> torch.Tensor:
        return ours.model.run(channels_last)

    @torch.inference_mode()
    def peer() -> torch.Tensor:
        return theirs(given)

    works: dict[str, Callable[[], object]] = {
        "whole": lambda: ours.run(picture, tile=0),
        "tiled": lambda: ours.run(picture, tile=tile),
        "bare": bare,
        "spandrel": peer,
    }
    with torch.inference_mode():
        difference = float((bare().clamp(0, 1).float() - peer().clamp(0, 1).float()).abs().max())
    times = by_turns(works, rounds, device)
    return {
        "what": "network",
        "layout": LAYOUT.title,
        "side": side,
        "tile": tile,
        "overlap": ours.usual_overlap,
        **times,
        "ratio_to_bare": round(times["whole"]["seconds"] / times["bare"]["seconds"], 3),
        "ratio_to_spandrel": round(times["whole"]["seconds"] / times["spandrel"]["seconds"], 3),
        "ratio_of_tiles": round(times["tiled"]["seconds"] / times["whole"]["seconds"], 3),
        "largest_difference_to_spandrel": difference,
        "largest_difference_of_tiles": float(np.abs(ours.run(picture, tile=tile) - ours.run(picture, tile=0)).max()),
        "wanted_seconds": WANTED_SECONDS,
        "estimated_seconds": round(cost.seconds, 2),
        "estimated_bytes": cost.bytes,
        "peak_bytes": peak_bytes(),
    }


def measure_resampling(method: str, megapixels: float, rounds: int) -> dict[str, Any]:
    """megapixels: of the result."""
    from PIL import Image

    from core.upscale.upscale import upscale

    width = round((megapixels * 1e6 * 4 / 3) ** 0.5 / 4)
    height = width * 3 // 4
    draw = np.random.default_rng(0)
    image = Image.fromarray(draw.integers(0, 256, (height // 8, width // 8, 3), np.uint8)).resize((width, height))
    request = UpscaleRequest(ChosenPicture(label="drawn"), 4, method)
    cost = estimate(request, width, height)
    made = upscale(request, image)
    works: dict[str, Callable[[], object]] = {
        "making": lambda: upscale(request, image),
        "writing": lambda: encode_png(made.picture),
    }
    times = by_turns(works, rounds, "cpu")
    return {
        "what": method,
        "width": width * 4,
        "height": height * 4,
        **times,
        "estimated_seconds": round(cost.seconds, 2),
        "estimated_bytes": cost.bytes,
        "peak_bytes": peak_bytes(),
    }


def measured_alone(*arguments: object) -> dict[str, Any]:
    """In a process of its own."""
    command = [sys.executable, __file__, *map(str, arguments)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=128, help="pixels of the picture that the network makes larger")
    parser.add_argument("--tile", type=int, default=96)
    parser.add_argument("--megapixels", type=float, default=12.0, help="of what resampling makes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        row = (
            measure_network(options.side, options.tile, options.rounds, options.device)
            if options.alone == "network"
            else measure_resampling(options.alone, options.megapixels, options.rounds)
        )
        print(json.dumps(row))
        return
    passed = ["--side", options.side, "--tile", options.tile, "--megapixels", options.megapixels]
    passed += ["--rounds", options.rounds, "--device", options.device]
    row = measured_alone("--alone", "network", *passed)
    rows = [row]
    print(
        f"{row['layout']}, {row['side']} to {row['side'] * 4} pixels: {row['whole']['seconds']:.2f} s (wanted: under "
        f"{WANTED_SECONDS:g} s), estimated {row['estimated_seconds']:.2f} s with loading, processor "
        f"{row['whole']['processor_seconds']:.2f} s; {row['peak_bytes'] / 1e6:,.0f} MB\n"
        f"  {row['ratio_to_bare']:.2f} times the bare forward pass ({row['bare']['seconds']:.2f} s; wanted: at most "
        f"{WANTED_RATIO:g}), {row['ratio_to_spandrel']:.2f} times spandrel's Compact with the same weights "
        f"({row['spandrel']['seconds']:.2f} s; largest difference {row['largest_difference_to_spandrel']:.1e})\n"
        f"  in tiles of {row['tile']} that overlap by {row['overlap']}: {row['ratio_of_tiles']:.2f} times the whole "
        f"(largest difference {row['largest_difference_of_tiles']:.1e})",
        flush=True,
    )
    for method in METHODS:
        row = measured_alone("--alone", method, *passed)
        rows.append(row)
        print(
            f"{method:14} {row['width']} x {row['height']}: {row['making']['seconds']:.2f} s, and "
            f"{row['writing']['seconds']:.2f} s to write it; estimated {row['estimated_seconds']:.2f} s; "
            f"{row['peak_bytes'] / 1e6:,.0f} MB, estimated {row['estimated_bytes'] / 1e6:,.0f} MB",
            flush=True,
        )
    print(write_results("upscale", {"runs": rows}, torch.device(options.device)))


if __name__ == "__main__":
    main()
