"""How fast pictures become a pack, against a bare loop that decodes and resizes them.

    python benchmarks/build_pack.py [--pictures 420] [--resolution 64] [--rounds 3] [--folder FOLDER] [--cores N]
    python benchmarks/build_pack.py --pictures 50000 --rounds 1        on a machine with nothing else to do

The loop: one process per core; open, draft (at the same scale as ours), convert, crop in the middle, resize to 64
pixels; the pixels are thrown away. Ours, in an empty lab each time: read, decode, measure (twins, near-solid
ones), fit, spool and its record, plan, rows, hashes, index, manifest. Then the same once more with the
measurements there, as after a visit to the Augment page. Each is a process of its own, started anew; they take turns.
Other work on the machine slows all, so the ratio of the processor times ("per core") stands beside that of the best
rounds. A ratio of 1 is the loop's speed.

Memory is the largest sum over a run of what its processes hold for themselves (resident, without what they share),
looked at ten times a second; "most of one" is the most that a single process held.

Without --folder, JPEGs are made: 600 to 4,000 pixels wide, quality 88, some hundred kilobytes to some megabytes, 140
of them, under as many names as pictures are asked for.
"""

import argparse
import contextlib
import hashlib
import io
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.catalog.picture import PictureRef
from core.datasets.build import build_dataset
from core.datasets.crew import usable_cores
from core.datasets.recipe import Recipe
from core.files import JsonLines
from core.workspace import Workspace

AIM = 0.9
DIFFERENT = 140  # generated files; more pictures are these again, with a few bytes behind the end that nobody decodes
PICTURES = "pictures.jsonl"
NAMES = ("bare loop", "build", "build, measured before")
SIDES = (600, 800, 1000, 1400, 2000, 3000, 4000)  # pixels across


@dataclass
class Timing:
    seconds: float
    processor_seconds: float  # of the process and its children
    peak_bytes: int
    peak_bytes_of_one: int


def timed(arguments: list[str]) -> Timing:
    """This script anew, with these arguments."""
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.DEVNULL)
    peak = peak_of_one = 0
    while process.poll() is None:
        held = [0]
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(process.pid)
            for each in (own, *own.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    memory = each.memory_info()
                    held.append(memory.rss - getattr(memory, "shared", 0))
        peak, peak_of_one = max(peak, sum(held)), max(peak_of_one, *held)
        time.sleep(0.1)
    after = os.times()
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Timing(time.perf_counter() - start, processor, peak, peak_of_one)


def bare(job: tuple[str, int]) -> int:
    path, side = job
    with Image.open(path) as image:
        image.draft("RGB", (2 * side, 2 * side))
        picture = image.convert("RGB")
    short = min(picture.size)
    left, top = (picture.width - short) // 2, (picture.height - short) // 2
    square = picture.crop((left, top, left + short, top + short))
    return square.resize((side, side), Image.Resampling.BICUBIC).size[0]


def bare_loop(paths: list[str], side: int, cores: int) -> None:
    with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in pool.map(bare, [(path, side) for path in paths], chunksize=16):
            pass


def generate(folder: Path, count: int) -> list[bytes]:
    """Pictures with large forms, edges, and grain as brush and scanner leave it."""
    generator = np.random.default_rng(0)
    files = []
    for number in range(min(count, DIFFERENT)):
        width = SIDES[number % len(SIDES)]
        height = int(width * generator.uniform(0.62, 1.3))
        forms = Image.fromarray(generator.integers(0, 256, (9, 12, 3), dtype=np.uint8))
        sheet = np.asarray(forms.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
        grain = generator.normal(0, 11, (height // 2 + 1, width // 2 + 1, 1)).astype(np.int16)
        sheet += grain.repeat(2, 0).repeat(2, 1)[:height, :width]
        path = folder / f"{number}.jpg"
        Image.fromarray(sheet.clip(0, 255).astype(np.uint8)).save(path, quality=88)
        files.append(path.read_bytes())
    return files


def keep(workspace: Workspace, files: list[bytes], count: int) -> list[PictureRef]:
    """Put pictures where a collection would have put them."""
    pictures = []
    for number in range(count):
        again = number // len(files)
        data = files[number % len(files)] + (again.to_bytes(4, "big") if again else b"")
        sha256 = hashlib.sha256(data).hexdigest()
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
        suffix = "jpg"
        path = workspace.image(sha256, suffix)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        pictures.append(PictureRef(sha256, suffix, f"benchmark:{number}", "", width, height))
    return pictures


def work(name: str, home: Path, resolution: int, cores: int) -> None:
    workspace = Workspace(home / "lab")
    pictures = [PictureRef(**row) for row, _ in JsonLines(home / PICTURES).follow()]
    if name == "bare loop":
        bare_loop([str(workspace.image(picture.sha256, picture.suffix)) for picture in pictures], resolution, cores)
        return
    recipe = Recipe(resolution=resolution, max_cut_share=1.0, min_deviation=0.0)
    built = build_dataset(workspace, pictures, recipe, name="benchmark", processes=cores)
    if built.dataset.counts["kept"] < len(pictures) * 0.9:
        raise SystemExit(f"Only {built.dataset.counts['kept']} of {len(pictures)} pictures were kept.")
    shutil.rmtree(built.dataset.folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=420)
    parser.add_argument("--resolution", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=usable_cores())
    parser.add_argument("--folder", type=Path, help="JPEGs instead of generated ones")
    parser.add_argument("--work", choices=NAMES, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work, asked.home, asked.resolution, asked.cores)
        return
    home = Path(tempfile.mkdtemp(prefix="build-pack-"))
    try:
        run(asked, home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(asked: argparse.Namespace, home: Path) -> None:
    import torch  # not in the processes that are measured

    from benchmarks.results_file import write_results

    workspace = Workspace(home / "lab").create()
    if asked.folder:
        found = [path for path in sorted(asked.folder.rglob("*")) if path.suffix.lower() in (".jpg", ".jpeg")]
        files = [path.read_bytes() for path in found]
        count = min(asked.pictures, len(files))
    else:
        files, count = generate(home, asked.pictures), asked.pictures
    JsonLines(home / PICTURES).append(*(asdict(picture) for picture in keep(workspace, files, count)))
    bytes_each = sum(len(file) for file in files) / len(files)
    del files
    print(f"{count:,} JPEGs of {bytes_each / 1e3:,.0f} kB, {asked.resolution} px, {asked.cores} cores", flush=True)
    timings: dict[str, list[Timing]] = {name: [] for name in NAMES}
    arguments = ["--home", str(home), "--resolution", str(asked.resolution), "--cores", str(asked.cores), "--work"]
    for number in range(asked.rounds):
        for file in workspace.datasets.glob(".measurements*"):
            file.unlink()
        for name in NAMES:
            timings[name].append(timed([*arguments, name]))
        rates = ", ".join(f"{name} {count / own[-1].seconds:,.0f}/s" for name, own in timings.items())
        print(f"round {number + 1}: {rates}", flush=True)

    figures = {}
    print(
        f"\n{'':24}{'pictures/s':>11}{'ms of a core each':>19}{'speed':>8}{'per core':>10}{'memory':>10}"
        f"{'most of one':>13}"
    )
    for name, own in timings.items():
        seconds, processor = (min(getattr(one, field) for one in own) for field in ("seconds", "processor_seconds"))
        loop = timings["bare loop"]
        speed = min(one.seconds for one in loop) / seconds
        per_core = min(one.processor_seconds for one in loop) / processor
        peak, peak_of_one = (max(getattr(one, field) for one in own) for field in ("peak_bytes", "peak_bytes_of_one"))
        figures[name] = {
            "pictures_per_second": count / seconds,
            "processor_milliseconds_each": processor / count * 1e3,
            "speed_against_bare": speed,
            "per_core_against_bare": per_core,
            "peak_bytes": peak,
            "peak_bytes_of_one": peak_of_one,
            "rounds": [asdict(one) for one in own],
        }
        print(
            f"{name:24}{count / seconds:>11,.0f}{processor / count * 1e3:>19.2f}{speed:>8.2f}{per_core:>10.2f}"
            f"{peak / 1e6:>7,.0f} MB{peak_of_one / 1e6:>10,.0f} MB"
        )
    print(f"Asked: {AIM} of the bare loop's speed or more per core used.")
    settings = {"pictures": count, "bytes_each": bytes_each, "resolution": asked.resolution, "cores_used": asked.cores}
    print(write_results("build_pack", settings | figures, torch.device("cpu")))


if __name__ == "__main__":
    main()
