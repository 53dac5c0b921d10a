"""A job from its request to its end."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.files import read_json
from core.jobs import control
from core.jobs.folder import JobError, JobFolder, State, Status, find_job, list_jobs
from core.workspace import Workspace
from tests.core.jobs.conftest import until, until_state

Submit = Callable[..., JobFolder]


def test_a_job_reports_its_way_and_ends_done(submit: Submit) -> None:
    job = submit("count", total=30, seconds=0.02)
    told: list[Status] = []
    end = control.wait(job, 30, on_status=told.append)
    assert (end.state, end.message, end.traceback) == (State.DONE, "Counted to 30.", "")
    assert job.state() is State.DONE
    assert [status.done for status in told] == sorted(status.done for status in told)
    last = job.status()
    assert last is not None
    assert (last.done, last.total, last.unit) == (30, 30, "steps")


def test_the_worker_lives_in_a_session_of_its_own_and_loads_no_torch(submit: Submit, workspace: Workspace) -> None:
    job = submit("tell_environment")
    assert control.wait(job, 30).state is State.DONE
    told = read_json(job.path / "environment.json")
    assert told["home"] == str(workspace.root)
    assert told["slot"].startswith("io:")
    assert told["torch_loaded"] is False
    assert (Path(told["cwd"]) / "streamlit_app.py").exists()
    if sys.platform != "win32":
        assert told["session"] != os.getsid(0)


def test_what_the_work_prints_and_logs_is_kept(submit: Submit) -> None:
    job = submit("tell_environment")
    control.wait(job, 30)
    until(lambda: "done" in job.log_tail())
    assert "printed by the work" in job.log_tail()
    assert "logged by the work" in job.log_tail()
    assert len(job.log_tail(lines=1).splitlines()) == 1


def test_a_stop_lets_the_step_end_and_can_be_resumed(submit: Submit, workspace: Workspace) -> None:
    job = submit("count", total=10_000, seconds=0.01)
    until(lambda: (status := job.status()) is not None and status.done > 3)
    control.stop(workspace, job, "pause")
    end = control.wait(job, 30)
    assert (end.state, end.reason) == (State.STOPPED, "pause")
    counted = read_json(job.path / "count.json")
    control.resume(workspace, job)
    until(lambda: len(job_began(job)) == 2)
    assert job_began(job)[1]["at"] == counted
    assert not job.stop_path.exists()
    assert [row["state"] for row in job.ends.rows()] == ["stopped"]
    assert job.end() is None


def test_sigterm_is_a_stop(submit: Submit) -> None:
    job = submit("count", total=10_000, seconds=0.01)
    until(lambda: (status := job.status()) is not None and status.done > 3)
    status = job.status()
    assert status is not None
    os.kill(status.pid, 15)
    end = control.wait(job, 30)
    assert (end.state, end.reason) == (State.STOPPED, "stop")
    assert end.message.startswith("Counted to")


def test_an_error_of_ours_is_told_in_its_own_words(submit: Submit) -> None:
    end = control.wait(submit("refuse"), 30)
    assert (end.state, end.message) == (State.FAILED, "Found 3 pictures, but this needs 10. Add some.")


def test_a_defect_is_told_as_unexpected_with_its_traceback(submit: Submit) -> None:
    end = control.wait(submit("break_down"), 30)
    assert end.state is State.FAILED
    assert end.message.startswith("An unexpected ZeroDivisionError: a defect.")
    assert "kinds_for_tests.py" in end.traceback


def test_a_full_disk_is_told_in_plain_words(submit: Submit) -> None:
    end = control.wait(submit("fill_disk"), 30)
    assert "The disk is full while writing weights.safetensors" in end.message


def test_some_disk_is_kept_back_for_the_closing_words(submit: Submit, workspace: Workspace) -> None:
    job = submit("count", total=10_000, seconds=0.01)
    until(lambda: (status := job.status()) is not None and status.done > 0)
    assert (job.path / "reserve").stat().st_size == 1 << 16
    control.stop(workspace, job)
    control.wait(job, 30)
    until(lambda: not (job.path / "reserve").exists())


def test_running_here_leaves_the_same_records(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 5}, title="Here")
    told: list[Status] = []
    end = control.run_here(workspace, job, on_progress=told.append)
    assert (end.state, job.state(), job.end()) == (State.DONE, State.DONE, end)
    assert told[-1].done == 5
    assert sorted(path.name for path in job.path.iterdir()) == [
        *("began.jsonl", "count.json", "end.json", "job.json", "lock", "status.json")
    ]


def test_a_job_that_is_done_cannot_be_resumed_or_run_again(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="Once")
    control.run_here(workspace, job)
    with pytest.raises(JobError, match="is done"):
        control.resume(workspace, job)
    with pytest.raises(JobError, match="is done"):
        control.run_here(workspace, job)
    with pytest.raises(JobError, match="not running: it is done"):
        control.stop(workspace, job)


def test_a_kind_that_nobody_registered_is_refused(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"no kind of job called 'os:system'"):
        control.create(workspace, "os:system", {}, title="Harm")
    assert list_jobs(workspace) == []


def test_a_device_that_is_not_there_is_refused_and_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match="has: cpu"):
        control.submit(workspace, "count_on_device", {"total": 1, "device": "cuda:7"}, title="Far")
    assert list_jobs(workspace) == []


def test_a_disk_that_is_too_full_is_refused_before_anything_starts(workspace: Workspace) -> None:
    with pytest.raises(control.DiskFullError, match="GB free"):
        control.submit(workspace, "count", {"total": 1}, title="Big", disk_bytes_needed=10**18)
    assert list_jobs(workspace) == []


def test_an_id_is_never_used_twice(workspace: Workspace) -> None:
    control.create(workspace, "count", {"total": 1}, title="One", job_id="one")
    with pytest.raises(ConfigError, match="'one' already"):
        control.create(workspace, "count", {"total": 2}, title="Two", job_id="one")


def test_runs_and_jobs_are_listed_together_newest_first(workspace: Workspace) -> None:
    control.create(workspace, "count", {"total": 1}, title="A job")
    control.create(workspace, "count", {"total": 1}, title="A run", folder=workspace.run("a-run"))
    assert [job.title for job in list_jobs(workspace)] == ["A run", "A job"]
    assert find_job(workspace, "a-run").request_path.name == "run.json"


def test_the_request_says_which_code_was_asked(workspace: Workspace) -> None:
    job = control.create(workspace, "count", {"total": 1}, title="A job")
    assert set(job.request["code"]) == {"version", "commit"}


def test_a_job_resumed_after_its_end_goes_through_the_queue_again(submit: Submit, workspace: Workspace) -> None:
    job = submit("break_down")
    control.wait(job, 30)
    control.resume(workspace, job)
    control.wait(job, 30)
    until_state(job, State.FAILED)
    assert len(job.ends.rows()) == 1


def job_began(job: JobFolder) -> list[dict[str, int]]:
    from core.files import JsonLines

    return JsonLines(job.path / "began.jsonl").rows()
