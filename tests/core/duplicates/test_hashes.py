import numpy as np
import pytest

from core.duplicates import hashes as searched
from core.duplicates.hashes import MAX_RADIUS, hash_values, near_hashes
from core.duplicates.pairs import TooManyPairsError
from core.errors import ConfigError


def crowded(count: int, seed: int = 0) -> np.ndarray:
    """Hashes of which many lie near each other at every radius: a few centres, with 0 to 12 bits turned."""
    generator = np.random.default_rng(seed)
    centres = generator.integers(0, 2**64, count // 6, dtype=np.uint64)
    values = generator.choice(centres, count)
    for row, turned in enumerate(generator.integers(0, 13, count)):
        for bit in generator.choice(64, turned, replace=False):
            values[row] ^= np.uint64(1) << np.uint64(bit)
    return values


def all_with_all(values: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    numbers = [int(value) for value in values]
    return sorted(
        (bits, first, second)
        for first, one in enumerate(numbers)
        for second in range(first + 1, len(numbers))
        if (bits := (one ^ numbers[second]).bit_count()) <= radius
    )


def found(values: np.ndarray, radius: int) -> list[tuple[int, int, int]]:
    pairs = near_hashes(values, radius)
    return list(zip(pairs.distance.astype(int).tolist(), pairs.first.tolist(), pairs.second.tolist(), strict=True))


@pytest.mark.parametrize("index_cost", [0.0, float("inf")], ids=["by the index", "all with all"])
@pytest.mark.parametrize("radius", range(MAX_RADIUS + 1))
def test_every_radius_finds_what_comparing_all_with_all_finds(radius, index_cost, monkeypatch):
    monkeypatch.setattr(searched, "_FEW_PAIRS", 0)
    monkeypatch.setattr(searched, "_index_cost", lambda hashes, masks: index_cost)
    values = crowded(240, seed=radius)
    values[5] = values[100] = values[7]  # equal ones are near, too
    assert found(values, radius) == all_with_all(values, radius)


def test_blocks_smaller_than_a_bucket_lose_nothing(monkeypatch):
    monkeypatch.setattr(searched, "_FEW_PAIRS", 0)
    monkeypatch.setattr(searched, "_index_cost", lambda hashes, masks: 0.0)
    monkeypatch.setattr(searched, "_BLOCK", 3)
    values = crowded(60)
    assert found(values, 6) == all_with_all(values, 6)


def test_the_shares_of_the_bands_leave_no_gap():
    for radius in range(MAX_RADIUS + 1):
        widest = [max((int(mask).bit_count() for mask in masks), default=-1) for masks in searched._masks(radius)]
        assert sum(share + 1 for share in widest) == radius + 1


def test_the_work_is_told_before_it_is_done():
    values = crowded(300)
    masks = searched._masks(8)
    made = 0
    for band, differences in enumerate(masks):
        bands = searched._band(values, band)
        differing = bands[:, None] ^ bands[None, :]
        made += (np.isin(differing, differences).sum() - (len(values) if 0 in differences else 0)) / 2
    told = searched._candidates(values, masks) - 4 * len(values) / 2  # a picture with itself is told too
    assert told == pytest.approx(made)


def test_more_pairs_than_anybody_could_look_at_are_refused_with_what_to_do():
    with pytest.raises(TooManyPairsError, match="smaller radius"):
        near_hashes(np.zeros(100, np.uint64), 0, limit=1000)


def test_no_picture_and_one_picture_have_no_pairs():
    assert len(near_hashes(np.zeros(0, np.uint64), 4)) == len(near_hashes(np.zeros(1, np.uint64), 4)) == 0


def test_a_radius_that_is_not_offered_is_refused():
    with pytest.raises(ConfigError, match="0 to 16"):
        near_hashes(np.zeros(2, np.uint64), 17)


def test_hashes_are_read_as_the_catalog_writes_them():
    assert hash_values(["00000000000000ff", "8000000000000000"]).tolist() == [255, 1 << 63]
    with pytest.raises(ConfigError):
        hash_values(["not a hash"])


def test_progress_can_end_a_search():
    class StoppedError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        near_hashes(crowded(200), 3, progress=stop)
