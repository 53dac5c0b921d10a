"""The shelf answers as the tables do, whatever changed since it was last asked."""

import pytest

from core.catalog.arrays import shelf
from core.catalog.arrays.shelf import SORTS
from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from tests.core.catalog.ledgers import Jobs, sha


def found(catalog: Catalog, selection: Selection, sort: str = "oldest") -> list[str]:
    return [tile.sha256 for tile in catalog.page(selection, sort=sort)]


def test_what_is_excluded_leaves_the_page_that_was_asked_before_and_comes_back_when_undone(filled: Catalog) -> None:
    bos = Selection(artists=("Bo",))
    assert found(filled, bos) == [sha(3), sha(6)]
    act = filled.exclude([sha(3)], "torn")
    assert found(filled, bos) == [sha(6)]
    assert found(filled, Selection(artists=("Bo",), excluded="excluded")) == [sha(3)]
    filled.undo(act.number)
    assert found(filled, bos) == [sha(3), sha(6)]


def test_a_filter_about_exclusions_is_asked_again_after_one(filled: Catalog) -> None:
    torn = Selection(where="reason = torn", excluded="all")
    assert filled.count(torn) == 0
    filled.exclude([sha(3)], "torn")
    assert found(filled, torn) == [sha(3)]


@pytest.mark.parametrize("sort", SORTS)
def test_what_comes_in_stands_in_every_order(filled: Catalog, jobs: Jobs, sort: str) -> None:
    before = found(filled, Selection(), sort)
    jobs.collect("more", [jobs.stored("x.jpg", 9, artist="Cy", title="New", width=2000, height=2000)])
    jobs.ingest(filled)
    after = found(filled, Selection(), sort)
    assert sha(9) in after
    assert [sha256 for sha256 in after if sha256 != sha(9)] == before


def test_a_picture_of_two_artworks_stands_where_the_artwork_that_fits_belongs(filled: Catalog, jobs: Jobs) -> None:
    jobs.collect("copies", [jobs.stored("z.jpg", 1, artist="Zoe", title="A"), jobs.stored("y.jpg", 6, artist="Yan")])
    jobs.ingest(filled)
    assert found(filled, Selection(collections=("copies",)), "artist") == [sha(6), sha(1)]
    assert found(filled, Selection(where="artist = Ada or artist = Bo"), "artist")[0] == sha(1)


def test_what_is_asked_of_a_picture_and_what_of_one_artwork_are_both_kept(filled: Catalog, jobs: Jobs) -> None:
    jobs.collect("copies", [jobs.stored("z.jpg", 1, artist="Zoe")])
    jobs.ingest(filled)
    assert found(filled, Selection(where="artist = Zoe and collection = seas")) == []
    assert found(filled, Selection(where="artist = Zoe", collections=("copies",))) == [sha(1)]
    assert found(filled, Selection(where="width > 300 and artist = Ada and height < 350")) == [sha(1)]


@pytest.mark.parametrize("sort", SORTS)
def test_few_pictures_of_many_stand_in_the_order_of_all(filled: Catalog, jobs: Jobs, sort: str) -> None:
    rows = [
        jobs.stored(
            f"{n}.jpg", 100 + n, title=f"Work {n * 7 % 60}", artist="Cy" if n % 20 == 3 else "Dee", width=99 + n
        )
        for n in range(60)
    ]
    jobs.collect("many", rows)
    jobs.ingest(filled)
    everything = [tile.sha256 for tile in filled.page(sort=sort, limit=100)]
    few = found(filled, Selection(where="artist = Cy"), sort)
    assert len(few) == 3
    assert few == [sha256 for sha256 in everything if sha256 in few]
    assert filled.page(Selection(where="artist = Cy"), sort=sort, offset=2)[0].sha256 == few[2]


@pytest.mark.parametrize("sort", SORTS)
def test_a_page_near_either_end_is_the_same_as_when_all_are_put_in_order(
    filled: Catalog, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(shelf, "_FIRST_LOOK", 2)
    rows = [
        jobs.stored(f"{n}.jpg", 100 + n % 70, title=f"Work {n * 7 % 40}", artist="CDE"[n % 3], width=99 + n)
        for n in range(80)
    ]
    jobs.collect("many", rows)
    jobs.ingest(filled)
    filled.exclude([sha(100 + n) for n in range(0, 60, 7)], "torn")
    own = filled._database.shelf
    looked_for = 0
    for selection in (Selection(), Selection(where="artist in (C, D)"), Selection(excluded="all")):
        whole = own.found(selection, sort).tolist()
        for offset in (0, 3, 11, len(whole) - 12, len(whole) - 4, len(whole) - 1, len(whole), len(whole) + 5):
            near = own._near_an_end(selection, sort, offset, 4)
            looked_for += near is not None
            assert near is None or near.tolist() == whole[offset : offset + 4], (selection, offset)
    assert looked_for >= 15
