"""What stands on a map of the catalog, what it is coloured by, and what lies in a lasso."""

import numpy as np
import pytest

from core.catalog.catalog import Catalog
from core.catalog.mapped import classes, hashes_of, inside, map_scope, numbers_on_map, shown_on_map
from core.catalog.selection import Selection
from core.errors import NotFoundError
from core.features.descriptor import Descriptor
from core.features.maps import PictureMap, arranged
from core.features.store import FeatureStore, FeatureWriter
from tests.core.catalog.ledgers import Jobs, sha

PLAIN = Descriptor("two-numbers", "Two numbers", 2, 10.0, lambda image: np.zeros(2, np.float32))


@pytest.fixture
def store(jobs: Jobs) -> FeatureStore:
    """Pictures 1 to 5 on a line; picture 6 is not described, and 99 is not in the catalog."""
    folder = jobs.workspace.features / PLAIN.name
    with FeatureWriter(folder, PLAIN) as writer:
        writer.append([sha(number) for number in (99, 5, 4, 3, 2, 1)], np.array([[n, 0] for n in (9, 5, 4, 3, 2, 1)]))
    return FeatureStore(folder, PLAIN)


def a_map(catalog: Catalog, store: FeatureStore, selection: Selection, most: int = 100) -> PictureMap:
    return arranged(store, map_scope(catalog, store, selection, most=most).rows, "components", made=1.0)


def coloured(catalog: Catalog, store: FeatureStore, by: str, **options: int) -> dict[int, str]:
    found = a_map(catalog, store, Selection())
    numbers = numbers_on_map(catalog, store, found)
    told = classes(catalog, numbers, by, key=found.key, **options)
    names = hashes_of(found, np.ones(len(found), bool))
    assert sum(told.counts) == len(found)
    return {number: told.names[told.of[names.index(sha(number))]] for number in range(1, 6)}


def test_a_map_is_of_what_is_described_excluded_pictures_among_them(filled: Catalog, store: FeatureStore) -> None:
    scope = map_scope(filled, store, Selection(), most=100)
    assert (len(scope.rows), scope.found, scope.missing) == (5, 5, 1)
    filled.exclude([sha(2)], "torn")
    again = map_scope(filled, store, Selection(), most=100)
    assert again.key == scope.key == map_scope(filled, store, Selection(excluded="excluded"), most=100).key
    assert np.array_equal(again.rows, scope.rows)
    assert map_scope(filled, store, Selection(artists=("Ada",)), most=100).key != scope.key
    assert map_scope(filled, store, Selection(), most=3).found == 5
    assert len(map_scope(filled, store, Selection(), most=3).rows) == 3


def test_what_is_shown_follows_the_selection_and_exclusions(filled: Catalog, store: FeatureStore) -> None:
    found = a_map(filled, store, Selection())
    numbers = numbers_on_map(filled, store, found)
    filled.exclude([sha(2)], "torn")

    def shown(selection: Selection) -> set[str]:
        return set(hashes_of(found, shown_on_map(filled, selection, numbers)))

    assert shown(Selection()) == {sha(number) for number in (1, 3, 4, 5)}
    assert shown(Selection(excluded="excluded")) == {sha(2)}
    assert shown(Selection(artists=("Ada",), excluded="all")) == {sha(1), sha(2)}


def test_pictures_are_coloured_by_what_is_told_of_them(filled: Catalog, store: FeatureStore) -> None:
    assert coloured(filled, store, "artist") == {1: "Ada", 2: "Ada", 3: "Bo", 4: "Unknown", 5: "Hermès"}
    assert coloured(filled, store, "collection")[5] == "hills"
    filled.exclude([sha(2)], "torn")
    assert coloured(filled, store, "excluded")[2] == "Excluded"
    assert coloured(filled, store, "excluded")[1] == "Kept"
    filled.tag([sha(3)], "boats")
    assert coloured(filled, store, "my_tag")[3] == "boats"
    assert coloured(filled, store, "my_tag")[1] == "No tag"


def test_what_is_rare_is_one_class_where_a_legend_would_be_too_long(filled: Catalog, store: FeatureStore) -> None:
    found = coloured(filled, store, "artist", most=3)
    assert found == {1: "Ada", 2: "Ada", 3: "Others (2)", 4: "Unknown", 5: "Others (2)"}


def test_decades_stand_in_their_order_and_main_colours_by_family(catalog: Catalog, jobs: Jobs) -> None:
    rows = [jobs.stored(str(n), n, date=date) for n, date in ((1, "1855"), (2, "1831"), (3, "c. 1839"), (4, ""))]
    for row, colour in zip(rows, ("#cc1111", "#1133cc", "#888888", "#111111"), strict=True):
        row["facts"]["palette"] = [colour]
    jobs.collect("prints", rows)
    jobs.ingest(catalog)
    numbers = np.array([1, 2, 3, 4, 0], np.int32)
    decades = classes(catalog, numbers, "decade", key="x")
    assert decades.names == ("1830s", "1850s", "No year")
    assert decades.counts == (2, 1, 1)
    assert [decades.names[code] for code in decades.of[:4]] == ["1850s", "1830s", "1830s", "No year"]
    palette = classes(catalog, numbers, "palette", key="x")
    assert [palette.names[code] for code in palette.of[:4]] == ["Reds", "Blues", "Grey", "Black"]
    assert palette.colours is not None
    assert palette.colours[1].tolist() == [0x11, 0x33, 0xCC]
    with pytest.raises(NotFoundError):
        classes(catalog, numbers, "mood", key="x")


def test_a_lasso_holds_what_lies_inside_its_bays_left_out() -> None:
    places = np.array([[1, 1], [5, 1], [3, 4], [9, 9], [3, 1]], float)
    bay = [[0, 0], [6, 0], [6, 3], [3, 0.5], [0, 3]]
    assert inside(places, bay).tolist() == [True, True, False, False, False]
    assert not inside(places, bay[:2]).any()
    assert inside(places, [[0, 0], [10, 0], [10, 10], [0, 10]]).all()
