"""Which preset comes closest to a collection of paintings after the same number of images seen?

    python benchmarks/quality.py FOLDER [--side 64] [--images 10000] [--presets atelier-gan,artbench-dcgan,...]

Trains each preset with its own loss, optimiser and schedule on three quarters of the pictures (see --batch), and
compares samples of the weights that it would keep with the quarter held out:

- distance: sliced Wasserstein distance per level, times 1,000, less is better (core.metrics.sliced_wasserstein). Beside
  it the floor: as many real pictures that were trained on, against the same held-out ones.
- alike: mean MS-SSIM of random pairs, divided by that of the real pictures. 1: as diverse as they; above 1: less so.
- back: for a VAE, mean MS-SSIM of held-out pictures and their reconstructions, more is better.

Writes a table, each preset's grid, one of held-out pictures, and every number with machine, commit and date as JSON.
Rows that the JSON file holds already, with the same settings, are not made again: a run that was cut short goes on.
"""

import argparse
import dataclasses
import datetime
import json
import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.metrics import ms_ssim
from core.metrics.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein
from core.models.latents import draw_latents
from core.models.zoo import find_preset
from core.training.building import build_trainer
from core.training.device import choose_device, device_title, prepare
from core.training.grids import make_grid, save_png
from core.training.order import DataOrder
from core.training.pictures import Pictures, to_pixels
from core.training.seeds import seed_of
from core.training.settings import configure, parse_pairs
from core.training.trainer import Clock

_HELD_OUT_SHARE = 0.25
_SETS_OF_SAMPLES = 3  # each as large as the held-out set; the mean of their distances is told


@dataclass(frozen=True)
class Row:
    """One training to compare: a preset with some settings changed."""

    name: str
    preset: str
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pieces:
    """A folder's pictures at one size, split once and for all rows."""

    title: str
    training: NDArray[np.uint8]
    held_out: NDArray[np.uint8]

    @classmethod
    def of_folder(cls, folder: Path, side: int, seed: int = 0) -> "Pieces":
        pictures = read_pictures(folder, side)
        order = np.random.default_rng(seed).permutation(len(pictures))
        count = int(_HELD_OUT_SHARE * len(pictures))
        return cls(folder.resolve().name, pictures[order[count:]], pictures[order[:count]])


def read_pictures(folder: Path, side: int) -> NDArray[np.uint8]:
    """All JPEG and PNG pictures below a folder, the middle square of each, (N, side, side, 3)."""
    pictures = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")):
        with Image.open(path) as image:
            image.draft("RGB", (4 * side, 4 * side))
            square, width, height = image.convert("RGB"), image.width, image.height
            edge = min(width, height)
            left, top = (width - edge) // 2, (height - edge) // 2
            square = square.crop((left, top, left + edge, top + edge))
            pictures.append(np.asarray(square.resize((side, side), Image.Resampling.LANCZOS)))
    return np.stack(pictures)


def train(row: Row, images: NDArray[np.uint8], total: int, seed: int, device: torch.device) -> tuple[Any, float]:
    """The trainer after `total` images, and images a second."""
    found, side = find_preset(row.preset), images.shape[1]
    network, settings = configure(found, side, {"seed": seed, **row.overrides})
    built = {"architecture": found.architecture, "family": found.family, "network": dataclasses.asdict(network)}
    trainer = build_trainer(built, settings, device)
    pictures, order = Pictures(images, np.arange(len(images)), device), DataOrder(len(images), seed)
    draw, seen, start = torch.Generator(device), 0, time.perf_counter()
    while seen < total:
        torch.manual_seed(seed_of(seed, seen))
        draw.manual_seed(seed_of(seed, seen, "draw"))
        batch = pictures.batch(order.rows(seen, settings.batch_size), flip=draw if settings.flip else None)
        trainer.step(batch, Clock(seen, total, seen // settings.batch_size), draw, measure_gradients=False)
        seen += settings.batch_size
    speed = seen / (time.perf_counter() - start)
    if hasattr(trainer, "settle"):
        trainer.settle(pictures)
    settle_batch_norm(trainer.averaged.network, trainer.latent_dim, seed, device)
    return trainer, speed


@torch.no_grad()
def settle_batch_norm(network: torch.nn.Module, latent_dim: int, seed: int, device: torch.device) -> None:
    """Measure the statistics of batch norm anew, for the averaged weights, over 1,024 latents.

    A short training leaves them half way between the first weights and the last: DCGAN's remember 100 steps.
    A VAE's are left alone: those of its encoder cannot be measured from latents.
    """
    norms = [module for module in network.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    if not norms or hasattr(network, "reconstruct"):
        return
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    latents = torch.from_numpy(draw_latents(1024, latent_dim, seed + 1)).to(device)
    for chunk in latents.split(64):
        network(chunk)
    network.eval()


@torch.no_grad()
def draw_samples(
    network: torch.nn.Module, latent_dim: int, count: int, seed: int, device: torch.device
) -> NDArray[np.uint8]:
    latents = torch.from_numpy(draw_latents(count, latent_dim, seed)).to(device)
    return np.concatenate([to_pixels(network(chunk)) for chunk in latents.split(64)])


@torch.no_grad()
def reconstruction(network: Any, held_out: NDArray[np.uint8], device: torch.device) -> float:
    pictures = Pictures(held_out, np.arange(len(held_out)), device)
    back = [
        to_pixels(network.reconstruct(pictures.batch(part))) for part in np.array_split(np.arange(len(held_out)), 8)
    ]
    return float(np.mean(ms_ssim.pairwise(held_out, np.concatenate(back))))


def measure(row: Row, pieces: Pieces, total: int, seed: int, device: torch.device, out: Path) -> dict[str, Any]:
    """Train a row and tell everything about it."""
    trainer, speed = train(row, pieces.training, total, seed, device)
    network, count = trainer.averaged.network, len(pieces.held_out)
    samples = draw_samples(network, trainer.latent_dim, _SETS_OF_SAMPLES * count, seed, device)
    save_png(make_grid(samples[:64]), out / f"{row.name}-{seed}.png", {"images_seen": total, "preset": row.preset})
    sets = np.split(samples, _SETS_OF_SAMPLES)
    told = mean_distance([sliced_wasserstein(part, pieces.held_out, seed=i) for i, part in enumerate(sets)])
    told["alike"] = ms_ssim.diversity(samples) / ms_ssim.diversity(pieces.training)
    if hasattr(network, "reconstruct"):
        told["back"] = reconstruction(network, pieces.held_out, device)
    return {**told, "images_per_second": speed}


def floor(pieces: Pieces) -> dict[str, float]:
    count = len(pieces.held_out)
    parts = [pieces.training[i * count : (i + 1) * count] for i in range(len(pieces.training) // count)]
    return mean_distance(
        [sliced_wasserstein(part, pieces.held_out, seed=i) for i, part in enumerate(parts[:_SETS_OF_SAMPLES])]
    )


def mean_distance(distances: list[SlicedWasserstein]) -> dict[str, float]:
    levels = {f"{side} px": float(np.mean([d.levels[side] for d in distances])) for side in distances[0].levels}
    return {**levels, "distance": float(np.mean([d.mean for d in distances]))}


def compare(rows: list[Row], pieces: Pieces, arguments: argparse.Namespace) -> None:
    """Make every row with every seed, keeping each result as soon as it is there; print the table so far."""
    device = choose_device(arguments.device)
    prepare(device)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_png(make_grid(pieces.held_out[:64]), arguments.out / "held-out.png")
    kept_path = arguments.out / "results.json"
    kept: dict[str, Any] = json.loads(kept_path.read_text()) if kept_path.exists() else {"rows": []}
    side = pieces.training.shape[1]
    kept["floor"] = floor(pieces)
    kept |= {"collection": pieces.title, "side": side, "images": arguments.images, "machine": machine(device)}
    kept |= {"training": len(pieces.training), "held_out": len(pieces.held_out), "commit": commit()}
    for seed in arguments.seeds:
        for row in rows:
            identity = {"name": row.name, "preset": row.preset, "overrides": row.overrides, "seed": seed}
            identity |= {"images": arguments.images, "side": side}
            if any({name: done.get(name) for name in identity} == identity for done in kept["rows"]):
                continue
            told = measure(row, pieces, arguments.images, seed, device, arguments.out)
            kept["rows"].append({**identity, **told, "date": datetime.date.today().isoformat()})
            kept_path.write_text(json.dumps(kept, indent=1) + "\n")
            print(table(kept, [row]), flush=True)
    print(table(kept, rows))


def table(kept: dict[str, Any], rows: list[Row]) -> str:
    """Markdown: one line a row, mean over its seeds, and how far they lie apart."""
    levels = [name for name in kept["floor"] if name.endswith("px")]
    of_floor = " | ".join(f"{kept['floor'][level]:.0f}" for level in levels)
    lines = [
        f"{kept['images']:,} images seen at {kept['side']} px, {kept['collection']}: {kept['training']} pictures to "
        f"train on, {kept['held_out']} held out; {kept['machine']}; commit {kept['commit']}",
        "",
        f"| | {' | '.join(levels)} | distance | alike | back | images/s | seeds |",
        "|---" * (len(levels) + 6) + "|",
        f"| real pictures | {of_floor} | {kept['floor']['distance']:.0f} | 1.00 | | | |",
    ]
    for row in rows:
        made = [done for done in kept["rows"] if done["name"] == row.name and done["images"] == kept["images"]]
        if not made:
            continue
        means = {name: np.mean([done[name] for done in made]) for name in (*levels, "distance", "alike")}
        spread = f" ± {np.std([done['distance'] for done in made], ddof=1):.0f}" if len(made) > 1 else ""
        back = f"{np.mean([done['back'] for done in made]):.3f}" if "back" in made[0] else ""
        speed = np.median([done["images_per_second"] for done in made])
        at_levels = " | ".join(f"{means[level]:.0f}" for level in levels)
        lines.append(
            f"| {row.name} | {at_levels} | {means['distance']:.0f}{spread} "
            f"| {means['alike']:.2f} | {back} | {speed:.0f} | {len(made)} |"
        )
    return "\n".join(lines)


def machine(device: torch.device) -> str:
    return f"{device_title(device)}, {platform.machine()}, torch {torch.__version__}, {torch.get_num_threads()} threads"


def commit() -> str:
    asked = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    try:
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def options(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--images", type=int, default=10_000, help="images seen by each")
    parser.add_argument("--batch", type=int, default=16, help="of every row; 0: each preset's own")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="default: all cores")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of all rows")
    parser.add_argument("--out", type=Path, default=Path("quality"))
    return parser


def overrides_of(arguments: argparse.Namespace) -> dict[str, Any]:
    return {**({"batch_size": arguments.batch} if arguments.batch else {}), **parse_pairs(arguments.set)}


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--presets", default="atelier-gan,artbench-dcgan")
    arguments = parser.parse_args()
    rows = [Row(name, name, overrides_of(arguments)) for name in arguments.presets.split(",")]
    compare(rows, Pieces.of_folder(arguments.folder, arguments.side), arguments)


if __name__ == "__main__":
    main()
