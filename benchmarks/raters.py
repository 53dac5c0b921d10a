"""Many raters at once: what the rating page answers, how fast, and what limits it.

    python benchmarks/raters.py [--raters 200] [--votes 20] [--think 4] [--mode raters] [--where]

Starts the app as it is deployed, with a lab of its own and a study of painted pictures, and lets `--raters` sessions
rate at the same time over real websockets, from one process beside it (its processor time counts, too). A rater looks
at a picture for a time drawn from a lognormal distribution around `--think` seconds, answers, and waits for the next.

Latency is from sending the vote to the moment when the next picture is there, bytes and all. Then the journal is
compared with what the clients saw accepted: nothing lost, nothing doubled, every picture judged as often
as every other, up to one.

The peer is Streamlit itself: a page with one button that counts, served the same way, under the same load.
With --where, a second, instrumented run tells where the server's time goes.
"""

import argparse
import asyncio
import json
import math
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import psutil
import torch
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.results_file import write_results
from benchmarks.streamlit_client import Files, Session, SessionError
from core.files import JsonLines
from core.studies import links
from core.studies.study import Study
from core.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
COUNTER = """
import streamlit as st

if st.button("Count"):
    st.session_state.count = st.session_state.get("count", 0) + 1
st.write(f"count {st.session_state.get('count', 0)}")
"""
SPREAD = 0.5  # sigma of the lognormal time a person looks: the middle half lies between 0.7 and 1.4 times the median
SHORTEST_LOOK_SECONDS = 0.4


@dataclass
class Rater:
    """What one client saw."""

    rater_id: str = ""
    arrival_seconds: float = 0.0  # from connecting to the first picture
    latencies: list[float] = field(default_factory=list)  # seconds from vote to next picture
    accepted: list[tuple[str, int]] = field(default_factory=list)  # (presentation, answer)
    refusals: int = 0
    received_bytes: int = 0


def think_seconds(draw: random.Random, median: float) -> float:
    return max(SHORTEST_LOOK_SECONDS, median * math.exp(draw.gauss(0, SPREAD)))


# ---- the server ------------------------------------------------------------------------------------------------------


@contextmanager
def served(
    script: Path, home: Path, mode: str, *, measured: Path | None = None
) -> Iterator[tuple[str, psutil.Process]]:
    """(url, process) of a server with the settings it is deployed with. measured: where an instrumented one reports."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = ["benchmarks/measured_server.py", str(measured)] if measured else ["-m", "streamlit"]
    command = [sys.executable, *program, "run", str(script), f"--server.port={port}"]
    deployed = (line.split("=", 1) for line in (ROOT / "deploy/raters.env").read_text().splitlines() if "=" in line)
    environment = {**os.environ, **dict(deployed), "ATELIER_HOME": str(home), "ATELIER_MODE": mode}
    environment["STREAMLIT_SERVER_ALLOWED_HOSTS"] = "127.0.0.1"
    url = f"http://127.0.0.1:{port}"
    with (home / "server.log").open("a") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(url, process, home / "server.log")
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    give_up = time.monotonic() + 90
    while True:
        try:
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).read() == b"ok":
                return
        except (OSError, urllib.error.URLError):
            if process.poll() is not None or time.monotonic() > give_up:
                raise SystemExit(f"The app did not start:\n{log.read_text()[-3000:]}") from None
            time.sleep(0.1)


class Load:
    """What the machine did between entering and leaving: processor seconds of the server, of us and of others."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self.peak_bytes = 0

    async def watch(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, self._server.memory_info().rss)
            await asyncio.sleep(0.5)

    async def __aenter__(self) -> "Load":
        self.first_bytes = self._server.memory_info().rss
        self._begin = self._now()
        self._watch = asyncio.create_task(self.watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        self.seconds, self.server, self.clients, busy = (
            now - then for now, then in zip(self._now(), self._begin, strict=True)
        )
        self.others = max(0.0, busy - self.server - self.clients)

    def _now(self) -> tuple[float, float, float, float]:
        server, us, machine = self._server.cpu_times(), psutil.Process().cpu_times(), psutil.cpu_times()
        busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0) - getattr(machine, "guest", 0.0)
        return time.perf_counter(), server.user + server.system, us.user + us.system, busy

    def figures(self, actions: int) -> dict[str, float]:
        return {
            "seconds": round(self.seconds, 1),
            "actions_per_second": round(actions / self.seconds, 1),
            "server_cpu_cores": round(self.server / self.seconds, 2),
            "server_cpu_ms_per_action": round(1000 * self.server / actions, 2),
            "client_cpu_cores": round(self.clients / self.seconds, 2),
            "other_cpu_cores": round(self.others / self.seconds, 2),
            "server_megabytes_before": round(self.first_bytes / 1e6),
            "server_megabytes_peak": round(self.peak_bytes / 1e6),
        }


# ---- raters ----------------------------------------------------------------------------------------------------------


async def rate(url: str, token: str, votes: int, think: float, seed: int, seen: Rater | None = None) -> Rater:
    """One visitor: opens the link, starts, and answers `votes` pictures.

    Args:
        seen: filled while it goes on, so that it tells what was accepted even where the server is killed.
    """
    draw, seen = random.Random(seed), seen or Rater()
    begin = time.perf_counter()
    async with Session(url, page="rate", query=f"link={token}") as tab:
        card = Card(tab, url)
        await card.begin()
        seen.rater_id = parse_qs(tab.query)["rater"][0]
        presentation = await tab.until(card.shown, what="the first picture")
        seen.arrival_seconds = time.perf_counter() - begin
        while len(seen.accepted) < votes:
            looked = think_seconds(draw, think)
            await asyncio.sleep(looked)
            answer = draw.choice(card.answers)
            sent = time.perf_counter()
            await card.vote(presentation, answer, looked)
            following = await tab.until(lambda before=presentation: card.moved_on(before), what="the next picture")
            if following == "refused":
                seen.refusals += 1
                continue
            seen.latencies.append(time.perf_counter() - sent)
            seen.accepted.append((presentation, answer))
            if following == "finished":
                break
            presentation = following
        seen.received_bytes = tab.received_bytes + card.picture_bytes
        await card.close()
    return seen


class Card:
    """The rating card as its JavaScript is: fetches pictures as soon as it is told of them, holds them by showing."""

    def __init__(self, tab: Session, url: str) -> None:
        self.picture_bytes = 0
        self._tab = tab
        self._files = Files(url)
        self._told: set[str] = set()
        self._held: set[str] = set()
        self._fetching: set[asyncio.Task[None]] = set()
        self._read: tuple[str, dict[str, Any]] = ("", {})
        self._refused_run = 0
        self._failure: Exception | None = None

    async def begin(self) -> None:
        await self._tab.until(lambda: self._tab.is_idle and any(self._tab.elements("button")), what="the first screen")
        await self._tab.click("Start")
        await self._tab.until(
            lambda: self._tab.is_idle and self.data() and "rater=" in self._tab.query, what="the card"
        )

    def data(self) -> dict[str, Any] | None:
        if self._failure is not None:
            raise SessionError(f"A picture did not arrive: {self._failure}")
        found = self._tab.component("rating_card")
        if found is None:
            return None
        if found.json != self._read[0]:
            (data,) = json.loads(found.json)
            self._read = (found.json, data)
            for showing in (data["current"], data["upcoming"]):
                if showing and showing.get("sources") and showing["id"] not in self._told:
                    self._told.add(showing["id"])
                    task = asyncio.create_task(self._hold(showing["id"], showing["sources"]))
                    self._fetching.add(task)
                    task.add_done_callback(self._fetching.discard)
        return self._read[1]

    async def _hold(self, showing: str, sources: Sequence[str]) -> None:
        try:
            for source in sources:
                self.picture_bytes += len(await self._files.get(source))
            self._held.add(showing)
        except (SessionError, OSError, asyncio.IncompleteReadError) as error:
            self._failure = error  # told by whoever waits for the picture
        self._tab.wake()

    async def close(self) -> None:
        await asyncio.gather(*self._fetching)
        await self._files.close()

    @property
    def answers(self) -> list[int]:
        return [answer["value"] for answer in self._read[1]["answers"]]

    def shown(self) -> str:
        """The showing on screen, "" while its picture has not arrived."""
        data = self.data()
        return data["current"]["id"] if data and data["current"] and data["current"]["id"] in self._held else ""

    def moved_on(self, before: str) -> str:
        """ "" (still waiting), "refused", "finished", or the next showing."""
        data = self.data()
        if data is None:
            return "finished" if self._tab.is_idle else ""
        if data["current"]["id"] != before:
            return self.shown()
        if data["refusal"] and data["run"] != self._refused_run:
            self._refused_run = data["run"]
            return "refused"
        return ""

    async def vote(self, presentation: str, answer: int, looked_seconds: float) -> None:
        value = {
            "presentation": presentation,
            "answer": answer,
            "shown_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "response_ms": round(1000 * looked_seconds),
        }
        await self._tab.trigger(self._tab.component("rating_card").id, "vote", value)


async def count(url: str, actions: int, think: float, seed: int) -> Rater:
    """The peer's visitor: presses the button, waits for the number."""
    draw, seen = random.Random(seed), Rater()
    begin = time.perf_counter()
    async with Session(url) as tab:
        await tab.until(lambda: tab.is_idle and "count 0" in tab.text(), what="the counter")
        seen.arrival_seconds = time.perf_counter() - begin
        for number in range(1, actions + 1):
            await asyncio.sleep(think_seconds(draw, think))
            sent = time.perf_counter()
            await tab.click("Count")
            await tab.until(lambda wanted=f"count {number}": wanted in tab.text(), what=f"count {number}")
            seen.latencies.append(time.perf_counter() - sent)
        seen.received_bytes = tab.received_bytes
    return seen


async def crowd(
    server: psutil.Process, visit: Callable[[int], Awaitable[Rater]], raters: int, arrive_seconds: float
) -> tuple[list[Rater], Load]:
    """All of them at once, arriving evenly within `arrive_seconds`."""

    async def one(number: int) -> Rater:
        await asyncio.sleep(arrive_seconds * number / raters)
        return await visit(number)

    async with Load(server) as load:
        seen = await asyncio.gather(*(one(number) for number in range(raters)))
    return seen, load


# ---- what came of it -------------------------------------------------------------------------------------------------


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)], 1),
        "p99": round(ordered[min(len(ordered) - 1, math.ceil(0.99 * len(ordered)) - 1)], 1),
        "max": round(ordered[-1], 1),
    }


def compare_with_journal(study: Study, raters: Sequence[Rater]) -> dict[str, Any]:
    """What the clients saw accepted against what stands in the file, whatever the journal itself makes of it."""
    saw = Counter((rater.rater_id, *vote) for rater in raters for vote in rater.accepted)
    votes = [
        event for event in JsonLines(study.path / "votes.jsonl").rows() if event["event"] == "vote"
    ]  # nobody takes one back here
    stands = Counter((event["rater"], event["presentation"], event["answer"]) for event in votes)
    per_item = Counter(dict.fromkeys(study.items, 0))
    per_item.update(event["item"] for event in votes)
    once = Counter((event["rater"], event["item"]) for event in votes)
    return {
        "accepted": sum(saw.values()),
        "in_journal": len(votes),
        "lost": sum((saw - stands).values()),
        "unseen": sum((stands - saw).values()),
        "doubled": sum(number - 1 for number in once.values()),
        "judgements_per_picture": [min(per_item.values()), max(per_item.values())],
        "refusals": sum(rater.refusals for rater in raters),
    }


def make_study(workspace: Workspace, pictures: int, votes: int, side: int) -> Study:
    from core.sources.sample import paint
    from core.studies.design import StudyDesign
    from core.studies.freeze import create_study

    sources = []
    for label, seed in (("one", 0), ("two", 1)):
        images = [np.asarray(paint(index, seed=seed).resize((side, side))) for index in range(pictures // 2)]
        sources.append(Painted(label, np.stack(images)))
    return create_study(workspace.create(), "Paintings", StudyDesign(items_per_rater=votes), sources)


@dataclass(frozen=True)
class Painted:
    """Pictures made here, as a condition of a study."""

    label: str
    images: "np.ndarray[Any, np.dtype[np.uint8]]"
    kind: str = "generated"
    follows: bool = False

    @property
    def count(self) -> int:
        return len(self.images)

    def words(self) -> list[str]:
        return []

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "label": self.label, "count": self.count}

    def more(self, count: int) -> "Painted":
        return self  # asked for only by designs with practice or attention items

    def draw(self, workspace: Workspace, shape: tuple[int, int] | None) -> Any:
        from core.studies.conditions import Pictures

        return Pictures(self.images, [{"index": index} for index in range(self.count)])


def run_atelier(options: argparse.Namespace, *, measured: Path | None = None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="atelier-raters-") as folder:
        workspace = Workspace(folder)
        study = make_study(workspace, options.pictures, options.votes, options.side)
        token = links.access(study).token
        with served(ROOT / "streamlit_app.py", workspace.root, options.mode, measured=measured) as (url, server):

            def visit(number: int) -> Awaitable[Rater]:
                return rate(url, token, options.votes, options.think, options.seed + number)

            seen, load = uvloop.run(crowd(server, visit, options.raters, options.arrive))
        checked = compare_with_journal(study, seen)
        sizes = [path.stat().st_size for path in (study.path / "images").iterdir()]
    latencies = [value for rater in seen for value in rater.latencies]
    return {
        "vote_to_next_picture_ms": milliseconds(latencies),
        "arrival_to_first_picture_ms": milliseconds([rater.arrival_seconds for rater in seen]),
        **load.figures(len(latencies)),
        "kilobytes_per_picture": round(statistics.mean(sizes) / 1e3),
        "kilobytes_received_per_vote": round(sum(rater.received_bytes for rater in seen) / len(latencies) / 1e3),
        "journal": checked,
    }


def run_counter(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="counter-") as folder:
        script = Path(folder) / "counter.py"
        script.write_text(COUNTER)
        with served(script, Path(folder), "local") as (url, server):

            def visit(number: int) -> Awaitable[Rater]:
                return count(url, options.votes, options.think, options.seed + number)

            seen, load = uvloop.run(crowd(server, visit, options.raters, options.arrive))
    latencies = [value for rater in seen for value in rater.latencies]
    return {
        "press_to_number_ms": milliseconds(latencies),
        "arrival_to_first_number_ms": milliseconds([rater.arrival_seconds for rater in seen]),
        **load.figures(len(latencies)),
    }


def options_from(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--raters", type=int, default=200)
    parser.add_argument("--votes", type=int, default=20, help="each")
    parser.add_argument("--think", type=float, default=4.0, help="median seconds before an answer (default 4)")
    parser.add_argument("--arrive", type=float, default=20.0, help="seconds within which all arrive (default 20)")
    parser.add_argument("--pictures", type=int, default=60, help="in the study")
    parser.add_argument("--side", type=int, default=64, help="native pixels; shown at 512")
    parser.add_argument("--mode", default="raters", choices=("local", "shared", "raters"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--where", action="store_true", help="a second, instrumented run: where the server's time goes")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--no-results", action="store_true", help="print only")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = options_from(arguments)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)  # one socket per rater, and the server's share inherits it
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * options.raters + 256)), hard))
    figures: dict[str, Any] = {"settings": {key: value for key, value in vars(options).items() if key != "no_results"}}
    try:
        figures["atelier"] = run_atelier(options)
        print(json.dumps(figures["atelier"], indent=1))
        if not options.no_peer:
            figures["streamlit_counter"] = run_counter(options)
            print(json.dumps(figures["streamlit_counter"], indent=1))
            figures["ratio_to_counter"] = {
                "p50": _ratio(figures, "p50"),
                "p95": _ratio(figures, "p95"),
                "server_cpu_per_action": round(
                    figures["atelier"]["server_cpu_ms_per_action"]
                    / figures["streamlit_counter"]["server_cpu_ms_per_action"],
                    2,
                ),
            }
            print(f"against Streamlit's bare counter: {figures['ratio_to_counter']}")
        if options.where:
            with tempfile.TemporaryDirectory() as folder:
                report = Path(folder) / "where.json"
                instrumented = run_atelier(options, measured=report)
                figures["where"] = {
                    "vote_to_next_picture_ms": instrumented["vote_to_next_picture_ms"],
                    "parts": json.loads(report.read_text()),
                }
            print(json.dumps(figures["where"], indent=1))
    except SessionError as error:
        print(f"raters: {error}", file=sys.stderr)
        return 1
    if not options.no_results:
        print(write_results("raters", figures, torch.device("cpu")))
    journal = figures["atelier"]["journal"]
    least, most = journal["judgements_per_picture"]
    failures = [name for name in ("lost", "unseen", "doubled", "refusals") if journal[name]]
    if most - least > 1:
        failures.append("balance")
    print("every vote kept once, balance within one" if not failures else f"NOT KEPT: {', '.join(failures)}")
    return 1 if failures else 0


def _ratio(figures: dict[str, Any], which: str) -> float:
    ours, theirs = figures["atelier"]["vote_to_next_picture_ms"], figures["streamlit_counter"]["press_to_number_ms"]
    return round(ours[which] / theirs[which], 2)


if __name__ == "__main__":
    sys.exit(main())
