"""Counts of further choices, and bars that can be asked for."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.facets import FACETS, choice
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from tests.core.catalog.ledgers import Jobs


def test_every_value_is_counted_and_the_most_frequent_comes_first(library: Catalog) -> None:
    found = library.facets()
    assert tuple(found) == FACETS
    assert found["artist"] == [("Ada", 2), ("Bo", 2), ("", 1), ("Hermès", 1)]
    assert found["collection"] == [("hills", 3), ("seas", 3)]
    assert found["licence"] == [("", 3), ("CC0", 2), ("In copyright", 1)]
    assert found["source_tag"] == [("boats", 1)]
    assert found["my_tag"] == []
    assert found["orientation"] == [("landscape", 3), ("portrait", 2), ("square", 1)]
    assert found["decade"] == []


@pytest.mark.parametrize(
    "selection", [Selection(artists=("Bo",)), Selection(where="artist = Bo"), Selection(where="artist in (Bo)")]
)
def test_a_choice_restricts_all_counts_but_those_of_its_own_field(library: Catalog, selection: Selection) -> None:
    found = library.facets(selection)
    assert found["artist"] == library.facets()["artist"]
    assert found["licence"] == [("", 1), ("CC0", 1)]


@pytest.mark.parametrize("field", FACETS)
def test_a_choice_leaves_as_many_pictures_as_it_said(filled: Catalog, jobs: Jobs, field: str) -> None:
    jobs.collect(
        "copies",
        [
            jobs.stored(
                "y.jpg", 6, artist="Bo", licence="CC0", date="c. 1893", tags=["boats", "blue"], style="Realism"
            ),
            jobs.stored("z.jpg", 1, artist="Zoe", date="1893-95", tags=["boats"]),
        ],
    )
    jobs.ingest(filled)
    filled.exclude([filled.page(sort="oldest")[1].sha256], "torn")
    filled.tag(Selection(where="width < 500"), "small")
    for base in (Selection(), Selection(collections=("copies",)), Selection(where="width < 500")):
        for value, pictures in filled.facets(base, [field])[field]:
            where = " and ".join(filter(None, [base.where, choice(field, [value])]))
            kept = base.collections if field != "collection" else ()
            assert filled.count(Selection(collections=kept, where=where)) == pictures, (field, value)


def test_counts_of_own_tags_follow_tagging(filled: Catalog) -> None:
    filled.tag(Selection(artists=("Ada",)), "sea")
    assert filled.facets(Selection(), ["my_tag"])["my_tag"] == [("sea", 2)]
    filled.untag(Selection(where="width > 350"), "sea")
    assert filled.facets(Selection(), ["my_tag"])["my_tag"] == [("sea", 1)]


def test_counts_follow_what_is_excluded(filled: Catalog) -> None:
    filled.exclude(Selection(artists=("Ada",)), "torn")
    assert filled.facets(Selection(), ["artist"])["artist"] == [("Bo", 2), ("", 1), ("Hermès", 1)]


@pytest.mark.parametrize("field", ["width", "aspect", "brightness", "year", "pixels", "bytes"])
def test_the_bars_of_a_histogram_find_the_pictures_they_count(filled: Catalog, jobs: Jobs, field: str) -> None:
    jobs.collect("dated", [jobs.stored(f"{year}.jpg", year, date=str(year)) for year in (1850, 1861, 1899)])
    jobs.ingest(filled)
    for bins in (1, 4, 30):
        found = filled.histogram(field, bins=bins)
        assert 1 <= len(found.counts) <= bins + 1
        assert sum(found.counts) + found.unknown == filled.count()
        for bar, pictures in enumerate(found.counts):
            assert filled.count(Selection(where=found.filter(bar))) == pictures, found.filter(bar)


def test_a_histogram_is_not_narrowed_by_its_own_field(library: Catalog) -> None:
    narrowed = library.histogram("width", Selection(where="width > 300 and artist = Ada"))
    assert sum(narrowed.counts) == 2


def test_of_nothing_there_is_an_empty_histogram(catalog: Catalog) -> None:
    assert sum(catalog.histogram("width").counts) == 0
    assert catalog.facets()["artist"] == []


@pytest.mark.parametrize("thresholds", [{}, {"odd_aspect_ratio": 0.7, "no_colours": 0.5}])
def test_every_issue_of_quality_finds_the_pictures_it_counts(filled: Catalog, thresholds: dict[str, float]) -> None:
    found = {count.issue: count for count in filled.quality_counts(thresholds=thresholds)}
    assert {"dark", "light", "odd_aspect_ratio", "low_information", "blurry", "no_colours"} <= set(found)
    for count in found.values():
        assert filled.count(Selection(where=count.filter)) == count.pictures, count
    assert found["odd_aspect_ratio"].pictures == 1
    narrowed = filled.quality_counts(Selection(artists=("Ada",), where=found["odd_aspect_ratio"].filter))
    assert next(count for count in narrowed if count.issue == "odd_aspect_ratio").pictures == 0


def test_what_has_no_counts_is_refused(library: Catalog) -> None:
    with pytest.raises(NotFoundError):
        library.facets(Selection(), ["sha256"])
    with pytest.raises(ConfigError):
        library.histogram("title")
    with pytest.raises(ConfigError):
        library.histogram("width", bins=0)
    with pytest.raises(ConfigError):
        library.histogram("width").filter(99)
