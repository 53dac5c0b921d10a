import hashlib

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from core.features.network import network_descriptor
from core.style.neural.vgg import VGG16, random_tensors
from core.style.weights import WeightsError
from core.workspace import Workspace
from tests.core.pictures import noise


@pytest.fixture
def workspace(tmp_path, monkeypatch) -> Workspace:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    (tmp_path / "data" / "weights").mkdir(parents=True)
    return Workspace(tmp_path)


def test_without_its_file_there_is_no_descriptor(workspace):
    assert network_descriptor(workspace=workspace) is None


def test_vectors_of_a_network_are_named_after_its_file_and_an_unchecked_one_is_called_so(workspace):
    path = workspace.data / "weights" / "vgg16-features.safetensors"
    save_file(random_tensors(VGG16, "relu2_1", seed=0), path)
    descriptor = network_descriptor(workspace=workspace, layer="relu2_1")
    assert hashlib.sha256(path.read_bytes()).hexdigest()[:8] in descriptor.name
    assert "no published hash" in descriptor.label
    picture = noise(12, 9, 1).resize((120, 90), Image.Resampling.BICUBIC)
    vector = descriptor.describe(picture)
    assert (vector.shape, vector.dtype, descriptor.length) == ((128,), np.float32, 128)
    assert np.linalg.norm(vector) == pytest.approx(1)
    assert np.array_equal(vector, descriptor.describe(picture))
    assert not np.allclose(vector, descriptor.describe(noise(12, 9, 2).resize((120, 90))))


def test_a_file_that_is_not_what_its_name_says_is_refused(workspace):
    (workspace.data / "weights" / "vgg16-397923af.pth").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="as published"):
        network_descriptor(workspace=workspace)
