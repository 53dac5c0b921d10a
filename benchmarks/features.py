"""How fast pictures are described, and how fast the similar ones of a large catalog are found.

    python benchmarks/features.py [--pictures 100000 1000000] [--thumbnails 200]

Milliseconds of one core a thumbnail for the descriptor without a network and for the measures of core.quality, beside
decoding the thumbnail. Then, in a store of invented vectors: the nearest 60 (beside numpy over the same vectors as
float32 in memory, where they fit), looking up every row by name, and the search by colour over as many palettes.
Medians.
"""

import argparse
import hashlib
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.features.colour import palette_distance
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.search import nearest
from core.features.store import FeatureStore, FeatureWriter
from core.images import inspect
from core.quality.measures import measure_quality

FITS_IN_MEMORY = 250_000  # pictures whose float32 vectors the peer may hold: 270 MB


def median_ms(act: Callable[[], Any], repeats: int, clock: Callable[[], float] = time.perf_counter) -> float:
    times = []
    for _ in range(repeats):
        start = clock()
        act()
        times.append(1000 * (clock() - start))
    return statistics.median(times)


def invented_thumbnails(count: int) -> list[bytes]:
    generator = np.random.default_rng(0)
    found = []
    for _ in range(count):
        cells = generator.integers(0, 256, (9, 12, 3), dtype=np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(cells).resize((512, 384), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=90)
        found.append(inspect(buffer.getvalue()).thumbnail)
    return found


def describing(count: int) -> dict[str, float]:
    thumbnails = invented_thumbnails(count)
    pictures = [Image.open(io.BytesIO(data)).convert("RGB") for data in thumbnails]
    measure_quality(pictures[0])  # imports scipy
    acts: dict[str, Callable[[], Any]] = {
        "decode": lambda: [Image.open(io.BytesIO(data)).convert("RGB") for data in thumbnails],
        "describe": lambda: [COLOUR_AND_TEXTURE.describe(picture) for picture in pictures],
        "quality": lambda: [measure_quality(picture) for picture in pictures],
    }
    figures = {name: median_ms(act, 3, time.process_time) / count for name, act in acts.items()}
    print(", ".join(f"{name} {value:.2f} ms" for name, value in figures.items()), "a thumbnail")
    return figures


def searching(count: int, folder: Path) -> dict[str, float]:
    generator = np.random.default_rng(0)
    names = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(count)]
    block = 20_000
    with FeatureWriter(folder, COLOUR_AND_TEXTURE) as writer:
        for begin in range(0, count, block):
            rows = min(block, count - begin)
            vectors = generator.standard_normal((rows, COLOUR_AND_TEXTURE.length), dtype=np.float32) * 0.073
            writer.append(names[begin : begin + rows], vectors)
    store = FeatureStore(folder, COLOUR_AND_TEXTURE)
    query = store.vectors([count // 2])[0]
    store.rows(names[:1])  # the index is made once
    figures = {
        "nearest": median_ms(lambda: nearest(query, store.shards, 60, descriptor=COLOUR_AND_TEXTURE), 5),
        "look up all names": median_ms(lambda: store.mask(names), 3),
    }
    palettes = generator.integers(0, 256, (count, 5, 3), dtype=np.uint8)
    figures["colour"] = median_ms(lambda: palette_distance(palettes, [(200, 40, 40)]), 5)
    if count <= FITS_IN_MEMORY:
        matrix = np.concatenate(store.shards).astype(np.float32)
        figures["numpy in memory"] = median_ms(lambda: np.argsort(np.linalg.norm(matrix - query, axis=1))[:60], 5)
    print(f"{count:,} pictures:", ", ".join(f"{name} {value:,.0f} ms" for name, value in figures.items()))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--thumbnails", type=int, default=200)
    asked = parser.parse_args()
    figures: dict[str, Any] = {"describing": describing(asked.thumbnails)}
    for count in asked.pictures:
        with tempfile.TemporaryDirectory() as folder:
            figures[str(count)] = searching(count, Path(folder))
    print(write_results("features", figures, torch.device("cpu")))


if __name__ == "__main__":
    main()
