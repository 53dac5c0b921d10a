"""Looking through a network as a job: with weights drawn at random in the place of the published ones."""

import io

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import save_file

from core.errors import ConfigError
from core.jobs import control
from core.jobs.folder import State
from core.pictures.chosen import ChosenPicture, PictureGoneError, keep_picture
from core.style.neural.vgg import VGG19, random_tensors
from core.style.views_job import GRAM, MAPS, create_views
from core.style.weights import WeightsError


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


@pytest.fixture
def network(workspace) -> None:
    folder = workspace.data / "weights"
    folder.mkdir(parents=True)
    save_file(random_tensors(VGG19, "relu2_1", seed=0), folder / "vgg19-features.safetensors")


@pytest.fixture
def picture(workspace) -> ChosenPicture:
    cells = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(cells).resize((64, 48)).save(out, "PNG")
    return keep_picture(workspace, out.getvalue(), label="bridge.jpg")


def test_a_layer_becomes_its_strongest_maps_and_its_gram_picture(workspace, network, picture):
    job = create_views(workspace, picture, "relu2_1")
    end = control.run_here(workspace, job)
    assert end.state is State.DONE, end.message
    with Image.open(job.path / MAPS) as maps, Image.open(job.path / GRAM) as gram:
        assert maps.mode == gram.mode == "L"
        assert maps.size == (4 * 192 + 3 * 4, 4 * 144 + 3 * 4)
        assert gram.size == (512, 512)
        values = np.asarray(gram)
        assert np.array_equal(values, values.T)  # both channels of a pair see the other alike


def test_without_the_weights_it_says_what_is_missing(workspace, picture):
    with pytest.raises(WeightsError, match=r"vgg19-dcbb9e9d\.pth"):
        create_views(workspace, picture, "relu1_1")


def test_a_layer_or_a_picture_that_is_not_there_is_refused(workspace, network, picture):
    with pytest.raises(ConfigError, match="relu9_9"):
        create_views(workspace, picture, "relu9_9")
    with pytest.raises(PictureGoneError):
        create_views(workspace, ChosenPicture(sha256="0" * 64), "relu1_1")
