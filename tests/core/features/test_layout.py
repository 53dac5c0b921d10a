import numpy as np
import pytest

from core.features import layout
from core.features.layout import map_of_components, map_of_neighbours, principal_components


def clusters(each: int = 20, seed: int = 0) -> np.ndarray:
    """Five groups of vectors, one after another."""
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(5, 12)) * 4
    return (np.repeat(centres, each, axis=0) + generator.normal(size=(5 * each, 12))).astype(np.float32)


def together(coordinates: np.ndarray, each: int) -> float:
    """The share of points whose nearest other point is of their own group."""
    labels = np.repeat(np.arange(5), each)
    apart = np.linalg.norm(coordinates[:, None] - coordinates[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float((labels[apart.argmin(axis=1)] == labels).mean())


def test_components_keep_distances_and_are_found_in_blocks(monkeypatch):
    matrix = clusters()
    whole = principal_components(matrix, 12)
    apart = np.linalg.norm(matrix[:, None] - matrix[None], axis=2)
    assert np.linalg.norm(whole[:, None] - whole[None], axis=2) == pytest.approx(apart, abs=1e-3)
    assert (np.diff(whole.std(axis=0)) <= 1e-5).all()
    monkeypatch.setattr("core.features.search.BLOCK_ROWS", 7)
    assert principal_components([matrix[:30], matrix[30:]], 3) == pytest.approx(whole[:, :3], abs=1e-3)


@pytest.mark.parametrize("landmarks", [1000, 40], ids=["all at once", "most laid among landmarks"])
def test_pictures_of_a_group_lie_together_on_the_map_of_neighbours(landmarks):
    found = map_of_neighbours(clusters(), landmarks=landmarks)
    assert together(found, 20) > 0.9
    assert np.abs(found).max() == pytest.approx(1)


def test_the_same_seed_gives_the_same_map():
    first, again = (map_of_neighbours(clusters(), landmarks=40, seed=3) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, map_of_neighbours(clusters(), landmarks=40, seed=4))


def test_what_is_masked_out_has_no_place_and_does_not_count():
    matrix = clusters()
    matrix[50:] += 1000
    mask = np.arange(100) < 50
    for draw in (map_of_components, map_of_neighbours):
        found = draw(matrix, mask=mask)
        assert np.isnan(found[50:]).all()
        assert found[:50] == pytest.approx(draw(matrix[:50]), abs=1e-3)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_a_few_pictures_and_equal_ones_have_a_map_too(count):
    for matrix in (clusters()[:count], np.ones((count, 12), np.float32)):
        for draw in (map_of_components, map_of_neighbours):
            found = draw(matrix)
            assert found.shape == (count, 2)
            assert np.isfinite(found).all()


def test_progress_tells_the_steps_and_can_end_the_work():
    class StoppedError(Exception):
        pass

    told = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        map_of_neighbours(clusters(), progress=stop)
    assert told == [(step, layout._ITERATIONS + 1) for step in (1, 2, 3)]
