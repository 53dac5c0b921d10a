"""The pace of a host, shared by threads and processes."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from core.sources.artwork import StoppedError
from core.sources.web.clients import client_name, is_alive
from core.sources.web.memory import HostState, WebMemory
from core.sources.web.pace import GOOD_ANSWERS_PER_STEP, HostPace
from core.sources.web.policy import HostPolicy
from tests.core.sources.web.conftest import FAST

SITE = "museum.example"
ASK = """
import sys, time
from pathlib import Path
from core.sources.web.memory import WebMemory
from core.sources.web.pace import HostPace
from core.sources.web.policy import HostPolicy
path, rate, concurrency, count = sys.argv[1:]
policy = HostPolicy(requests_per_second=float(rate), burst=1, concurrency=int(concurrency))
pace = HostPace("museum.example", policy, WebMemory(Path(path)))
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(count)):
    with pace.turn("item"):
        entered = time.time()
        if policy.concurrency:
            time.sleep(0.01)
        print(entered, time.time(), flush=True)
"""


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[WebMemory]:
    memory = WebMemory(tmp_path / "web.sqlite")
    yield memory
    memory.close()


def host(memory: WebMemory, **policy: object) -> HostPace:
    return HostPace(SITE, replace(FAST, **policy), memory)


def processes(path: Path, count: int, *, rate: float, concurrency: int, turns: int) -> list[tuple[float, float]]:
    """When each turn of all processes began and ended, in the order of their beginning."""
    command = [sys.executable, "-c", ASK, str(path), str(rate), str(concurrency), str(turns)]
    running = [
        subprocess.Popen(
            command, cwd=Path(__file__).parents[4], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(count)
    ]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    lines = [line for process in running for line in process.communicate()[0].splitlines()]
    return sorted((float(begin), float(end)) for begin, end in (line.split() for line in lines))


def test_two_processes_keep_to_one_rate(tmp_path: Path) -> None:
    turns = processes(tmp_path / "web.sqlite", 2, rate=40, concurrency=0, turns=12)
    assert len(turns) == 24
    assert turns[-1][0] - turns[0][0] >= 0.45  # 23 intervals are 0.575 s; each by itself would be done after 0.275 s


def test_two_processes_keep_to_one_concurrency(tmp_path: Path) -> None:
    turns = processes(tmp_path / "web.sqlite", 2, rate=0, concurrency=1, turns=8)
    assert len(turns) == 16
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(turns))


def test_a_killed_process_holds_no_place(memory: WebMemory, tmp_path: Path) -> None:
    hold = ASK.replace("time.sleep(0.01)", "print(flush=True); time.sleep(600)")
    command = [sys.executable, "-c", hold, str(tmp_path / "web.sqlite"), "0", "1", "1"]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[4], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdin
    process.stdin.write(b"go\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.readline()
    assert sum(memory.host(SITE).holders.values()) == 1
    process.kill()
    process.communicate()
    with host(memory, concurrency=1).turn("item"):
        assert len(memory.host(SITE).holders) == 1


def test_a_killed_prober_leaves_the_probe_to_others(memory: WebMemory) -> None:
    def paused(state: HostState) -> None:
        state.pauses, state.prober = 1, "4194300:1000:1"
        state.paused_at = state.paused_until = time.time()

    memory.update_host(SITE, paused)
    with host(memory).turn("item") as turn:
        turn.good()
    assert memory.host(SITE).pauses == 0


def test_a_burst_goes_at_once_and_what_follows_at_the_rate(memory: WebMemory) -> None:
    paced = host(memory, requests_per_second=20, burst=3)
    times = []
    for _ in range(6):
        with paced.turn("item"):
            times.append(time.monotonic())
    assert times[5] - times[0] >= 2 / 20  # three intervals, and a moment of grace


def test_without_limits_nothing_is_written(memory: WebMemory) -> None:
    paced = host(memory)
    for _ in range(5):
        with paced.turn("item") as turn:
            turn.good()
    assert memory.host(SITE) == HostState()


def test_no_more_than_the_concurrency_are_under_way(memory: WebMemory) -> None:
    paced = host(memory, concurrency=3)
    lock = threading.Lock()
    under_way, most = 0, 0

    def ask(number: int) -> None:
        nonlocal under_way, most
        with paced.turn(str(number)):
            with lock:
                under_way += 1
                most = max(most, under_way)
            time.sleep(0.005)
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(ask, range(20)))
    assert most == 3
    assert not memory.host(SITE).holders


def test_a_pause_of_another_process_is_heeded(memory: WebMemory, tmp_path: Path) -> None:
    other_memory = WebMemory(tmp_path / "web.sqlite")
    here, there = host(memory, pause_seconds=0.2, longest_pause_seconds=0.2), host(other_memory, concurrency=4)
    with here.turn("item") as turn:
        turn.refused("refuses us (403)", challenge=False)
    before = time.monotonic()
    with there.turn("another item"):
        assert time.monotonic() - before >= 0.1
    other_memory.close()


def test_after_a_pause_the_probe_is_an_item_that_was_not_refused_itself(memory: WebMemory) -> None:
    paced = host(memory, pause_seconds=0.5, longest_pause_seconds=0.5)
    with paced.turn("refused") as turn:
        turn.refused("refuses us (403)", challenge=False)
    order = []

    def ask(item: str) -> None:
        with paced.turn(item) as turn:
            order.append(item)
            turn.good()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, "refused")
        time.sleep(0.05)
        second = pool.submit(ask, "fresh")
        first.result()
        second.result()
    assert order == ["fresh", "refused"]


def test_those_who_were_under_way_when_a_pause_began_do_not_lengthen_it(memory: WebMemory) -> None:
    paced = host(memory)
    with paced.turn("a") as first, paced.turn("b") as second:
        first.refused("refuses us (403)", challenge=False)
        second.refused("refuses us (403)", challenge=False)
    assert memory.host(SITE).pauses == 1


def test_a_good_answer_that_was_under_way_before_does_not_end_a_pause(memory: WebMemory) -> None:
    paced = host(memory)
    with paced.turn("a") as first, paced.turn("b") as second:
        first.refused("refuses us (403)", challenge=False)
        second.good()
    assert memory.host(SITE).pauses == 1


def test_a_halved_rate_creeps_back_to_that_of_the_policy(memory: WebMemory) -> None:
    paced = host(memory, requests_per_second=10_000, burst=1000)
    with paced.turn("a") as turn:
        turn.too_fast("asks to slow down (429)", seconds=None)
    rates = [memory.host(SITE).rate]
    while memory.host(SITE).rate:
        with paced.turn("a") as turn:
            turn.good()
        if memory.host(SITE).rate != rates[-1]:
            rates.append(memory.host(SITE).rate)
    assert rates == pytest.approx([5000, 6000, 7000, 8000, 9000, 0])
    assert GOOD_ANSWERS_PER_STEP > 1


def test_requests_that_were_under_way_together_halve_the_rate_once(memory: WebMemory) -> None:
    paced = host(memory, requests_per_second=1000, burst=9)
    with paced.turn("a") as first, paced.turn("b") as second:
        first.too_fast("asks to slow down (429)", seconds=None)
        second.too_fast("asks to slow down (429)", seconds=None)
    assert memory.host(SITE).rate == 500


def test_a_host_without_a_limit_gets_one_when_it_asks_for_it(memory: WebMemory) -> None:
    paced = host(memory)
    for _ in range(10):
        with paced.turn("a") as turn:
            turn.good()
    with paced.turn("a") as turn:
        turn.too_fast("asks to slow down (429)", seconds=None)
    state = memory.host(SITE)
    assert 0 < state.rate == state.ceiling / 2


def test_a_clock_that_was_set_back_stops_nothing(memory: WebMemory) -> None:
    def from_the_future(state: HostState) -> None:
        state.next_at = state.paused_until = state.paused_at = time.time() + 86_400 * 365
        state.pauses = 1

    memory.update_host(SITE, from_the_future)
    with host(memory, requests_per_second=100).turn("a") as turn:
        turn.good()
    assert memory.host(SITE).paused_until < time.time() + 1


def test_a_host_that_rested_for_hours_starts_afresh(memory: WebMemory) -> None:
    def long_ago(state: HostState) -> None:
        state.pauses = FAST.pauses
        state.paused_at = state.paused_until = time.time() - 86_400

    memory.update_host(SITE, long_ago)
    with host(memory).turn("a") as turn:
        turn.refused("refuses us (403)", challenge=False)  # not the end
    assert memory.host(SITE).pauses == 1


def test_who_waits_for_a_turn_can_be_stopped(memory: WebMemory) -> None:
    stop = threading.Event()
    policy = HostPolicy(requests_per_second=0.001, burst=1, concurrency=0)
    paced = HostPace(SITE, policy, memory, stop_requested=stop.is_set)
    with paced.turn("a"):
        pass

    def wait() -> None:
        with paced.turn("b"):
            pass

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        time.sleep(0.05)
        stop.set()
        with pytest.raises(StoppedError):
            waiting.result(timeout=20)


def test_a_number_that_another_process_has_now_is_not_taken_for_the_old_one() -> None:
    name = client_name()
    number, started, client = name.split(":")
    assert is_alive(name)
    assert not is_alive(f"{number}:{float(started) - 1000:.0f}:{client}")
