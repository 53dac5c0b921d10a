import numpy as np
import pytest
from PIL import Image

from core.errors import ConfigError, NotFoundError
from core.sampling.sampler import load_sampler, truncate
from core.training.grids import cells, make_grid, save_png
from core.workspace import Workspace
from tests.core.training.hosts import train
from tests.core.training.packs import stripes, write_pack

SMALL = {"width": 4, "max_width": 8, "latent_dim": 4, "batch_size": 8, "grid_size": 4, "save_every_epochs": 1}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("lab")).create()
    write_pack(workspace.dataset("stripes"), stripes(24, 32))
    return train(workspace, SMALL | {"seed": 5}, epochs=2)


def test_a_picture_depends_on_its_number_and_seed_alone(run):
    sampler = load_sampler(run)
    many = sampler.sample(70, seed=1)
    assert many.shape == (70, 32, 32, 3)
    assert many.dtype == np.uint8
    assert (sampler.sample(3, seed=1) == many[:3]).all()
    assert (sampler.sample(5, seed=1, start=40) == many[40:45]).all()
    assert (load_sampler(run.path, 2, "cpu").sample(70, seed=1) == many).all()
    assert (sampler.sample(3, seed=2) != many[:3]).any()


def test_the_samples_of_the_runs_own_seed_are_those_of_its_grid(run):
    shown = cells(Image.open(run.grid(2)), (32, 32))
    drawn = load_sampler(run, 2).sample(4, seed=5)
    assert np.abs(np.stack([np.asarray(cell) for cell in shown]).astype(int) - drawn).max() <= 1


def test_an_epoch_without_weights_is_answered_with_those_there_are(run):
    with pytest.raises(NotFoundError, match="1, 2"):
        load_sampler(run, 7)


def test_truncation_keeps_the_order_and_cuts_the_tails():
    latents = np.linspace(-4, 4, 101, dtype=np.float32)[:, None]
    cut = truncate(latents, 1.5)[:, 0]
    assert np.abs(cut).max() <= 1.5
    assert (np.diff(cut) > 0).all()
    assert cut[50] == pytest.approx(0, abs=1e-6)
    assert np.allclose(truncate(latents[10:91], 8.0), latents[10:91], atol=1e-3)
    with pytest.raises(ConfigError, match="truncation"):
        truncate(latents, 0.0)


def test_truncated_samples_differ_from_plain_ones(run):
    sampler = load_sampler(run)
    assert (sampler.sample(4, truncation=0.5) != sampler.sample(4)).any()


def test_a_grid_can_be_cut_into_its_pictures_again(tmp_path):
    pictures = stripes(7, 16)
    grid = make_grid(pictures, columns=3, gap=2)
    assert grid.size == (3 * 18 - 2, 3 * 18 - 2)
    again = cells(grid, (16, 16), gap=2)
    assert all((np.asarray(cell) == picture).all() for cell, picture in zip(again, pictures, strict=False))
    save_png(grid, tmp_path / "grid.png", {"seed": 3, "epoch": 2})
    saved = Image.open(tmp_path / "grid.png")
    assert saved.info == {"seed": "3", "epoch": "2"}
    assert saved.tobytes() == grid.tobytes()
