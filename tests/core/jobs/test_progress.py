"""Rates and times to come."""

import time
from pathlib import Path

import pytest

from core.files import read_json
from core.jobs.folder import JobFolder, Status
from core.jobs.identity import own_identity
from core.jobs.progress import Rate, StatusWriter


def test_a_steady_rate_is_found_exactly() -> None:
    rate = Rate()
    assert rate.per_second is None
    for second in range(100):
        rate.note(second * 7, float(second))
    assert rate.per_second == pytest.approx(7.0)


def test_the_rate_follows_a_change_within_a_minute_or_two() -> None:
    rate = Rate()
    for second in range(100):
        rate.note(second * 10, float(second))
    for second in range(1, 101):
        rate.note(990 + second, 99.0 + second)
    assert rate.per_second is not None
    assert 1.0 < rate.per_second < 1.5


def test_many_tiny_steps_and_few_large_ones_give_the_same_rate() -> None:
    tiny, large = Rate(), Rate()
    for step in range(6001):
        tiny.note(step, step / 100)
        if step % 1000 == 0:
            large.note(step, step / 100)
    assert tiny.per_second == pytest.approx(100.0)
    assert large.per_second == pytest.approx(100.0)


def test_a_resumed_job_starts_from_its_old_rate_and_not_from_what_was_done_before() -> None:
    rate = Rate(before=5.0)
    rate.note(1000, 0.0)
    assert rate.per_second == 5.0
    rate.note(1005, 1.0)
    assert rate.per_second == pytest.approx(5.0)


def test_a_count_that_goes_back_starts_the_rate_anew() -> None:
    rate = Rate()
    rate.note(0, 0.0)
    rate.note(100, 1.0)
    rate.note(0, 2.0)
    assert rate.per_second is None


def test_two_reports_at_the_same_instant_count_once() -> None:
    rate = Rate()
    rate.note(0, 0.0)
    rate.note(10, 1.0)
    rate.note(11, 1.0)
    rate.note(20, 2.0)
    assert rate.per_second == pytest.approx(10.0)


def test_a_thousand_reports_cost_few_writes_and_the_last_one_always_lands(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    writer = StatusWriter(path, own_identity(), before=None)
    writer.open()
    inodes = set()
    for step in range(1, 1001):
        writer.progress(step, 1000, "steps", "counting")
        inodes.add(path.stat().st_ino)
    writer.close()
    assert len(inodes) < 20
    assert read_json(path)["done"] == 1000
    assert not list(tmp_path.glob("*.tmp"))


def test_a_resumed_job_shows_where_it_was_before_its_first_report(tmp_path: Path) -> None:
    before = Status(done=40, total=100, unit="images", rate_per_second=2.0)
    writer = StatusWriter(tmp_path / "status.json", own_identity(), before=before)
    writer.open()
    writer.close()
    status = JobFolder(tmp_path).status()
    assert status is not None
    assert (status.done, status.total, status.unit, status.share) == (40, 100, "images", 0.4)


def test_another_unit_starts_the_rate_anew(tmp_path: Path) -> None:
    writer = StatusWriter(tmp_path / "status.json", own_identity(), before=None)
    writer.progress(0, 10, "files", "")
    time.sleep(0.01)
    writer.progress(5, 10, "files", "")
    assert writer.status.eta_seconds is not None
    writer.progress(5, 10, "pictures", "")
    assert writer.status.eta_seconds is None


def test_a_folder_that_cannot_be_written_does_not_end_the_work(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    writer = StatusWriter(folder / "status.json", own_identity(), before=None)
    writer.open()
    folder.rename(tmp_path / "gone")
    folder.write_text("a file where the folder was")
    writer.progress(1, 2, "steps", "")
    writer.close()
