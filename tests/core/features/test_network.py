import hashlib

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from core.errors import NotFoundError
from core.features.choices import choice, choices, open_store
from core.features.job import create_describe_network
from core.features.network import network_descriptor
from core.features.search import nearest
from core.images import inspect
from core.jobs import control
from core.jobs.folder import State
from core.style.neural.vgg import VGG16, random_tensors
from core.style.weights import WeightsError
from core.workspace import Workspace
from tests.core.pictures import encoded, noise


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


def test_a_network_that_lies_in_the_lab_can_be_chosen_and_is_not_loaded_for_that(workspace):
    assert [choice.key for choice in choices(workspace)] == ["colour-texture"]
    save_file(random_tensors(VGG16, "relu5_3", seed=0), workspace.data / "weights" / "vgg16-features.safetensors")
    found = choices(workspace)
    assert [one.key for one in found] == ["colour-texture", "vgg16"]
    assert "no trained network" in found[0].label
    assert "vgg16" in found[1].label
    with pytest.raises(NotFoundError, match="vgg19"):
        choice(workspace, "vgg19")
    (workspace.data / "weights" / "vgg19-dcbb9e9d.pth").write_bytes(b"something else")
    assert [one.key for one in choices(workspace)] == ["colour-texture", "vgg16"]
    with pytest.raises(WeightsError, match="as published"):
        choice(workspace, "vgg19")


def test_a_file_that_holds_another_network_is_refused_at_the_first_picture(workspace):
    save_file(random_tensors(VGG16, "relu2_1", seed=0), workspace.data / "weights" / "vgg16-features.safetensors")
    with pytest.raises(WeightsError, match="is missing"):
        choice(workspace, "vgg16").descriptor.describe(noise(12, 9, 1))


def test_the_job_describes_by_a_network_into_a_store_of_its_own_and_goes_on_where_it_was(workspace):
    workspace.create()
    save_file(random_tensors(VGG16, "relu5_3", seed=0), workspace.data / "weights" / "vgg16-features.safetensors")
    names = []
    for number in range(3):
        thumbnail = inspect(encoded(noise(32, 24, number))).thumbnail
        names.append(hashlib.sha256(thumbnail).hexdigest())
        path = workspace.thumb(names[-1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(thumbnail)
    first = create_describe_network(workspace, names[:2], "vgg16")
    assert control.run_here(workspace, first).state is State.DONE
    again = control.run_here(workspace, create_describe_network(workspace, [*names, "0" * 64], "vgg16"))
    assert again.message.startswith("1 described by Network in vgg16-features.safetensors")
    assert "1 could not be read" in again.message
    store = open_store(workspace, choice(workspace, "vgg16").descriptor)
    assert len(store) == 3
    assert len(open_store(workspace)) == 0
    rows, scores = nearest(store.vector(names[0]), store.shards, 1, descriptor=store.descriptor)
    assert (store.names(rows), scores[0]) == ([names[0]], pytest.approx(1, abs=1e-3))
