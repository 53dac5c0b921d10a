"""What may happen to a collection from the web on its way: kills, a full disk, a stop, a second one beside it."""

import errno
import json
import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.files import JsonLines
from core.jobs import control, queue
from core.jobs.folder import JobFolder, State, list_jobs
from core.jobs.identity import kill_tree
from core.pictures import store
from core.sources.job import LEDGER, retry_failed
from core.sources.outcome import read_outcome
from core.sources.web import memory
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.core.jobs.conftest import until, until_state
from tests.standins.server import Answer, Request, StandIn
from tests.standins.wikiart import WikiArtSite, Work

NO_WAITING = HostSettings(
    allowed=True, requests_per_second=0, concurrency=2, attempts=2, backoff_seconds=0, pause_seconds=0.02, pauses=2
)
# The kinds of requests of a collection that asks for the rights of every work, by what only they have in their address.
PHASES: dict[str, Callable[[Request], bool]] = {
    "listing": lambda request: bool(request.param("json")),
    "detail": lambda request: request.path.startswith("/en/torii-kiyonaga/"),
    "picture": lambda request: "/images/" in request.path,
}


@pytest.fixture
def museum() -> Iterator[Callable[..., StandIn]]:
    servers = []

    def begin(site: WikiArtSite) -> StandIn:
        servers.append(StandIn(site.answer).__enter__())
        return servers[-1]

    yield begin
    for server in servers:
        server.__exit__()


@pytest.fixture
def lab(workspace: Workspace) -> Iterator[Workspace]:
    """A workspace in which no worker outlives the test."""
    yield workspace
    _end_workers(workspace)


def _end_workers(workspace: Workspace) -> None:
    for job in list_jobs(workspace):
        ticket, status = queue.ticket_of(job), job.status()
        for worker in (ticket.worker if ticket else None, status.identity if status else None):
            if worker is not None:
                kill_tree(worker)


def works(count: int) -> list[Work]:
    return [Work(number) for number in range(1, count + 1)]


def collection(
    workspace: Workspace, server: StandIn, *, name: str = "c", host: Any = NO_WAITING, **more: Any
) -> JobFolder:
    write_web_settings(workspace, WebSettings(hosts={server.netloc: host}))
    query = {"genres": ["yakusha-e"], "size": "original"}
    settings = {"source": "wikiart", "query": query, "limit": None, "base_url": server.url, "collection": name} | more
    return control.create(workspace, "collect", settings, title=name)


def rows_of(job: JobFolder) -> list[dict[str, Any]]:
    return JsonLines(job.path / LEDGER).rows()


def pictures_asked_for(server: StandIn) -> Counter[str]:
    return Counter(request.path for request in server.seen if PHASES["picture"](request) and request.method == "GET")


@pytest.mark.parametrize("phase", PHASES)
def test_a_worker_killed_in_any_phase_leaves_a_collection_that_goes_on(
    lab: Workspace, museum: Callable[..., StandIn], phase: str
) -> None:
    server = museum(WikiArtSite(works(8)))
    job = collection(lab, server)
    usual, killed = server.answer, threading.Event()

    def answer(request: Request) -> Answer:
        if PHASES[phase](request) and not killed.is_set():
            killed.set()
            status = job.status()
            assert status is not None
            os.kill(status.pid, signal.SIGKILL)
        return usual(request)

    server.answer = answer
    control.start(lab, job)
    until_state(job, State.LOST)
    control.resume(lab, job)
    assert control.wait(job, 60).state is State.DONE
    assert Counter(row["key"] for row in rows_of(job)) == Counter(f"wikiart:{work.work_id}" for work in works(8))
    assert read_outcome(job.path).stored == 8


@pytest.mark.parametrize("left", ["half of the last line", "no line at all"])
def test_what_a_kill_cut_off_in_the_ledger_is_written_anew_without_asking_for_the_pictures(
    workspace: Workspace, museum: Callable[..., StandIn], left: str
) -> None:
    server = museum(WikiArtSite(works(5)))
    job = collection(workspace, server)
    control.run_here(workspace, job)
    ledger = job.path / LEDGER
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:-40] if left.startswith("half") else b"")
    (job.path / "end.json").unlink()
    asked = pictures_asked_for(server)
    assert control.run_here(workspace, job).state is State.DONE
    assert len({row["key"] for row in rows_of(job)}) == len(rows_of(job)) == 5
    assert pictures_asked_for(server) == asked


def test_a_disk_that_fills_up_while_pictures_arrive_ends_the_job_in_words_and_it_goes_on_later(
    workspace: Workspace, museum: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = museum(WikiArtSite(works(12)))
    job = collection(workspace, server)
    place, placed = store.PictureStore._place, []

    def until_full(self: store.PictureStore, path: Path, data: bytes) -> None:
        placed.append(path)
        if len(placed) > 12:  # four pictures: each with its thumbnail and its facts
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        place(self, path, data)

    with monkeypatch.context() as patch:
        patch.setattr(store.PictureStore, "_place", until_full)
        end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert end.message.startswith("The disk is full while writing ")
    before = rows_of(job)
    assert {row["state"] for row in before} <= {"stored"}
    assert all(workspace.image(row["sha256"], row["facts"]["suffix"]).exists() for row in before)
    assert control.run_here(workspace, job).state is State.DONE
    assert (read_outcome(job.path).stored, len(rows_of(job))) == (12, 12)


def test_a_memory_of_the_web_that_another_program_holds_ends_the_job_in_words_and_it_goes_on_later(
    workspace: Workspace, museum: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = museum(WikiArtSite(works(3)))
    job = collection(workspace, server)
    monkeypatch.setattr(memory, "_BUSY_SECONDS", 0.01)
    memory.WebMemory(workspace.data / "web.sqlite").close()
    with sqlite3.connect(workspace.data / "web.sqlite", isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        end = control.run_here(workspace, job)
        holder.execute("ROLLBACK")
    holder.close()
    assert end.state is State.FAILED
    assert "web.sqlite" in end.message
    assert "locked" in end.message
    assert rows_of(job) == []
    assert control.run_here(workspace, job).state is State.DONE


def test_a_damaged_memory_of_the_web_costs_no_picture(workspace: Workspace, museum: Callable[..., StandIn]) -> None:
    server = museum(WikiArtSite(works(3)))
    job = collection(workspace, server)
    (workspace.data / "web.sqlite").write_bytes(b"no database at all " * 500)
    assert control.run_here(workspace, job).message == "3 pictures stored."
    assert len(list(workspace.data.glob("web.sqlite.damaged-*"))) == 1


def test_two_collections_of_one_museum_in_two_processes_keep_every_picture_once(
    lab: Workspace, museum: Callable[..., StandIn]
) -> None:
    server = museum(WikiArtSite(works(30)))
    unlimited = HostSettings(allowed=True, requests_per_second=0, concurrency=0)
    jobs = [collection(lab, server, name=name, host=unlimited) for name in ("one", "two")]
    usual, first, both = server.answer, Work(1).file, threading.Event()

    def answer(request: Request) -> Answer:
        if pictures_asked_for(server)[first] == 2:
            both.set()
        if PHASES["picture"](request) and request.method == "GET":
            both.wait(30)  # until both have the first picture under way
        return usual(request)

    server.answer = answer
    for job in jobs:
        control.start(lab, job)
    assert [control.wait(job, 60).state for job in jobs] == [State.DONE, State.DONE]
    assert pictures_asked_for(server)[first] == 2
    for job in jobs:
        assert {row["state"] for row in rows_of(job)} == {"stored"}
        assert len({row["key"] for row in rows_of(job)}) == len(rows_of(job)) == 30
    kept = [path.stem for path in lab.images.rglob("*.*")]
    assert sorted(kept) == sorted({row["sha256"] for job in jobs for row in rows_of(job)})


def test_a_stop_ends_a_collection_whose_museum_pauses_and_its_status_has_said_so(
    lab: Workspace, museum: Callable[..., StandIn]
) -> None:
    server = museum(WikiArtSite(works(6)))
    usual = server.answer
    server.answer = lambda request: Answer(403, b"no") if PHASES["picture"](request) else usual(request)
    slow = HostSettings(allowed=True, requests_per_second=0, concurrency=2, pause_seconds=600)
    job = collection(lab, server, host=slow)
    control.start(lab, job)
    message = until(lambda: (status := job.status()) and "going on in" in status.message and status.message)
    assert message.startswith(f"{server.netloc}: ")
    control.stop(lab, job)
    assert control.wait(job, 60).state is State.STOPPED  # ten minutes would be too long to wait for
    assert rows_of(job) == []


def test_a_limit_is_filled_although_some_items_fail(workspace: Workspace, museum: Callable[..., StandIn]) -> None:
    site = WikiArtSite(works(20))
    for number in (1, 3):
        site.faults[Work(number).file] = [Answer(500)] * 2
    job = collection(workspace, museum(site), limit=10)
    assert control.run_here(workspace, job).state is State.DONE
    outcome = read_outcome(job.path)
    assert (outcome.stored, outcome.failed_by_reason()) == (10, {"server_error": 2})


def test_what_failed_before_a_stop_can_be_tried_again_after_the_collection_went_on(
    workspace: Workspace, lab: Workspace, museum: Callable[..., StandIn]
) -> None:
    site = WikiArtSite(works(30))
    server = museum(site)
    site.faults[Work(1).file] = [Answer(500)] * 2
    job = collection(workspace, server)
    usual = server.answer

    def answer(request: Request) -> Answer:
        if len(pictures_asked_for(server)) == 15:
            control.stop(workspace, job)
        return usual(request)

    server.answer = answer
    assert control.run_here(workspace, job).state is State.STOPPED
    server.answer = usual
    assert control.run_here(workspace, job).message == "29 pictures stored, 1 failed."
    assert retry_failed(workspace, job) == 1
    assert control.wait(job, 60).message == "30 pictures stored."
    assert pictures_asked_for(server)[Work(1).file] == 3


def test_a_lab_may_lie_in_a_folder_with_spaces_and_letters_of_any_script(
    tmp_path: Path, museum: Callable[..., StandIn], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "Meine Bilder – 役者絵 100%"
    monkeypatch.setenv("ATELIER_HOME", str(home))
    workspace = Workspace(home).create()
    server = museum(WikiArtSite(works(3)))
    job = collection(workspace, server, name="役者絵")
    try:
        control.start(workspace, job)
        assert control.wait(job, 60).message == "3 pictures stored."
    finally:
        _end_workers(workspace)
    assert json.loads((job.path / "job.json").read_text(encoding="utf-8"))["settings"]["collection"] == "役者絵"
