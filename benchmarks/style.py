"""How fast pictures are restyled by the engines that need no weights, and how much memory that takes.

    python benchmarks/style.py [--engine patch palette random neural-step upscale] [--size 256 512] [--megapixels 24]
                               [--device cpu]

Of the neural engine, whose weights need not be here, one step is measured, with VGG19's layers drawn at random: against
nothing but the forward and backward pass through the same layers, by turns in one process.

Each measurement runs in a process of its own, so that the memory printed is that of one run from its beginning, with
what Python and torch take. The pictures are drawn: coarse blobs under fine marks, a content of 4:3 and a square style.
The estimate that the engine gives beforehand stands beside each time, and so does processor time, summed over cores,
which says more where other work runs on the machine.
"""

import argparse
import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import peak_bytes, write_results
from core.style.engines import estimate, find_engine, settings_for
from core.training.device import physical_cores

WANTED = {("patch", 256): 20.0, ("patch", 512): 90.0, ("palette", 24): 2.0}  # seconds on two cores
_UPSCALE = Path(__file__).with_name("upscale.py")
WANTED_RATIO = 1.2  # of a neural step to the passes through its layers


def painting(height: int, width: int, seed: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 9, 12, generator=draw)
    fine = torch.rand(1, 3, max(9, height // 4), max(12, width // 4), generator=draw)
    grown = [F.interpolate(part, size=(height, width), mode="bicubic", align_corners=False) for part in (coarse, fine)]
    return (grown[0] * 0.7 + grown[1] * 0.3)[0].clamp(0, 1).contiguous()


def measure(engine: str, height: int, width: int, device: str) -> dict[str, Any]:
    """In this process. Raises OSError where the memory of a process cannot be asked for."""
    torch.set_num_threads(physical_cores())
    content, style = painting(height, width, 1), painting(512, 512, 2)
    settings = settings_for(engine, 50)
    cost = estimate(engine, settings, height, width, device)
    began, worked = time.perf_counter(), time.process_time()
    find_engine(engine).run(content, [style], [1.0], settings, device=device)
    seconds = time.perf_counter() - began
    return {
        "engine": engine,
        "width": width,
        "height": height,
        "seconds": round(seconds, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
        "estimated_seconds": round(cost.seconds, 2),
        "peak_bytes": peak_bytes(),
        "estimated_bytes": cost.bytes,
    }


def neural_step_cost(height: int, width: int, device: str, *, rounds: int = 5) -> dict[str, Any]:
    """A whole step of the neural engine (losses, gradient, optimiser, average) against the bare passes."""
    from core.style.neural.optimise import Adam
    from core.style.neural.settings import NeuralSettings
    from core.style.neural.transfer import Transfer
    from core.style.neural.vgg import VGG19, Features, random_tensors

    torch.set_num_threads(physical_cores())
    settings = NeuralSettings(tile_side=0)
    tensors = random_tensors(VGG19, settings.deepest, seed=0)
    features = Features(VGG19, tensors, deepest=settings.deepest).to(device)
    content, style = painting(height, width, 1), painting(512, 512, 2)
    transfer = Transfer(features, content, [style], [1.0], settings, device=device)
    objective = transfer.objective(transfer.scales[-1])
    adam = Adam(content.to(device), learning_rate=0.02, second_decay=0.99, average_decay=0.99)
    wanted = (*settings.style_layers, *settings.content_layers)

    def bare() -> None:
        leaf = content.to(device).requires_grad_()
        found = features(leaf[None], wanted)
        torch.autograd.grad(list(found.values()), leaf, [torch.ones_like(part) for part in found.values()])

    def step() -> None:
        adam.step(objective)

    seconds: dict[str, list[float]] = {"bare": [], "step": []}
    for _ in range(rounds + 1):
        for name, work in (("bare", bare), ("step", step)):
            began = time.perf_counter()
            work()
            if device.startswith("cuda"):
                torch.cuda.synchronize()
            seconds[name].append(time.perf_counter() - began)
    # The first of each warms up; the quickest of the others is the one that least else ran beside.
    bare_seconds, step_seconds = (min(found[1:]) for found in seconds.values())
    return {
        "engine": "neural-step",
        "width": width,
        "height": height,
        "bare_seconds": round(bare_seconds, 4),
        "step_seconds": round(step_seconds, 4),
        "ratio": round(step_seconds / bare_seconds, 3),
        "peak_bytes": peak_bytes(),
    }


def measured_alone(engine: str, height: int, width: int, device: str) -> dict[str, Any]:
    """In a process of its own."""
    command = [sys.executable, __file__, "--alone", engine, str(height), str(width), "--device", device]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", nargs="+", default=["palette", "patch", "random", "neural-step", "upscale"])
    parser.add_argument("--size", nargs="+", type=int, default=[256, 512], help="longest side, but of palette")
    parser.add_argument("--megapixels", type=int, default=24, help="of palette")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        engine, height, width = options.alone
        measured = neural_step_cost if engine == "neural-step" else partial(measure, engine)
        print(json.dumps(measured(int(height), int(width), options.device)))
        return
    rows = []
    for engine in options.engine:
        if engine == "upscale":  # a benchmark of its own, with a peer of its own
            subprocess.run([sys.executable, _UPSCALE, "--device", options.device], check=True)
            continue
        for size in [options.megapixels] if engine == "palette" else options.size:
            width = round((size * 1e6 * 4 / 3) ** 0.5) if engine == "palette" else size
            row = measured_alone(engine, width * 3 // 4, width, options.device)
            if engine == "neural-step":
                rows.append(row)
                print(
                    f"{engine} {row['width']} x {row['height']}: {row['step_seconds']:.3f} s, the bare passes "
                    f"{row['bare_seconds']:.3f} s: {row['ratio']:.2f} times (wanted: at most {WANTED_RATIO:g}); "
                    f"{row['peak_bytes'] / 1e6:,.0f} MB",
                    flush=True,
                )
                continue
            row["wanted_seconds"] = WANTED.get((engine, size))
            rows.append(row)
            wanted = f" (wanted: under {row['wanted_seconds']:g} s)" if row["wanted_seconds"] else ""
            print(
                f"{engine:8} {row['width']} x {row['height']}: {row['seconds']:.2f} s{wanted}, estimated "
                f"{row['estimated_seconds']:.2f} s, processor {row['processor_seconds']:.2f} s;  "
                f"{row['peak_bytes'] / 1e6:,.0f} MB, estimated {row['estimated_bytes'] / 1e6:,.0f} MB",
                flush=True,
            )
    print(write_results("style", {"runs": rows}, torch.device(options.device)))


if __name__ == "__main__":
    main()
