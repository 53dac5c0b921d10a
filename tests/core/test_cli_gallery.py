"""What the lab made, from the command line."""

import json
from pathlib import Path

import pytest

from core.cli import main
from core.pictures.chosen import keep_picture
from core.pictures.gallery import Gallery, Made
from core.workspace import Workspace
from tests.core.pictures import encoded, noise


@pytest.fixture
def made(workspace: Workspace) -> Made:
    content = keep_picture(workspace, encoded(noise(seed=9)), label="Street")
    Gallery(workspace).keep(encoded(noise(seed=2)), way="upscale", title="Larger", label="Lanczos: resampled")
    return Gallery(workspace).keep(
        encoded(noise(seed=1)), way="style", title="Street as a Rothko", label="patch: pieces", parents=(content,)
    )


def test_the_list_has_the_newest_first_and_can_be_narrowed(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "list", "--json"]) == 0
    assert [row["title"] for row in json.loads(capsys.readouterr().out)] == ["Street as a Rothko", "Larger"]
    assert main(["gallery", "list", "--way", "upscale"]) == 0
    printed = capsys.readouterr().out
    assert "Larger" in printed
    assert "Street" not in printed


def test_an_empty_gallery_says_how_to_begin(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "list"]) == 0
    assert "core style --help" in capsys.readouterr().err


def test_a_picture_is_named_by_the_beginning_of_its_hash(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "show", made.sha256[:8]]) == 0
    printed = capsys.readouterr().out
    assert "patch: pieces" in printed
    assert f"Street  {made.parents[0].sha256}" in printed
    assert main(["gallery", "show", "zz"]) == 1


def test_saving_writes_over_nothing(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "save", made.sha256, "--out", str(tmp_path / "out")]) == 0
    (saved,) = (tmp_path / "out").iterdir()
    assert saved.read_bytes() == encoded(noise(seed=1))
    assert main(["gallery", "save", made.sha256, "--out", str(tmp_path / "out")]) == 1
    assert "nothing is written over" in capsys.readouterr().err


def test_pictures_go_into_the_catalog_and_out_of_the_gallery(
    workspace: Workspace, made: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gallery", "catalog", made.sha256[:10], "--collection", "Mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["message"].startswith("1 picture stored")
    assert main(["gallery", "remove", made.sha256[:10]]) == 0
    assert [left.title for left in Gallery(workspace).newest()] == ["Larger"]
