"""Turns: never two in a slot, never two workers of one job, oldest first, and nobody dead in the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.files import JsonLines, read_json
from core.jobs import control, devices, kinds, queue
from core.jobs.folder import JobError, JobFolder, State
from core.workspace import Workspace
from tests.core.jobs.conftest import diary_overlaps, until

Submit = Callable[..., JobFolder]
_PROJECT = Path(__file__).resolve().parents[3]


def test_of_twenty_workers_on_one_folder_exactly_one_works(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 20, "seconds": 0.05}, title="Contested")
    command = [sys.executable, "-m", "core.jobs.worker", str(job.path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": _PROJECT}
    workers = [subprocess.Popen(command, **quiet) for _ in range(20)]  # type: ignore[call-overload]
    codes = sorted(worker.wait(60) for worker in workers)
    assert codes.count(0) == 1
    assert set(codes) <= {0, 2, 3}
    assert len(JsonLines(job.path / "began.jsonl").rows()) == 1
    assert job.state() is State.DONE


def test_of_twenty_calls_to_start_exactly_one_starts(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 30, "seconds": 0.02}, title="Clicked")

    def start(_: int) -> bool:
        try:
            control.start(workspace, JobFolder(job.path))
        except JobError:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(start, range(20))) == 1
    assert control.wait(job, 30).state is State.DONE
    assert len(JsonLines(job.path / "began.jsonl").rows()) == 1


def test_nine_jobs_share_two_slots_though_three_are_killed_inside(
    submit: Submit, workspace: Workspace, tmp_path: Path
) -> None:
    diary = tmp_path / "diary.txt"
    diary.touch()
    jobs = [submit("exclude", diary=str(diary), seconds=60 if number < 3 else 0.1) for number in range(9)]
    for job in jobs[:3]:
        # a killed one cannot write that it left: the test does, between its death and the next one's turn
        until(lambda job=job: job.id in diary.read_text())
        status = job.status()
        assert status is not None
        slot = status.device_slot or next(
            line.split()[1] for line in diary.read_text().splitlines() if line.endswith(job.id)
        )
        with diary.open("a") as shared:
            shared.write(f"leave {slot} {job.id}\n")
        os.kill(status.pid, signal.SIGKILL)
    assert [control.wait(job, 60).state for job in jobs] == [State.LOST] * 3 + [State.DONE] * 6
    assert diary_overlaps(diary) == []
    entered = [line.split()[2] for line in diary.read_text().splitlines() if line.startswith("enter")]
    assert sorted(entered[:3]) == sorted(job.id for job in jobs[:3]), "the oldest first"
    assert not list(workspace.queue.glob("*.ticket"))


def test_the_oldest_waiter_is_next_whatever_the_clock_says(submit: Submit, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    jobs = [submit("exclude_on_device", diary=str(diary), seconds=0.05) for _ in range(4)]
    for job in jobs:
        assert control.wait(job, 60).state is State.DONE
    assert [line.split()[2] for line in diary.read_text().splitlines()[::2]] == [job.id for job in jobs]
    assert diary_overlaps(diary) == []


def test_an_import_does_not_wait_for_a_training(submit: Submit, workspace: Workspace) -> None:
    training = submit("count_on_device", total=10_000, seconds=0.01)
    until(lambda: read_json(training.path / "count.json"))
    assert control.wait(submit("count", total=1), 30).state is State.DONE
    assert training.state() is State.RUNNING


def test_a_job_that_directs_others_takes_none_of_their_slots(
    submit: Submit, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "_DIRECTS", frozenset({"tell_environment"}))
    holders = [submit("count", total=10_000, seconds=0.01) for _ in devices.IO_SLOTS]
    for holder in holders:
        until(lambda holder=holder: read_json(holder.path / "count.json"))
    director = control.create(workspace, "tell_environment", {}, title="Director")
    assert control.run_here(workspace, director).state is State.DONE
    assert read_json(director.path / "environment.json")["slot"] == ""


def test_a_worker_refuses_a_folder_that_has_ended(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="Over")
    control.run_here(workspace, job)
    command = [sys.executable, "-m", "core.jobs.worker", str(job.path)]
    refused = subprocess.run(command, capture_output=True, text=True, cwd=_PROJECT, check=False)
    assert refused.returncode == 2
    assert "Resume it" in refused.stderr
    assert len(JsonLines(job.path / "began.jsonl").rows()) == 1


def test_an_active_job_is_not_started_resumed_or_run_again(submit: Submit, workspace: Workspace) -> None:
    job = submit("count", total=10_000, seconds=0.01)
    for wish in (control.start, control.resume, control.run_here):
        with pytest.raises(JobError):
            wish(workspace, job)  # type: ignore[operator]


def test_tickets_of_the_dead_are_swept_by_the_next_to_queue(submit: Submit, workspace: Workspace) -> None:
    holder = submit("count_on_device", total=10_000, seconds=0.01)
    until(lambda: read_json(holder.path / "count.json"))
    waiter = submit("count_on_device", total=1)
    status = until(waiter.status)
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: waiter.state() is State.LOST)
    assert queue.ticket_of(waiter) is not None
    submit("count_on_device", total=1)
    assert queue.ticket_of(waiter) is None


def test_asking_for_a_device_that_is_not_there_names_those_that_are() -> None:
    assert devices.slots_for("auto") == ["cpu"]
    assert devices.slots_for("cpu") == ["cpu"]
    with pytest.raises(ConfigError, match=r"'cuda:1'.*has: cpu"):
        devices.slots_for("cuda:1")
