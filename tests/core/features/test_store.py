import hashlib
from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigError
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.search import nearest_rows
from core.features.store import FeatureStore, FeatureStoreError, FeatureWriter

SHORT = replace(COLOUR_AND_TEXTURE, name="short-1", length=4)


def names(count: int, begin: int = 0) -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(begin, begin + count)]


def vectors(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float16).astype(np.float32)


def filled(folder, count: int = 10):
    with FeatureWriter(folder, SHORT, rows_a_shard=4) as writer:
        for begin in range(0, count, 3):
            writer.append(names(min(3, count - begin), begin), vectors(count)[begin : begin + 3])


def test_what_was_written_in_batches_is_read_back_over_shards(tmp_path):
    filled(tmp_path)
    store = FeatureStore(tmp_path, SHORT)
    assert [len(shard) for shard in store.shards] == [4, 4, 2]
    assert store.names(range(10)) == names(10)
    assert np.array_equal(store.vectors(range(10)), vectors(10))
    assert store.rows([*names(10)[::-1], "0" * 64]).tolist() == [*range(9, -1, -1), -1]


def test_a_job_learns_what_is_left_and_a_page_sees_it_after_a_refresh(tmp_path):
    filled(tmp_path, 5)
    store = FeatureStore(tmp_path, SHORT)
    assert store.missing(names(7)) == names(2, begin=5)
    with FeatureWriter(tmp_path, SHORT) as writer:
        writer.append(names(2, begin=5), vectors(2))
    assert len(store) == 5
    assert store.refresh().missing(names(7)) == []


@pytest.mark.parametrize("torn", ["vectors only", "half a vector", "half a name", "names only"])
def test_a_torn_tail_is_not_seen_and_the_next_writer_cuts_it_off(tmp_path, torn):
    filled(tmp_path, 5)
    vector_bytes, name_bytes = {
        "vectors only": (8, 0),
        "half a vector": (3, 0),
        "half a name": (8, 31),
        "names only": (0, 32),
    }[torn]
    for path, torn_bytes in (("vectors-0001.f16", vector_bytes), ("names-0001.bin", name_bytes)):
        with (tmp_path / path).open("ab") as handle:
            handle.write(b"\1" * torn_bytes)
    assert len(FeatureStore(tmp_path, SHORT)) == 5
    with FeatureWriter(tmp_path, SHORT) as writer:
        writer.append(names(1, begin=5), vectors(6)[5:])
    store = FeatureStore(tmp_path, SHORT)
    assert store.names(range(6)) == names(6)
    assert np.array_equal(store.vector(names(6)[5]), vectors(6)[5])


def test_a_store_of_another_descriptor_is_refused_with_what_to_do(tmp_path):
    filled(tmp_path)
    with pytest.raises(FeatureStoreError, match="short-1"):
        FeatureStore(tmp_path, replace(SHORT, name="short-2"))
    with pytest.raises(FeatureStoreError, match="short-1"), FeatureWriter(tmp_path, replace(SHORT, name="short-2")):
        pass


def test_only_one_process_writes(tmp_path):
    with (
        FeatureWriter(tmp_path, SHORT),
        pytest.raises(FeatureStoreError, match="Another process"),
        FeatureWriter(tmp_path, SHORT),
    ):
        pass


def test_what_is_no_vector_and_no_sha256_is_refused_and_nothing_is_written(tmp_path):
    with FeatureWriter(tmp_path, SHORT) as writer:
        for refused in (np.zeros((1, 3)), np.full((1, 4), np.nan), np.full((1, 4), 1e6)):
            with pytest.raises(ConfigError):
                writer.append(names(1), refused)
        with pytest.raises(ConfigError):
            writer.append(["abc"], np.zeros((1, 4)))
    assert len(FeatureStore(tmp_path, SHORT)) == 0


def test_pictures_whose_names_begin_alike_are_told_apart(tmp_path):
    alike = ["ab" * 8 + f"{number:048x}" for number in range(4)]
    with FeatureWriter(tmp_path, SHORT) as writer:
        writer.append([*names(3), *alike[:3]], vectors(6))
    assert FeatureStore(tmp_path, SHORT).rows([*alike, *names(2)]).tolist() == [3, 4, 5, -1, 0, 1]


def test_a_folder_that_was_never_written_is_empty(tmp_path):
    store = FeatureStore(tmp_path / "none", SHORT)
    assert (len(store), store.missing(names(2)), store.vector(names(1)[0])) == (0, names(2), None)


def test_a_search_goes_over_the_shards_and_can_be_limited_to_a_selection(tmp_path):
    filled(tmp_path)
    store = FeatureStore(tmp_path, SHORT)
    query = store.vectors([9])[0]
    assert nearest_rows(query, store.shards, 1)[0].tolist() == [9]
    limited, _ = nearest_rows(query, store.shards, 10, mask=store.mask(names(4)))
    assert sorted(limited.tolist()) == [0, 1, 2, 3]
