"""Exported files come back as runs; anything else is refused in words, and nothing in it is run."""

import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from core.model_files.export import export_network
from core.model_files.facts import FORMS, ModelFileError
from core.model_files.importing import import_network, read_network
from core.models.zoo import ARCHITECTURES
from core.sampling.sampler import load_sampler
from core.training.run_folder import RunFolder
from core.training.runs import list_runs
from core.training.weights import load_network
from core.workspace import Workspace
from tests.core.model_files.made import make_run

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning", "ignore::UserWarning")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def exported(workspace: Workspace, tmp_path: Path) -> Path:
    """A small network as safetensors."""
    return export_network(make_run(workspace, "dcgan"), None, "safetensors", tmp_path / "network.safetensors")


@pytest.fixture
def traced(workspace: Workspace, tmp_path: Path) -> Path:
    """A small network as TorchScript."""
    return export_network(make_run(workspace, "dcgan"), None, "torchscript", tmp_path / "network.pt")


def rewritten(path: Path, change: Any) -> Path:
    """A safetensors file with other facts: `change` alters them in place."""
    from core.model_files.safetensors_file import read_facts

    facts = read_facts(path)
    change(facts)
    out = path.with_name("changed.safetensors")
    save_file(load_file(path), out, {"atelier": json.dumps(facts)})
    return out


def rezipped(path: Path, change: dict[str, bytes]) -> Path:
    """A TorchScript file in which entries, named without the archive's root, are others."""
    out = path.with_name("changed.pt")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change.get(name.partition("/")[2], old.read(name)))
    return out


def same_weights(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("form", ["safetensors", "torchscript"])
def test_every_weight_comes_back(form: str, architecture: str, workspace: Workspace, tmp_path: Path):
    run = make_run(workspace, architecture)
    network, facts = read_network(export_network(run, None, form, tmp_path / f"network{FORMS[form]}"))
    assert same_weights(network, load_network(run.weights(), torch.device("cpu"))[0])
    assert (facts["architecture"], facts["epoch"]) == (architecture, 4)


def test_every_weight_comes_back_from_onnx_also_those_that_drawing_does_not_need(workspace: Workspace, tmp_path: Path):
    run = make_run(workspace, "vae")
    network, _ = read_network(export_network(run, None, "onnx", tmp_path / "network.onnx"))
    assert same_weights(network, load_network(run.weights(), torch.device("cpu"))[0])


def test_an_imported_network_is_a_run_that_draws_the_same_pictures(exported: Path, workspace: Workspace):
    run_id = import_network(workspace, exported, "My network")
    run = RunFolder(workspace.run(run_id))
    ours = load_sampler(RunFolder(workspace.run("run-dcgan")))
    assert (load_sampler(run).sample(4, 1) == ours.sample(4, 1)).all()
    (listed,) = [summary for summary in list_runs(workspace) if summary.id == run_id]
    assert (listed.title, listed.state, listed.dataset_name) == ("My network", "done", "sample 32")
    assert (listed.epoch, listed.epochs, listed.images_seen) == (4, 4, 400)
    assert run.settings["imported"]["run"] == "run-dcgan"
    assert (run.weight_epochs(), run.epochs(), run.latents.exists()) == ([4], [4], True)


def test_a_conditioned_network_keeps_its_vocabulary(workspace: Workspace, tmp_path: Path):
    out = export_network(make_run(workspace, "flow"), None, "safetensors", tmp_path / "network.safetensors")
    run = RunFolder(workspace.run(import_network(workspace, out)))
    assert [term["value"] for term in run.settings["terms"]] == ["style 0", "style 1", "style 2"]


def test_an_imported_run_can_be_exported_again(exported: Path, workspace: Workspace, tmp_path: Path):
    run = RunFolder(workspace.run(import_network(workspace, exported)))
    again = export_network(run, None, "torchscript", tmp_path / "again.pt")
    assert same_weights(read_network(again)[0], read_network(exported)[0])


class _Bomb:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (Path.touch, (self.marker,))


def test_a_pickle_is_refused_unopened(workspace: Workspace, tmp_path: Path):
    for protocol in (2, 4):
        path = tmp_path / "network.pt"
        path.write_bytes(pickle.dumps(_Bomb(tmp_path / "touched"), protocol))
        with pytest.raises(ModelFileError, match="Python pickle"):
            import_network(workspace, path)
    assert not (tmp_path / "touched").exists()


def test_weights_that_torch_saved_are_refused_as_not_ours(workspace: Workspace, tmp_path: Path):
    torch.save({"weight": torch.ones(2)}, tmp_path / "network.pt")
    with pytest.raises(ModelFileError, match="not written by Atelier"):
        import_network(workspace, tmp_path / "network.pt")


@pytest.mark.parametrize("protocol", [0, 1, 2, 4])
def test_a_torchscript_file_with_a_call_in_its_tree_is_refused_and_nothing_is_called(
    protocol: int, traced: Path, workspace: Workspace, tmp_path: Path
):
    hostile = rezipped(traced, {"data.pkl": pickle.dumps(_Bomb(tmp_path / "touched"), protocol)})
    with pytest.raises(ModelFileError):
        import_network(workspace, hostile)
    assert not (tmp_path / "touched").exists()
    assert not list_runs_besides(workspace, "run-dcgan")


def test_code_in_a_torchscript_file_plays_no_part_in_reading_it(traced: Path):
    with zipfile.ZipFile(traced) as archive:
        code = {name.partition("/")[2]: b"os.system('no')" for name in archive.namelist() if name.endswith(".py")}
    assert code
    network, _ = read_network(rezipped(traced, code))
    assert same_weights(network, read_network(traced)[0])


def test_a_tensor_that_reaches_beyond_its_storage_is_refused(traced: Path):
    with zipfile.ZipFile(traced) as archive:
        name = max(
            (n for n in archive.namelist() if "/data/" in n), key=lambda n: archive.getinfo(n).file_size
        ).partition("/")[2]
        short = archive.read(next(n for n in archive.namelist() if n.endswith(name)))[:-4]
    with pytest.raises(ModelFileError, match="damaged"):
        read_network(rezipped(traced, {name: short}))


@pytest.mark.parametrize("form", ["safetensors", "torchscript"])
@pytest.mark.parametrize("kept", [0, 7, 100, 5_000, -10])
def test_a_file_that_was_cut_short_is_refused(kept: int, form: str, workspace: Workspace, tmp_path: Path):
    whole = export_network(make_run(workspace, "dcgan"), None, form, tmp_path / f"whole{FORMS[form]}").read_bytes()
    path = tmp_path / f"cut{FORMS[form]}"
    path.write_bytes(whole[:kept])
    with pytest.raises(ModelFileError):
        import_network(workspace, path)
    assert not list_runs_besides(workspace, "run-dcgan")


def test_safetensors_without_facts_are_refused(workspace: Workspace, tmp_path: Path):
    save_file({"weight": torch.ones(2)}, tmp_path / "network.safetensors")
    with pytest.raises(ModelFileError, match="not written by Atelier"):
        import_network(workspace, tmp_path / "network.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda facts: facts.update(architecture="os:system"), "cannot build"),
        (lambda facts: facts["network"].update(width="8"), "should be of the type int"),
        (lambda facts: facts["network"].update(width=True), "should be of the type int"),
        (lambda facts: facts["network"].update(width=10**9), "cannot build"),
        (lambda facts: facts["network"].update(layers=3), "no setting 'layers'"),
        (lambda facts: facts.update(network=[]), "damaged"),
        (lambda facts: facts.update(version=99), "later version"),
        (lambda facts: facts["network"].update(width=16), "layers"),
        (lambda facts: facts.update(architecture="vae", network={"resolution": 32}), "lacks"),
    ],
)
def test_facts_that_cannot_be_are_refused_in_words(change: Any, said: str, exported: Path, workspace: Workspace):
    with pytest.raises(ModelFileError, match=said):
        import_network(workspace, rewritten(exported, change))
    assert not list_runs_besides(workspace, "run-dcgan")


def test_weights_that_are_no_numbers_are_refused(exported: Path, workspace: Workspace):
    from core.model_files.safetensors_file import read_facts

    tensors = load_file(exported)
    name = next(name for name in tensors if tensors[name].dim() == 4)
    tensors[name][0, 0, 0, 0] = float("nan")
    save_file(tensors, exported, {"atelier": json.dumps(read_facts(exported))})
    with pytest.raises(ModelFileError, match="no numbers"):
        import_network(workspace, exported)


def test_what_a_file_says_of_its_run_cannot_break_out_of_a_run_folder(exported: Path, workspace: Workspace):
    def change(facts: dict[str, Any]) -> None:
        facts.update(run="../../etc", preset="../x", epoch=-3, images_seen="many", dataset_hash=["a"])
        facts["settings"] = {"dataset_id": "../..", "train_count": 0, "training": {"batch_size": -4}, "seed": "x"}

    run = RunFolder(workspace.run(import_network(workspace, rewritten(exported, change))))
    assert run.settings["imported"]["run"] == "unknown"
    assert (run.dataset_id, run.preset, run.weight_epochs()) == ("unknown", "imported", [1])
    assert run.settings["imported"]["settings_left_out"] == ["batch_size"]


def test_onnx_without_facts_is_refused(workspace: Workspace, tmp_path: Path):
    onnx = pytest.importorskip("onnx")
    graph = onnx.helper.make_graph([], "empty", [], [])
    onnx.save_model(onnx.helper.make_model(graph), tmp_path / "network.onnx")
    with pytest.raises(ModelFileError, match="not written by Atelier"):
        import_network(workspace, tmp_path / "network.onnx")


def test_onnx_weights_that_lie_in_another_file_are_refused(exported: Path, workspace: Workspace):
    onnx = pytest.importorskip("onnx")
    from core.model_files.safetensors_file import read_facts

    weight = onnx.TensorProto(name="layers.0.weight", data_type=1, dims=[2], data_location=1)
    weight.external_data.add(key="location", value="/etc/hostname")
    model = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], [], [weight]))
    model.metadata_props.add(key="atelier", value=json.dumps(read_facts(exported)))
    path = exported.with_suffix(".onnx")
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match="cannot be read"):
        import_network(workspace, path)


def list_runs_besides(workspace: Workspace, *known: str) -> list[str]:
    assert not list(workspace.checkpoints.glob(".importing/*")), "something unfinished was left"
    return [summary.id for summary in list_runs(workspace) if summary.id not in known]


def test_settings_of_the_run_come_along_where_they_are_possible(exported: Path, workspace: Workspace):
    def change(facts: dict[str, Any]) -> None:
        facts["settings"]["training"].update(learning_rate=0.125, of_the_future=1)

    settings = RunFolder(workspace.run(import_network(workspace, rewritten(exported, change)))).settings
    assert settings["training"]["learning_rate"] == 0.125
    assert settings["imported"]["settings_left_out"] == ["of_the_future"]
