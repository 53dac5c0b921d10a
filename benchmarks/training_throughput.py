"""How many images a second our training loop sees, against the loop of the usual DCGAN tutorial.

    python benchmarks/training_throughput.py [--device cpu|cuda] [--pictures FOLDER] [--batch 64] [--rounds 5]

Needs torch, torchvision, numpy and Pillow only. Writes what it prints to benchmarks/results/, with machine and commit.

Both train the same networks (DCGAN, 64 pixels, batch norm in both) with the same loss (cross-entropy), optimiser (Adam,
2e-4, betas 0.5 and 0.999) and batch, on the same pictures, in one process, taking turns. The tutorial's way: files read
by ImageFolder, decoded, resized, cropped and normalised by a DataLoader, weights in the default layout, sigmoid and
BCELoss, losses read at every step. Ours: core.training on a pack, without augmentation or penalty, averaging the
weights at every step, which the tutorial does not do.

Rows: float32 against float32 is the like-for-like comparison. bfloat16, where the hardware has it: other rounding,
same mathematics; `precision=auto` takes it on GPUs. "Bare" is forward and backward of our step alone, on one batch that
stays in memory: what is above it is the loop's overhead. Images a second need an otherwise idle machine; the processor
time an image takes is told beside them because it means something on a busy one too.
"""

import argparse
import dataclasses
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torchvision import datasets, transforms

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results_file import RESULTS, write_results
from core.models.zoo import build_networks, find_preset
from core.training.device import computes_in_bfloat16, device_title, has_native_bfloat16, prepare
from core.training.gan_settings import GANSettings
from core.training.gan_step import GANTrainer
from core.training.order import DataOrder
from core.training.pictures import Pictures
from core.training.seeds import seed_of
from core.training.settings import configure
from core.training.trainer import Clock, Measurements

SIDE = 64


def make_pictures(folder: Path, count: int, side: int) -> None:
    """JPEG files of `side` pixels (256 is the size of ArtBench's pictures): smooth fields with grain."""
    random = np.random.default_rng(0)
    (folder / "all").mkdir(parents=True)
    for number in range(count):
        coarse = Image.fromarray(random.integers(0, 256, (6, 6, 3), np.uint8)).resize(
            (side, side), Image.Resampling.BICUBIC
        )
        grain = np.asarray(coarse, np.int16) + random.integers(-12, 13, (side, side, 1))
        Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(folder / "all" / f"{number:05d}.jpg", quality=90)


def tutorial_loop(folder: Path, device: torch.device, batch: int, workers: int) -> Iterator[int]:
    """Yields the size of each batch trained on."""
    dataset = datasets.ImageFolder(
        str(folder),
        transform=transforms.Compose(
            [
                transforms.Resize(SIDE),
                transforms.CenterCrop(SIDE),
                transforms.ToTensor(),
                transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
            ]
        ),
    )
    loader = torch.utils.data.DataLoader(dataset, batch_size=batch, shuffle=True, num_workers=workers, drop_last=True)
    networks = build_networks("dcgan", {"resolution": SIDE})
    generator, discriminator = networks["generator"].to(device), networks["discriminator"].to(device)
    criterion = nn.BCELoss()
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    adam_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    while True:
        for data in loader:
            discriminator.zero_grad()
            real = data[0].to(device)
            size = real.size(0)
            label = torch.full((size,), 1.0, dtype=torch.float, device=device)
            output = torch.sigmoid(discriminator(real)).view(-1)
            loss_real = criterion(output, label)
            loss_real.backward()
            score_real = output.mean().item()
            noise = torch.randn(size, 100, device=device)
            fake = generator(noise)
            label.fill_(0.0)
            output = torch.sigmoid(discriminator(fake.detach())).view(-1)
            loss_fake = criterion(output, label)
            loss_fake.backward()
            score_fake = output.mean().item()
            adam_d.step()
            generator.zero_grad()
            label.fill_(1.0)
            output = torch.sigmoid(discriminator(fake)).view(-1)
            loss_generator = criterion(output, label)
            loss_generator.backward()
            adam_g.step()
            _ = (score_real, score_fake, (loss_real + loss_fake).item(), loss_generator.item())
            yield size


def our_settings(batch: int, precision: str, speedup: str = "eager") -> GANSettings:
    _, training = configure(
        find_preset("artbench-dcgan"), SIDE, {"batch_size": batch, "precision": precision, "speedup": speedup}
    )
    assert isinstance(training, GANSettings)
    return training


def build_trainer(settings: GANSettings, device: torch.device) -> GANTrainer:
    return GANTrainer(build_networks("dcgan", {"resolution": SIDE}), settings, device)


def our_loop(images: np.ndarray, device: torch.device, settings: GANSettings) -> Iterator[int]:
    trainer = build_trainer(settings, device)
    pictures = Pictures(images, np.arange(len(images)), device)
    order, draw, means, seen = DataOrder(len(pictures), 0), torch.Generator(device), Measurements(), 0
    while True:
        draw.manual_seed(seed_of(0, seen, "draw"))
        batch = pictures.batch(order.rows(seen, settings.batch_size))
        clock = Clock(seen, 10**9, seen // settings.batch_size)
        means.add(trainer.step(batch, clock, draw, measure_gradients=False))
        seen += settings.batch_size
        if seen % settings.log_every_images == 0:
            means.take()
        yield settings.batch_size


def bare_steps(images: np.ndarray, device: torch.device, settings: GANSettings) -> Iterator[int]:
    """The passes through the networks of one step, and nothing else: no data, optimiser, average or measurement."""
    trainer = build_trainer(settings, device)
    real: Tensor = Pictures(images, np.arange(len(images)), device).batch(np.arange(settings.batch_size))
    z = torch.randn(settings.batch_size, trainer.latent_dim, device=device)
    bfloat16 = torch.autocast(device.type, torch.bfloat16, enabled=computes_in_bfloat16(settings.precision, device))
    generator, discriminator = trainer.generator, trainer.discriminator
    if settings.speedup == "compile":
        generator, discriminator = torch.compile(generator), torch.compile(discriminator)
    while True:
        trainer.discriminator.requires_grad_(True)
        trainer.discriminator.zero_grad()
        trainer.generator.zero_grad()
        with bfloat16:
            fake = generator(z)
            logits = discriminator(real), discriminator(fake.detach())
        trainer.loss.discriminator(logits[0].float(), logits[1].float()).backward()
        trainer.discriminator.requires_grad_(False)
        with bfloat16:
            verdict = discriminator(fake)
        trainer.loss.generator(None, verdict.float()).backward()
        yield settings.batch_size


def rate(steps: Iterator[int], device: torch.device, count: int) -> tuple[float, float]:
    """Images a second over `count` steps, and processor milliseconds an image, DataLoader processes included."""
    _wait(device)
    start, worked = time.perf_counter(), processor_seconds()
    seen = sum(next(steps) for _ in range(count))
    _wait(device)
    return seen / (time.perf_counter() - start), (processor_seconds() - worked) / seen * 1e3


def processor_seconds() -> float:
    """Of this process and, where the system shows them (Linux), of the DataLoader processes that are at work."""
    times = os.times()
    seconds = times.user + times.system + times.children_user + times.children_system
    for child in multiprocessing.active_children():
        try:
            numbers = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        seconds += (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")
    return seconds


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def decoded(folder: Path) -> np.ndarray:
    """What a pack holds: the pictures resized and cropped once."""
    crop = transforms.Compose([transforms.Resize(SIDE), transforms.CenterCrop(SIDE)])
    return np.stack([np.asarray(crop(Image.open(path).convert("RGB"))) for path in sorted(folder.rglob("*.jpg"))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pictures", type=Path, help="a folder of JPEG files; by default made by this script")
    parser.add_argument("--side", type=int, default=256, help="pixels per side of the pictures it makes")
    parser.add_argument("--count", type=int, default=512, help="how many it makes")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=0, help="steps per turn; default 4 on a CPU, 50 on a GPU")
    parser.add_argument("--workers", type=int, default=2, help="the tutorial's DataLoader processes")
    parser.add_argument("--compile", action="store_true", help="add a row with torch.compile")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    prepare(device)
    steps = arguments.steps or (4 if device.type == "cpu" else 50)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "pictures"
        if arguments.pictures:
            (folder).mkdir()
            (folder / "all").symlink_to(arguments.pictures.resolve(), target_is_directory=True)
        else:
            make_pictures(folder, arguments.count, arguments.side)
        images = decoded(folder)
        float32 = our_settings(arguments.batch, "float32")
        loops: dict[str, Callable[[], Iterator[int]]] = {
            "tutorial loop": lambda: tutorial_loop(folder, device, arguments.batch, arguments.workers),
            "ours, float32": lambda: our_loop(images, device, float32),
            "bare, float32": lambda: bare_steps(images, device, float32),
        }
        bfloat16 = our_settings(arguments.batch, "bfloat16")
        if has_native_bfloat16(device):
            loops["ours, bfloat16"] = lambda: our_loop(images, device, bfloat16)
            loops["bare, bfloat16"] = lambda: bare_steps(images, device, bfloat16)
        if arguments.compile:
            for precision in ("float32", "bfloat16") if has_native_bfloat16(device) else ("float32",):
                compiled = our_settings(arguments.batch, precision, "compile")
                loops[f"ours, {precision}, compiled"] = partial(our_loop, images, device, compiled)
                loops[f"bare, {precision}, compiled"] = partial(bare_steps, images, device, compiled)
        running = {name: make() for name, make in loops.items()}
        for loop in running.values():
            rate(loop, device, 2)
        rates: dict[str, list[float]] = {name: [] for name in running}
        work: dict[str, list[float]] = {name: [] for name in running}
        for _ in range(arguments.rounds):
            for name, loop in running.items():
                images_per_second, milliseconds = rate(loop, device, steps)
                rates[name].append(images_per_second)
                work[name].append(milliseconds)
        running.clear()
    print(
        f"{device_title(device)}, torch {torch.__version__}, {torch.get_num_threads()} threads, "
        f"{len(images)} pictures, batch {arguments.batch}, {arguments.rounds} rounds of {steps} steps, medians"
    )
    settings = dataclasses.asdict(float32)
    print("  " + ", ".join(f"{name}={settings[name]!r}" for name in ("loss", "augment", "penalty_gamma", "flip")))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, median in medians.items():
        paired = statistics.median(a / b for a, b in zip(rates[name], rates["tutorial loop"], strict=True))
        spread = f"{min(rates[name]):.1f} to {max(rates[name]):.1f}"
        milliseconds = statistics.median(work[name])
        saved = statistics.median(work["tutorial loop"]) / milliseconds
        print(
            f"  {name:22} {median:8.1f} images/s  ({spread})  {paired:5.2f} x the tutorial loop; "
            f"processor {milliseconds:6.1f} ms an image, {saved:5.2f} x"
        )
    shares = {}
    for name in medians:
        bare = name.replace("ours", "bare")
        if name.startswith("ours") and bare in medians:
            shares[name] = statistics.median(a / b for a, b in zip(rates[name], rates[bare], strict=True))
            print(f"  {name}: {shares[name]:.0%} of the speed of its bare forward and backward")
    ours = {name: median for name, median in medians.items() if name.startswith("ours")}
    bare_best = max(median for name, median in medians.items() if name.startswith("bare"))
    fastest = max(ours, key=lambda name: ours[name])
    of_tutorial, of_bare = ours[fastest] / medians["tutorial loop"], ours[fastest] / bare_best
    if device.type == "cpu":
        of_tutorial, of_bare = ours["ours, float32"] / medians["tutorial loop"], shares["ours, float32"]
    wanted = (1.3, 0.9) if device.type == "cpu" else (5.0, 0.6)
    print(
        f"  {of_tutorial:.2f} times the tutorial loop (aim {wanted[0]:g}), {of_bare:.0%} of bare (aim {wanted[1]:.0%})"
    )
    figures = {
        "batch": arguments.batch,
        "rounds": arguments.rounds,
        "steps": steps,
        "images_per_second": rates,
        "shares_of_bare": shares,
        "times_the_tutorial": of_tutorial,
        "share_of_bare": of_bare,
        "aims": {"times_the_tutorial": wanted[0], "share_of_bare": wanted[1]},
    }
    print(f"  {write_results('training_throughput', figures, device, arguments.out)}")


if __name__ == "__main__":
    main()
