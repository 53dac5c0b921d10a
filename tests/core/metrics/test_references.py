import numpy as np
import pytest
from PIL import Image

from core.datasets.pack import open_pack
from core.errors import ConfigError
from core.metrics.errors import MetricError
from core.metrics.references import available, fit_folder, picture_files, real_pictures
from tests.core.training.packs import stripes, write_pack


@pytest.fixture
def pack(tmp_path):
    write_pack(tmp_path / "stripes", stripes(40, 32), test=8)
    return open_pack(tmp_path / "stripes")


def hashes(pictures):
    return {picture.tobytes() for picture in pictures}


@pytest.mark.parametrize(("against", "count"), [("test", 8), ("train", 16)])
def test_both_sides_of_the_floor_are_equally_many_and_share_no_picture(pack, against, count):
    found = real_pictures(pack, against, None, seed=0)
    assert found.count == len(found.others) == count == available(pack, against)
    assert not hashes(found.pictures) & hashes(found.others)
    own = pack.test if against == "test" else pack.train
    assert hashes(found.pictures) <= hashes(pack.images[own])


def test_the_same_seed_draws_the_same_pictures(pack):
    first, again, other = (real_pictures(pack, "train", 5, seed=seed) for seed in (1, 1, 2))
    assert (first.pictures == again.pictures).all()
    assert (first.pictures != other.pictures).any()


def test_a_folder_is_fitted_to_the_shape_of_the_runs_pictures(pack, tmp_path):
    folder = tmp_path / "folder" / "inside"
    folder.mkdir(parents=True)
    for number, picture in enumerate(stripes(6, 40, seed=7)):
        Image.fromarray(picture).resize((60, 40)).save(folder / f"{number}.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    assert len(picture_files(tmp_path / "folder")) == 7
    fitted, problems = fit_folder(tmp_path / "folder", pack, tmp_path / "fitted.npy")
    assert fitted.shape == (6, 32, 32, 3)
    assert len(problems) == 1
    assert problems[0].startswith("broken.jpg")
    (folder / "0.png").unlink()
    again, _ = fit_folder(tmp_path / "folder", pack, tmp_path / "fitted.npy")
    assert (again == fitted).all()  # a job that goes on measures against what it began with
    found = real_pictures(pack, "folder", None, seed=0, fitted=fitted, name="folder")
    assert (found.count, found.against, found.name) == (3, "folder", "folder")
    assert not hashes(found.pictures) & hashes(found.others)


def test_too_few_pictures_are_refused_with_what_to_do(tmp_path):
    write_pack(tmp_path / "all", stripes(10, 32))
    with pytest.raises(MetricError, match=r"holds out 0 pictures.*against the training pictures"):
        real_pictures(open_pack(tmp_path / "all"), "test", None, seed=0)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no picture in"):
        picture_files(tmp_path)
    with pytest.raises(ConfigError, match="There is no folder"):
        picture_files(tmp_path / "nowhere")


def test_noise_is_of_the_same_shape_and_the_same_for_a_seed(pack):
    found = real_pictures(pack, "test", None, seed=0)
    assert found.noise(3).shape == found.pictures.shape
    assert (found.noise(3) == found.noise(3)).all()
    assert np.abs(found.noise(3).mean() - 127.5) < 3
