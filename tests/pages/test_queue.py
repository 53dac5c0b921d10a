"""The Queue page and the job card, over real job folders and, where it matters, real workers."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.files import read_json, write_json
from core.jobs import control, locks
from core.jobs.folder import JobFolder, State
from core.workspace import Workspace
from tests.core.jobs.conftest import no_worker_survives, small_kinds, until  # noqa: F401 - fixtures
from ui.jobs import plain, progress_words

_ENTRY = Path(__file__).resolve().parents[2] / "streamlit_app.py"


@pytest.fixture
def open_queue(workspace: Workspace) -> Callable[[], AppTest]:
    def opened() -> AppTest:
        app = AppTest.from_file(str(_ENTRY), default_timeout=30)
        app.run()
        return app.switch_page("app_pages/lab/queue.py").run()

    return opened


def ended(workspace: Workspace, state: str, title: str, *, message: str = "", reason: str = "") -> JobFolder:
    job = control.create(workspace, "count", {"total": 10}, title=title)
    record = {"state": state, "message": message, "traceback": "", "seconds": 3.0, "reason": reason}
    write_json(job.end_path, {**record, "ended": time.time()})
    return job


def words(app: AppTest) -> str:
    parts = [*app.markdown, *app.caption, *app.error, *app.warning, *app.info, *app.subheader]
    return "\n".join(part.value.replace("\\", "") for part in parts)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_an_empty_queue_says_what_will_be_here(open_queue: Callable[[], AppTest]) -> None:
    app = open_queue()
    assert not app.exception
    assert "Nothing has been started yet" in app.info[0].value


def test_every_state_is_shown_in_words_with_what_can_be_done(
    open_queue: Callable[[], AppTest], workspace: Workspace
) -> None:
    ended(workspace, "done", "A finished one", message="Counted to 10.")
    ended(workspace, "failed", "A broken one", message="Found 3 pictures, but this needs 10. Add some.")
    ended(workspace, "stopped", "A paused one", reason="pause")
    control.create(workspace, "count", {"total": 10}, title="A lost one")
    app = open_queue()
    assert not app.exception
    for word in ("Done", "Failed", "Paused", "Lost", "Found 3 pictures, but this needs 10. Add some.", "Counted to 10"):
        assert word in words(app)
    assert labels(app).count("Resume") == 3


def test_filters_narrow_the_list_and_an_empty_result_says_so(
    open_queue: Callable[[], AppTest], workspace: Workspace
) -> None:
    ended(workspace, "done", "A finished one")
    ended(workspace, "failed", "A broken one", message="No.")
    app = open_queue()
    app.get_by_key("state").set_value(["failed"]).run()
    assert "A broken one" in words(app)
    assert "A finished one" not in words(app)


def test_a_job_is_stopped_and_resumed_from_its_card(open_queue: Callable[[], AppTest], workspace: Workspace) -> None:
    job = control.submit(workspace, "count", {"total": 100_000, "seconds": 0.01}, title="Long")
    until(lambda: (status := job.status()) is not None and status.done > 0)
    app = open_queue()
    assert "of 100,000 steps" in words(app)
    next(button for button in app.button if button.label == "Stop").click().run()
    assert control.wait(job, 30).state is State.STOPPED
    app.run()
    next(button for button in app.button if button.label == "Resume").click().run()
    assert not app.exception
    until(lambda: job.state() is State.RUNNING)


def test_a_lost_job_says_so_and_offers_to_go_on(open_queue: Callable[[], AppTest], workspace: Workspace) -> None:
    job = control.submit(workspace, "count", {"total": 100_000, "seconds": 0.01}, title="Long")
    status = until(lambda: (status := job.status()) and status.done and status)
    os.kill(status.pid, signal.SIGKILL)
    until(lambda: job.state() is State.LOST)
    app = open_queue()
    assert "Its process ended without a word" in words(app)
    assert "Resume" in labels(app)


def test_a_refusal_is_shown_on_the_card_it_belongs_to(open_queue: Callable[[], AppTest], workspace: Workspace) -> None:
    job = ended(workspace, "stopped", "A stopped one")
    app = open_queue()
    write_json(job.end_path, {**read_json(job.end_path), "state": "done"})  # it was resumed elsewhere and is through
    app.button(key=f"job-play_arrow-{job.id}").click().run()
    assert "there is nothing to resume" in words(app)
    assert not app.exception


def test_a_job_that_does_not_stop_can_be_ended_after_a_while(
    open_queue: Callable[[], AppTest], workspace: Workspace
) -> None:
    job = control.create(workspace, "count", {"total": 10}, title="Deaf")
    held = locks.take(job.lock_path)
    assert held is not None
    write_json(job.stop_path, {"reason": "stop", "asked": time.time()})
    assert "End now" not in labels(open_queue())
    write_json(job.stop_path, {"reason": "stop", "asked": time.time() - 31})
    app = open_queue()
    assert "End now" in labels(app)
    assert next(button for button in app.button if button.label == "Stop").disabled
    held.release()


def test_damaged_folders_are_named_and_do_not_break_the_page(
    open_queue: Callable[[], AppTest], workspace: Workspace
) -> None:
    control.create(workspace, "count", {"total": 10}, title="Healthy")
    broken = workspace.job("broken")
    broken.mkdir()
    (broken / "job.json").write_text("{")
    (broken / "status.json").write_text("[")
    (broken / "end.json").write_text("")
    app = open_queue()
    assert not app.exception
    assert "missing or damaged" in words(app)
    assert app.button(key="job-play_arrow-broken").disabled


def test_many_ended_jobs_come_in_pages(open_queue: Callable[[], AppTest], workspace: Workspace) -> None:
    for number in range(11):
        ended(workspace, "done", f"Job number {number}")
    app = open_queue()
    assert "Ended (11)" in words(app)
    assert words(app).count("Job number") == 8


def test_names_are_shown_letter_by_letter() -> None:
    assert plain("a_b *c* [d](e) $x$ :red[f]") == r"a\_b \*c\* \[d\]\(e\) \$x\$ \:red\[f\]"


def test_progress_reads_as_a_sentence_part() -> None:
    from core.jobs.folder import Status

    status = Status(123, 400, "images", rate_per_second=5.2, eta_seconds=53.0)
    assert progress_words(status, State.RUNNING) == "123 of 400 images · 5.2 images/s · about 53 s left"
    assert progress_words(status, State.STOPPED) == "123 of 400 images"
    assert progress_words(status, State.DONE) == ""
    assert progress_words(None, State.QUEUED) == ""
    several_steps = Status(37, 100, "percent", rate_per_second=0.7, eta_seconds=90.0)
    assert progress_words(several_steps, State.RUNNING) == "37 % · about 90 s left"
