"""What it costs to read the training pictures from the disk instead of keeping them in memory.

    python benchmarks/streaming.py [--side 64] [--pictures 20000] [--batch 64] [--steps 60]

The same batches of a made pack, with a small network trained on each: from memory, from the disk with the next batch
read ahead by a thread, and from the disk without reading ahead. On a processor, one thread; the file is in the page
cache after it was written, so this is the cost of the mechanism, not of a slow disk.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results_file import write_results
from core.training.order import DataOrder
from core.training.pictures import Pictures

_WARM_UP = 5  # steps that are not counted
_PLENTY, _NOTHING = 1 << 60, 0  # bytes of memory that the pictures may take


def milliseconds(pictures: Pictures, batch: int, steps: int, *, ahead: bool) -> float:
    """Median time of a step: a batch, and forward and backward of a small network."""
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 5, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 5, 2))
    order, taken = DataOrder(len(pictures), 0), []
    for step in range(steps):
        began = time.perf_counter()
        images = pictures.batch(order.rows(step * batch, batch))
        if ahead:
            pictures.prefetch(order.rows((step + 1) * batch, batch))
        network(images).mean().backward()
        taken.append(time.perf_counter() - began)
    return 1_000 * statistics.median(taken[_WARM_UP:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    cpu, random = torch.device("cpu"), np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        path, shape = Path(scratch) / "images.npy", (arguments.pictures, arguments.side, arguments.side, 3)
        written = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        for start in range(0, len(written), 256):
            written[start : start + 256] = random.integers(0, 256, written[start : start + 256].shape, np.uint8)
        written.flush()
        images, rows = np.load(path, mmap_mode="r"), np.arange(arguments.pictures)
        ways = {"in memory": (_PLENTY, False), "read ahead": (_NOTHING, True), "read when needed": (_NOTHING, False)}
        told = {
            name: milliseconds(
                Pictures(images, rows, cpu, memory_bytes=memory), arguments.batch, arguments.steps, ahead=ahead
            )
            for name, (memory, ahead) in ways.items()
        }
    print(f"{arguments.pictures:,} pictures of {arguments.side} px, batch {arguments.batch}, {arguments.steps} steps")
    for name, taken in told.items():
        print(f"  {name:18}{taken:8.1f} ms a step   {taken / told['in memory']:.2f} x in memory")
    figures = {**vars(arguments), "milliseconds_a_step": told}
    print(f"  {write_results('streaming', figures, cpu)}")


if __name__ == "__main__":
    main()
