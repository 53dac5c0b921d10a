import numpy as np
import pytest

from core.datasets.pack import open_pack
from core.errors import NotFoundError
from core.metrics.errors import MetricError
from core.metrics.nearest import Nearest, TrainingPictures, nearest_of_grid, nearest_path, nearest_training
from core.training.grids import make_grid, save_png
from tests.core.training.packs import write_pack
from tests.runs import make_run


def drawings(count, side=32, seed=0):
    """Pictures with something to recognise: six blocks of colour each."""
    random = np.random.default_rng(seed)
    pictures = np.empty((count, side, side, 3), np.uint8)
    for picture in pictures:
        picture[:] = random.integers(0, 256, 3)
        for _ in range(5):
            top, left = random.integers(0, side - 8, 2)
            height, width = random.integers(6, 16, 2)
            picture[top : top + height, left : left + width] = random.integers(0, 256, 3)
    return pictures


@pytest.fixture
def pack(tmp_path):
    """80 pictures to train on, 40 held out."""
    write_pack(tmp_path / "drawings", drawings(120), test=40)
    return open_pack(tmp_path / "drawings")


def noisy(pictures, strength=8, seed=1):
    noise = np.random.default_rng(seed).normal(0, strength, pictures.shape)
    return np.clip(pictures + noise, 0, 255).astype(np.uint8)


def test_each_copy_is_traced_to_its_picture_also_when_mirrored(pack):
    copies = np.concatenate([pack.images[[3, 50]], pack.images[[7]][:, :, ::-1]])
    found = TrainingPictures(pack).nearest(noisy(copies))
    assert found.rows.tolist() == [3, 50, 7]
    assert found.mirrored.tolist() == [False, False, True]
    assert found.is_copy.all()


def test_an_exact_copy_has_no_distance(pack):
    assert TrainingPictures(pack).nearest(pack.images[:5]).distances == pytest.approx(np.zeros(5), abs=1e-3)


def test_a_picture_never_held_out_is_no_training_picture(pack):
    found = TrainingPictures(pack).nearest(pack.images[pack.test])
    assert set(found.rows) <= set(pack.train)
    assert found.against == "test"


def test_other_pictures_of_the_same_kind_are_cleared(pack):
    found = TrainingPictures(pack).nearest(drawings(60, seed=9))
    assert found.is_copy.mean() <= 0.05


def test_a_collapsed_model_of_flat_sheets_is_not_accused_of_copying(pack):
    sheets = np.broadcast_to(np.random.default_rng(0).integers(0, 256, (40, 1, 1, 3), np.uint8), (40, 32, 32, 3))
    assert TrainingPictures(pack).nearest(sheets).is_copy.sum() == 0


def test_the_blur_of_all_pictures_is_not_accused_of_copying(pack):
    mean = pack.images[pack.train].mean(axis=0, keepdims=True).astype(np.uint8)
    assert not TrainingPictures(pack).nearest(mean).is_copy.any()


def test_without_pictures_held_out_training_pictures_are_compared_with_all_others(tmp_path):
    write_pack(tmp_path / "drawings", drawings(60))
    pack = open_pack(tmp_path / "drawings")
    found = TrainingPictures(pack).nearest(noisy(pack.images[:10]))
    assert found.against == "train"
    assert found.holdout_distances.min() > 1  # none is compared with itself
    assert found.is_copy.all()


def test_the_share_that_chance_gives_is_known(pack):
    training = TrainingPictures(pack)
    assert training.chance == training.nearest(pack.images[:1]).holdout_is_copy.mean()
    assert training.chance <= 0.05


def test_the_size_of_the_samples_does_not_matter(pack):
    large = pack.images[:6].repeat(3, axis=1).repeat(3, axis=2)
    assert TrainingPictures(pack).nearest(large).rows.tolist() == list(range(6))
    odd = np.stack([np.pad(one, ((0, 1), (0, 3), (0, 0)), mode="edge") for one in pack.images[:6]])
    assert TrainingPictures(pack).nearest(odd).rows.tolist() == list(range(6))


def test_the_nearest_of_a_grid_are_kept_until_the_grid_changes(workspace):
    run = make_run(workspace, epochs=(1,), grid_size=4)
    found = nearest_of_grid(workspace, run, 1)
    assert len(found.rows) == 4
    assert nearest_path(run, 1).exists()
    kept = nearest_of_grid(workspace, run, 1)
    assert kept.rows.tolist() == found.rows.tolist()
    assert kept.is_copy.tolist() == found.is_copy.tolist()
    pack = open_pack(workspace.dataset(run.dataset_id))
    save_png(make_grid(pack.images[pack.train[:4]]), run.grid(1))
    assert nearest_of_grid(workspace, run, 1).rows.tolist() == pack.train[:4].tolist()


def test_a_damaged_record_is_made_again(workspace):
    run = make_run(workspace, epochs=(1,), grid_size=4)
    found = nearest_of_grid(workspace, run, 1)
    nearest_path(run, 1).write_text('{"rows": [1')
    assert nearest_of_grid(workspace, run, 1).rows.tolist() == found.rows.tolist()


def test_it_survives_json(pack):
    found = TrainingPictures(pack).nearest(drawings(5, seed=3))
    again = Nearest.from_json(found.to_json())
    assert again.cuts == pytest.approx(found.cuts, abs=1e-3)
    assert again.rows.tolist() == found.rows.tolist()


def test_a_dataset_that_changed_or_an_epoch_that_is_not_there_is_refused(workspace, pack):
    run = make_run(workspace, epochs=(1,), grid_size=4)
    with pytest.raises(MetricError, match="not the one that"):
        nearest_training(run, pack, pack.images[:2])
    with pytest.raises(NotFoundError, match="epoch with a grid"):
        nearest_of_grid(workspace, run, 9)
