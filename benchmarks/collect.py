"""How fast pictures come in from a server that is as near and as fast as can be, against loops of one's own.

    python benchmarks/collect.py [--pictures 1500] [--rounds 3] [--folder PICTURES] [--profile]

The collection does everything: a museum's list, robots.txt, checked and pinned addresses, download, checks of kind and
length, decode, hashes, measures, thumbnail, the original kept, facts, ledger. Pace and concurrency are switched off.
One peer only downloads and writes files; the other also decodes, hashes and saves a thumbnail, as one usually writes
it. The server is a process of its own, on this machine, and serves all alike. Each round runs all of them in turn, in
an empty lab. Other work on the machine slows all, so the ratio is that of the best rounds, and processor time (without
the server's) is printed beside it.
"""

import argparse
import asyncio
import cProfile
import hashlib
import io
import json
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import urllib3
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core.jobs import control
from core.jobs.folder import State
from core.sources.folder import FolderSource
from core.sources.outcome import read_outcome
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace

DOWNLOAD, USUAL, OURS = "bare download", "download, decode, hash, thumbnail", "collection"
THUMBNAIL_SIDE = 256
PEER_THREADS = 16
DIFFERENT_PICTURES = 64  # the rest are these with another comment in the file: other bytes, the same work
LONGER_SIDES = range(600, 751)  # pixels: WikiArt's "Large", as it comes
ASKED_FOR = 150  # pictures a second
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def paintings() -> list[bytes]:
    """JPEGs with the detail of scanned paintings, about as many bytes as those have; the same each time."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(DIFFERENT_PICTURES):
        width = int(random.choice(LONGER_SIDES))
        height = int(width * random.uniform(0.6, 1.0))
        canvas = np.zeros((height, width, 3), np.float32)
        for cells, strength in ((3, 90.0), (12, 50.0), (60, 30.0), (250, 28.0)):
            small = random.normal(0, strength, (cells, cells, 3)).astype(np.float32)
            for channel in range(3):
                layer = Image.fromarray(small[:, :, channel]).resize((width, height), Image.Resampling.BICUBIC)
                canvas[:, :, channel] += np.asarray(layer)
        buffer = io.BytesIO()
        Image.fromarray((canvas + 128).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=85)
        found.append(buffer.getvalue())
    return found


def numbered(picture: bytes, number: int) -> bytes:
    """The JPEG with a number in a comment: other bytes, the same picture. Other formats stay as they are."""
    if not picture.startswith(b"\xff\xd8"):
        return picture
    comment = b"No. %08d" % number
    return b"\xff\xd8\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:]


class Museum(asyncio.Protocol):
    """HTTP/1.1 with connections kept alive, and nothing more than what the benchmark asks for."""

    pictures: Sequence[bytes] = ()
    count = 0
    url = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            status, kind, body = self._answer(request.split(b" ", 2)[1].decode())
            head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self._transport.writelines((head.encode(), body))

    def _answer(self, target: str) -> tuple[str, str, bytes]:
        split = urlsplit(target)
        if split.path.startswith("/pictures/"):
            number = int(split.path.removeprefix("/pictures/").removesuffix(".jpg"))
            return "200 OK", "image/jpeg", numbered(self.pictures[number % len(self.pictures)], number)
        if split.path == "/api/artworks/":
            query = parse_qs(split.query)
            first = int(query["skip"][0])
            rows = [self._row(number) for number in range(first, min(self.count, first + int(query["limit"][0])))]
            return "200 OK", "application/json", json.dumps({"info": {"total": self.count}, "data": rows}).encode()
        return "404 Not Found", "text/plain", b"Not found"  # robots.txt, too

    def _row(self, number: int) -> dict[str, object]:
        return {
            "id": number,
            "share_license_status": "CC0",
            "title": f"Painting No. {number}",
            "creators": [{"description": f"Painter {number % 40} (American, 1850–1920)"}],
            "creation_date": "1900",
            "type": "Painting",
            "images": {"web": {"url": f"{self.url}/pictures/{number}.jpg"}},
        }


async def serve(folder: Path | None, count: int) -> None:
    """Until standard input is closed, which it is when the benchmark ends, however it ends."""
    Museum.pictures = [file.read_bytes() for file in files_of(folder)] if folder else paintings()
    Museum.count = count
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Museum, "127.0.0.1", 0)
    Museum.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    mean_bytes = sum(map(len, Museum.pictures)) / len(Museum.pictures)
    print(json.dumps({"url": Museum.url, "mean_bytes": mean_bytes}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def files_of(folder: Path) -> list[Path]:
    return [folder / item.key for item in FolderSource(folder).items()]


@contextmanager
def museum(folder: Path | None, count: int) -> Iterator[dict[str, object]]:
    command = [sys.executable, __file__, "--serve", "--pictures", str(count)]
    command += ["--folder", str(folder)] if folder else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


@dataclass
class Timing:
    seconds: float
    processor_seconds: float  # of this process


def timed(work: Callable[[], object]) -> Timing:
    start, before = time.perf_counter(), time.process_time()
    work()
    return Timing(time.perf_counter() - start, time.process_time() - before)


def in_a_pool(work: Callable[[urllib3.PoolManager, int], None], count: int) -> None:
    with urllib3.PoolManager(maxsize=PEER_THREADS) as http, ThreadPoolExecutor(PEER_THREADS) as pool:
        list(pool.map(lambda number: work(http, number), range(count)))


def bare_download(url: str, count: int, target: Path) -> None:
    def fetch(http: urllib3.PoolManager, number: int) -> None:
        (target / f"{number}.jpg").write_bytes(http.request("GET", f"{url}/pictures/{number}.jpg").data)

    in_a_pool(fetch, count)


def usual_loop(url: str, count: int, target: Path) -> None:
    def fetch(http: urllib3.PoolManager, number: int) -> None:
        data = http.request("GET", f"{url}/pictures/{number}.jpg").data
        name = hashlib.sha256(data).hexdigest()
        with Image.open(io.BytesIO(data)) as image:
            picture = image.convert("RGB")
        (target / f"{name}.jpg").write_bytes(data)
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        picture.save(target / f"{name}.webp")

    in_a_pool(fetch, count)


def collect(url: str, count: int, home: Path) -> None:
    workspace = Workspace(home).create()
    free = HostSettings(allowed=True, requests_per_second=0, concurrency=0)
    write_web_settings(workspace, WebSettings(hosts={urlsplit(url).netloc: free}))
    settings = {"source": "cleveland", "query": {}, "limit": None, "base_url": url, "collection": "benchmark"}
    job = control.create(workspace, "collect", settings, title="benchmark")
    end = control.run_here(workspace, job)
    outcome = read_outcome(job.path)
    if end.state is not State.DONE or outcome.stored != count:
        raise SystemExit(f"The collection ended as {end.state} with {outcome.stored} of {count}: {end.message}")


def profiled(work: Callable[[], object]) -> None:
    """What costs most, over all threads."""
    profiles: list[cProfile.Profile] = []
    run = threading.Thread.run

    def run_profiled(thread: threading.Thread) -> None:
        profile = cProfile.Profile(time.thread_time)
        profiles.append(profile)
        profile.runcall(run, thread)

    threading.Thread.run = run_profiled  # type: ignore[method-assign]
    try:
        whole = threading.Thread(target=work)
        whole.start()
        whole.join()
    finally:
        threading.Thread.run = run  # type: ignore[method-assign]
    stats = pstats.Stats(profiles[0])
    for profile in profiles[1:]:
        stats.add(profile)
    stats.sort_stats("tottime").print_stats(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="serve these pictures, over and over, in place of generated ones")
    parser.add_argument("--profile", action="store_true", help="show what costs most in the collection, and end")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(options.folder, options.pictures))
        return
    count = options.pictures
    timings: dict[str, list[Timing]] = {DOWNLOAD: [], USUAL: [], OURS: []}
    with museum(options.folder, count) as server:
        url = str(server["url"])
        for round_number in range(options.rounds):
            home = Path(tempfile.mkdtemp(prefix="collect-"))
            try:
                if options.profile:
                    profiled(lambda home=home: collect(url, count, home / "lab"))
                    return
                for name, work in ((DOWNLOAD, bare_download), (USUAL, usual_loop), (OURS, collect)):
                    target = home / name.replace(" ", "-").replace(",", "")
                    target.mkdir()
                    timings[name].append(timed(lambda work=work, target=target: work(url, count, target)))
            finally:
                shutil.rmtree(home, ignore_errors=True)
            rates = ", ".join(f"{name}: {count / timings[name][-1].seconds:,.0f}/s" for name in timings)
            print(f"round {round_number + 1}: {rates}", flush=True)
        mean_bytes = server["mean_bytes"]

    best = {name: min(timing.seconds for timing in timings[name]) for name in timings}
    least = {name: min(timing.processor_seconds for timing in timings[name]) for name in timings}
    print(f"\n{count:,} pictures of {mean_bytes / 1e3:,.0f} kB, {CORES} cores, best of {options.rounds} rounds")  # type: ignore[operator]
    for name in timings:
        each = least[name] / count * 1e3
        print(f"{name:36} {count / best[name]:8,.0f} pictures/s   {each:6.2f} ms processor time each")
    print(f"collection: {count / best[OURS]:,.0f} pictures/s   (asked: {ASKED_FOR} or more on two cores)")
    print(f"collection / bare download, speed:                 {best[DOWNLOAD] / best[OURS]:.2f}")
    print(f"collection / loop that decodes and hashes, speed:  {best[USUAL] / best[OURS]:.2f}")
    print(f"the same in processor time:                        {least[USUAL] / least[OURS]:.2f}")


if __name__ == "__main__":
    main()
