"""Inception's file is found, checked and loaded, and gives the features that torch-fidelity gives."""

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State
from core.metrics.errors import MetricError
from core.metrics.evaluation import create_evaluation
from core.metrics.inception import KEYS, inception_state, measure_inception, open_inception
from core.style import weights
from core.style.weights import KNOWN, WeightsError
from core.workspace import Workspace
from tests.runs import make_run


class _Untrained(FeatureExtractorInceptionV3):
    def load_state_dict(self, state):
        """What it was drawn with stays: there is no file yet."""


@pytest.fixture(scope="module")
def layout():
    """Tensors of the published layout, drawn so that no layer falls silent."""
    empty = io.BytesIO()
    torch.save({}, empty)
    empty.seek(0)
    torch.manual_seed(0)
    network = _Untrained("inception-v3-compat", ["2048"], feature_extractor_weights_path=empty)
    for name, tensor in network.state_dict().items():
        if name.endswith("conv.weight"):
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5)
    return network.state_dict()


@pytest.fixture(scope="module")
def file(layout, tmp_path_factory):
    path = tmp_path_factory.mktemp("published") / "weights.pth"
    torch.save(layout, path)
    return path


def _publish(patch: pytest.MonkeyPatch, workspace: Workspace, path: Path, sha256: str = "") -> None:
    """As if that file were the published one, and lay in the lab's folder."""
    digest = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    known = tuple(replace(one, sha256=digest) if one.key in KEYS else one for one in KNOWN)
    patch.setattr(weights, "KNOWN", known)
    patch.setenv("TORCH_HOME", str(workspace.root / "torch"))
    lies_at = workspace.data / "weights" / next(one.name for one in known if one.key == KEYS[0])
    lies_at.parent.mkdir(parents=True, exist_ok=True)
    lies_at.hardlink_to(path)


def _pictures(count: int, side: int = 32) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_without_its_file_it_says_which_is_needed_and_where_to_put_it(workspace, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(workspace.root / "torch"))
    state = inception_state(workspace)
    assert (state.verdict, state.is_usable) == ("missing", False)
    assert state.known.name == "weights-inception-2015-12-05-6726825d.pth"
    assert len(state.known.sha256) == 64
    with pytest.raises(WeightsError, match=r"weights-inception.*96 MB.*Put it into .*data/weights"):
        open_inception(workspace)


def test_the_same_file_under_the_name_that_pytorch_fid_gives_it_is_found(workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    lies_at = tmp_path / "hub" / "checkpoints" / "pt_inception-2015-12-05-6726825d.pth"
    lies_at.parent.mkdir(parents=True)
    lies_at.write_bytes(b"not it")
    assert inception_state(workspace).path == lies_at


def test_a_file_that_is_not_the_published_one_is_told_apart_and_refused(workspace, monkeypatch, tmp_path):
    other = tmp_path / "other.pth"
    other.write_bytes(b"another file")
    _publish(monkeypatch, workspace, other, "0" * 64)
    assert inception_state(workspace).verdict == "not checked yet"
    state = inception_state(workspace, verify=True)
    assert (state.verdict, state.is_usable) == ("damaged or forged", False)
    assert "should begin with 00000000" in state.problem
    with pytest.raises(WeightsError, match="is not weights-inception"):
        open_inception(workspace)


def test_a_file_that_would_run_a_program_is_refused_even_where_its_hash_fits(workspace, monkeypatch, tmp_path):
    trap = tmp_path / "trap.pth"
    torch.save({"fc.bias": _Trap(tmp_path / "sprung")}, trap)
    _publish(monkeypatch, workspace, trap)
    with pytest.raises(WeightsError, match="more than tensors"):
        open_inception(workspace)
    assert not (tmp_path / "sprung").exists()


class _Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_file_of_another_network_is_refused(workspace, monkeypatch, tmp_path):
    other = tmp_path / "other.pth"
    torch.save({"fc.bias": torch.zeros(1000)}, other)
    _publish(monkeypatch, workspace, other)
    with pytest.raises(WeightsError, match="does not hold Inception v3 of 2015"):
        open_inception(workspace)


@pytest.fixture(scope="module")
def network(file, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        lab = Workspace(tmp_path_factory.mktemp("lab"))
        _publish(patch, lab, file)
        return open_inception(lab)


def test_features_are_those_of_torch_fidelity_however_the_pictures_are_batched(network, file):
    theirs = FeatureExtractorInceptionV3("inception-v3-compat", ["2048"], feature_extractor_weights_path=str(file))
    pictures = _pictures(3)
    (expected,) = theirs(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    heard = []
    features = network.features(pictures, batch=2, progress=lambda done, total: heard.append((done, total)))
    assert (features.shape, features.dtype) == ((3, 2048), np.float32)
    np.testing.assert_allclose(features, expected.numpy(), rtol=1e-4, atol=1e-4)
    assert heard == [(2, 3), (3, 3)]


def test_clean_resizing_gives_the_network_what_pillow_made_in_floating_point(network, file):
    """A picture of 299 pixels needs no resizing, so both ways agree; one that shrinks is smoothed by this one alone."""
    exact = _pictures(1, side=299)
    np.testing.assert_allclose(network.features(exact, resize="clean"), network.features(exact), rtol=1e-4, atol=1e-4)
    large = _pictures(1, side=600)
    channels = [Image.fromarray(large[0, ..., c].astype(np.float32)).resize((299, 299), 3) for c in range(3)]
    smooth = np.stack([np.asarray(channel) for channel in channels], axis=-1)
    rounded = np.clip(np.round(smooth), 0, 255).astype(np.uint8)[None]
    clean = network.features(large, resize="clean")
    spread = np.abs(clean - network.features(large)).mean()
    assert np.abs(clean - network.features(rounded)).mean() < 0.1 * spread
    with pytest.raises(ConfigError, match="Known are: torch-fidelity, clean"):
        network.features(large, resize="nearest")


def test_a_wish_to_stop_is_heard_between_batches(network):
    assert network.features(_pictures(3), batch=1, stop_requested=lambda: True).shape == (0, 2048)
    with pytest.raises(MetricError, match="Expected uint8 pictures"):
        network.features(np.zeros((2, 32, 32, 3), np.float32))


def test_every_metric_is_measured_with_its_interval_and_conventions():
    draw = np.random.default_rng(0)
    fake, real = draw.standard_normal((40, 16)) + 0.5, draw.standard_normal((50, 16))
    scores = measure_inception(fake, real)
    assert list(scores) == ["fid", "kid", "precision", "recall", "density", "coverage"]
    assert all(score.low <= score.value <= score.high for score in scores.values())
    assert scores["fid"].details["full_rank"]
    assert scores["kid"].details["subset_size"] == 20
    assert scores["kid"].value / 1000 == pytest.approx(scores["kid"].details["subset_mean"] / 1000, rel=0.2)
    assert scores["coverage"].details == {"nearest": 5}
    with pytest.raises(ConfigError, match="Not measured by Inception: swd"):
        measure_inception(fake, real, ["swd"])
    floor = measure_inception(real[:25], real[25:], ["fid"], intervals=False)["fid"]
    assert (floor.low, floor.high, floor.count) == (floor.value, floor.value, 25)


def test_an_evaluation_measures_by_inception_and_each_row_names_its_conventions(workspace, monkeypatch, file):
    _publish(monkeypatch, workspace, file)
    run = make_run(workspace, epochs=(1,))
    job = create_evaluation(workspace, [run.id], metrics=("fid", "kid", "recall"), resize="clean")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.traceback or end.message
    assert inception_state(workspace).verdict == "verified"
    rows = {row["metric"]: row for row in run.evaluations()}
    assert list(rows) == ["fid", "kid", "recall"]
    for row in rows.values():
        assert row["low"] <= row["value"] <= row["high"]
        assert row["details"]["resize"] == "clean"
        assert "verified" in row["details"]["network"]
        assert row["count"] == 8
    assert 0 < rows["fid"]["floor"] < rows["fid"]["ceiling"]
    assert not rows["fid"]["details"]["full_rank"]
    assert rows["kid"]["details"]["subset_size"] == 4
