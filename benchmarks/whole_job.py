"""How long the whole job of one seed takes: ART-GAN's, 150 epochs over 5,532 pictures at 64 pixels, batch 128.

    python benchmarks/whole_job.py [--device cpu|cuda] [--preset artgan-bn-generator] [--images N]

Its author's machine needed two days. Needs torch, torchvision, numpy and Pillow only. The pictures are random: their
content changes no time. Counted is everything from the trial that chooses how to compute to the last saved weights:
drawing networks, all steps, reading measurements, a grid of 64 samples, the weights and the state at every save.
What is left out is the run folder's way of writing them, which needs more packages.

On a processor the job takes many hours, so some of its images are trained and the rest is calculated from their speed;
the output says so. Start-up is counted once, not multiplied.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.results_file import RESULTS, write_results
from core.models.zoo import find_preset
from core.training.building import build_trainer, training_settings
from core.training.device import choose_device, device_title, memory_format, prepare, wait_for
from core.training.graphs import with_graphs
from core.training.order import DataOrder
from core.training.pictures import Pictures
from core.training.schedule import plan_saves
from core.training.seeds import seed_of
from core.training.settings import configure
from core.training.trainer import Clock, Measurements
from core.training.tuning import choose, resolve

PICTURES, EPOCHS, SIDE, BATCH = 5_532, 150, 64, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--preset", default="artgan-bn-generator")
    parser.add_argument("--images", type=int, default=0, help="so many only; default: all on a GPU, 1,280 on a CPU")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the figures as JSON")
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    prepare(device)
    began = time.perf_counter()
    preset = find_preset(arguments.preset)
    network, training = configure(preset, SIDE, {"batch_size": BATCH})
    whole = PICTURES * EPOCHS
    images = min(whole, arguments.images or (1_280 if device.type == "cpu" else whole))
    settings = {
        "preset": preset.name,
        "family": preset.family,
        "architecture": preset.architecture,
        "network": dataclasses.asdict(network),
        "training": dataclasses.asdict(training),
        "epochs": EPOCHS,
        "train_count": PICTURES,
        "images": images,
    }
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        choice = choose(settings, training_settings(settings), device, folder / "training-speed.json", log=print)
        resolved = resolve(training_settings(settings), choice)
        trainer = build_trainer(settings, resolved, device)
        if choice.speedup == "graphs":
            trainer = with_graphs(trainer, print)
        random = np.random.default_rng(0)
        pixels = random.integers(0, 256, (PICTURES, SIDE, SIDE, 3), np.uint8)
        pictures = Pictures(pixels, np.arange(PICTURES), device)
        order, draw, means = DataOrder(PICTURES, 0), torch.Generator(device), Measurements()
        latents = torch.randn(64, trainer.latent_dim, device=device)
        save_images = plan_saves(EPOCHS, PICTURES, 0) * PICTURES
        layout = memory_format(resolved.memory_layout)
        wait_for(device)
        start_up, training_began, seen = time.perf_counter() - began, time.perf_counter(), 0
        while seen < images:
            torch.manual_seed(seed_of(0, seen))
            draw.manual_seed(seed_of(0, seen, "draw"))
            batch = pictures.batch(order.rows(seen, BATCH), flip=draw if resolved.flip else None)
            clock = Clock(seen, whole, seen // BATCH)
            logging = seen // resolved.log_every_images != (seen + BATCH) // resolved.log_every_images
            step = trainer.step(batch.contiguous(memory_format=layout), clock, draw, measure_gradients=logging)
            means.add(step)
            seen += BATCH
            if logging:
                means.take()
            if seen // save_images != (seen - BATCH) // save_images or seen >= images:
                with torch.no_grad():
                    grid = trainer.averaged.network(latents).cpu()
                torch.save({"samples": grid, "weights": trainer.averaged.state_dict()}, folder / f"{seen}.pt")
                torch.save(trainer.state(), folder / "state.pt")
        wait_for(device)
        seconds = time.perf_counter() - training_began
    total = start_up + seconds * whole / seen
    print(f"{device_title(device)}: {preset.name}, {choice.precision}, {choice.memory_layout}, {choice.speedup}")
    print(f"  {seen:,} of {whole:,} images in {seconds:.1f} s after {start_up:.1f} s of start, {seen / seconds:,.0f}/s")
    told = "in all" if images == whole else "in all, calculated from that speed"
    print(f"  {total:,.0f} seconds ({total / 3600:.1f} hours) {told}; aim on a GPU: 60")
    figures = {
        "preset": preset.name,
        "choice": dataclasses.asdict(choice),
        "images_trained": seen,
        "images_in_all": whole,
        "seconds_of_start": start_up,
        "seconds_of_training": seconds,
        "seconds_in_all": total,
        "calculated": images != whole,
    }
    print(f"  {write_results('whole_job', figures, device, arguments.out)}")


if __name__ == "__main__":
    main()
