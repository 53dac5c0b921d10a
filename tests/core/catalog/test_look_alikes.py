"""Pictures of the catalog that look alike: searches, which one to keep, and what many decisions at once would do."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.look_alikes.keeping import plan_bulk, settled_groups, suggestion
from core.catalog.look_alikes.searching import (
    KeptSearch,
    keep_search,
    kept_searches,
    names_of,
    open_groups,
    search_exact,
    search_similar,
)
from core.catalog.look_alikes.settling import Decision
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.catalog.similar import feature_store
from core.errors import ConfigError, NotFoundError
from core.features.job import create_describe
from core.jobs import control
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded, noise

EVERYTHING = Selection(excluded="all")


def groups(catalog: Catalog, jobs: Jobs, selection: Selection = EVERYTHING, **asked: object) -> list[set[str]]:
    found = search_similar(catalog, feature_store(jobs.workspace), EVERYTHING, **asked)
    titles = dict(catalog.read("SELECT i.sha256, a.title FROM images i JOIN artworks a ON a.image_number = i.number"))
    cut = found.pairs.grouped(catalog.verdicts(), names_of(catalog, selection)).groups(found.radius)
    return [{titles[sha256] for sha256 in group.pictures} for group in cut]


def test_without_descriptors_the_hash_decides_and_that_is_told(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    assert groups(catalog, jobs) == [{"a.png", "a again.png", "a small.jpg", "a grey.png"}]
    found = search_similar(catalog, feature_store(jobs.workspace), EVERYTHING)
    assert (found.radius, found.searched, found.described, found.plain) == (6, 5, 0, 2)


def test_descriptors_part_what_differs_in_colours(catalog: Catalog, jobs: Jobs, described: dict[str, str]) -> None:
    assert groups(catalog, jobs) == [{"a.png", "a again.png", "a small.jpg"}]
    found = search_similar(catalog, feature_store(jobs.workspace), EVERYTHING)
    assert (found.radius, found.described) == (10, 7)
    assert groups(catalog, jobs, way="hash") == [{"a.png", "a again.png", "a small.jpg", "a grey.png"}]


def test_features_alone_look_at_plain_pictures_too(catalog: Catalog, jobs: Jobs, described: dict[str, str]) -> None:
    found = search_similar(catalog, feature_store(jobs.workspace), EVERYTHING, way="features")
    assert (found.searched, found.plain, found.left_out) == (7, 0, 0)
    assert {"a.png", "a again.png", "a small.jpg"} in groups(catalog, jobs, way="features")
    with pytest.raises(NotFoundError, match="hash"):
        search_similar(catalog, feature_store(jobs.workspace), EVERYTHING, way="guessing")
    with pytest.raises(ConfigError, match="0 to 16"):
        search_similar(catalog, feature_store(jobs.workspace), EVERYTHING, widest=17)


def test_only_kept_pictures_are_grouped_and_settled_groups_do_not_come_back(
    catalog: Catalog, jobs: Jobs, described: dict[str, str]
) -> None:
    catalog.exclude([described["a small.jpg"]], "small")
    assert groups(catalog, jobs, Selection()) == [{"a.png", "a again.png"}]
    catalog.keep_all([[described["a.png"], described["a again.png"]]])
    assert groups(catalog, jobs, Selection()) == []
    catalog.restore([described["a small.jpg"]])
    assert all(not {"a.png", "a again.png"} <= group for group in groups(catalog, jobs, Selection()))


def test_equal_pixels_in_different_files_are_exact_duplicates_until_somebody_decides(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    before = search_exact(catalog, EVERYTHING)
    assert (before.groups, before.undecided >= 2) == ([], True)
    control.run_here(jobs.workspace, create_describe(jobs.workspace, rows_to_describe(catalog, EVERYTHING)))
    jobs.ingest(catalog)
    after = search_exact(catalog, EVERYTHING)
    pair = tuple(sorted((collected["a.png"], collected["a again.png"])))
    assert (after.groups, after.undecided) == ([pair], 0)
    assert open_groups(catalog, after) == [pair]
    assert open_groups(catalog, after, {pair[0]}) == []
    act = catalog.keep_all([pair])
    assert open_groups(catalog, after) == []
    catalog.undo(act.number)
    assert open_groups(catalog, after) == [pair]


def test_the_larger_picture_is_suggested_with_its_reason(catalog: Catalog, collected: dict[str, str]) -> None:
    small, large = collected["a small.jpg"], collected["a.png"]
    found = suggestion(catalog, [small, large])
    assert found.keeper == large
    assert "more pixels" in found.reasons[0]
    assert list(found.against) == [small]
    with pytest.raises(NotFoundError):
        suggestion(catalog, [small, "0" * 64])


def test_a_kept_search_feeds_the_filter_and_says_what_came_since(
    catalog: Catalog, jobs: Jobs, described: dict[str, str]
) -> None:
    alike = [described["a.png"], described["a small.jpg"]]
    found = search_similar(catalog, feature_store(jobs.workspace), EVERYTHING)
    assert (kept_searches(catalog), catalog.count(Selection(where="duplicate = similar"))) == ([], 0)
    seas = Selection(collections=("seas",), excluded="all")
    keep_search(catalog, seas, found, 10, [alike])
    keep_search(catalog, EVERYTHING, found, 10, [alike])  # of everything: takes the place of all
    assert catalog.count(Selection(where="duplicate = similar")) == 2
    collect_pictures(jobs, "seas", {"c.png": encoded(noise(12, 9, 5).resize((160, 120)))})
    jobs.ingest(catalog)
    (kept,) = kept_searches(catalog)
    assert isinstance(kept, KeptSearch)
    assert (kept.scope, kept.groups, kept.came_since, kept.searched) == (EVERYTHING, 1, 1, 5)
    keep_search(catalog, seas, found, 10, [])
    assert [search.scope for search in kept_searches(catalog)] == [seas, EVERYTHING]


def test_many_suggestions_at_once_leave_safe_collections_alone(
    catalog: Catalog, jobs: Jobs, collected: dict[str, str]
) -> None:
    copies = collect_pictures(jobs, "archive", {"small b.png": encoded(noise(12, 9, 2).resize((80, 60)))})
    jobs.ingest(catalog)
    small, large = copies["small b.png"], collected["b.png"]
    pair, scans = (small, large), (collected["a.png"], collected["a small.jpg"])
    plan = plan_bulk(catalog, [pair, scans])
    assert [decision.kept for decision in plan.decisions] == [(large,), (collected["a.png"],)]
    assert (plan.excluded, plan.protected, plan.untouched) == (2, 0, 0)
    assert plan.bytes > 0
    plan = plan_bulk(catalog, [pair, scans], safe=["archive"])
    assert [decision.kept for decision in plan.decisions] == [(small,), (collected["a.png"],)]
    assert (plan.excluded, plan.protected) == (2, 1)
    plan = plan_bulk(catalog, [pair, scans], safe=["archive", "seas"])
    assert (plan.decisions, plan.excluded, plan.untouched) == ((), 0, 2)


def test_settled_groups_are_listed_with_what_was_decided(catalog: Catalog, collected: dict[str, str]) -> None:
    one, two = collected["a.png"], collected["a small.jpg"]
    three, four = collected["b.png"], collected["plain.png"]
    catalog.keep_one([Decision((one, two), kept=(one,))], "exact")
    catalog.keep_all([[three, four]])
    first, second = settled_groups(catalog)
    assert (set(first.pictures), first.different, set(first.kept)) == ({three, four}, True, {three, four})
    assert (set(second.pictures), second.different, second.kept) == ({one, two}, False, (one,))
