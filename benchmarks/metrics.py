"""How long measures take, beside plain ones by numpy and scipy in the same run.

    python benchmarks/metrics.py [--pictures 2048] [--side 64] [--training 10000] [--threads 2] [--peer-share 16]

The sliced Wasserstein distance of two sets of pictures, exactly as published (128 patches a picture, 4 times 128
directions), beside a plain one: pyramids by scipy.ndimage, one picture at a time, and scipy.stats.wasserstein_distance
of one direction after another. The peer takes 1 in --peer-share of the directions of every level and is charged for
all of them; on those directions both must give the same distance. Then its interval; MS-SSIM over 2,000 pairs; colours
and edges; and the search for the nearest of --training pictures, beside scipy.spatial.distance.cdist on the same
vectors. Seconds are those of the clock; cpu_seconds are what the process had of all cores: on a machine that others use
at the same time the two lie far apart.

The pictures are drawn: fields of colour with edges, gradients and grain.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.datasets.pack import Pack
from core.metrics import look, ms_ssim
from core.metrics import sliced_wasserstein as swd
from core.metrics.nearest import TrainingPictures, vectors
from core.metrics.sliced_interval import sliced_interval

PATCHES, DIRECTIONS, REPEATS = 128, 128, 4  # as published


def drawn(count: int, side: int, seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    pictures = np.empty((count, side, side, 3), np.uint8)
    ramp = np.linspace(-1, 1, side)
    for picture in pictures:
        ground = random.integers(0, 256, 3) + 30 * random.normal() * ramp[:, None, None]
        canvas = np.broadcast_to(ground, (side, side, 3)).copy()
        for _ in range(4):
            top, left = random.integers(0, side, 2)
            canvas[top : top + side // 3, left : left + side // 2] = random.integers(0, 256, 3)
        picture[:] = np.clip(canvas + random.normal(0, 6, canvas.shape), 0, 255)
    return pictures


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    given = act()
    return time.perf_counter() - begin, given


def now() -> NDArray[np.float64]:
    """Seconds of the clock, and of this process on all cores."""
    return np.array([time.perf_counter(), time.process_time()])


def plain_pyramid(picture: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    kernel = (np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256).astype(np.float32)[None]
    levels, full = [], picture.transpose(2, 0, 1).astype(np.float32)
    while full.shape[-1] > swd.SMALLEST_SIDE:
        half = ndimage.convolve(full, kernel, mode="mirror")[:, ::2, ::2]
        spread = np.zeros_like(full)
        spread[:, ::2, ::2] = half
        levels.append(full - ndimage.convolve(spread, 4 * kernel, mode="mirror"))
        full = half
    return [*levels, full]


def plain_distance(
    first: NDArray[np.uint8], second: NDArray[np.uint8], share: int
) -> tuple[NDArray[np.float64], list[float], list[list[NDArray[np.float32]]]]:
    """Seconds (clock, process) of all directions, each level's distance over 1 in `share`, and the patches compared."""
    begin = now()
    of_sets = [[plain_pyramid(picture) for picture in pictures] for pictures in (first, second)]
    random = np.random.default_rng(0)
    levels = []
    for number in range(len(of_sets[0][0])):
        sets = []
        for pyramids in of_sets:
            patches = []
            for pyramid in pyramids:
                level = pyramid[number]
                tops, lefts = random.integers(0, level.shape[-1] - swd.PATCH + 1, (2, PATCHES))
                for top, left in zip(tops, lefts, strict=True):
                    patches.append(level[:, top : top + swd.PATCH, left : left + swd.PATCH])
            stacked = np.stack(patches)
            centred = stacked - stacked.mean(axis=(0, 2, 3), keepdims=True)
            sets.append((centred / centred.std(axis=(0, 2, 3), keepdims=True)).reshape(len(stacked), -1))
        levels.append(sets)
    seconds = now() - begin
    distances = []
    for first_points, second_points in levels:
        lines = directions(DIRECTIONS * REPEATS // share)
        begin = now()
        of_lines = [wasserstein_distance(first_points @ line, second_points @ line) for line in lines]
        seconds += share * (now() - begin)
        distances.append(float(np.mean(of_lines)))
    return seconds, distances, levels


def directions(count: int) -> NDArray[np.float32]:
    return swd.random_directions(3 * swd.PATCH**2, count, torch.Generator().manual_seed(0)).numpy()


def same_lines(levels: list[list[NDArray[np.float32]]], share: int) -> list[float]:
    """Ours, of the peer's patches along the peer's directions."""
    lines = DIRECTIONS * REPEATS // share
    return [
        swd._sliced_distance(
            torch.from_numpy(first), torch.from_numpy(second), lines, 1, torch.Generator().manual_seed(0)
        )
        for first, second in levels
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2048)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--training", type=int, default=10_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-share", type=int, default=16)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    first, second = (drawn(options.pictures, options.side, seed) for seed in (0, 1))

    of_process = time.process_time()
    ours, found = timed(lambda: swd.sliced_wasserstein(first, second))
    of_process = time.process_time() - of_process
    interval, bounds = timed(lambda: sliced_interval(first, second, found.mean))
    plain, expected, levels = plain_distance(first, second, options.peer_share)
    worst = max(abs(a - b) / b for a, b in zip(same_lines(levels, options.peer_share), expected, strict=True))
    if worst > 1e-4:
        raise SystemExit(f"On the same directions the two differ by {worst:.2e}.")
    pairs, _ = timed(lambda: ms_ssim.alikeness(first))
    looks, _ = timed(lambda: [look.compare(f(first), f(second)) for f in (look.colour_numbers, look.edge_numbers)])

    known = pack_of(drawn(options.training, options.side, 2))
    preparing, training = timed(lambda: TrainingPictures(known))
    searching, nearest = timed(lambda: training.nearest(first[:512]))
    kept = vectors(known.images)
    plainly, place = timed(lambda: np.minimum(*(cdist(vectors(way), kept).min(axis=1) for way in ways(first[:512]))))
    if not np.allclose(nearest.distances, place, atol=1e-2):
        raise SystemExit("The nearest pictures are not those of cdist.")

    figures = {
        "pictures": options.pictures,
        "side": options.side,
        "threads": options.threads,
        "swd_seconds": round(ours, 2),
        "swd_cpu_seconds": round(of_process, 2),
        "swd_plain_seconds": round(float(plain[0]), 2),
        "swd_plain_cpu_seconds": round(float(plain[1]), 2),
        "swd_plain_directions_timed": f"1 in {options.peer_share}",
        "swd_times_faster": round(float(plain[0]) / ours, 1),
        "swd_times_less_work": round(float(plain[1]) / of_process, 1),
        "swd_largest_difference": float(f"{worst:.2e}"),
        "swd_mean": round(found.mean, 2),
        "swd_interval": [round(bound, 2) for bound in bounds],
        "swd_interval_seconds": round(interval, 2),
        "ms_ssim_seconds": round(pairs, 2),
        "colour_and_edges_seconds": round(looks, 2),
        "training": options.training,
        "training_prepared_seconds": round(preparing, 2),
        "nearest_of_512_seconds": round(searching, 2),
        "nearest_cdist_seconds": round(plainly, 2),
    }
    path = write_results("metrics", figures, torch.device("cpu"))
    print(json.dumps(figures) if options.json else "\n".join(f"{name:28} {value}" for name, value in figures.items()))
    print(path, file=sys.stderr)


def pack_of(pictures: NDArray[np.uint8]) -> Pack:
    """All of them to train on; none held out, so that the search prepares itself by comparing them with one another."""
    rows = [{"sha256": f"{number:064x}", "artwork": str(number), "copy": ""} for number in range(len(pictures))]
    return Pack(Path(), pictures, np.arange(len(pictures)), np.empty(0, np.int64), rows, {"name": "drawn"})


def ways(pictures: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return pictures, pictures[:, :, ::-1]


if __name__ == "__main__":
    main()
