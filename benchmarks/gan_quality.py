"""Which GAN comes closer to a collection of paintings after the same number of images: ours, or the classic DCGAN?

    python benchmarks/gan_quality.py FOLDER [--side 64] [--images 30000] [--out FOLDER] [--presets atelier-gan,...]

Trains each preset with its own settings on three quarters of the pictures, and compares samples of the averaged weights
with the quarter held out: sliced Wasserstein distance (core.metrics), per level, times 1,000, less is better. Beside
them the floor: as many real pictures that were trained on, against the same held-out ones. Writes each preset's grid,
and one of held-out pictures.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.metrics.sliced_wasserstein import SlicedWasserstein, sliced_wasserstein
from core.models.latents import draw_latents
from core.models.zoo import find_preset
from core.training.device import choose_device, device_title, prepare
from core.training.grids import make_grid, save_png
from core.training.job import build_trainer
from core.training.loop import seed_of
from core.training.order import DataOrder
from core.training.pictures import Pictures
from core.training.recorder import to_pixels
from core.training.settings import configure, parse_pairs
from core.training.trainer import Clock

_HELD_OUT_SHARE = 0.25
_SETS_OF_SAMPLES = 3  # each as large as the held-out set; the mean of their distances is told


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


def train(
    preset: str, images: NDArray[np.uint8], total: int, seed: int, overrides: dict[str, str], device: torch.device
) -> tuple[torch.nn.Module, int, float]:
    """The averaged network, the length of its latents, and images a second."""
    found, side = find_preset(preset), images.shape[1]
    network, settings = configure(found, side, {"seed": seed, **overrides})
    built = {"architecture": found.architecture, "family": found.family, "network": dataclasses.asdict(network)}
    trainer = build_trainer(built, settings, device)
    pictures, order = Pictures(images, np.arange(len(images)), device), DataOrder(len(images), seed)
    draw, seen, start = torch.Generator(device), 0, time.perf_counter()
    while seen < total:
        draw.manual_seed(seed_of(seed, seen, "draw"))
        batch = pictures.batch(order.rows(seen, settings.batch_size), flip=draw if settings.flip else None)
        trainer.step(batch, Clock(seen, total, seen // settings.batch_size), draw, measure_gradients=False)
        seen += settings.batch_size
    speed = seen / (time.perf_counter() - start)
    settle_batch_norm(trainer.averaged.network, trainer.latent_dim, seed, device)
    return trainer.averaged.network, trainer.latent_dim, speed


@torch.no_grad()
def settle_batch_norm(network: torch.nn.Module, latent_dim: int, seed: int, device: torch.device) -> None:
    """Measure the statistics of batch norm anew, for the averaged weights, over 1,024 latents.

    A short training leaves them half way between the first weights and the last: DCGAN's remember 100 steps.
    """
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    latents = torch.from_numpy(draw_latents(1024, latent_dim, seed + 1)).to(device)
    for chunk in latents.split(64):
        network(chunk)
    network.eval()


def draw_samples(
    network: torch.nn.Module, latent_dim: int, count: int, seed: int, device: torch.device
) -> NDArray[np.uint8]:
    latents = torch.from_numpy(draw_latents(count, latent_dim, seed)).to(device)
    with torch.no_grad():
        return np.concatenate([to_pixels(network(chunk)) for chunk in latents.split(64)])


def mean_distance(distances: list[SlicedWasserstein]) -> dict[str, float]:
    levels = {f"{side} px": float(np.mean([d.levels[side] for d in distances])) for side in distances[0].levels}
    return {**levels, "mean": float(np.mean([d.mean for d in distances]))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--images", type=int, default=30_000, help="images seen by each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=0, help="default: all cores")
    parser.add_argument("--presets", default="atelier-gan,artbench-dcgan")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of all presets")
    parser.add_argument("--out", type=Path, default=Path("gan-quality"))
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    prepare(device)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    pictures = read_pictures(arguments.folder, arguments.side)
    order = np.random.default_rng(arguments.seed).permutation(len(pictures))
    held_out_count = int(_HELD_OUT_SHARE * len(pictures))
    held_out, training = pictures[order[:held_out_count]], pictures[order[held_out_count:]]
    print(
        f"{arguments.images:,} images seen at {arguments.side} px on {device_title(device)}; {len(training)} pictures "
        f"to train on, {held_out_count} held out; SWD x 1,000 to the held-out pictures"
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_png(make_grid(held_out[:64]), arguments.out / "held-out.png")
    floors = [
        sliced_wasserstein(training[i * held_out_count : (i + 1) * held_out_count], held_out, seed=i)
        for i in range(min(_SETS_OF_SAMPLES, len(training) // held_out_count))
    ]
    tell("real pictures (floor)", mean_distance(floors), "")
    overrides = parse_pairs(arguments.set)
    for preset in arguments.presets.split(","):
        network, latent_dim, speed = train(preset, training, arguments.images, arguments.seed, overrides, device)
        samples = draw_samples(network, latent_dim, _SETS_OF_SAMPLES * held_out_count, arguments.seed, device)
        save_png(make_grid(samples[:64]), arguments.out / f"{preset}.png", {"images_seen": arguments.images})
        sets = np.split(samples, _SETS_OF_SAMPLES)
        distances = [sliced_wasserstein(part, held_out, seed=i) for i, part in enumerate(sets)]
        tell(preset, mean_distance(distances), f"{speed:6.1f} images/s")


def tell(name: str, distance: dict[str, float], remark: str) -> None:
    numbers = "  ".join(f"{level} {value:6.1f}" for level, value in distance.items())
    print(f"  {name:22} {numbers}   {remark}", flush=True)


if __name__ == "__main__":
    main()
