"""Weights: found where they may lie, checked by their hash, opened without running anything, made slim."""

import hashlib
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from core import pretrained
from core.errors import NotFoundError
from core.pretrained import KnownFile
from core.style import weights
from core.style.neural import vgg
from core.style.neural.vgg import LayerPlan, random_tensors
from core.style.weights import WeightsError, find, make_slim, need, read_features, read_tensors

PLAN = LayerPlan("small", ((1, 4), (2, 5)))
TENSORS = random_tensors(PLAN, "relu2_2", seed=0) | {"classifier.0.weight": torch.zeros(9, 9)}


@pytest.fixture
def published(tmp_path, monkeypatch) -> Path:
    """A whole file of made weights, known by its hash, outside of where it would be looked for."""
    made = tmp_path / "made.pth"
    torch.save(OrderedDict(TENSORS), made)
    start = hashlib.sha256(made.read_bytes()).hexdigest()[:8]
    path = made.rename(tmp_path / f"small-{start}.pth")
    known = KnownFile(path.name, "A small network", "tests", 0.1, "small", "https://weights.example/small.pth", "none")
    monkeypatch.setattr(weights, "KNOWN", (known,))
    monkeypatch.setitem(vgg.PLANS, "small", PLAN)
    return path


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def _put(path: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    target.write_bytes(path.read_bytes())
    return target


def test_a_given_path_comes_before_the_workspace_and_that_before_the_hubs_cache(workspace, published, hub):
    assert find("small", workspace=workspace) is None
    in_hub = _put(published, hub)
    assert find("small", workspace=workspace).path == in_hub
    in_workspace = _put(published, workspace.data / "weights")
    assert find("small", workspace=workspace).path == in_workspace
    assert find("small", published, workspace=workspace).path == published


def test_the_cache_follows_the_variables_of_torch_hub(workspace, published, tmp_path, monkeypatch):
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    lying = _put(published, tmp_path / "cache" / "torch" / "hub" / "checkpoints")
    assert find("small", workspace=workspace).path == lying


def test_a_genuine_file_is_verified(workspace, published):
    found = find("small", published, workspace=workspace)
    assert found.is_verified
    assert "verified" in found.words


def test_a_truncated_file_in_the_cache_is_refused_with_both_hashes(workspace, published, hub):
    lying = _put(published, hub)
    lying.write_bytes(lying.read_bytes()[:-10])
    with pytest.raises(WeightsError, match=r"not small-\w+\.pth as published: its SHA-256 begins with"):
        find("small", workspace=workspace)


def test_a_hash_is_remembered_until_the_file_changes(workspace, published):
    find("small", published, workspace=workspace)
    stamp = published.stat()
    content = bytearray(published.read_bytes())
    content[-1] ^= 1
    published.write_bytes(content)
    os.utime(published, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert find("small", published, workspace=workspace).is_verified  # same size, same time: not read again
    os.utime(published, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1_000_000))
    with pytest.raises(WeightsError, match="SHA-256"):
        find("small", published, workspace=workspace)


def test_what_is_missing_is_told_with_name_size_place_and_address(workspace, published):
    with pytest.raises(WeightsError) as told:
        need("small", workspace=workspace)
    for word in (published.name, "0.1 MB", str(workspace.data / "weights"), "https://weights.example/small.pth"):
        assert word in str(told.value)


def test_a_given_path_that_leads_nowhere_is_no_reason_to_look_elsewhere(workspace, published, hub):
    _put(published, hub)
    with pytest.raises(WeightsError, match="There is no file"):
        find("small", "/nowhere/else.pth", workspace=workspace)


def test_weights_nobody_knows_are_refused_with_those_that_are_known(workspace, published):
    with pytest.raises(NotFoundError, match="There are: small"):
        find("large", workspace=workspace)


def test_a_slim_file_holds_the_features_alone_and_says_what_it_was_made_of(workspace, published):
    whole = find("small", published, workspace=workspace)
    slim = make_slim("small", published, workspace=workspace)
    assert set(load_file(slim)) == set(TENSORS) - {"classifier.0.weight"}
    found = find("small", workspace=workspace)
    assert found.path == slim
    assert found.origin_sha256 == whole.sha256
    assert not found.is_verified  # nobody published its own hash
    for name, tensor in read_features(found, PLAN.shapes("relu2_2")).items():
        assert torch.equal(tensor, TENSORS[name])


def test_a_slim_file_that_was_changed_is_refused(workspace, published):
    slim = make_slim("small", published, workspace=workspace)
    with weights_metadata(slim) as (tensors, metadata):
        tensors["features.0.bias"][0] += 1
        save_file(tensors, slim, metadata=metadata)
    with pytest.raises(WeightsError, match="was changed since it was made"):
        read_features(find("small", workspace=workspace), PLAN.shapes("relu2_2"))


def test_a_slim_file_of_other_weights_is_refused(workspace, published):
    slim = make_slim("small", published, workspace=workspace)
    with weights_metadata(slim) as (tensors, metadata):
        forged = {"atelier-slim": metadata["atelier-slim"].replace('"sha256": "', '"sha256": "0')}
        save_file(tensors, slim, metadata=forged)
    with pytest.raises(WeightsError, match="made of a file that is not"):
        find("small", workspace=workspace)


class weights_metadata:  # noqa: N801, reads like the function it stands for
    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self):
        from safetensors import safe_open

        with safe_open(self.path, framework="pt") as file:
            return {name: file.get_tensor(name).clone() for name in file.keys()}, file.metadata()  # noqa: SIM118

    def __exit__(self, *error: object) -> None:
        return None


class _Hostile:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_file_that_would_run_a_program_is_not_opened(tmp_path, legacy):
    path, marker = tmp_path / "hostile.pth", tmp_path / "it-ran"
    torch.save({"features.0.weight": _Hostile(marker)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(WeightsError, match="holds more than tensors"):
        read_tensors(path)
    path.write_bytes(pickle.dumps(_Hostile(marker)))
    with pytest.raises(WeightsError):
        read_tensors(path)
    assert not marker.exists()


def test_torchscript_and_files_that_are_no_table_of_tensors_are_refused(tmp_path):
    script = tmp_path / "script.pt"
    script.write_bytes(b"?")
    with pytest.raises(WeightsError, match="may hold programs"):
        read_tensors(script)
    plain = tmp_path / "plain.pth"
    torch.save([1, 2], plain)
    with pytest.raises(WeightsError, match="no table of tensors"):
        read_tensors(plain)


@pytest.mark.parametrize("name", ["cut.pth", "cut.safetensors"])
def test_a_file_cut_short_is_told_as_damaged(tmp_path, name):
    path = tmp_path / name
    if path.suffix == ".pth":
        torch.save(TENSORS, path)
    else:
        save_file(TENSORS, path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(WeightsError, match="damaged"):
        read_tensors(path)


def test_files_of_the_time_before_torch_used_zips_are_read(tmp_path):
    path = tmp_path / "old.pth"
    torch.save(TENSORS, path, _use_new_zipfile_serialization=False)
    assert set(read_tensors(path)) == set(TENSORS)


def test_tensors_of_another_shape_and_values_that_are_no_numbers_are_refused(workspace, published, tmp_path):
    found = find("small", published, workspace=workspace)
    with pytest.raises(WeightsError, match=r"features\.0\.weight is \(4, 3, 3, 3\), and should be \(5, 3, 3, 3\)"):
        read_features(found, {"features.0.weight": (5, 3, 3, 3)})
    odd = tmp_path / "odd.safetensors"
    save_file({"bias": torch.tensor([float("nan")])}, odd)
    with pytest.raises(WeightsError, match="no numbers"):
        read_features(find("small", odd, workspace=workspace), {"bias": (1,)})


def test_every_known_file_that_has_a_key_has_one_of_its_own():
    keys = [known.key for known in pretrained.KNOWN if known.key]
    assert len(keys) == len(set(keys))
    assert {"vgg19", "vgg16", "adain-encoder", "adain-decoder", "johnson-candy", "realesrgan-x4plus"} <= set(keys)
