"""How fast a folder of pictures comes in, against a bare decode-and-thumbnail loop over all cores.

    python benchmarks/import_folder.py FOLDER [--rounds 5]

The import does everything: decode, hashes, measures, thumbnail, the original kept, facts, ledger, and the rows in the
catalog. The bare loop only decodes and writes thumbnails, of the same size and encoding; beside it stands the loop as
one usually writes it, with the encoder as Pillow sets it. Each round runs the loops and the import in turn, in an empty
lab; then the same folder is imported a second time. Other work on the machine slows all, so the ratio is that of the
best rounds, and the ratio in processor time is printed beside it.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.jobs import control
from core.jobs.folder import State
from core.sources.folder import FolderSource
from core.workspace import Workspace

USUAL = "bare, as usual"
SIDE = 256
ENCODING = {"quality": 80, "method": 2}  # as core.images encodes its thumbnails
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class Timing:
    seconds: float
    processor_seconds: float  # of this process and its children


def timed(work: Callable[[], object]) -> Timing:
    start, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    return Timing(time.perf_counter() - start, sum(after[:4]) - sum(before[:4]))


def thumbnail(job: tuple[str, str], encoding: dict[str, int] = ENCODING) -> None:
    source, target = job
    with Image.open(source) as image:
        picture = image.convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    picture.save(target, "WEBP", **encoding)


def usual_thumbnail(job: tuple[str, str]) -> None:
    """As one writes it without having looked into encoders: Pillow's own settings, which take twice the time."""
    thumbnail(job, {})


def bare_loop(pairs: list[tuple[str, str]], name: str) -> None:
    if name == "bare, processes":
        with ProcessPoolExecutor(CORES) as pool:
            list(pool.map(thumbnail, pairs, chunksize=16))
    else:
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(usual_thumbnail if name == USUAL else thumbnail, pairs))


def collect(workspace: Workspace, folder: Path) -> None:
    settings = {"source": "folder", "path": str(folder), "collection": "benchmark"}
    end = control.run_here(workspace, control.create(workspace, "collect", settings, title="benchmark"))
    if end.state is not State.DONE:
        raise SystemExit(f"The import ended as {end.state}: {end.message}")
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        if not catalog.count():
            raise SystemExit("The catalog is empty after the import.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = [str(options.folder / item.key) for item in FolderSource(options.folder).items()]
    for file in files:  # into the page cache, for both alike
        Path(file).read_bytes()

    loops = ("bare, threads", "bare, processes", USUAL)
    names = (*loops, "import", "second import")
    timings: dict[str, list[Timing]] = {name: [] for name in names}
    for round_number in range(options.rounds):
        home = Path(tempfile.mkdtemp(prefix="import-folder-"))
        try:
            for name in loops:
                target = home / name.replace(" ", "-")
                target.mkdir()
                pairs = [(file, str(target / f"{number}.webp")) for number, file in enumerate(files)]
                timings[name].append(timed(lambda p=pairs, n=name: bare_loop(p, n)))
            workspace = Workspace(home / "lab").create()
            for name in ("import", "second import"):
                timings[name].append(timed(lambda w=workspace: collect(w, options.folder)))
        finally:
            shutil.rmtree(home, ignore_errors=True)
        rates = ", ".join(f"{name} {len(files) / timings[name][-1].seconds:,.0f}/s" for name in names)
        print(f"round {round_number + 1}: {rates}", flush=True)

    best = {name: min(timing.seconds for timing in timings[name]) for name in names}
    least = {name: min(timing.processor_seconds for timing in timings[name]) for name in names}
    bare = min(names[:2], key=lambda name: best[name])
    print(f"\n{len(files)} pictures, {CORES} cores, best of {options.rounds} rounds")
    for name in names:
        each = least[name] / len(files) * 1e3
        print(f"{name:16} {len(files) / best[name]:8,.0f} pictures/s   {each:6.2f} ms processor time each")
    print(f"import / bare loop ({bare.split()[1]}), speed: {best[bare] / best['import']:.2f}   (asked: 0.50 or more)")
    print(f"the same in processor time:              {least[bare] / least['import']:.2f}")
    print(f"import / bare loop as usually written:   {best[USUAL] / best['import']:.2f}")
    print(f"second import / first, speed:            {best['import'] / best['second import']:.1f}   (asked: 5 or more)")


if __name__ == "__main__":
    main()
