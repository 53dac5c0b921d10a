"""Maps that are kept: found again by what they are of, and made by a job."""

import hashlib

import numpy as np
import pytest

from core.errors import ConfigError
from core.features.choices import open_store
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.maps import (
    arranged,
    drawn_by_hash,
    is_quick,
    keep_map,
    latest_map,
    map_folder,
    map_key,
    read_map,
)
from core.features.maps_job import create_map
from core.features.store import FeatureStore, FeatureWriter
from core.jobs import control
from core.jobs.folder import State
from core.workspace import Workspace

PICTURES = 24


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path).create()


@pytest.fixture
def store(workspace) -> FeatureStore:
    """Two bunches far from each other, one after another in turn."""
    vectors = np.random.default_rng(0).normal(0, 0.1, (PICTURES, COLOUR_AND_TEXTURE.length))
    vectors[::2, 0] += 5
    with FeatureWriter(workspace.features / COLOUR_AND_TEXTURE.name, COLOUR_AND_TEXTURE) as writer:
        writer.append([hashlib.sha256(bytes([number])).hexdigest() for number in range(PICTURES)], vectors)
    return open_store(workspace)


def test_what_is_kept_is_found_by_its_pictures_whatever_their_order(workspace, store):
    found = arranged(store, np.arange(PICTURES), "components", made=1.0)
    keep_map(workspace, found, "all")
    key = map_key("components", COLOUR_AND_TEXTURE.name, store.digests(np.arange(PICTURES))[::-1])
    again = read_map(workspace, key)
    assert again is not None
    assert np.array_equal(again.places, found.places)
    assert np.array_equal(again.names, found.names)
    assert read_map(workspace, map_key("neighbours", COLOUR_AND_TEXTURE.name, found.names)) is None


def test_every_picture_stands_at_its_own_place_and_neighbours_on_the_map_have_near_numbers(store):
    found = arranged(store, np.arange(0, PICTURES, 3), "components", made=1.0)
    rows = store.rows([name.tobytes().hex() for name in found.names])
    assert sorted(rows.tolist()) == list(range(0, PICTURES, 3))
    left = found.places[:, 0] < 0
    assert len({bool(row % 2) for row in rows[left]}) == 1
    quarters = 2 * (found.places[:, 1] < 0) + left
    assert np.count_nonzero(np.diff(quarters)) == len(set(quarters.tolist())) - 1  # one quarter after the other


def test_the_last_map_of_a_scope_outlives_pictures_that_come(workspace, store):
    keep_map(workspace, arranged(store, np.arange(10), "components", made=1.0), "prints")
    found = latest_map(workspace, "prints")
    assert found is not None
    assert len(found) == 10
    assert found.key != map_key("components", COLOUR_AND_TEXTURE.name, store.digests(np.arange(11)))
    assert latest_map(workspace, "paintings") is None


def test_what_no_scope_was_lately_is_forgotten(workspace, store, monkeypatch):
    first = arranged(store, np.arange(10), "components", made=1.0)
    keep_map(workspace, first, "prints")
    keep_map(workspace, arranged(store, np.arange(11), "components", made=2.0), "prints")
    assert read_map(workspace, first.key) is None
    monkeypatch.setattr("core.features.maps._MOST_SCOPES", 2)
    for number in (12, 13):
        keep_map(workspace, arranged(store, np.arange(number), "components", made=3.0), f"scope {number}")
    assert latest_map(workspace, "prints") is None
    assert latest_map(workspace, "scope 12") is not None
    assert len(list((workspace.data / "maps").iterdir())) == 3


def test_a_torn_map_is_none(workspace, store):
    found = arranged(store, np.arange(PICTURES), "components", made=1.0)
    keep_map(workspace, found, "all")
    path = map_folder(workspace, found.key) / "names.bin"
    path.write_bytes(path.read_bytes()[:-32])
    assert read_map(workspace, found.key) is None
    assert latest_map(workspace, "all") is None


def test_the_job_arranges_by_neighbours_and_finds_what_is_there(workspace, store):
    names = store.digests(np.arange(PICTURES))
    job = create_map(workspace, names, method="neighbours", by="colour-texture", scope="all")
    assert control.run_here(workspace, job).message == "24 pictures arranged."
    found = latest_map(workspace, "all")
    assert found is not None
    assert (found.method, len(found)) == ("neighbours", PICTURES)
    again = control.run_here(
        workspace, create_map(workspace, names, method="neighbours", by="colour-texture", scope="other")
    )
    assert "was there already" in again.message
    assert latest_map(workspace, "other") is not None


def test_a_map_of_pictures_that_lost_their_descriptors_says_so(workspace, store):
    strange = np.zeros((1, 32), np.uint8)
    job = create_map(workspace, strange, method="neighbours", by="colour-texture", scope="all")
    end = control.run_here(workspace, job)
    assert end.state is State.FAILED
    assert "Describe the pictures" in end.message
    with pytest.raises(ConfigError, match="no picture"):
        create_map(workspace, strange[:0], method="neighbours", by="colour-texture", scope="all")


def test_of_too_many_pictures_the_same_are_drawn_whatever_came_in_between():
    names = np.random.default_rng(0).integers(0, 256, (100, 32)).astype(np.uint8)
    drawn = {names[row].tobytes() for row in drawn_by_hash(names, 40)}
    assert len(drawn) == 40
    again = {names[::-1][row].tobytes() for row in drawn_by_hash(names[::-1], 40)}
    assert drawn == again
    assert len(drawn_by_hash(names, 200)) == 100


def test_long_maps_are_for_a_job():
    assert is_quick("components", 10_000)
    assert not is_quick("neighbours", 10_000)
