"""Real worker processes with small kinds of work; whatever a test leaves running is ended after it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.jobs import control, queue
from core.jobs.folder import JobFolder, State, list_jobs
from core.jobs.identity import kill_tree
from core.workspace import Workspace

_MODULE = "tests.core.jobs.kinds_for_tests"
_KINDS = ("count", "exclude", "deaf", "refuse", "break_down", "fill_disk", "tell_environment", "leave_a_child")


@pytest.fixture(autouse=True)
def small_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = [f"{name}={_MODULE}:{name}" for name in _KINDS]
    extra += [f"{name}_on_device={_MODULE}:{name}@device" for name in _KINDS]
    monkeypatch.setenv("ATELIER_EXTRA_KINDS", ",".join(extra))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # the tests count device slots


@pytest.fixture(autouse=True)
def no_worker_survives(workspace: Workspace) -> Iterator[None]:
    yield
    for job in list_jobs(workspace):
        ticket, status = queue.ticket_of(job), job.status()
        for worker in (ticket.worker if ticket else None, status.identity if status else None):
            if worker is not None:
                kill_tree(worker)


@pytest.fixture
def submit(workspace: Workspace) -> Callable[..., JobFolder]:
    def submit(kind: str, **settings: Any) -> JobFolder:
        return control.submit(workspace, kind, settings, title=kind)

    return submit


def until(true: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something holds; its value. The time is only there so that a defect cannot hang the tests."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        value = true()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("this did not come true in time")


def until_state(job: JobFolder, state: State) -> None:
    until(lambda: job.state() is state)


def diary_overlaps(diary: Path) -> list[str]:
    """Lines at which a slot was entered while a job that is not known to be dead was in it."""
    inside: dict[str, str] = {}
    overlaps = []
    for line in diary.read_text().splitlines():
        what, slots, job_id = line.split()
        for slot in slots.split(","):
            if what == "leave":
                inside.pop(slot, None)
                continue
            if slot in inside:
                overlaps.append(f"{job_id} entered {slot} beside {inside[slot]}")
            inside[slot] = job_id
    return overlaps
