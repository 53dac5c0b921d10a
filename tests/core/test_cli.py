"""The command line, from a folder of pictures to a grid of samples."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.workspace import Workspace

PICTURES = 24


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lab with a collection, a dataset and a finished run, all made by the command line."""
    root = tmp_path_factory.mktemp("cli")
    pictures = root / "pictures"
    pictures.mkdir()
    random = np.random.default_rng(0)
    for number in range(PICTURES):
        small = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        Image.fromarray(small).resize((48, 48), Image.Resampling.BICUBIC).save(pictures / f"{number:02}.png")
    (pictures / "labels.csv").write_text("file,artist\n00.png,Ada\n01.png,Ada\n", encoding="utf-8")
    (pictures / "notes.txt").write_text("no picture", encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ATELIER_HOME", str(root / "lab"))
        labels = str(pictures / "labels.csv")
        assert main(["collect", "folder", str(pictures), "--collection", "squares", "--labels", labels]) == 0
        build = ["dataset", "build", "--collection", "squares", "--resolution", "32", "--name", "squares-32"]
        assert main([*build, "--copies", "flips"]) == 0
        settings = ["--set", "batch_size=8", "width=8", "--set", "grid_size=4"]
        assert (
            main(["train", "--preset", "quick-gan", "--dataset", "squares-32", "--epochs", "2", *settings, "--wait"])
            == 0
        )
        yield root / "lab"


@pytest.fixture(autouse=True)
def use_lab(lab: Path, lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_HOME", str(lab))  # after lab_home, which gives every test an empty one


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    capsys.readouterr()
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_datasets_are_listed_with_their_counts(capsys: pytest.CaptureFixture[str]) -> None:
    (dataset,) = _json(capsys, "dataset", "list")  # type: ignore[misc]
    assert dataset["name"] == "squares-32"
    assert dataset["kept"] == PICTURES
    assert dataset["train"] + dataset["test"] == PICTURES


def test_a_finished_run_is_listed_as_done_with_its_last_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = _json(capsys, "runs")  # type: ignore[misc]
    assert (run["preset"], run["dataset"], run["state"], run["epoch"]) == ("quick-gan", "squares-32", "done", 2)
    assert run["images_seen"] > 0


def test_samples_of_the_same_seed_are_the_same_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / name for name in ("a.png", "b.png")]
    for file in files:
        assert main(["sample", "quick-gan", "--count", "6", "--columns", "3", "--seed", "5", "--out", str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    with Image.open(files[0]) as grid:
        assert grid.size == (3 * 32 + 4, 2 * 32 + 2)
        assert grid.info["seed"] == "5"


def test_the_labels_reach_the_catalog(lab: Path) -> None:
    from core.catalog.catalog import Catalog

    with Catalog(Workspace(lab).catalog) as catalog:
        assert dict(catalog.artists())["Ada"] == 2


def test_collecting_the_same_folder_again_adds_nothing(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from core.catalog.catalog import Catalog

    folder = lab.parent / "pictures"
    assert main(["collect", "folder", str(folder), "--collection", "squares"]) == 0
    with Catalog(Workspace(lab).catalog) as catalog:
        assert catalog.count() == PICTURES


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train", "--preset", "nope", "--dataset", "squares-32", "--epochs", "1"], ["'nope'", "quick-gan"]),
        (["train", "--preset", "quick-gan", "--dataset", "nope", "--epochs", "1"], ["'nope'", "squares-32"]),
        (["train", "--preset", "quick-gan", "--dataset", "squares-32", "--epochs", "0"], ["0", "epoch"]),
        (
            ["train", "--preset", "quick-gan", "--dataset", "squares-32", "--epochs", "1", "--set", "batch_sise=4"],
            ["batch_sise", "batch_size"],
        ),
        (["dataset", "build", "--collection", "nope", "--name", "x"], ["'nope'", "squares"]),
        (["dataset", "build", "--collection", "squares", "--name", "x", "--resolution", "48000"], ["48000", "256"]),
        (["dataset", "build", "--collection", "squares", "--name", "x", "--aspect", "16:9"], ["16:9", "3:4"]),
        (["collect", "folder", "/no/such/folder", "--collection", "x"], ["/no/such/folder"]),
        (["resume", "nope"], ["'nope'"]),
        (["stop", "quick-gan"], ["not running", "done"]),
        (["sample", "quick-gan", "--epoch", "99", "--out", "x.png"], ["99", "2"]),
        (["sample", "quick-gan", "--out", "x.jpg"], ["x.jpg", "PNG"]),
    ],
    ids=lambda value: " ".join(value)[:60],
)
def test_a_refusal_is_one_line_that_names_what_was_found(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("atelier:")]
    for word in words:
        assert word in line


def test_a_mistyped_command_exits_with_two() -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["colect"])
    assert stopped.value.code == 2


@pytest.mark.parametrize("command", [[], ["collect"], ["collect", "sample"], ["dataset", "build"], ["train"], ["demo"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert "usage:" in capsys.readouterr().out
