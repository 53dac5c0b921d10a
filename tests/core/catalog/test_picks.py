"""Sets of pictures that were picked by hand."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.picks import keep_picked
from core.catalog.selection import Selection
from core.errors import ConfigError
from tests.core.catalog.ledgers import sha


def found(catalog: Catalog, selection: Selection) -> set[str]:
    return {tile.sha256 for tile in catalog.page(selection)}


def test_a_filter_asks_for_the_pictures_of_a_set_and_joins_with_others(filled: Catalog) -> None:
    picked = keep_picked(filled, [sha(1), sha(3), sha(6)])
    assert found(filled, picked) == {sha(1), sha(3), sha(6)}
    assert found(filled, Selection(where=f"{picked.where} and artist = Bo")) == {sha(3), sha(6)}
    assert found(filled, Selection(where=f"not {picked.where}")) == {sha(2), sha(4), sha(5)}
    filled.exclude([sha(3)], "torn")
    assert found(filled, picked) == {sha(1), sha(3), sha(6)}
    assert found(filled, Selection(where=picked.where)) == {sha(1), sha(6)}


def test_the_same_pictures_are_one_set_and_every_set_can_be_asked_for(filled: Catalog) -> None:
    one, same = keep_picked(filled, [sha(1), sha(2)]), keep_picked(filled, [sha(2), sha(1), sha(2)])
    assert one == same
    assert filled.read("SELECT count(*) FROM picked") == [(2,)]
    other = keep_picked(filled, [sha(5)])
    either = Selection(where=f"{one.where} or {other.where}")
    assert found(filled, either) == {sha(1), sha(2), sha(5)}
    assert found(filled, Selection(where="picked is known")) == {sha(1), sha(2), sha(5)}
    assert found(filled, Selection(where="picked is unknown")) == {sha(3), sha(4), sha(6)}
    assert found(filled, Selection(where="picked = never")) == set()


def test_a_set_of_nothing_or_of_strangers_is_refused(filled: Catalog) -> None:
    with pytest.raises(ConfigError):
        keep_picked(filled, [])
    with pytest.raises(UnknownPicturesError):
        keep_picked(filled, [sha(1), "0" * 64])
    assert filled.read("SELECT count(*) FROM picked") == [(0,)]


def test_a_set_lives_in_a_saved_selection(filled: Catalog) -> None:
    filled.save_selection("lassoed", keep_picked(filled, [sha(4)]))
    assert found(filled, filled.saved_selection("lassoed")) == {sha(4)}
