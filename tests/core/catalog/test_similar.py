"""Pictures that look alike, of a selection of the catalog."""

import numpy as np
import pytest
from PIL import Image

from core.catalog.catalog import Catalog
from core.catalog.curation import UnknownPicturesError
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.catalog.similar import (
    NotDescribedError,
    exact_duplicates,
    feature_store,
    judge_group,
    near_duplicates,
    pictures_of_colour,
    similar_pictures,
    suggestion,
)
from core.errors import ConfigError, NotFoundError
from core.features.job import create_describe
from core.jobs import control
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs, sha
from tests.core.pictures import encoded, noise

EVERYTHING = Selection()


def scene(seed: int) -> Image.Image:
    return noise(12, 9, seed).resize((160, 120))


def recoloured(image: Image.Image) -> Image.Image:
    """The same light in every place, and no colours: to a perceptual hash the same picture."""
    return image.convert("L").convert("RGB")


@pytest.fixture
def collected(catalog: Catalog, jobs: Jobs) -> dict[str, str]:
    """Two scenes with copies: one in another packing, smaller and without its colours; one that is one of a kind."""
    vivid = Image.fromarray(np.asarray(scene(1)) // 4 + np.array([150, 0, 0], np.uint8))
    hashes = collect_pictures(
        jobs,
        "seas",
        {
            "a.png": encoded(vivid),
            "a again.png": encoded(vivid, compress_level=1),
            "a small.jpg": encoded(vivid.resize((120, 90)), "JPEG", quality=92),
            "a grey.png": encoded(recoloured(vivid)),
            "b.png": encoded(scene(2)),
            "plain.png": encoded(Image.new("RGB", (160, 120), (30, 40, 210))),
            "plain too.png": encoded(Image.new("RGB", (150, 120), (20, 170, 60))),
        },
    )
    jobs.ingest(catalog)
    return hashes


@pytest.fixture
def described(catalog: Catalog, jobs: Jobs, collected: dict[str, str]) -> dict[str, str]:
    job = create_describe(jobs.workspace, rows_to_describe(catalog, Selection(excluded="all")))
    control.run_here(jobs.workspace, job)
    jobs.ingest(catalog)
    return collected


def groups(catalog: Catalog, jobs: Jobs, selection: Selection = EVERYTHING) -> list[set[str]]:
    found = near_duplicates(catalog, feature_store(jobs.workspace), selection)
    titles = dict(catalog.read("SELECT i.sha256, a.title FROM images i JOIN artworks a ON a.image_number = i.number"))
    return [{titles[sha256] for sha256 in group.pictures} for group in found.search.groups()]


def test_without_descriptors_the_hash_decides_and_that_is_told(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    assert groups(catalog, jobs) == [{"a.png", "a again.png", "a small.jpg", "a grey.png"}]
    found = near_duplicates(catalog, feature_store(jobs.workspace), EVERYTHING)
    assert (found.radius, found.searched, found.described, found.plain) == (6, 5, 0, 2)


def test_descriptors_part_what_differs_in_colours(catalog: Catalog, jobs: Jobs, described: dict[str, str]) -> None:
    assert groups(catalog, jobs) == [{"a.png", "a again.png", "a small.jpg"}]
    found = near_duplicates(catalog, feature_store(jobs.workspace), EVERYTHING)
    assert (found.radius, found.described) == (10, 7)


def test_only_pictures_of_the_selection_are_grouped(catalog: Catalog, jobs: Jobs, described: dict[str, str]) -> None:
    catalog.exclude([described["a small.jpg"]], "small")
    assert groups(catalog, jobs) == [{"a.png", "a again.png"}]
    assert groups(catalog, jobs, Selection(where="title ~ b")) == []


def test_pictures_judged_different_do_not_come_back_and_settled_groups_neither(
    catalog: Catalog, jobs: Jobs, described: dict[str, str]
) -> None:
    assert judge_group(catalog, [described["a.png"], described["a small.jpg"]], "different") == 1
    assert all(not {"a.png", "a small.jpg"} <= group for group in groups(catalog, jobs))
    judge_group(catalog, [described["a.png"], described["a again.png"], described["a small.jpg"]], "same")
    assert groups(catalog, jobs) == []


def test_equal_pixels_in_different_files_are_exact_duplicates(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    before = exact_duplicates(catalog, EVERYTHING)
    assert (before.groups, before.undecided >= 2) == ([], True)
    control.run_here(jobs.workspace, create_describe(jobs.workspace, rows_to_describe(catalog, EVERYTHING)))
    jobs.ingest(catalog)
    after = exact_duplicates(catalog, EVERYTHING)
    assert after.groups == [tuple(sorted((collected["a.png"], collected["a again.png"])))]
    assert after.undecided == 0


def test_the_larger_picture_is_suggested_with_its_reason(catalog: Catalog, collected: dict[str, str]) -> None:
    small, large = collected["a small.jpg"], collected["a.png"]
    found = suggestion(catalog, [small, large])
    assert found.keeper == large
    assert "more pixels" in found.reasons[0]
    assert list(found.against) == [small]
    with pytest.raises(NotFoundError):
        suggestion(catalog, [small, "0" * 64])


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


def test_a_verdict_is_about_a_few_pictures_that_are_here(catalog: Catalog, collected: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="64"):
        judge_group(catalog, [f"{number:064x}" for number in range(65)], "same")
    with pytest.raises(UnknownPicturesError):
        judge_group(catalog, [collected["b.png"], "0" * 64], "same")
    assert len(catalog.verdicts()) == 0
