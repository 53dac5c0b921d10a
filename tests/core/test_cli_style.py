"""Restyling from the command line: once, again, filmed, as a sheet and by the folder."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from core.cli import main
from core.pictures.chosen import keep_picture
from core.pictures.gallery import Gallery
from core.style.output import read_request
from core.workspace import Workspace
from tests.core.style.jobs_made import png

PATCH = ["--engine", "patch", "--size", "64", "--set", "style_patches=300", "repeats=2", "smallest=32"]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.png"
    path.write_bytes(png(1))
    return path


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    path = tmp_path / "wave.png"
    path.write_bytes(png(2))
    return path


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command that succeeds; its JSON."""

    def run(*arguments: object) -> Any:
        capsys.readouterr()
        assert main([*map(str, arguments), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that is refused; what it says."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main(list(map(str, arguments))) == 1
        return capsys.readouterr().err

    return run


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_after(monkeypatch: pytest.MonkeyPatch, place: str, name: str, times: int) -> None:
    """Ctrl-C at the so-many-th call of a function that is called at every step."""
    module = __import__(place, fromlist=[name])
    real, called = getattr(module, name), 0

    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal called
        called += 1
        if called == times:
            os.kill(os.getpid(), signal.SIGINT)
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, counted)


# --- one picture


def test_a_picture_is_restyled_and_remembers_its_pictures_by_content(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.png"
    facts = command(
        "style", "--content", bridge, "--style", wave, "--engine", "palette", "--strength", 80, "--out", out
    )
    assert (facts["engine"], facts["width"], facts["height"], facts["stopped"]) == ("palette", 64, 54, False)
    asked = read_request(out)
    assert asked.strength == 80
    assert [asked.content.label, len(asked.content.sha256), asked.content.path] == ["bridge.png", 64, ""]


def test_a_picture_made_here_is_made_again_with_other_wishes(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path, workspace: Workspace
) -> None:
    first, same, other = tmp_path / "first.png", tmp_path / "same.png", tmp_path / "other.png"
    command("style", "--content", bridge, "--style", wave, *PATCH, "--seed", 3, "--out", first)
    for path in (bridge, wave):
        keep_picture(workspace, path.read_bytes())
        path.unlink()
    command("style", "--again", first, "--out", same)
    assert same.read_bytes() == first.read_bytes()
    facts = command("style", "--again", first, "--strength", 90, "--set", "detail=0.1", "--out", other)
    assert facts["settings"]["detail"] == 0.1
    assert facts["settings"]["repeats"] == 2  # as in the file
    assert (facts["request"]["strength"], facts["request"]["seed"]) == (90, 3)


def test_another_engine_leaves_the_settings_of_the_first_behind(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    first, other = tmp_path / "first.png", tmp_path / "other.png"
    command("style", "--content", bridge, "--style", wave, *PATCH, "--out", first)
    again = ["--again", first, "--content", bridge, "--style", wave, "--engine", "palette"]
    facts = command("style", *again, "--out", other)
    assert (facts["engine"], facts["request"]["overrides"], facts["request"]["size"]) == ("palette", {}, 64)


def test_pictures_that_the_lab_does_not_have_are_named_with_how_to_give_them(
    command: Callable[..., Any], refusal: Callable[..., str], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    first = tmp_path / "first.png"
    command("style", "--content", bridge, "--style", wave, "--engine", "palette", "--out", first)
    words = refusal("style", "--again", first, "--out", tmp_path / "x.png")
    assert "the content, bridge.png; the style 1, wave.png" in words
    assert "with --content and --style" in words
    words = refusal("style", "--again", first, "--content", bridge, "--out", tmp_path / "x.png")
    assert "bridge.png" not in words.partition("lab: ")[2]
    words = refusal("style", "--again", bridge, "--out", tmp_path / "x.png")
    assert "holds no request" in words


def test_a_film_shows_how_the_picture_came_about(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    out, film = tmp_path / "out.png", tmp_path / "film.gif"
    facts = command("style", "--content", bridge, "--style", wave, *PATCH, "--film", film, "--out", out)
    with Image.open(film) as shown:
        assert isinstance(shown, GifImageFile)
        assert shown.n_frames == facts["film"]["frames"] >= 10
        assert shown.size == (64, 54)
        first = np.asarray(shown.convert("RGB")).astype(int)
        shown.seek(shown.n_frames - 1)
        last = np.asarray(shown.convert("RGB")).astype(int)
    assert abs(first - np.asarray(Image.open(bridge))).mean() < 8
    assert abs(last - np.asarray(Image.open(out))).mean() < 8


def test_control_c_keeps_the_result_and_the_film_so_far(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, film = tmp_path / "out.png", tmp_path / "film.gif"
    interrupt_after(monkeypatch, "core.style.patch.synthesis", "_stepped", 3)
    facts = command("style", "--content", bridge, "--style", wave, *PATCH, "--film", film, "--out", out)
    assert facts["stopped"]
    assert facts["film"]["frames"] == 5  # the content, three steps, the result so far
    assert Image.open(out).size == (64, 54)


def test_what_is_missing_or_cannot_be_is_one_clear_line(
    refusal: Callable[..., str], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    both = ["--content", bridge, "--style", wave, "--engine", "palette"]
    out = ["--out", tmp_path / "o.png"]
    assert "Give a picture with --content" in refusal("style", "--style", wave, *out)
    assert "Give a picture with --style" in refusal("style", "--content", bridge, *out)
    assert "End the name in .png" in refusal("style", *both, "--out", tmp_path / "o.jpg")
    assert ".mp4 or .gif" in refusal("style", *both, "--film", tmp_path / "f.avi", *out)
    assert "gone.png" in refusal("style", "--content", tmp_path / "gone.png", "--style", wave, *out)
    assert "vgg19-dcbb9e9d.pth" in refusal("style", "--content", bridge, "--style", wave, "--engine", "neural", *out)
    assert "Every --style needs its weight" in refusal("style", *both, "--weights", "1,2", *out)
    assert not (tmp_path / "o.png").exists()


# --- a sheet


def test_a_sheet_is_saved_with_its_cells(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path, workspace: Workspace
) -> None:
    out, cells = tmp_path / "sheet.png", tmp_path / "cells"
    sheet = ["style-sheet", "--content", bridge, "--style", wave, "--style", bridge, "--strengths", "gentle,90"]
    facts = command(*sheet, "--engine", "palette", "--cells", cells, "--out", out)
    assert [(cell["style"], cell["strength"], cell["state"]) for cell in facts["cells"]] == [
        ("wave", 25, "done"),
        ("wave", 90, "done"),
        ("bridge", 25, "done"),
        ("bridge", 90, "done"),
    ]
    assert Image.open(out).size == (facts["width"], facts["height"])
    assert len(list(cells.iterdir())) == 4
    assert Gallery(workspace).newest()[0].way == "style-sheet"


def test_a_sheet_that_is_interrupted_is_saved_so_far_and_goes_on(
    command: Callable[..., Any],
    bridge: Path,
    wave: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "sheet.png"
    with monkeypatch.context() as during:
        interrupt_after(during, "core.style.patch.synthesis", "_stepped", 14)
        sheet = ["style-sheet", "--content", bridge, "--style", wave, "--strengths", "30,60", *PATCH, "--out", out]
        assert main([*map(str, sheet), "--json"]) == 0
    printed = capsys.readouterr()
    facts = json.loads(printed.out)
    assert f"Go on with: python -m core style-sheet --resume {facts['job']} --out {out}" in printed.err
    assert [cell["state"] for cell in facts["cells"]] == ["done", "waiting"]
    before = out.read_bytes()
    facts = command("style-sheet", "--resume", facts["job"], "--out", out)
    assert [cell["state"] for cell in facts["cells"]] == ["done", "done"]
    assert out.read_bytes() != before


# --- a folder


def test_a_folder_is_restyled_and_done_again_only_where_something_is_new(
    command: Callable[..., Any], bridge: Path, wave: Path, tmp_path: Path
) -> None:
    album, out = tmp_path / "album", tmp_path / "out"
    album.mkdir()
    (album / "a.png").write_bytes(png(5))
    (album / "notes.txt").write_text("no picture")
    folder = ["style-folder", "--contents", album, "--style", wave, "--engine", "palette", "--out", out]
    facts = command(*folder)
    assert (facts["done"], facts["there_already"], facts["total"]) == (1, 0, 2)
    assert facts["failed"][0]["name"] == "notes.txt"
    (album / "b.png").write_bytes(png(6))
    facts = command(*folder)
    assert (facts["done"], facts["there_already"]) == (2, 1)
    assert sorted(path.name for path in out.iterdir()) == ["a.png", "b.png"]


def test_a_folder_command_says_what_it_lacks(refusal: Callable[..., str], wave: Path, tmp_path: Path) -> None:
    assert "Give a folder of pictures with --contents" in refusal("style-folder", "--style", wave)
    assert "There is no folder" in refusal("style-folder", "--contents", tmp_path / "no", "--style", wave)
    assert "No job called 'x'" in refusal("style-folder", "--resume", "x", "--style", wave)
