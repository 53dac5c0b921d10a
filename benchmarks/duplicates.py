"""How long it takes to find near duplicates and group them.

    python benchmarks/duplicates.py [--pictures 100000] [--radii 4 6 8 10 12 16] [--repeats 3] [--folder FOLDER]

Hashes as they occur: half of their bits set, a tenth of the pictures a copy of another one with a few bits turned,
2,000 black pictures with one hash, and 500 that crowd around it. For every radius: seconds for the search and for
the complete-link groups (medians), beside a plain search with numpy in the same run: each hash with all behind it, one
bitwise_count a row, in one thread. Both must find the same pairs. Then the same for descriptors, a block against a
block, beside scipy's k-d tree, at a tenth of the pictures.

--folder: how well it finds them, too. Up to 300 pictures of the folder are altered as copies on the web are (half the
size, strong compression, a border cut off, lighter, warmer), and the share of originals is told that each radius finds
their altered copy of, beside the pairs among the untouched pictures that it would show; both again where the pair must
be confirmed by colour and texture.
"""

import argparse
import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from core.duplicates.groups import groups
from core.duplicates.hashes import near_hashes
from core.duplicates.near import PLAIN_BELOW, alike_within, find_similar
from core.duplicates.vectors import near_vectors
from core.features.descriptor import COLOUR_AND_TEXTURE, describe_thumbnail
from core.images import inspect

EQUAL, CROWDED = 2000, 500
THREADS = 2
FEATURE_CUTS = (0.1, 0.15, 0.2, 0.25, 0.3)


def timed(act: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """(median seconds, what it gave)."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        given = act()
        times.append(time.perf_counter() - start)
    return statistics.median(times), given


def invented_hashes(count: int) -> NDArray[np.uint64]:
    generator = np.random.default_rng(0)
    bits = np.zeros((count, 64), np.uint8)
    bits[:, :32] = 1
    bits = generator.permuted(bits, axis=1)
    copies = generator.choice(count, count // 10, replace=False)
    bits[copies] = bits[generator.integers(0, count, len(copies))]
    for row in copies:
        bits[row, generator.choice(64, 2 * generator.integers(0, 5), replace=False)] ^= 1
    black = bits[0].copy()
    bits[-EQUAL:] = black
    for row in range(count - EQUAL - CROWDED, count - EQUAL):
        bits[row] = black
        bits[row, generator.choice(64, 2 * generator.integers(1, 5), replace=False)] ^= 1
    return np.packbits(bits, axis=1).view(">u8").ravel().astype(np.uint64)


def plain_search(hashes: NDArray[np.uint64], radius: int) -> int:
    """How many pairs: the peer."""
    found = 0
    for row in range(len(hashes) - 1):
        bits = np.bitwise_count(hashes[row + 1 :] ^ hashes[row])
        found += len(np.flatnonzero(bits <= radius))
    return found


def search_hashes(count: int, radii: list[int], repeats: int) -> list[dict[str, float]]:
    hashes = invented_hashes(count)
    distinct = np.unique(hashes)
    names = [f"{number:064x}" for number in range(count)]
    words = [f"{value:016x}" for value in hashes.tolist()]
    print(f"\n{count:,} hashes, {len(distinct):,} of them distinct, {THREADS} threads, medians of {repeats}")
    print(
        f"{'radius':>6}{'pairs':>10}{'search s':>10}{'groups s':>10}{'all s':>8}{'plain s':>9}{'ratio':>7}"
        f"{'groups':>9}{'largest':>9}"
    )
    rows = []
    for radius in radii:
        search, pairs = timed(lambda radius=radius: near_hashes(distinct, radius, threads=THREADS), repeats)
        grouping, _ = timed(lambda pairs=pairs: groups(pairs), repeats)
        whole, similar = timed(
            lambda radius=radius: find_similar(names, words, radius=radius, threads=THREADS).groups(), repeats
        )
        plain, expected = timed(lambda radius=radius: plain_search(distinct, radius), 1)
        if expected != len(pairs):
            raise RuntimeError(f"radius {radius}: found {len(pairs)} pairs, the plain search {expected}")
        largest = max(len(group.pictures) for group in similar)
        rows.append(
            {"radius": radius, "pairs": len(pairs), "search": search, "group": grouping, "all": whole, "plain": plain}
        )
        print(
            f"{radius:>6}{len(pairs):>10,}{search:>10.2f}{grouping:>10.2f}{whole:>8.2f}{plain:>9.2f}"
            f"{plain / search:>7.1f}{len(similar):>9,}{largest:>9,}"
        )
    return rows


def search_vectors(count: int, repeats: int) -> dict[str, float]:
    generator = np.random.default_rng(1)
    matrix = generator.normal(size=(count, 269)).astype(np.float32) / np.sqrt(2 * 269)  # about 1 apart
    copies = generator.choice(count, count // 10, replace=False)
    matrix[copies] = (
        matrix[generator.integers(0, count, len(copies))] + generator.normal(size=(len(copies), 269)) * 0.01
    )
    own, pairs = timed(lambda: near_vectors(matrix, 0.3), repeats)
    tree, expected = timed(lambda: cKDTree(matrix).query_pairs(0.3, output_type="ndarray"), 1)
    if len(expected) != len(pairs):
        raise RuntimeError(f"found {len(pairs)} pairs of vectors, scipy's tree {len(expected)}")
    print(
        f"\n{count:,} descriptors: {len(pairs):,} pairs in {own:.2f} s, "
        f"scipy's k-d tree {tree:.2f} s ({tree / own:.1f} times)"
    )
    return {"count": count, "pairs": len(pairs), "blocks": own, "tree": tree}


def _compressed(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _cut(image: Image.Image, share: float) -> Image.Image:
    across, down = round(image.width * share), round(image.height * share)
    return image.crop((across, down, image.width - across, image.height - down))


def _warmer(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (red.point(lambda v: min(255, v * 1.1)), green, blue.point(lambda v: v * 0.9)))


ALTERED: dict[str, Callable[[Image.Image], bytes]] = {
    "half the size": lambda image: _compressed(image.resize((image.width // 2, image.height // 2)), 85),
    "quality 30": lambda image: _compressed(image, 30),
    "2 % cut off": lambda image: _compressed(_cut(image, 0.02), 90),
    "6 % cut off": lambda image: _compressed(_cut(image, 0.06), 90),
    "lighter": lambda image: _compressed(ImageEnhance.Brightness(image).enhance(1.2), 90),
    "warmer": lambda image: _compressed(_warmer(image), 90),
}


def _known(data: bytes) -> tuple[int, NDArray[np.float32], float]:
    inspection = inspect(data)
    vector = describe_thumbnail(inspection.thumbnail, COLOUR_AND_TEXTURE)
    return int(inspection.facts.phash, 16), vector, inspection.facts.measures["deviation"]


def finding(folder: Path, radii: list[int], most: int = 300) -> dict[str, Any]:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    paths = paths[:: max(1, len(paths) // most)][:most]
    originals = [_known(path.read_bytes()) for path in paths]
    telling = [number for number, known in enumerate(originals) if known[2] >= PLAIN_BELOW]
    hashes = np.array([originals[number][0] for number in telling], np.uint64)
    vectors = np.stack([originals[number][1] for number in telling])
    unrelated = COLOUR_AND_TEXTURE.unrelated
    within = 0.5 * unrelated
    print(f"\n{len(telling)} pictures of {folder.name}; {len(originals) - len(telling)} nearly plain ones are left out")
    print(f"{'':<16}" + "".join(f"{f'radius {radius}':>18}" for radius in radii))
    figures: dict[str, Any] = {}
    by_features: dict[str, dict[float, float]] = {}
    for name, alter in ALTERED.items():
        bits, apart = [], []
        for place, number in enumerate(telling):
            with Image.open(paths[number]) as image:
                altered = _known(alter(image.convert("RGB")))
            bits.append((altered[0] ^ int(hashes[place])).bit_count())
            apart.append(float(np.linalg.norm(altered[1] - vectors[place])))
        near, alike = np.array(bits), np.array(apart) <= within
        figures[name] = {
            radius: (float((near <= radius).mean()), float(((near <= radius) & alike).mean())) for radius in radii
        }
        print(f"{name:<16}" + "".join(f"{f'{a:.0%}, {b:.0%}':>18}" for a, b in figures[name].values()))
        by_features[name] = {cut: float((np.array(apart) <= cut * unrelated).mean()) for cut in FEATURE_CUTS}
    figures["untouched"] = {}
    for radius in radii:
        pairs = near_hashes(hashes, radius)
        confirmed = int(alike_within(vectors, within)(pairs.first, pairs.second).sum())
        figures["untouched"][radius] = (len(pairs), confirmed)
    print(f"{'untouched pairs':<16}" + "".join(f"{f'{a}, {b}':>18}" for a, b in figures["untouched"].values()))
    print("\nby features alone, at shares of the distance of unrelated pictures:")
    for name, shares in by_features.items():
        print(f"{name:<16}" + "".join(f"{f'{cut:g}: {share:.0%}':>18}" for cut, share in shares.items()))
    pairs_at = {cut: len(near_vectors(vectors, cut * unrelated)) for cut in FEATURE_CUTS}
    print(f"{'untouched pairs':<16}" + "".join(f"{f'{cut:g}: {pairs}':>18}" for cut, pairs in pairs_at.items()))
    return {"by hash, confirmed": figures, "by features": by_features, "untouched pairs by features": pairs_at}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--radii", type=int, nargs="+", default=[4, 6, 8, 10, 12, 16])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="pictures to alter and find again")
    asked = parser.parse_args()
    found = {"finding": finding(asked.folder, asked.radii)} if asked.folder else {}
    figures = found | {
        "pictures": asked.pictures,
        "hashes": search_hashes(asked.pictures, asked.radii, asked.repeats),
        "vectors": search_vectors(asked.pictures // 10, asked.repeats),
    }
    print(write_results("duplicates", figures, torch.device("cpu")))


if __name__ == "__main__":
    main()
