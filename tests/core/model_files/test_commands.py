"""`export` and `import-model`."""

import json
from pathlib import Path

import pytest

from core.cli import main
from core.model_files import facts
from core.model_files.export import export_network
from core.model_files.facts import ModelFileError
from core.workspace import Workspace
from tests.core.model_files.made import make_run


def test_a_run_leaves_and_comes_back(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_run(workspace, "dcgan")
    out = tmp_path / "mine.safetensors"
    assert main(["export", "run-dcgan", "--format", "safetensors", "--out", str(out), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["epoch"], [Path(path).name for path in told["files"]]) == (
        4,
        ["mine.safetensors", "mine.safetensors.example.py", "mine.safetensors.json"],
    )
    assert main(["import-model", str(out), "--title", "Mine"]) == 0
    run_id = capsys.readouterr().out.strip()
    assert workspace.run(run_id).is_dir()
    assert main(["runs"]) == 0
    assert run_id in capsys.readouterr().out


def test_a_refused_file_is_one_line_and_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine.pt").write_bytes(b"\x80\x04")
    assert main(["import-model", str(tmp_path / "mine.pt")]) == 1
    assert "Python pickle" in capsys.readouterr().err


def test_a_missing_package_is_named(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(facts.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelFileError, match="packages onnx and onnxscript must be installed: pip install"):
        export_network(make_run(workspace, "dcgan"), None, "onnx", tmp_path / "mine.onnx")
