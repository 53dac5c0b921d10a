"""Weights from the command line: listed, checked, made slim, and fetched only once somebody agreed."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from core import pretrained
from core.cli import main
from core.pretrained import KnownFile
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.style import weights
from core.style.neural import vgg
from core.style.neural.vgg import LayerPlan, random_tensors
from core.system import weights as system_weights
from core.workspace import Workspace
from tests.standins.server import Answer, Request, StandIn

PLAN = LayerPlan("small", ((1, 4), (2, 5)))


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[KnownFile, bytes]]:
    """A whole file of made weights, known by its hash; published below an address."""

    def made(site: str) -> tuple[KnownFile, bytes]:
        path = tmp_path / "made.pth"
        torch.save(random_tensors(PLAN, "relu2_2", seed=0) | {"classifier.0.weight": torch.zeros(90, 90)}, path)
        data = path.read_bytes()
        name = f"small-{hashlib.sha256(data).hexdigest()[:8]}.pth"
        known = KnownFile(name, "A small network", "tests", len(data) / 1e6, "small", f"{site}/{name}", "MIT")
        unnamed = KnownFile("zip.pth", "In a zip", "tests", 1.0, "zipped", licence="It comes in a zip.")
        for module in (weights, pretrained, system_weights):
            monkeypatch.setattr(module, "KNOWN", (known, unnamed))
        monkeypatch.setitem(vgg.PLANS, "small", PLAN)
        return known, data

    return made


def rows(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["weights", *arguments, "--json"]) == status
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_all_known_files_are_listed_with_where_they_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    found = {row["name"]: row for row in rows(capsys, "list")}
    assert found["vgg19"]["state"] == "not here"
    assert found["vgg19"]["url"].startswith("https://download.pytorch.org/")
    assert found["vgg19"]["licence"]
    assert found["adain-decoder"]["MB"] == 14.0
    assert main(["weights", "list"]) == 0
    assert "vgg19-dcbb9e9d.pth" in capsys.readouterr().out


def test_files_are_checked_made_slim_and_told_when_they_are_forged(
    workspace: Workspace,
    hub: Path,
    publish: Callable[[str], tuple[KnownFile, bytes]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    known, data = publish("https://weights.example")
    hub.mkdir(parents=True)
    (hub / known.name).write_bytes(data)
    assert rows(capsys, "list")[0]["state"] == "not checked yet"
    assert main(["weights", "slim", "small"]) == 0
    states = {row["file"]: row["state"] for row in rows(capsys, "check")}
    slim = workspace.data / "weights" / "small-features.safetensors"
    assert states == {known.name: "verified", slim.name: f"slim, of {known.sha256_start}"}
    assert slim.stat().st_size < len(data) / 4
    torn = bytearray(slim.read_bytes())
    torn[-3] ^= 1
    slim.write_bytes(torn)
    (hub / known.name).write_bytes(data[:-9])
    assert main(["weights", "check"]) == 1
    printed = capsys.readouterr()
    assert "damaged or forged" in printed.out
    assert f"{known.name}, {slim.name}" in printed.err


def test_a_slim_file_is_made_of_a_file_that_lies_anywhere(
    workspace: Workspace,
    tmp_path: Path,
    publish: Callable[[str], tuple[KnownFile, bytes]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    known, data = publish("https://weights.example")
    path = tmp_path / known.name
    path.write_bytes(data)
    assert main(["weights", "slim", str(path)]) == 0
    assert capsys.readouterr().out.strip() == str(workspace.data / "weights" / "small-features.safetensors")
    assert main(["weights", "slim", "nothing"]) == 1
    assert "No weights called 'nothing'" in capsys.readouterr().err


def test_a_download_shows_where_from_and_where_to_and_needs_a_yes(
    workspace: Workspace, publish: Callable[[str], tuple[KnownFile, bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    answers: dict[str, bytes] = {}

    def answer(request: Request) -> Answer:
        asked.append(request.path)
        return Answer(200, answers["data"], "application/octet-stream")

    site = StandIn(answer)
    with site:
        known, answers["data"] = publish(site.url)
        write_web_settings(workspace, WebSettings(hosts={site.netloc: HostSettings(allowed=True)}))
        target = workspace.data / "weights" / known.name
        assert main(["weights", "download", "small"]) == 1
        told = capsys.readouterr().err
        assert known.url in told
        assert str(target) in told
        assert "terms  MIT" in told
        assert "add --yes" in told
        assert asked == []
        assert main(["weights", "download", "small", "--yes"]) == 0
        assert target.read_bytes() == answers["data"]
        assert capsys.readouterr().out.strip() == str(target)
        assert main(["weights", "download", "small", "--yes"]) == 1
        assert "is here already" in capsys.readouterr().err
        assert len(asked) == 1
        assert main(["weights", "download", "zipped", "--yes"]) == 1
        assert "It comes in a zip." in capsys.readouterr().err
