import numpy as np
import pytest

from core.errors import ConfigError
from core.features.subsets import outlier_rows, typical_rows


@pytest.fixture
def bunches() -> np.ndarray:
    """30 rows around one place, 20 around another, 10 around a third, and one far from all: row 60."""
    generator = np.random.default_rng(0)
    middles = np.repeat(np.eye(3, 8) * 10, (30, 20, 10), axis=0)
    return np.vstack((middles + generator.normal(0, 0.3, middles.shape), np.full(8, -20.0))).astype(np.float32)


def test_what_lies_alone_is_the_first_outlier(bunches):
    assert outlier_rows(bunches, 3)[0] == 60
    assert len(outlier_rows(bunches, 3)) == 3
    assert len(outlier_rows(bunches, 100)) == 61


def test_two_copies_of_a_picture_are_no_outliers(bunches):
    assert outlier_rows(np.vstack((bunches, bunches[60:])), 61)[-1] != 60
    assert 60 not in outlier_rows(np.vstack((bunches, bunches[60:], bunches[60:], bunches[60:])), 20)


def test_three_neighbours_count_the_nearest_most_and_the_picture_itself_is_none():
    """Five pictures 4 from each other: 4 each. Two that are 1 from each other and 10 from those: 0.6 + 3 + 1."""
    matrix = np.zeros((7, 8), np.float32)
    matrix[np.arange(5), np.arange(5)] = 4 / np.sqrt(2)
    matrix[5:, 5] = np.sqrt(100 - 8)
    matrix[6, 6] = 1
    assert set(outlier_rows(matrix, 2).tolist()) == {5, 6}


def test_typical_pictures_are_the_middles_of_groups_the_largest_first(bunches):
    found = typical_rows(bunches[:60], 3)
    assert [row // 30 + (row >= 50) for row in found.tolist()] == [0, 1, 2]
    middle = bunches[:30].mean(axis=0)
    apart = np.linalg.norm(bunches[:30] - middle, axis=1)
    assert apart[found[0]] <= np.sort(apart)[2]


def test_more_than_there_are_gives_all_and_less_than_one_is_refused(bunches):
    assert sorted(typical_rows(bunches[:4], 10).tolist()) == [0, 1, 2, 3]
    assert outlier_rows(bunches[:1], 5).tolist() == [0]
    with pytest.raises(ConfigError):
        typical_rows(bunches, 0)
