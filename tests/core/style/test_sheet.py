"""Contact sheets: every cell a picture of its own, filled one after another, stopped, resumed and failed singly."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.jobs.running import RunningJob
from core.pictures.chosen import ChosenPicture, PictureGoneError
from core.pictures.gallery import Gallery
from core.style.job import create_style
from core.style.output import read_request
from core.style.request import StylePicture, StyleRequest
from core.style.sheet import SHEET_KEY, cells_of, create_sheet, request_of, run
from core.style.weights import WeightsError
from core.workspace import Workspace
from tests.core.style.jobs_made import chosen, neural, request, run_until


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)


def two_styles(workspace: Workspace) -> list[StylePicture]:
    return [StylePicture(chosen(workspace, seed, name)) for seed, name in ((2, "wave.png"), (3, "Night, 1889.jpg"))]


def facts(job: JobFolder) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((job.path / "result.json").read_text())
    return found


def test_a_sheet_has_a_picture_of_its_own_for_every_style_and_strength(workspace: Workspace) -> None:
    job = create_sheet(workspace, request(workspace), two_styles(workspace), [25, 75.5])
    end = control.run_here(workspace, job)
    assert (end.state, end.message[:9]) == (State.DONE, "4 cells i")
    files = sorted(path.name for path in (job.path / "cells").iterdir())
    assert files == ["01-wave-25.png", "01-wave-75.5.png", "02-night-1889-25.png", "02-night-1889-75.5.png"]
    for cell in cells_of(job):
        asked = read_request(job.path / cell.file)
        assert (asked.strength, asked.styles[0].picture.name.startswith(cell.style[:4])) == (cell.strength, True)
        assert asked == request_of(job, cell).for_file()
        assert cell.state == "done"


def test_a_cell_is_the_picture_that_its_request_makes_alone(workspace: Workspace) -> None:
    job = create_sheet(workspace, request(workspace), two_styles(workspace)[:1], [50])
    control.run_here(workspace, job)
    (cell,) = cells_of(job)
    alone = create_style(workspace, read_request(job.path / cell.file))
    control.run_here(workspace, alone)
    assert (alone.path / "result.png").read_bytes() == (job.path / cell.file).read_bytes()


def test_the_sheet_is_in_the_gallery_with_what_it_was_made_of(workspace: Workspace) -> None:
    asked = request(workspace)
    job = create_sheet(workspace, asked, two_styles(workspace), [10, 90], title="Two nights")
    control.run_here(workspace, job)
    (made,) = Gallery(workspace).newest()
    assert (made.way, made.title, made.remark) == ("style-sheet", "Two nights", "")
    assert [parent.label for parent in made.parents] == ["bridge.jpg", "wave.png", "Night, 1889.jpg"]
    with Image.open(job.path / "sheet.png") as sheet:
        kept = json.loads(sheet.info[SHEET_KEY])
        assert sheet.size == (facts(job)["width"], facts(job)["height"])
    assert kept == made.request
    assert kept["strengths"] == [10, 90]
    assert StyleRequest.from_json(kept["request"]).styles == tuple(two_styles(workspace))


def test_the_sheet_fills_while_it_is_made(workspace: Workspace) -> None:
    """Each cell is in the preview before the next one is begun."""
    job = create_sheet(workspace, request(workspace), two_styles(workspace), [20, 80])
    seen = []

    class Watched(RunningJob):
        def progress(self, done: int, total: int, *, unit: str, message: str = "") -> None:
            super().progress(done, total, unit=unit, message=message)
            with Image.open(self.folder / "preview.webp") as preview:
                seen.append((done, np.asarray(preview.convert("RGB")).std()))

    from core.jobs.identity import own_identity
    from core.jobs.progress import StatusWriter

    writer = StatusWriter(job.status_path, own_identity(), before=None)
    run(Watched(job.path, job.settings, workspace, "cpu", ("cpu",), writer))
    spread = dict(seen)
    assert sorted(spread) == [0, 1, 2, 3, 4]
    assert spread[0] < spread[2] < spread[4]


@pytest.mark.parametrize("engine", ["patch", "neural"])
def test_a_stopped_sheet_goes_on_with_the_cell_it_was_at_and_does_none_again(
    workspace: Workspace, tmp_path: Path, engine: str
) -> None:
    asked = request(workspace, "patch", size=40) if engine == "patch" else neural(workspace, tmp_path)
    whole = create_sheet(workspace, asked, two_styles(workspace)[:1], [30, 60])
    control.run_here(workspace, whole)
    job = create_sheet(workspace, asked, two_styles(workspace)[:1], [30, 60])
    reports = 8 if engine == "patch" else 19  # of the first cell, and some of the second
    message = run_until(workspace, job, reports, run)
    assert message.startswith("Stopped after 1 of 2 cells: the sheet so far is kept.")
    (so_far,) = Gallery(workspace).newest(1)
    assert so_far.remark == "Stopped after 1 of 2 cells"
    assert torch.load(job.path / "state.pt", weights_only=True)["item"] == cells_of(job)[1].file
    first = job.path / cells_of(job)[0].file
    before = first.stat().st_mtime_ns
    assert control.run_here(workspace, job).state is State.DONE
    assert first.stat().st_mtime_ns == before
    for one, other in zip(cells_of(job), cells_of(whole), strict=True):
        assert (job.path / one.file).read_bytes() == (whole.path / other.file).read_bytes()
    assert [made.remark for made in Gallery(workspace).newest()] == [""]  # both sheets are the same picture


def test_what_was_kept_of_one_cell_is_not_gone_on_with_in_another(workspace: Workspace) -> None:
    """Two cells of one sheet differ in nothing but a picture, which a state of the patch engine does not name."""
    asked = request(workspace, "patch", size=40)
    whole = create_sheet(workspace, asked, two_styles(workspace), [50])
    control.run_here(workspace, whole)
    job = create_sheet(workspace, asked, two_styles(workspace), [50])
    run_until(workspace, job, 4, run)
    first, second = cells_of(job)
    assert torch.load(job.path / "state.pt", weights_only=True)["item"] == first.file
    (job.path / "cells").mkdir()
    (job.path / first.file).write_bytes((whole.path / first.file).read_bytes())
    control.run_here(workspace, job)
    assert (job.path / second.file).read_bytes() == (whole.path / second.file).read_bytes()


def test_a_cell_that_fails_says_why_in_its_place_and_ends_no_other(workspace: Workspace) -> None:
    styles = two_styles(workspace)
    job = create_sheet(workspace, request(workspace), styles, [20, 80])
    workspace.image(styles[0].picture.sha256, "png").unlink()
    end = control.run_here(workspace, job)
    assert end.state is State.DONE
    assert "2 cells in" in end.message
    assert "2 failed, each with its reason on the sheet." in end.message
    assert [cell.state for cell in cells_of(job)] == ["failed", "failed", "done", "done"]
    assert cells_of(job)[0].reason == "wave.png is not in this lab. Choose the picture again."
    assert facts(job)["failed"] == 2


def test_a_sheet_of_which_every_cell_fails_has_failed(workspace: Workspace) -> None:
    styles = two_styles(workspace)[:1]
    job = create_sheet(workspace, request(workspace), styles, [20])
    workspace.image(styles[0].picture.sha256, "png").unlink()
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "No cell of the sheet could be made. The first one: wave.png is not in this lab." in end.message
    assert Gallery(workspace).newest() == []


def test_what_cannot_be_a_sheet_is_refused_before_there_is_a_folder(workspace: Workspace) -> None:
    styles, gone = two_styles(workspace), StylePicture(ChosenPicture(sha256="0" * 64, label="lost.jpg"))
    for engine, rows, strengths, error, words in (
        ("palette", [], [50], ConfigError, "1 to 16 styles; got 0"),
        ("palette", styles, [], ConfigError, "got none"),
        ("palette", styles, [50, 50.0], ConfigError, "no two alike; got 50, 50"),
        ("palette", styles, [50, 150], ConfigError, "0 to 100; got 150"),
        ("palette", [gone], [50], PictureGoneError, r"lost\.jpg"),
        ("neural", styles, [50], WeightsError, "vgg19"),
    ):
        asked = replace(request(workspace, engine), overrides={})
        with pytest.raises(error, match=words):
            create_sheet(workspace, asked, rows, strengths)
    assert list(workspace.jobs.glob("*/job.json")) == []


def test_names_in_any_script_and_of_any_length_leave_a_sheet_that_can_be_read(workspace: Workspace) -> None:
    names = ("富嶽三十六景", "Ночь", "x" * 300, "A very long title of a painting, with many words that go on and on")
    styles = [StylePicture(chosen(workspace, 2, name)) for name in names]
    job = create_sheet(workspace, request(workspace), styles, [50])
    assert control.run_here(workspace, job).state is State.DONE
    assert len(list((job.path / "cells").iterdir())) == 4
