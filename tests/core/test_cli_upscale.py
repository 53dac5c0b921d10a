"""Making pictures larger from the command line: one, many, again; networks trained, listed, compared, refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.cli import main
from core.pictures.chosen import ChosenPicture
from core.training import device
from core.upscale.output import read_request
from tests.core.pictures import corners, encoded, noise
from tests.core.upscale.made import SMALL_COMPACT, safetensors
from tests.core.upscale.test_training import blobs


@pytest.fixture(autouse=True)
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATELIER_HOME", str(tmp_path / "lab"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(device, "physical_cores", lambda: 1)  # other tests run beside this one
    return tmp_path / "lab"


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.png"
    path.write_bytes(encoded(corners(48, 32)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "pictures"
    place.mkdir()
    for seed in range(4):
        (place / f"blobs-{seed}.png").write_bytes(encoded(blobs(seed, 96)))
    (place / "notes.txt").write_text("no picture")
    return place


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
        assert main([*map(str, arguments)]) == 1
        return capsys.readouterr().err

    return run


def test_one_picture_becomes_four_times_as_large_and_tells_how(
    command: Callable[..., Any], bridge: Path, tmp_path: Path
) -> None:
    out = tmp_path / "large.png"
    facts = command("upscale", bridge, "--method", "backprojection", "--sharpen", "40", "--out", out)
    assert (facts["width"], facts["height"], facts["out"]) == (192, 128, str(out))
    assert "no detail invented" in facts["label"]
    with Image.open(out) as image:
        assert image.size == (192, 128)
    found = read_request(out)
    assert (found.method, found.sharpen, found.picture.label, found.picture.path) == (
        "backprojection",
        40.0,
        "bridge.png",
        "",
    )


def test_a_network_from_a_file_is_used_by_its_path(command: Callable[..., Any], bridge: Path, tmp_path: Path) -> None:
    model = safetensors(tmp_path / "crisp.safetensors")
    out = tmp_path / "large.png"
    facts = command("upscale", bridge, "--model", model, "--scale", "2", "--out", out)
    assert (facts["width"], facts["height"]) == (96, 64)
    assert f"crisp: {SMALL_COMPACT.title}" in facts["label"]
    assert "made 4 times as large, then resampled to 2 times by Lanczos" in facts["label"]
    assert read_request(out).model == "crisp.safetensors"


def test_many_pictures_go_to_a_folder_and_the_same_command_goes_on(
    command: Callable[..., Any], folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "large"
    (folder / "broken.png").write_bytes(b"no picture at all")
    first = command("upscale", folder, "--scale", "2", "--out", out)
    assert (first["made"], first["known"], first["refused"]) == (4, 0, 1)
    (out / "blobs-2.png").unlink()
    again = command("upscale", folder, "--scale", "2", "--out", out)
    assert (again["made"], again["known"]) == (1, 3)
    other = command("upscale", folder, "--scale", "2", "--method", "nearest", "--out", out)
    assert (other["made"], other["known"]) == (4, 0)


def test_pictures_of_one_name_do_not_write_over_each_other(
    command: Callable[..., Any], tmp_path: Path, bridge: Path
) -> None:
    other = tmp_path / "other" / "bridge.jpg"
    other.parent.mkdir()
    other.write_bytes(encoded(noise(32, 32), "JPEG"))
    command("upscale", bridge, other, "--scale", "2", "--out", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["bridge-jpg.png", "bridge.png"]


def test_what_cannot_be_done_is_refused_in_a_line(
    refusal: Callable[..., str], bridge: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.png"
    assert "as PNG" in refusal("upscale", bridge, "--out", tmp_path / "a.jpg")
    assert "need a folder" in refusal("upscale", folder, "--out", out)
    assert "written over by its own result" in refusal("upscale", folder, "--out", folder)
    assert "needs a network" in refusal("upscale", bridge, "--method", "own", "--out", out)
    assert "No network trained here" in refusal("upscale", bridge, "--method", "own", "--model", "x", "--out", out)
    assert "could not be read" in refusal("upscale", tmp_path / "gone.png", "--out", out)
    (tmp_path / "hostile.pt").write_bytes(b"anything")
    assert "TorchScript" in refusal("upscale", bridge, "--model", tmp_path / "hostile.pt", "--out", out)
    assert not out.exists()


def test_the_cost_is_told_without_doing_the_work(command: Callable[..., Any], folder: Path, tmp_path: Path) -> None:
    facts = command("upscale", folder, "--estimate", "--out", tmp_path / "large")
    assert facts["pictures"] == 4
    assert facts["seconds"] > 0
    assert not (tmp_path / "large").exists()


def test_a_network_is_trained_listed_compared_used_and_removed(
    command: Callable[..., Any], refusal: Callable[..., str], folder: Path, bridge: Path, tmp_path: Path
) -> None:
    made = command(
        "upscaler", "train", "--pictures", folder, "--name", "Blobs", "--scale", 2, "--steps", 6, "--crop", 64,
        "--batch-size", 2,
    )  # fmt: skip
    assert made["name"] == "blobs"
    assert made["training"]["steps"] == 6
    (row,) = command("upscaler", "list")
    assert (row["method"], row["name"], row["scale"]) == ("own", "blobs", 2)
    scores = command("upscaler", "evaluate", "--pictures", folder, "--scale", 2, "--own", "blobs")
    assert {row["method"] for row in scores} == {"blobs", "bicubic", "lanczos", "backprojection"}
    assert scores[0]["psnr_y"] >= scores[-1]["psnr_y"]
    used = command("upscale", bridge, "--scale", 2, "--method", "own", "--model", "blobs", "--out", tmp_path / "b.png")
    assert used["width"] == 96
    assert "already" in refusal("upscaler", "train", "--pictures", folder, "--name", "blobs")
    command("upscaler", "remove", "blobs")
    assert command("upscaler", "list") == []
    assert "No network trained here" in refusal("upscaler", "remove", "blobs")


def test_a_file_of_weights_is_checked_by_opening_it(
    command: Callable[..., Any], refusal: Callable[..., str], tmp_path: Path
) -> None:
    assert command("upscaler", "check", safetensors(tmp_path / "crisp.safetensors"))["scale"] == 4
    (tmp_path / "torn.pth").write_bytes(b"PK\x03\x04 and no more")
    assert "damaged or cut short" in refusal("upscaler", "check", tmp_path / "torn.pth")


def test_a_picture_on_the_command_line_is_known_by_its_content(bridge: Path, tmp_path: Path) -> None:
    assert main(["upscale", str(bridge), "--scale", "2", "--out", str(tmp_path / "a.png")]) == 0
    found = read_request(tmp_path / "a.png").picture
    assert found == ChosenPicture(sha256=found.sha256, label="bridge.png")
    assert len(found.sha256) == 64
