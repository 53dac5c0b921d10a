"""Some pictures of many, chosen by what they look like."""

import numpy as np
import pytest

from core.catalog.catalog import Catalog
from core.catalog.choosing import choose_pictures
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from core.features.descriptor import Descriptor
from core.features.store import FeatureStore, FeatureWriter
from tests.core.catalog.ledgers import Jobs, sha

PLAIN = Descriptor("two-numbers", "Two numbers", 2, 10.0, lambda image: np.zeros(2, np.float32))
PLACES = {1: 0.0, 2: 0.2, 3: 0.4, 4: 9.0, 5: 9.3, 6: 30.0}


@pytest.fixture
def store(jobs: Jobs) -> FeatureStore:
    folder = jobs.workspace.features / PLAIN.name
    with FeatureWriter(folder, PLAIN, rows_a_shard=4) as writer:
        backwards = list(PLACES)[::-1]  # rows of the store in another order than pictures of the catalog
        writer.append([sha(number) for number in backwards], np.array([[PLACES[number], 0] for number in backwards]))
    return FeatureStore(folder, PLAIN)


def test_different_pictures_stand_for_every_bunch(filled: Catalog, store: FeatureStore) -> None:
    chosen = choose_pictures(filled, store, Selection(), 3).pictures
    assert {sha(6)} < set(chosen)
    assert len(set(chosen) & {sha(4), sha(5)}) == 1
    assert len(set(chosen) & {sha(1), sha(2), sha(3)}) == 1


def test_excluded_and_filtered_pictures_are_not_chosen(filled: Catalog, store: FeatureStore) -> None:
    assert choose_pictures(filled, store, Selection(), 1, way="outliers").pictures == [sha(6)]
    filled.exclude([sha(6)], "broken")
    assert sha(6) not in choose_pictures(filled, store, Selection(), 5, way="outliers").pictures
    assert set(choose_pictures(filled, store, Selection(artists=("Ada",)), 5, way="typical").pictures) == {
        sha(1),
        sha(2),
    }


def test_typical_pictures_come_from_the_largest_bunches(filled: Catalog, store: FeatureStore) -> None:
    assert choose_pictures(filled, store, Selection(), 2, way="typical").pictures[0] in {
        sha(number) for number in range(1, 6)
    }


def test_what_cannot_be_chosen_is_refused_with_what_to_do(filled: Catalog, store: FeatureStore) -> None:
    with pytest.raises(NotFoundError, match="typical"):
        choose_pictures(filled, store, Selection(), 2, way="nicest")
    with pytest.raises(ConfigError, match="5,000"):
        choose_pictures(filled, store, Selection(), 100_000)
    with pytest.raises(ConfigError, match="catalog describe"):
        choose_pictures(filled, store, Selection(text="nothing"), 2)


def test_of_too_many_pictures_some_are_compared_and_that_is_said(
    filled: Catalog, store: FeatureStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose_pictures(filled, store, Selection(), 2).words == ""
    monkeypatch.setattr("core.catalog.choosing.MOST_COMPARED", 4)
    found = choose_pictures(filled, store, Selection(), 10)
    assert len(found.pictures) == 4
    assert found.words == "among 4 of 6 pictures, drawn at random"
