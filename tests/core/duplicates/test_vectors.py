import numpy as np
import pytest

from core.duplicates import vectors
from core.duplicates.pairs import TooManyPairsError
from core.duplicates.vectors import near_vectors
from core.errors import ConfigError


@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_blocks_find_what_comparing_all_with_all_finds(kind, monkeypatch):
    monkeypatch.setattr(vectors, "_BLOCK", 7)
    matrix = np.random.default_rng(0).normal(size=(50, 4)).astype(kind)
    matrix[30] = matrix[3]
    distance = np.linalg.norm(matrix[:, None].astype(float) - matrix[None].astype(float), axis=2)
    first, second = np.nonzero(np.triu(distance <= 1.0, k=1))
    found = near_vectors(matrix, 1.0)
    assert set(zip(found.first.tolist(), found.second.tolist(), strict=True)) == set(
        zip(first.tolist(), second.tolist(), strict=True)
    )
    assert (found.first[0], found.second[0], found.distance[0]) == (3, 30, 0)
    assert np.allclose(found.distance, distance[found.first, found.second], atol=1e-3)


def test_a_tiny_distance_between_long_vectors_is_not_lost_to_rounding():
    matrix = np.full((2, 8), 100.0, np.float32)
    matrix[1, 0] += 0.01
    found = near_vectors(matrix, 0.02)
    assert found.distance.tolist() == pytest.approx([0.01], abs=1e-4)
    assert len(near_vectors(matrix, 0.005)) == 0


def test_a_radius_around_everything_is_refused():
    with pytest.raises(TooManyPairsError):
        near_vectors(np.zeros((100, 2), np.float32), 1.0, limit=100)
    with pytest.raises(ConfigError):
        near_vectors(np.zeros((2, 2), np.float32), -1.0)
