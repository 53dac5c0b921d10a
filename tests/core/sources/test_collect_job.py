import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.files import JsonLines, read_json
from core.images import ImageFacts
from core.jobs import control
from core.jobs.folder import State
from core.pictures import store as picture_store
from core.sources import job as collect_job
from core.sources.outcome import read_outcome
from core.sources.staging import Staging
from tests.core.pictures import encoded, noise
from tests.core.sources.conftest import picture


def test_every_picture_is_kept_as_it_came_with_thumbnail_and_facts(collect, fill, workspace):
    folder = fill({"a.jpg": picture(1, "JPEG"), "b.png": picture(2)})
    _job, end, rows = collect(source="folder", path=str(folder))
    assert end.state is State.DONE
    assert end.message == "2 pictures stored."
    for row in rows:
        sha256, facts = row["sha256"], row["facts"]
        assert workspace.image(sha256, facts["suffix"]).read_bytes() == (folder / row["key"]).read_bytes()
        assert workspace.thumb(sha256).read_bytes()[8:12] == b"WEBP"
        assert ImageFacts.from_json(read_json(workspace.facts(sha256))).to_json() == {"sha256": sha256, **facts}


def test_a_ledger_row_says_all_that_the_catalog_needs(collect, fill):
    folder = fill({"late/a.png": picture(1)})
    _job, _end, (row,) = collect(source="folder", path=str(folder))
    assert {key: row[key] for key in ("source", "state", "reason", "detail", "known")} == {
        "source": "folder",
        "state": "stored",
        "reason": "",
        "detail": "",
        "known": False,
    }
    assert row["source_id"] == f"late/a.png@{row['sha256'][:12]}"
    assert set(row["artwork"]) == {
        *("title", "artist", "date", "style", "genre", "tags", "licence"),
        *("page_url", "image_url", "metadata", "synthetic"),
    }
    assert row["artwork"]["tags"] == ["late"]
    assert (row["facts"]["width"], row["facts"]["height"], row["facts"]["bytes"]) == (40, 30, len(picture(1)))


def test_refused_files_are_told_and_do_not_stop_the_others(collect, fill):
    cut_off = encoded(noise(), "JPEG")[:900]
    folder = fill({"a.png": picture(1), "b.jpg": b"", "c.jpg": b"<html></html>", "d.jpg": cut_off, "e.png": picture(2)})
    job, end, rows = collect(source="folder", path=str(folder))
    assert [(row["key"], row["state"], row["reason"]) for row in rows] == [
        ("a.png", "stored", ""),
        ("b.jpg", "refused", "empty"),
        ("c.jpg", "refused", "not_a_picture"),
        ("d.jpg", "refused", "truncated"),
        ("e.png", "stored", ""),
    ]
    assert end.message == "2 pictures stored, 3 refused."
    outcome = read_outcome(job.path)
    assert (outcome.new, outcome.known) == (2, 0)
    assert outcome.refused_by_reason() == {"empty": 1, "not_a_picture": 1, "truncated": 1}
    assert "b.jpg" in job.log_path.read_text()


def test_a_known_picture_is_not_decoded_again(collect, fill, monkeypatch):
    folder = fill({"a.png": picture(1)})
    collect(source="folder", path=str(folder))
    monkeypatch.setattr(picture_store, "inspect", lambda data: pytest.fail("decoded again"))
    _job, end, (row,) = collect(source="folder", path=str(folder))
    assert row["known"]
    assert end.message == "1 picture stored, 1 of them known already."


@pytest.mark.parametrize("lost", ["image", "thumb", "facts", "torn image", "torn facts"])
def test_a_picture_that_is_not_stored_whole_is_stored_again(collect, fill, workspace, lost):
    folder = fill({"a.png": picture(1)})
    _job, _end, (row,) = collect(source="folder", path=str(folder))
    image, thumb = workspace.image(row["sha256"], "png"), workspace.thumb(row["sha256"])
    facts = workspace.facts(row["sha256"])
    match lost:
        case "torn image":
            image.write_bytes(b"")
        case "torn facts":
            facts.write_bytes(facts.read_bytes()[:30])
        case name:
            {"image": image, "thumb": thumb, "facts": facts}[name].unlink()
    _job, _end, (again,) = collect(source="folder", path=str(folder))
    assert not again["known"]
    assert image.read_bytes() == picture(1)
    assert thumb.stat().st_size > 0
    assert read_json(facts)["sha256"] == row["sha256"]


def test_the_same_picture_twice_is_stored_once_and_told_twice(collect, fill, workspace):
    _job, _end, rows = collect(source="folder", path=str(fill({"a.png": picture(1), "b.png": picture(1)})))
    assert rows[0]["sha256"] == rows[1]["sha256"]
    assert len(list(workspace.images.rglob("*.png"))) == 1


def test_labels_describe_the_pictures(collect, fill):
    folder = fill({"a.png": picture(1), "labels.csv": b"file,artist,wall\na.png,Ann,north\nzz.png,Zoe,\n"})
    job, _end, (row,) = collect(source="folder", path=str(folder), labels="labels.csv")
    assert row["artwork"]["artist"] == "Ann"
    assert row["artwork"]["metadata"]["wall"] == "north"
    labels = read_json(job.path / "source.json")["labels"]
    assert (labels["matched"], labels["unmatched"], labels["recognised"]) == (
        1,
        ["zz.png"],
        {"file": "file", "artist": "artist"},
    )


def test_labels_may_lie_elsewhere(collect, fill, tmp_path):
    (tmp_path / "other.csv").write_text("file;artist\na.png;Ann\n")
    _job, _end, (row,) = collect(
        source="folder", path=str(fill({"a.png": picture(1)})), labels=str(tmp_path / "other.csv")
    )
    assert row["artwork"]["artist"] == "Ann"


def test_an_archive_and_the_table_in_it_are_collected(collect, packed):
    path = packed({"set/a.png": picture(1), "set/labels.csv": b"file,artist\na.png,Ann\n"})
    _job, end, (row,) = collect(source="archive", path=str(path), labels="set/labels.csv")
    assert (end.state, row["source"], row["artwork"]["artist"]) == (State.DONE, "archive", "Ann")


def test_uploads_are_collected_from_the_jobs_own_folder(collect, workspace):
    staging = Staging.begin(workspace)
    staging.add("a.png", picture(1))
    job = control.create(workspace, "collect", {"source": "uploads", "collection": "mine"}, title="mine")
    staging.move_into(job.path)
    _job, end, (row,) = collect(job)
    assert (end.state, row["source"], row["key"]) == (State.DONE, "uploads", "a.png")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"source": "folder", "path": "/nowhere/at/all"}, "no folder"),
        ({"source": "folder"}, "No path"),
        ({"source": "archive", "path": "/nowhere.zip"}, "no file"),
        ({"source": "sample", "count": 0}, "count must be"),
        ({"source": "louvre"}, "no source called"),
        ({"source": "folder", "path": "/", "collection": "  "}, "needs a name"),
    ],
)
def test_settings_that_cannot_be_end_the_job_in_plain_words(collect, settings, words):
    _job, end, rows = collect(**settings)
    assert end.state is State.FAILED
    assert words in end.message
    assert rows == []


def test_a_bad_table_ends_the_job_before_anything_is_taken_in(collect, fill, workspace):
    folder = fill({"a.png": picture(1), "labels.csv": b"artist\nAnn\n"})
    _job, end, rows = collect(source="folder", path=str(folder), labels="labels.csv")
    assert "names the picture file" in end.message
    assert rows == []
    assert not list(workspace.images.rglob("*.png"))


def test_a_stopped_job_goes_on_where_it_was(collect, fill, workspace, monkeypatch):
    monkeypatch.setattr(collect_job, "_BATCH", 2)
    monkeypatch.setattr(collect_job, "_AHEAD", 2)
    folder = fill({f"{number:02}.png": picture(number) for number in range(30)})
    job = control.create(workspace, "collect", {"source": "folder", "path": str(folder), "collection": "c"}, title="c")

    keep = picture_store.PictureStore.keep
    seen = []

    def counting(self, data):
        seen.append(data)
        if len(seen) == 8:
            control.stop(workspace, job)
            time.sleep(0.3)  # longer than the job goes between two looks at the stop file
        return keep(self, data)

    monkeypatch.setattr(picture_store.PictureStore, "keep", counting)
    _job, end, rows = collect(job)
    assert end.state is State.STOPPED
    assert 8 <= len(rows) < 30
    _job, end, again = collect(job)
    assert end.state is State.DONE
    assert again[: len(rows)] == rows  # not done again
    assert [row["key"] for row in again] == [f"{number:02}.png" for number in range(30)]
    assert len(seen) <= 30 + 4  # what was under way at the stop may be looked at twice


def test_a_killed_job_goes_on_and_every_item_stands_in_the_ledger_once(collect, fill, workspace):
    folder = fill({f"{number:03}.png": encoded(noise(400, 300, number)) for number in range(120)})
    job = control.create(workspace, "collect", {"source": "folder", "path": str(folder), "collection": "c"}, title="c")
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(workspace.root), job.id], env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    ledger = JsonLines(job.path / "ledger.jsonl")
    give_up = time.monotonic() + 60
    while not ledger.rows() and worker.poll() is None and time.monotonic() < give_up:
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with ledger.path.open("ab") as torn:
        torn.write(b'{"key": "half a li')
    done_before = len(ledger.rows())
    assert 0 < done_before < 120

    _job, end, rows = collect(job)
    assert end.state is State.DONE
    assert sorted(row["key"] for row in rows) == [f"{number:03}.png" for number in range(120)]
    assert all(workspace.image(row["sha256"], "png").stat().st_size == row["facts"]["bytes"] for row in rows)


_WORKER = """
import sys
from core.jobs import control
from core.jobs.folder import JobFolder
from core.sources import job
from core.workspace import Workspace
job._BATCH = 4
workspace = Workspace(sys.argv[1])
control.run_here(workspace, JobFolder(workspace.job(sys.argv[2])))
"""


def test_a_full_disk_ends_the_job_and_promises_nothing_that_is_not_there(collect, fill, workspace, monkeypatch):
    folder = fill({f"{number}.png": picture(number) for number in range(6)})
    sync = picture_store.PictureStore.sync
    monkeypatch.setattr(picture_store.PictureStore, "sync", _disk_full)
    job, end, rows = collect(source="folder", path=str(folder))
    assert end.state is State.FAILED
    assert "disk is full" in end.message
    assert rows == []
    monkeypatch.setattr(picture_store.PictureStore, "sync", sync)
    _job, end, rows = collect(job)
    assert (end.state, len(rows)) == (State.DONE, 6)


def _disk_full(self):
    raise OSError(28, "No space left on device")


def test_the_ledger_is_json_that_other_programs_read(collect, fill):
    folder = fill({"Café – “1”.png": picture(1)})
    job, _end, _rows = collect(source="folder", path=str(folder))
    (line,) = (job.path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["artwork"]["title"] == "Café – “1”"


def test_a_job_that_goes_on_counts_files_that_have_gone_and_takes_new_ones(collect, fill, workspace, monkeypatch):
    folder = fill({"a.png": picture(1), "b.png": picture(2)})
    job = control.create(workspace, "collect", {"source": "folder", "path": str(folder), "collection": "c"}, title="c")
    with monkeypatch.context() as patch:  # the ledger is written, then the disk is full
        patch.setattr(collect_job.Ledger, "told", _disk_full)
        collect(job)
    (folder / "a.png").unlink()
    (folder / "c.png").write_bytes(picture(3))
    _job, end, rows = collect(job)
    assert end.state is State.DONE
    assert end.message == "3 pictures stored."
    assert [row["key"] for row in rows] == ["a.png", "b.png", "c.png"]


def test_the_sample_collection_is_painted_marked_synthetic_and_not_stored_twice(collect):
    job, end, rows = collect(source="sample", count=3, seed=7)
    assert (end.state, end.message) == (State.DONE, "3 pictures stored.")
    assert [row["source_id"] for row in rows] == ["7-0", "7-1", "7-2"]
    assert all(row["artwork"]["synthetic"] and row["artwork"]["licence"] == "CC0" for row in rows)
    assert read_json(job.path / "source.json")["found"] == 3
    _job, _end, again = collect(source="sample", count=3, seed=7)
    assert all(row["known"] for row in again)


def test_labels_go_with_files_only(collect, tmp_path):
    (tmp_path / "labels.csv").write_text("file,artist\n")
    _job, end, rows = collect(source="sample", count=3, labels=str(tmp_path / "labels.csv"))
    assert "goes with files" in end.message
    assert rows == []
