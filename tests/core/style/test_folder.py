"""Whole folders: every picture under its name, nothing written over, and nothing done twice."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.pictures.chosen import ChosenPicture
from core.pictures.gallery import Gallery
from core.style.folder import create_folder, items_of, outcomes_of, run
from core.style.neural import engine as neural_engine
from core.style.output import read_request
from core.style.weights import WeightsError
from core.workspace import Workspace
from tests.core.style.jobs_made import chosen, neural, png, request, run_until


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    for seed, name in enumerate(("b sea.png", "A.PNG", "trip/night.png"), start=10):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(seed))
    return folder


def facts(job: JobFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.path / "result.json").read_text())
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_every_picture_of_a_folder_is_restyled_under_its_own_name(
    workspace: Workspace, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "restyled"
    job = create_folder(workspace, request(workspace), contents=album, out=out)
    end = control.run_here(workspace, job)
    assert (end.state, end.message[:13]) == (State.DONE, "3 pictures in")
    assert names(out) == ["A.png", "b sea.png", "trip/night.png"]
    asked = read_request(out / "trip" / "night.png")
    assert asked.content.name == "night.png"
    assert len(asked.content.sha256) == 64
    assert Gallery(workspace).newest() == []  # they lie where they were asked for
    with Image.open(out / "A.png") as image:
        assert image.size == (64, 54)


def test_without_a_folder_for_them_the_results_are_in_the_gallery(workspace: Workspace) -> None:
    pictures = [chosen(workspace, 5, "sea/../etc"), chosen(workspace, 6, "CON?")]
    job = create_folder(workspace, request(workspace), contents=pictures, title="Two")
    assert control.run_here(workspace, job).state is State.DONE
    assert names(job.path / "results") == ["CON-.png", "sea-..-etc.png"]
    made = Gallery(workspace).newest()
    assert {one.sha256 for one in made} == {outcome.sha256 for outcome in outcomes_of(job)}
    assert {one.title for one in made} == {"sea/../etc (Two)", "CON? (Two)"}
    assert {one.parents[0].sha256 for one in made} == {picture.sha256 for picture in pictures}


def test_nothing_is_written_over_and_what_is_there_already_is_not_done_again(
    workspace: Workspace, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "A.png").write_bytes(b"somebody's own")
    for expected, bits in (("0 there", 8), ("3 there already", 8), ("0 there", 16)):
        job = create_folder(workspace, request(workspace), contents=album, out=out, bits=bits)
        message = control.run_here(workspace, job).message
        assert ("there already" in message) == (expected != "0 there")
        assert expected in message or expected == "0 there"
    assert (out / "A.png").read_bytes() == b"somebody's own"
    assert names(out) == [
        "A-2.png",
        "A-3.png",
        "A.png",
        "b sea-2.png",
        "b sea.png",
        "trip/night-2.png",
        "trip/night.png",
    ]


def test_pictures_of_the_same_name_each_get_one_of_their_own(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    for seed, name in enumerate(("sea.jpg", "sea.png", "SEA.webp")):
        (folder / name).write_bytes(png(seed))
    job = create_folder(workspace, request(workspace), contents=folder)
    assert sorted(item.file for item in items_of(job)) == ["SEA.png", "sea-2.png", "sea-3.png"]


def test_what_cannot_be_read_is_listed_with_the_reason_and_ends_nothing(
    workspace: Workspace, album: Path, tmp_path: Path
) -> None:
    (album / "0 notes.txt").write_text("milk, bread")
    (album / "torn.png").write_bytes(png(1)[:70])
    (album / ".hidden").write_bytes(b"")
    job = create_folder(workspace, request(workspace), contents=album, out=tmp_path / "out")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert "2 could not be restyled, result.json says why" in end.message
    failed = {row["name"]: row["reason"] for row in facts(job)["failed"]}
    assert failed.keys() == {"0 notes.txt", "torn.png"}
    assert all(reason and name not in reason for name, reason in failed.items())
    assert len(names(tmp_path / "out")) == 3


def test_results_inside_the_folder_are_not_restyled_in_their_turn(workspace: Workspace, album: Path) -> None:
    for _ in range(2):
        job = create_folder(workspace, request(workspace), contents=album, out=album / "out")
        control.run_here(workspace, job)
    assert len(items_of(job)) == 3
    assert names(album / "out") == ["A.png", "b sea.png", "trip/night.png"]


@pytest.mark.parametrize("engine", ["patch", "neural"])
def test_a_stopped_folder_goes_on_within_the_picture_it_was_at(
    workspace: Workspace, album: Path, tmp_path: Path, engine: str
) -> None:
    asked = request(workspace, "patch") if engine == "patch" else neural(workspace, tmp_path)
    (album / "trip" / "night.png").unlink()
    whole = create_folder(workspace, asked, contents=album, out=tmp_path / "whole")
    control.run_here(workspace, whole)
    job = create_folder(workspace, asked, contents=album, out=tmp_path / "out")
    message = run_until(workspace, job, 18, run)
    assert message == "Stopped after 1 of 2 pictures. It can go on where it was."
    assert names(tmp_path / "out") == ["A.png"]
    assert torch.load(job.path / "state.pt", weights_only=True)["item"] == "1"
    first = (tmp_path / "out" / "A.png").stat().st_mtime_ns
    assert control.run_here(workspace, job).state is State.DONE
    assert (tmp_path / "out" / "A.png").stat().st_mtime_ns == first
    for name in names(tmp_path / "whole"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_kill_between_a_result_and_its_line_in_the_ledger_costs_nothing(
    workspace: Workspace, album: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    job = create_folder(workspace, request(workspace), contents=album, out=out)
    run_until(workspace, job, 4, run)
    ledger = (job.path / "done.jsonl").read_bytes().splitlines(keepends=True)
    assert len(ledger) >= 1
    (job.path / "done.jsonl").write_bytes(b"".join(ledger[:-1]))
    assert control.run_here(workspace, job).state is State.DONE
    assert names(out) == ["A.png", "b sea.png", "trip/night.png"]


def test_the_network_is_loaded_once_for_all_pictures(workspace: Workspace, album: Path, tmp_path: Path) -> None:
    neural_engine._features.cache_clear()
    job = create_folder(workspace, neural(workspace, tmp_path / "n"), contents=album, out=tmp_path / "out")
    assert control.run_here(workspace, job).state is State.DONE
    counts = neural_engine._features.cache_info()
    assert (counts.misses, counts.hits) == (1, 2)


def test_what_cannot_be_begun_is_refused_before_there_is_a_folder(
    workspace: Workspace, album: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    words_only = tmp_path / "words"
    words_only.mkdir()
    (words_only / "a.txt").write_text("a")
    asked = request(workspace)
    for contents, out, error, words in (
        (tmp_path / "nowhere", None, ConfigError, "There is no folder"),
        (tmp_path / "empty", None, ConfigError, "There is no picture in"),
        (words_only, None, ConfigError, "None of the 1 files"),
        (album, album / "A.PNG" / "out", ConfigError, "is a file, so"),
    ):
        with pytest.raises(error, match=words):
            create_folder(workspace, asked, contents=contents, out=out)
    with pytest.raises(WeightsError):
        create_folder(workspace, request(workspace, "neural"), contents=album)
    with pytest.raises(ConfigError, match="no picture"):
        create_folder(workspace, asked, contents=[])
    assert list(workspace.jobs.glob("*/job.json")) == []
    assert not (tmp_path / "out").exists()


def test_a_folder_that_went_away_ends_the_job_with_its_name(workspace: Workspace, album: Path, tmp_path: Path) -> None:
    job = create_folder(workspace, request(workspace), contents=album, out=tmp_path / "out")
    album.rename(tmp_path / "elsewhere")
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "No picture could be restyled. The first one, A.PNG: There is no file" in end.message


def test_a_label_never_leads_out_of_the_results(workspace: Workspace) -> None:
    pictures = [
        chosen(workspace, seed, label) for seed, label in enumerate(("../../up", "..", "/etc/passwd", "a\\b"), start=3)
    ]
    job = create_folder(workspace, request(workspace), contents=pictures)
    for item in items_of(job):
        assert "/" not in item.file
        assert item.file.endswith(".png")
        assert not item.file.startswith("..")
    assert ChosenPicture(label="..").name == ".."
