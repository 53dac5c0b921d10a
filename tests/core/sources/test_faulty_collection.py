"""The trial: 2,000 works, every fault there is, and a worker that is killed again and again."""

import json
import os
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from core.jobs import control, queue
from core.jobs.folder import JobFolder, State
from core.jobs.identity import kill_tree
from core.sources.job import LEDGER
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.core.jobs.conftest import until, until_state
from tests.standins import cleveland
from tests.standins.cleveland import LIST, ClevelandSite, catalogue
from tests.standins.faults import FAULTS, Fault, Faulty, assigned
from tests.standins.limits import Robots
from tests.standins.server import CANARY, Request, StandIn

WORKS = 2_000
FAULTY_SHARE = 0.05
KILLS = 10
MOST_UNDER_WAY = 16  # requests
# Pace and waits of a museum that minds nothing: a limit so high that half of it, after a 429, is no limit either. A
# dripping answer is slower than 2,000 bytes a second.
UNHURRIED = HostSettings(
    allowed=True,
    requests_per_second=1000,
    burst=100,
    concurrency=MOST_UNDER_WAY,
    attempts=3,
    timeout_seconds=10.0,
    slow_seconds=0.5,
    backoff_seconds=0.01,
    pause_seconds=0.05,
    longest_pause_seconds=0.5,  # the last items may all be bad ones: then nothing good ends the doubling of pauses
    pauses=100,
)


def work_asked_for(request: Request) -> str | None:
    """The accession number of a picture, whichever of its sizes: "1916.7" of /1916.7/1916.7_web.jpg."""
    return request.path.split("/")[1] if request.path.endswith((".jpg", ".tif")) else None


class Watch:
    """Reads the ledger as it grows, and notes how many requests the servers had seen by then."""

    def __init__(self, job: JobFolder, servers: Mapping[str, StandIn]) -> None:
        self.rows: list[dict[str, Any]] = []
        self.final_at: dict[str, dict[str, int]] = {}  # accession -> server -> requests it had seen
        self._ledger = job.path / LEDGER
        self._servers = servers
        self._read = 0

    def look(self) -> int:
        """How many items are final."""
        if self._ledger.exists():
            data = self._ledger.read_bytes()[self._read :]
            whole = data[: data.rfind(b"\n") + 1]
            self._read += len(whole)
            seen = {name: len(server.seen) for name, server in self._servers.items()}  # after the ledger was read
            for line in whole.splitlines():
                row = json.loads(line)
                self.rows.append(row)
                self.final_at[_accession(row)] = seen
        return len(self.rows)

    def asked_after_final(self) -> list[str]:
        return [
            f"{request.path} at {name}"
            for name, server in self._servers.items()
            for place, request in enumerate(server.seen)
            if (work := work_asked_for(request)) in self.final_at and place >= self.final_at[work][name]
        ]


def _accession(row: Mapping[str, Any]) -> str:
    return f"1916.{int(row['source_id']) - 90_000}"


def worker_number(job: JobFolder) -> int | None:
    """The process that is at work on a job now."""
    status = job.status()
    return status.pid if status and job.state() is State.RUNNING and status.identity.is_alive() else None


@pytest.fixture
def ended_after(workspace: Workspace) -> Iterator[list[JobFolder]]:
    """Jobs whose workers are ended after the test, however it goes."""
    jobs: list[JobFolder] = []
    yield jobs
    for job in jobs:
        ticket, status = queue.ticket_of(job), job.status()
        for worker in (ticket.worker if ticket else None, status.identity if status else None):
            if worker is not None:
                kill_tree(worker)


@pytest.fixture
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleveland, "SIDES", {"web": (96, 72), "print": (120, 90), "full": (144, 108)})


@pytest.mark.usefixtures("small_pictures")
def test_of_works_with_every_fault_each_good_one_arrives_once_and_each_bad_one_has_its_reason_despite_ten_kills(
    workspace: Workspace, ended_after: list[JobFolder]
) -> None:
    works = catalogue(WORKS)
    faults: dict[str, Fault] = assigned((work.accession for work in works), share=FAULTY_SHARE, seed=3)
    assert {fault.name for fault in faults.values()} == set(FAULTS), "every fault has its items"
    site = ClevelandSite(works)
    robots = Robots("User-agent: *\nDisallow: /private/\n")
    with (
        StandIn(robots(site.answer), host="127.0.0.2") as elsewhere,
        StandIn(site.answer, host=CANARY) as canary,
        StandIn(
            robots(Faulty(site.answer, work_asked_for, faults.get, elsewhere=elsewhere.url, canary=canary.url))
        ) as museum,
    ):
        write_web_settings(workspace, WebSettings(hosts={museum.netloc: UNHURRIED, elsewhere.netloc: UNHURRIED}))
        settings = {"source": "cleveland", "query": {}, "limit": None, "base_url": museum.url, "collection": "Trial"}
        job = control.create(workspace, "collect", settings, title="Trial")
        ended_after.append(job)
        watch = Watch(job, {"museum": museum, "elsewhere": elsewhere})
        control.start(workspace, job)
        for kill in range(1, KILLS + 1):
            until(lambda at=kill * WORKS // (KILLS + 1): watch.look() >= at or job.end(), seconds=120)
            number = worker_number(job)
            assert number, f"the worker ended by itself before kill {kill}: {job.end()}"
            os.kill(number, signal.SIGKILL)
            until_state(job, State.LOST)
            control.resume(workspace, job)
        until(lambda: watch.look() and job.end(), seconds=120)
        end = control.wait(job, 60)
        watch.look()

    assert end.state is State.DONE, end.message
    expected = {
        work.accession: (faults[work.accession].state, faults[work.accession].reason)
        if work.accession in faults
        else ("stored", "")
        for work in works
    }
    # Where the very last works are all refused, nothing good is left that would show who is meant: they may be tried
    # again.
    lasting = {("failed", "forbidden"): ("refused", "forbidden")}
    found = {_accession(row): lasting.get(told := (row["state"], row["reason"]), told) for row in watch.rows}
    wrong = {
        (faults[key].name if key in faults else "good", *found.get(key, ("not in the ledger",))): key
        for key in expected
        if found.get(key) != expected[key]
    }
    assert not wrong
    assert len(watch.rows) == WORKS, "one line for each item"
    assert watch.asked_after_final() == []
    assert canary.seen == []

    pictures = Counter(path.stem for path in workspace.images.rglob("*.*") if path.suffix != ".tmp")
    assert pictures == Counter({row["sha256"] for row in watch.rows if row["state"] == "stored"})
    assert not list((workspace.data / "parts").glob("*.part")), "nothing that began is left lying about"

    asked = Counter(work_asked_for(request) for request in museum.seen)
    asked_again = sum(asked[work.accession] - 1 for work in works if work.accession not in faults)
    assert asked_again <= KILLS * MOST_UNDER_WAY, "only what was under way at a kill is asked for again"
    assert museum.asked_for(LIST) <= 3 + KILLS, "pages of the list are remembered"
