"""Jobs that need several devices at once: all or none of them, oldest first, and none for more than there are."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.files import write_json
from core.jobs import control, devices, locks, queue
from core.jobs.execute import execute
from core.jobs.folder import JobFolder, State
from core.jobs.identity import own_identity
from core.workspace import Workspace
from tests.core.jobs.conftest import diary_overlaps, until


@pytest.fixture(autouse=True)
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "visible_gpus", lambda: ["0", "1", "2"])
    monkeypatch.setattr(queue, "LOOK_EVERY_SECONDS", 0.01)


def made(workspace: Workspace, kind: str = "exclude_on_device", **settings: object) -> JobFolder:
    return control.create(workspace, kind, settings, title=kind)


def test_jobs_of_many_sizes_share_three_gpus(workspace: Workspace, tmp_path: Path) -> None:
    diary = tmp_path / "diary.txt"
    diary.touch()
    sizes = [2, 2, 1, 3, 1, 2, 3, 1]
    jobs = [made(workspace, diary=str(diary), seconds=0.02, devices=size) for size in sizes]
    with queue.changing(workspace):  # all wait before any begins
        drawn = [queue.draw_ticket(workspace, job, own_identity()) for job in jobs]
    assert [ticket.count for ticket in drawn] == sizes
    with ThreadPoolExecutor(len(jobs)) as pool:
        ends = list(pool.map(lambda job: queue_and_run(workspace, job), jobs))
    assert ends == [State.DONE] * len(jobs)
    assert diary_overlaps(diary) == []
    entered = [line.split() for line in diary.read_text().splitlines() if line.startswith("enter")]
    assert {job_id: len(slots.split(",")) for _, slots, job_id in entered} == {
        job.id: size for job, size in zip(jobs, sizes, strict=True)
    }
    assert not list(workspace.queue.glob("*.ticket"))


def queue_and_run(workspace: Workspace, job: JobFolder) -> State:
    return execute(workspace, job, detached=False).state


def test_one_that_waits_for_two_keeps_none_meanwhile_and_is_not_passed_by(workspace: Workspace) -> None:
    held = [locks.take(queue.slot_lock_path(workspace, slot)) for slot in ("cuda:0", "cuda:1")]
    two, one = made(workspace, devices=2), made(workspace, devices=1)
    with queue.changing(workspace):
        tickets = [queue.draw_ticket(workspace, job, own_identity()) for job in (two, one)]
    stop = threading.Event()
    got: dict[str, list[queue.Turn] | None] = {}

    def wait(name: str, ticket: queue.Ticket) -> None:
        got[name] = queue.wait_for_turn(workspace, ticket, give_up=stop.is_set, on_wait=places[name].append)

    places: dict[str, list[int]] = {"two": [], "one": []}
    waiting = [threading.Thread(target=wait, args=pair) for pair in zip(places, tickets, strict=True)]
    for thread in waiting:
        thread.start()
    try:
        until(lambda: len(places["two"]) > 5 and len(places["one"]) > 5)
        assert got == {}, "cuda:2 is free, but two are needed, and the older one's wish goes before"
        assert (places["two"][-1], places["one"][-1]) == (1, 2)
        third = until(lambda: locks.take(queue.slot_lock_path(workspace, "cuda:2")))
        third.release()
        assert held[0] is not None
        held[0].release()
        until(lambda: "two" in got)
        assert [turn.slot for turn in got["two"] or []] == ["cuda:0", "cuda:2"]
        assert "one" not in got
    finally:
        stop.set()
        for thread in waiting:
            thread.join()


def test_devices_are_free_again_after_a_failure(workspace: Workspace) -> None:
    job = made(workspace, "break_down_on_device", devices=3)
    assert control.run_here(workspace, job).state is State.FAILED
    status = job.status()
    assert status is not None
    assert status.device_slots == ("cuda:0", "cuda:1", "cuda:2")
    for slot in status.device_slots:
        lock = locks.take(queue.slot_lock_path(workspace, slot))
        assert lock is not None
        lock.release()


def test_more_devices_than_there_are_are_refused_with_how_many_there_are(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"Found 3 GPUs on this machine, but devices=4 asks for 4\. Choose 3 at most"):
        devices.check_count("auto", 4)
    with pytest.raises(ConfigError, match=r"'cuda:1' is one GPU, but devices=2"):
        devices.check_count("cuda:1", 2)
    devices.check_count("auto", 3)
    devices.check_count("cpu", 4)
    job = made(workspace, devices=4)
    with pytest.raises(ConfigError, match="Found 3 GPUs"):
        control.start(workspace, job)
    assert not list(workspace.queue.glob("*.ticket"))


def test_without_a_gpu_several_devices_are_processes_in_one_slot(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "visible_gpus", list)
    job = made(workspace, "tell_environment_on_device", devices=4)
    assert control.run_here(workspace, job).state is State.DONE
    status = job.status()
    assert status is not None
    assert status.device_slot == "cpu"


def test_a_ticket_of_an_older_version_needs_one_slot(workspace: Workspace) -> None:
    workspace.queue.mkdir(parents=True, exist_ok=True)
    job = made(workspace)
    write_json(workspace.queue / f"00000001-{job.id}.ticket", {"folder": str(job.path), "slots": ["cuda:0"]})
    (ticket,) = queue.tickets(workspace)
    assert ticket.count == 1
