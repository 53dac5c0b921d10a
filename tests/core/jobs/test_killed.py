"""Killed at any moment: workers, waiters, and whoever started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest

from core.files import JsonLines, read_json, write_json
from core.jobs import control, locks, queue
from core.jobs.folder import JobError, JobFolder, State, Status, find_job
from core.jobs.identity import Identity, boot_id, identity_of, kill_tree, own_identity
from core.workspace import Workspace
from tests.core.jobs.conftest import until, until_state

Submit = Callable[..., JobFolder]
_PROJECT = Path(__file__).resolve().parents[3]
STOPPED = {"state": "stopped", "message": "", "traceback": "", "seconds": 1.0, "reason": "stop", "ended": 7.0}


def counted(job: JobFolder) -> int:
    return int(read_json(job.path / "count.json") or 0)


def worker_of(job: JobFolder) -> Identity:
    status = job.status()
    assert status is not None
    return status.identity


def test_a_killed_worker_is_lost_and_goes_on_where_it_was(submit: Submit, workspace: Workspace) -> None:
    job = submit("count", total=200, seconds=0.01)
    until(lambda: counted(job) > 3)
    os.kill(worker_of(job).pid, signal.SIGKILL)
    until_state(job, State.LOST)
    assert "killed" in control.wait(job).message
    assert job.end() is None, "only a worker may say how it ended"
    at = counted(job)
    control.resume(workspace, job)
    assert control.wait(job, 30).state is State.DONE
    assert [row["at"] for row in JsonLines(job.path / "began.jsonl").rows()] == [0, at]


def test_looking_at_a_lost_job_writes_nothing_into_its_folder(submit: Submit, workspace: Workspace) -> None:
    job = submit("count", total=10_000, seconds=0.01)
    until(lambda: counted(job) > 3)
    os.kill(worker_of(job).pid, signal.SIGKILL)
    until_state(job, State.LOST)
    before = {path.name: path.stat().st_mtime_ns for path in job.path.iterdir()}
    control.wait(job)
    job.log_tail()
    with pytest.raises(JobError, match="not running: it is lost"):
        control.stop(workspace, job)
    assert {path.name: path.stat().st_mtime_ns for path in job.path.iterdir()} == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only systems with fork can pass a lock on")
def test_a_child_that_outlives_a_killed_worker_does_not_keep_it_alive(submit: Submit) -> None:
    job = submit("leave_a_child")
    child = until(lambda: read_json(job.path / "child.json"))
    os.kill(worker_of(job).pid, signal.SIGKILL)
    until_state(job, State.LOST)
    assert identity_of(child) is not None
    os.kill(child, signal.SIGKILL)


def test_ending_a_job_by_force_takes_its_children_along(submit: Submit, workspace: Workspace) -> None:
    job = submit("leave_a_child")
    child = until(lambda: read_json(job.path / "child.json"))
    control.stop(workspace, job, force=True)
    assert job.state() is State.LOST
    until(lambda: identity_of(child) is None)
    assert "on request" in control.wait(job).message


def test_a_frozen_worker_can_be_ended_by_force(submit: Submit, workspace: Workspace) -> None:
    job = submit("deaf")
    until(lambda: (status := job.status()) is not None and status.done == 1)
    os.kill(worker_of(job).pid, signal.SIGSTOP)
    control.stop(workspace, job, force=True)
    assert job.state() is State.LOST


def test_a_waiter_that_is_killed_is_lost_and_holds_up_nobody(submit: Submit, workspace: Workspace) -> None:
    holder = submit("count_on_device", total=10_000, seconds=0.01)
    until(lambda: counted(holder) > 0)
    second, third = submit("count_on_device", total=1), submit("count_on_device", total=1)
    until(lambda: second.status() and third.status())
    assert (queue.position(holder), queue.position(second), queue.position(third)) == (None, 1, 2)
    assert (second.state(), third.state()) == (State.QUEUED, State.QUEUED)
    os.kill(worker_of(second).pid, signal.SIGKILL)
    until_state(second, State.LOST)
    assert queue.position(third) == 1
    control.stop(workspace, holder)
    assert control.wait(third, 30).state is State.DONE
    control.resume(workspace, second)
    assert control.wait(second, 30).state is State.DONE


def test_stopping_a_waiter_ends_it_before_it_began(submit: Submit, workspace: Workspace) -> None:
    holder = submit("count_on_device", total=10_000, seconds=0.01)
    until(lambda: counted(holder) > 0)
    waiter = submit("count_on_device", total=1)
    control.stop(workspace, waiter, "pause")
    end = control.wait(waiter, 30)
    assert (end.state, end.reason, end.seconds) == (State.STOPPED, "pause", 0.0)
    assert holder.state() is State.RUNNING
    assert not (waiter.path / "began.jsonl").exists()


def test_a_job_outlives_the_process_that_started_it(workspace: Workspace) -> None:
    code = (
        "import time; from core.jobs import control; from core.workspace import Workspace;"
        "job = control.submit(Workspace(), 'count', {'total': 100, 'seconds': 0.01}, title='Orphan');"
        "print(job.id, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], cwd=_PROJECT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    job = find_job(workspace, starter.stdout.readline().strip())
    starter.kill()
    starter.wait()
    assert control.wait(job, 30).state is State.DONE


def test_a_reader_never_takes_a_starting_worker_for_lost(submit: Submit) -> None:
    job = submit("count", total=1)
    seen = set()
    while (state := job.state()) is not State.DONE:
        seen.add(state)
    assert seen <= {State.QUEUED, State.RUNNING}


def test_looking_at_a_running_job_all_the_time_does_not_disturb_it(submit: Submit, workspace: Workspace) -> None:
    looker = (
        "import sys; from pathlib import Path; from core.jobs.folder import JobFolder\n"
        "while True: JobFolder(Path(sys.argv[1])).state()"
    )
    job = control.create(workspace, "count", {"total": 20, "seconds": 0.01}, title="Watched")
    (job.path / "lock").touch()
    lookers = [subprocess.Popen([sys.executable, "-c", looker, str(job.path)], cwd=_PROJECT) for _ in range(2)]
    try:
        until(lambda: (workspace.queue / "ask.lock").exists())
        assert {job.state() for _ in range(300)} == {State.LOST}, "lookers do not take each other for a worker"
        for _ in range(3):
            assert control.run_here(workspace, job).state is State.DONE
            job.end_path.unlink()
    finally:
        for one in lookers:
            one.kill()
            one.wait()


def forged(job: JobFolder, pid: int, **changes: object) -> None:
    """A status as an earlier worker with this process number would have left it."""
    now = time.time()
    status = Status(1, 2, "steps", updated=now, pid=pid, boot_id=boot_id(), start_ticks=1.0, beat=time.monotonic())
    write_json(job.status_path, asdict(replace(status, **changes)))  # type: ignore[arg-type]


def test_a_process_number_that_came_round_is_never_taken_for_the_worker(workspace: Workspace) -> None:
    innocent = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    job = control.create(workspace, "count", {"total": 1}, title="Forged")
    held = locks.take(job.lock_path)
    assert held is not None
    try:
        for ticks in range(100):
            forged(job, innocent.pid, start_ticks=float(ticks))
            with pytest.raises(JobError, match="cannot be reached"):
                control.stop(workspace, job, force=True)
        held.release()
        assert job.state() is State.LOST
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_a_process_of_another_boot_is_dead() -> None:
    own = own_identity()
    assert own.is_alive()
    assert not Identity(own.pid, "00000000-another-boot", own.start_ticks).is_alive()
    assert not kill_tree(Identity(own.pid, "00000000-another-boot", own.start_ticks))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    assert identity_of(child.pid) is None
    child.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_an_ended_worker_leaves_no_zombie_behind(submit: Submit) -> None:
    job = submit("count", total=1)
    control.wait(job, 30)
    until(lambda: not psutil.pid_exists(worker_of(job).pid))


@pytest.mark.parametrize("days", [-1, 1])
def test_a_jump_of_the_clock_changes_no_state(workspace: Workspace, days: int) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="Jump")
    held = locks.take(job.lock_path)
    assert held is not None
    forged(job, own_identity().pid, start_ticks=own_identity().start_ticks, updated=time.time() + days * 86400)
    assert job.state() is State.RUNNING
    held.release()


def test_a_worker_without_a_sign_of_life_is_hung(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="Silent")
    held = locks.take(job.lock_path)
    assert held is not None
    own = own_identity()
    forged(job, own.pid, start_ticks=own.start_ticks, beat=time.monotonic() - 31)
    assert job.state() is State.HUNG
    assert job.is_active
    forged(job, own.pid, boot_id="another machine", updated=time.time() - 31)
    assert job.state() is State.HUNG
    held.release()
    assert job.state() is State.LOST


def test_the_status_of_an_earlier_worker_does_not_make_a_new_one_hung(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="Fresh")
    held = locks.take(job.lock_path)
    assert held is not None
    forged(job, own_identity().pid, start_ticks=1.0, beat=time.monotonic() - 1000)
    assert job.state() is State.RUNNING
    held.release()


@pytest.mark.parametrize("torn", ["", "{", '{"done": 1', "[]", "null", '{"done": "many"}'])
def test_a_torn_status_is_no_status(workspace: Workspace, torn: str) -> None:
    job = control.create(workspace, "count", {"total": 3}, title="Torn")
    job.status_path.write_text(torn)
    assert job.status() is None
    assert control.run_here(workspace, job).state is State.DONE


def test_a_damaged_end_is_told_and_can_be_resumed(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 3}, title="Damaged")
    job.end_path.write_text('{"state": "do')
    assert job.state() is State.FAILED
    assert "damaged" in control.wait(job).message
    assert control.run_here(workspace, job).state is State.DONE


def test_a_damaged_request_is_told_and_never_started(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 3}, title="Damaged")
    job.request_path.write_text("{")
    reread = JobFolder(job.path)
    assert (reread.title, reread.kind, reread.settings) == (job.id, "unknown", {})
    with pytest.raises(JobError, match="missing or damaged"):
        control.start(workspace, reread)


@pytest.mark.parametrize("cut_after", ["history", "stop", "end"])
def test_a_resume_that_was_cut_off_can_be_repeated(workspace: Workspace, cut_after: str) -> None:
    job = control.create(workspace, "count", {"total": 3}, title="Cut")
    write_json(job.end_path, STOPPED)
    job.stop_path.touch()
    job.ends.append(STOPPED)
    if cut_after in ("stop", "end"):
        job.stop_path.unlink()
    if cut_after == "end":
        job.end_path.unlink()
    assert job.state() is (State.LOST if cut_after == "end" else State.STOPPED)
    control.resume(workspace, job)
    assert control.wait(job, 30).state is State.DONE
    assert job.ends.rows() == [STOPPED]
