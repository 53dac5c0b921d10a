import numpy as np
import pytest

from core.errors import ConfigError
from core.features import search
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.search import distances_to, diverse_rows, nearest, nearest_rows, with_measured_scale


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5)).astype(np.float32)


@pytest.mark.parametrize("block", [3, 1000])
def test_the_nearest_are_those_of_a_full_sort(block, monkeypatch):
    monkeypatch.setattr(search, "BLOCK_ROWS", block)
    matrix = vectors(50)
    matrix[40] = matrix[7]  # equally near: the lower row first
    query = matrix[7]
    distance = np.linalg.norm(matrix - query, axis=1)
    expected = np.lexsort((np.arange(50), distance))[:8]
    rows, found = nearest_rows(query, matrix, 8)
    assert rows.tolist() == expected.tolist()
    assert found == pytest.approx(distance[expected], abs=1e-6)
    assert nearest_rows(query, [matrix[:11], matrix[11:]], 8)[0].tolist() == expected.tolist()


def test_what_is_masked_is_not_found():
    mask = np.zeros(50, dtype=bool)
    mask[[3, 30]] = True
    assert sorted(nearest_rows(vectors(50)[0], vectors(50), 5, mask=mask)[0].tolist()) == [3, 30]


def test_the_searched_matrix_is_left_as_it_was():
    matrix = vectors(20)
    nearest_rows(matrix[0], matrix, 3)
    diverse_rows(matrix, 3)
    assert np.array_equal(matrix, vectors(20))


def test_scores_are_one_for_the_same_and_zero_for_the_unrelated():
    matrix = np.zeros((3, 5), np.float32)
    matrix[1, 0] = COLOUR_AND_TEXTURE.unrelated / 2
    matrix[2, 0] = 10 * COLOUR_AND_TEXTURE.unrelated
    assert nearest(matrix[0], matrix, 3, descriptor=COLOUR_AND_TEXTURE)[1] == pytest.approx([1, 0.5, 0])


def test_nothing_to_ask_for_and_another_descriptor_are_refused():
    with pytest.raises(ConfigError):
        nearest_rows(vectors(1)[0], vectors(5), 0)
    with pytest.raises(ConfigError, match="other descriptors"):
        nearest_rows(np.zeros(4), vectors(5), 1)


def test_a_diverse_subset_takes_one_of_each_cluster_before_a_second_of_any():
    centres = 100 * np.eye(5, dtype=np.float32)
    matrix = np.repeat(centres, 10, axis=0) + vectors(50)
    taken = diverse_rows(matrix, 5)
    assert sorted(row // 10 for row in taken.tolist()) == [0, 1, 2, 3, 4]
    assert diverse_rows(matrix, 3).tolist() == taken[:3].tolist()


def test_copies_are_taken_once_and_masked_pictures_never():
    matrix = np.repeat(vectors(3), 4, axis=0)
    assert len(diverse_rows(matrix, 10)) == 3
    mask = np.arange(12) < 4
    assert diverse_rows(matrix, 10, mask=mask).tolist() == [0]
    assert len(diverse_rows(matrix, 10, mask=np.zeros(12, dtype=bool))) == 0


def test_a_collection_of_one_kind_can_have_scores_of_its_own():
    matrix = vectors(200) / 1000
    assert nearest(matrix[0], matrix, 200, descriptor=COLOUR_AND_TEXTURE)[1].min() > 0.9
    own = with_measured_scale(COLOUR_AND_TEXTURE, matrix)
    scores = nearest(matrix[0], matrix, 200, descriptor=own)[1]
    assert scores[0] == 1
    assert np.median(scores) < 0.3
    assert with_measured_scale(COLOUR_AND_TEXTURE, matrix[:5]) is COLOUR_AND_TEXTURE
    assert with_measured_scale(COLOUR_AND_TEXTURE, np.ones((20, 3))) is COLOUR_AND_TEXTURE


def test_distances_are_the_same_in_one_matrix_and_in_several(monkeypatch):
    monkeypatch.setattr(search, "BLOCK_ROWS", 4)
    matrix = vectors(23)
    expected = np.linalg.norm(matrix - matrix[5], axis=1)
    assert distances_to(matrix[5], matrix) == pytest.approx(expected, abs=1e-5)
    parts = [matrix[:9].astype(np.float16), matrix[9:10], matrix[10:]]
    assert distances_to(matrix[5], parts, threads=2) == pytest.approx(expected, abs=1e-2)
    assert distances_to(matrix[5], []).shape == (0,)
    with pytest.raises(ConfigError):
        distances_to(matrix[5, :3], parts)
