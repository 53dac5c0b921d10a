"""Recipes and saved selections on the command line, from what people write to what is built and exported."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.datasets.recipe import Recipe
from core.datasets.recipe_book import PRESETS, save_recipe
from core.datasets.steps.step import Step
from core.workspace import Workspace

Out = pytest.CaptureFixture[str]
MINE = Recipe(
    resolution=32,
    max_cut_share=1,
    min_deviation=0,
    test_share=0.25,
    steps=(Step(kind="hue"),),
    steps_as="copies",
    drawn_copies=2,
)


@pytest.fixture
def squares(workspace: Workspace, tmp_path: Path, capsys: Out) -> Workspace:
    """A lab with eight pictures, half of them by Ada, and a selection of hers called `adas`."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    lines = ["file,artist"]
    for number in range(8):
        pixels = np.random.default_rng(number).integers(0, 256, (3, 3, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((40, 40), Image.Resampling.NEAREST).save(pictures / f"{number}.png")
        lines.append(f"{number}.png,{'Ada' if number < 4 else 'Bo'}")
    (pictures / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    labels = str(pictures / "labels.csv")
    assert main(["collect", "folder", str(pictures), "--collection", "squares", "--labels", labels]) == 0
    assert main(["catalog", "selections", "--save", "adas", "--where", "artist = Ada"]) == 0
    capsys.readouterr()
    return workspace


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(MINE.to_json()), encoding="utf-8")
    return path


def built(workspace: Workspace, capsys: Out, *arguments: str) -> tuple[dict, str]:
    """The manifest of what was built, and what was remarked."""
    capsys.readouterr()
    assert main(["dataset", "build", *arguments, "--json"]) == 0, capsys.readouterr().err
    printed = capsys.readouterr()
    folder = workspace.dataset(json.loads(printed.out)["dataset"])
    return json.loads((folder / "manifest.json").read_text()), printed.err


def test_a_saved_selection_and_a_file_with_a_recipe_make_a_dataset(
    squares: Workspace, recipe_file: Path, capsys: Out
) -> None:
    manifest, _ = built(squares, capsys, "--selection", "adas", "--recipe", str(recipe_file), "--name", "hers")
    assert Recipe.from_json(manifest["recipe"]) == MINE
    assert manifest["selection"]["where"] == "artist = Ada"
    assert manifest["artists"] == {"Ada": 4}
    assert (manifest["counts"]["kept"], manifest["counts"]["copies"]) == (4, 2 * manifest["counts"]["train"])
    rows = json.loads((squares.dataset(manifest["id"]) / "index.json").read_text())
    assert [row["copy"] for row in rows if row["split"] == "train"].count("drawn-2") == manifest["counts"]["train"]


def test_options_stand_above_the_recipe_and_say_so(squares: Workspace, recipe_file: Path, capsys: Out) -> None:
    options = ["--recipe", str(recipe_file), "--copies", "flips", "--drawn-copies", "1", "--resolution", "32"]
    manifest, remarks = built(squares, capsys, "--collection", "squares", *options, "--name", "mine")
    assert Recipe.from_json(manifest["recipe"]).row_copies == ("flip-lr", "flip-tb", "drawn-1")
    assert "copies flip-lr, flip-tb (not none), drawn_copies 1 (not 2)." in remarks
    assert "resolution" not in remarks  # what says the same is no change


def test_a_recipe_goes_by_name_too_preset_or_saved(squares: Workspace, capsys: Out) -> None:
    manifest, _ = built(squares, capsys, "--selection", "adas", "--recipe", "artgan", "--name", "seeds")
    assert Recipe.from_json(manifest["recipe"]) == PRESETS["artgan"].recipe
    assert manifest["counts"]["rows"] == 6 * 4
    assert main(["dataset", "build", "--selection", "adas", "--recipe", "artgun", "--name", "x"]) == 1
    assert "No recipe called 'artgun'. There are: artgen, artgan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"resolution": 64,}', "is no JSON"),
        ('{"sise": 64}', "no setting sise"),
        ('{"steps": [{"kind": "hue", "values": {"angel": 3}}]}', "Step 1: The step hue has no value angel"),
        ('{"resolution": "64"}', "resolution must be a whole number"),
        ("[]", "JSON object"),
    ],
)
def test_a_file_that_cannot_work_is_refused_by_name_and_key(tmp_path: Path, capsys: Out, text: str, words: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text, encoding="utf-8")
    assert main(["dataset", "build", "--collection", "squares", "--recipe", str(path), "--name", "x"]) == 1
    printed = capsys.readouterr().err
    assert "odd.json" in printed
    assert words in printed
    assert "Traceback" not in printed


def test_a_file_that_is_not_there_is_refused_as_a_file(tmp_path: Path, capsys: Out) -> None:
    assert main(["dataset", "recipes", str(tmp_path / "none.json")]) == 1
    assert "none.json cannot be read: No such file" in capsys.readouterr().err


def test_recipes_are_listed_kept_printed_and_taken_out(workspace: Workspace, recipe_file: Path, capsys: Out) -> None:
    assert main(["dataset", "recipes", "--save", "mine", "--recipe", str(recipe_file), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["mine", *PRESETS]
    assert Recipe.from_json(rows[0]["recipe"]) == MINE
    assert main(["dataset", "recipes", "mine", "--as", "link"]) == 0
    link = capsys.readouterr().out.strip()
    assert main(["dataset", "recipes", link]) == 0
    assert Recipe.from_json(json.loads(capsys.readouterr().out)) == MINE
    assert main(["dataset", "recipes", "mine", "--as", "python"]) == 0
    assert "build_dataset(" in capsys.readouterr().out
    assert main(["dataset", "recipes", "--delete", "mine"]) == 0
    assert "mine" not in capsys.readouterr().out


def test_a_manifest_or_a_saved_recipe_serves_as_a_file(workspace: Workspace, tmp_path: Path, capsys: Out) -> None:
    save_recipe(workspace, "mine", MINE)
    (path,) = (workspace.data / "recipes").iterdir()
    assert main(["dataset", "recipes", str(path)]) == 0
    assert Recipe.from_json(json.loads(capsys.readouterr().out)) == MINE


def test_a_saved_selection_leaves_as_an_export(squares: Workspace, tmp_path: Path, capsys: Out) -> None:
    out = tmp_path / "out"
    assert main(["catalog", "export", "--selection", "adas", "--out", str(out), "--json"]) == 0
    with next(out.rglob("metadata.csv")).open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["artist"] for row in rows} == {"Ada"}
    assert len(rows) == len(list(out.rglob("*.png"))) == 4
    assert main(["catalog", "export", "--selection", "hers", "--out", str(tmp_path / "none")]) == 1
    assert "adas" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
