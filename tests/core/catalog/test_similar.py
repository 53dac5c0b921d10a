"""Pictures that look alike, of a selection of the catalog."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from core.catalog.similar import (
    NotDescribedError,
    feature_store,
    pictures_of_colour,
    similar_pictures,
)
from core.errors import ConfigError, NotFoundError
from tests.core.catalog.ledgers import Jobs, sha

EVERYTHING = Selection()


def test_the_most_similar_pictures_come_with_scores(catalog: Catalog, jobs: Jobs, described: dict[str, str]) -> None:
    store = feature_store(jobs.workspace)
    found = similar_pictures(catalog, store, described["a.png"], count=3)
    assert found[0].sha256 == described["a again.png"]
    assert found[0].score == pytest.approx(1, abs=0.01)
    assert found[1].sha256 == described["a small.jpg"]
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    chosen = similar_pictures(catalog, store, described["a.png"], selection=Selection(where="title ~ plain"))
    assert {one.sha256 for one in chosen} == {described["plain.png"], described["plain too.png"]}


def test_a_picture_without_a_descriptor_says_what_to_do(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    store = feature_store(jobs.workspace)
    with pytest.raises(NotDescribedError, match="catalog describe"):
        similar_pictures(catalog, store, collected["b.png"])
    with pytest.raises(NotFoundError):
        similar_pictures(catalog, store, "0" * 64)


def test_pictures_are_found_by_a_colour_of_their_palette(catalog: Catalog, collected: dict[str, str]) -> None:
    blue = pictures_of_colour(catalog, ["#1e28d2"], count=2)
    assert blue[0].sha256 == collected["plain.png"]
    assert blue[0].distance < 3 < blue[1].distance
    assert pictures_of_colour(catalog, ["seagreen"], selection=Selection(where="title ~ nothing")) == []
    with pytest.raises(ConfigError, match="no colour"):
        pictures_of_colour(catalog, ["blueish"])


def test_a_short_palette_counts_as_its_first_colour(catalog: Catalog, jobs: Jobs) -> None:
    short, long = jobs.stored("a.jpg", picture=1), jobs.stored("b.jpg", picture=2)
    short["facts"]["palette"] = ["#808080", "#ff0000"]
    long["facts"]["palette"] = ["#808080", "#808080", "#808080", "#808080", "#808080", "#ff0000"]  # beyond the fifth
    jobs.collect("seas", [short, long])
    jobs.ingest(catalog)
    red, grey = pictures_of_colour(catalog, ["red"]), pictures_of_colour(catalog, ["#808080"])
    assert [one.distance < 5 for one in red] == [True, False]
    assert red[0].sha256 == sha(1)
    assert [one.distance < 1 for one in grey] == [True, True]
