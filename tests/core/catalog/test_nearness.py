"""Pictures in an order by nearness, page after page."""

import numpy as np
import pytest

from core.catalog.catalog import Catalog
from core.catalog.nearness import ToColours, ToPicture
from core.catalog.selection import Selection
from core.features.descriptor import Descriptor
from core.features.store import FeatureStore, FeatureWriter
from tests.core.catalog.ledgers import Jobs, sha

PLAIN = Descriptor("two-numbers", "Two numbers", 2, 10.0, lambda image: np.zeros(2, np.float32))


@pytest.fixture
def coloured(catalog: Catalog, jobs: Jobs) -> Catalog:
    """Pictures 1 to 5 from red to nearly black, and one whose colours are not known."""
    rows = [jobs.stored(str(number), number, artist="Ada" if number % 2 else "Bo") for number in range(1, 7)]
    for row, palette in zip(rows, (["#ff0000"], ["#c00000"], ["#800000"], ["#400000"], ["#100000"], []), strict=True):
        row["facts"]["palette"] = palette
    jobs.collect("reds", rows)
    jobs.ingest(catalog)
    return catalog


@pytest.fixture
def store(jobs: Jobs) -> FeatureStore:
    """Pictures 1 to 4 on a line."""
    folder = jobs.workspace.features / PLAIN.name
    with FeatureWriter(folder, PLAIN) as writer:
        writer.append([sha(number) for number in (4, 2, 3, 1)], np.array([[4, 0], [2, 0], [3, 0], [1, 0]]))
    return FeatureStore(folder, PLAIN)


def names(catalog: Catalog, selection: Selection, nearness: ToColours | ToPicture, **page: int) -> list[int]:
    numbers = {sha(number): number for number in range(1, 10)}
    return [numbers[tile.sha256] for tile in catalog.page(selection, sort=nearness, **page)]


def test_pages_by_colour_go_on_where_the_last_ended_and_the_unknown_comes_last(coloured: Catalog) -> None:
    red = ToColours.read(["red"])
    assert names(coloured, Selection(), red, limit=4) == [1, 2, 3, 4]
    assert names(coloured, Selection(), red, offset=4, limit=4) == [5, 6]
    tiles = coloured.page(sort=red)
    assert tiles[0].distance == pytest.approx(0, abs=1)
    assert tiles[-1].distance is None
    assert coloured.page()[0].distance is None


def test_filters_and_exclusions_hold_in_an_order_by_nearness(coloured: Catalog) -> None:
    black = ToColours.read(["black"])
    assert names(coloured, Selection(artists=("Ada",)), black) == [5, 3, 1]
    coloured.exclude([sha(5)], "dark")
    assert names(coloured, Selection(artists=("Ada",)), black) == [3, 1]
    assert names(coloured, Selection(excluded="excluded"), black) == [5]


def test_what_was_not_described_comes_last_and_what_is_described_later_takes_its_place(
    coloured: Catalog, store: FeatureStore
) -> None:
    like = ToPicture.of(store, np.array([3, 0], np.float32), "asked")
    assert names(coloured, Selection(), like, limit=4) == [3, 2, 4, 1]
    assert [tile.distance for tile in coloured.page(sort=like, limit=4)] == [0, 1, 1, 2]
    assert {tile.distance for tile in coloured.page(sort=like, offset=4)} == {None}
    with FeatureWriter(store.folder, PLAIN) as writer:
        writer.append([sha(6)], np.array([[3.25, 0]]))
    later = ToPicture.of(store.refresh(), np.array([3, 0], np.float32), "asked")
    assert names(coloured, Selection(), later, limit=2) == [3, 6]


def test_pictures_that_came_after_the_last_described_one_are_not_lost(
    coloured: Catalog, jobs: Jobs, store: FeatureStore
) -> None:
    like = ToPicture.of(store, np.array([1, 0], np.float32), "asked")
    assert len(names(coloured, Selection(), like)) == 6
    jobs.collect("more", [jobs.stored("7", 7)])
    jobs.ingest(coloured)
    assert names(coloured, Selection(), like)[0] == 1
    assert set(names(coloured, Selection(), like)) == {1, 2, 3, 4, 5, 6, 7}
    assert names(coloured, Selection(where='title = ""'), like)[0] == 1


def test_few_pictures_of_many_stand_in_the_order_of_all(catalog: Catalog, jobs: Jobs) -> None:
    rows = [jobs.stored(str(number), number, artist="Ada" if number % 20 == 0 else "Bo") for number in range(1, 61)]
    for number, row in enumerate(rows, start=1):
        row["facts"]["palette"] = [f"#{4 * number:02x}0000"]
    jobs.collect("reds", rows)
    jobs.ingest(catalog)
    found = [tile.sha256 for tile in catalog.page(Selection(artists=("Ada",)), sort=ToColours.read(["#f00000"]))]
    assert found == [sha(60), sha(40), sha(20)]
