"""What leaves the lab draws the same pictures as the lab, by itself."""

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import NotFoundError
from core.model_files.export import companions, example_path, export_network
from core.model_files.facts import FORMS, ModelFileError
from core.model_files.safetensors_file import read_facts
from core.models.latents import draw_latents
from core.models.zoo import ARCHITECTURES
from core.training.pictures import to_pixels
from core.training.weights import load_network
from core.workspace import Workspace
from tests.core.model_files.made import drawn, inputs, make_run

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning", "ignore::UserWarning")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run_example(out: Path, *options: str) -> str:
    """What the example beside an exported file prints, in a Python that cannot import this package."""
    blocked = (
        "import runpy, sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('core', 'ui'):\n"
        "            raise ImportError(name + ' is not installed here')\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", blocked, str(example_path(out)), *options],
        cwd=out.parent,
        env={"PATH": os.environ["PATH"], "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def load_of_example(out: Path, monkeypatch: pytest.MonkeyPatch):
    """The `load` of the example's own source, in a namespace of its own."""
    module = types.ModuleType("example")
    module.__file__ = str(example_path(out))
    monkeypatch.setitem(sys.modules, "example", module)  # dataclasses look up where they are defined
    exec(compile(example_path(out).read_text(), module.__file__, "exec"), module.__dict__)
    return module.load


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_network_exported_as_safetensors_is_bit_equal_in_its_example(
    architecture: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    run = make_run(workspace, architecture)
    out = export_network(run, None, "safetensors", workspace.root / "network.safetensors")
    draw = load_of_example(out, monkeypatch)(str(out))
    assert np.array_equal(draw(*(part.numpy() for part in inputs(run))), drawn(run).numpy())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_network_exported_as_torchscript_is_bit_equal(architecture: str, workspace: Workspace):
    run = make_run(workspace, architecture)
    out = export_network(run, None, "torchscript", workspace.root / "network.pt")
    loaded = torch.jit.load(out)
    with torch.no_grad(), torch.jit.optimized_execution(False):
        assert torch.equal(loaded(*inputs(run)), drawn(run))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_network_exported_as_onnx_draws_the_same(architecture: str, workspace: Workspace):
    onnxruntime = pytest.importorskip("onnxruntime")
    run = make_run(workspace, architecture)
    out = export_network(run, None, "onnx", workspace.root / "network.onnx")
    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    session = onnxruntime.InferenceSession(str(out), options, providers=["CPUExecutionProvider"])
    asked = dict(zip(("z", "terms"), (part.numpy() for part in inputs(run)), strict=False))
    (images,) = session.run(["images"], asked)
    np.testing.assert_allclose(images, drawn(run).numpy(), atol=1e-4, rtol=0)
    facts = json.loads(session.get_modelmeta().custom_metadata_map["atelier"])
    assert facts["architecture"] == architecture
    assert facts["epoch"] == 4


@pytest.mark.parametrize("form", FORMS)
def test_the_example_runs_where_atelier_is_not_installed(form: str, workspace: Workspace, tmp_path: Path):
    if form == "onnx":
        pytest.importorskip("onnxruntime")
    run = make_run(workspace, "dcgan")
    out = export_network(run, 4, form, tmp_path / f"network{FORMS[form]}")
    run_example(out, "--count", "4", "--columns", "2", "--seed", "7", "--out", "grid.png")
    sheet = np.array(Image.open(tmp_path / "grid.png"))
    network, _ = load_network(run.weights(), torch.device("cpu"))
    ours = to_pixels(network(torch.from_numpy(draw_latents(4, int(network.latent_dim), 7))))
    whole = np.concatenate([np.concatenate(list(row), axis=1) for row in ours.reshape(2, 2, 32, 32, 3)], axis=0)
    assert sheet.shape == whole.shape
    assert np.abs(sheet.astype(int) - whole).max() <= 1


def test_the_example_of_a_conditioned_network_takes_words(workspace: Workspace, tmp_path: Path):
    run = make_run(workspace, "flow")
    out = export_network(run, None, "safetensors", tmp_path / "network.safetensors")
    run_example(out, "--count", "1", "--columns", "1", "--want", "style: style 1", "--out", "told.png")
    run_example(out, "--count", "1", "--columns", "1", "--out", "free.png")
    assert (tmp_path / "told.png").read_bytes() != (tmp_path / "free.png").read_bytes()


def test_an_exported_file_tells_its_facts_and_stands_with_its_example(workspace: Workspace, tmp_path: Path):
    run = make_run(workspace, "atelier-gan")
    out = export_network(run, None, "safetensors", tmp_path / "network.safetensors")
    facts = read_facts(out)
    assert (facts["run"], facts["epoch"], facts["dataset_hash"]) == (run.id, 4, "0123abcd")
    assert facts["settings"]["training"]["batch_size"] == 64
    assert facts["outputs"] == {"images": ["batch", 3, 32, 32]}
    assert json.loads((tmp_path / "network.safetensors.json").read_text()) == facts
    assert [path.name for path in companions(out)] == ["network.safetensors.example.py", "network.safetensors.json"]


def test_an_epoch_without_weights_is_refused_and_nothing_is_written(workspace: Workspace, tmp_path: Path):
    run = make_run(workspace, "dcgan")
    with pytest.raises(NotFoundError, match="There are: 4"):
        export_network(run, 3, "safetensors", tmp_path / "network.safetensors")
    assert not list(tmp_path.glob("network*"))


@pytest.mark.parametrize(("form", "name"), [("safetensors", "network.pt"), ("onnx", "network"), ("pickle", "a.pkl")])
def test_a_form_and_a_name_that_do_not_go_together_are_refused(form: str, name: str, workspace: Workspace):
    with pytest.raises(ModelFileError):
        export_network(make_run(workspace, "dcgan"), None, form, workspace.root / name)
