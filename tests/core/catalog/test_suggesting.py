"""Suggestions for a collection, learned from what was excluded there."""

import numpy as np
import pytest

from core.catalog.catalog import Catalog
from core.catalog.dismissing import SUGGESTED
from core.catalog.similar import feature_store
from core.catalog.suggesting import exclusion_reasons, learnable_reasons, suggest, unusual_first
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.job import store_folder
from core.features.store import FeatureStore, FeatureWriter
from core.quality.learned import TooFewExclusionsError
from core.quality.measures import MEASURES
from tests.core.catalog.ledgers import Jobs, sha

PICTURES, BAD = 60, range(1, 13)


@pytest.fixture
def store(catalog: Catalog, jobs: Jobs) -> FeatureStore:
    """60 pictures, of which the first 12 have something in common, and a 61st that nobody has described."""
    jobs.collect("seas", [jobs.stored(f"{number}.jpg", number) for number in range(1, PICTURES + 2)])
    jobs.ingest(catalog)
    vectors = np.random.default_rng(0).normal(size=(PICTURES, COLOUR_AND_TEXTURE.length)) * 0.1
    vectors[: len(BAD), :20] += 1.0
    with FeatureWriter(store_folder(jobs.workspace), COLOUR_AND_TEXTURE) as writer:
        writer.append([sha(number) for number in range(1, PICTURES + 1)], vectors)
    return feature_store(jobs.workspace)


def test_what_looks_like_the_excluded_comes_first(catalog: Catalog, store: FeatureStore) -> None:
    catalog.exclude([sha(number) for number in range(1, 9)], "poor scan")
    found = suggest(catalog, store, "seas")
    assert (found.excluded, len(found.numbers), found.undescribed) == (8, PICTURES - 8, 1)
    first = found.page(limit=4)
    assert {suggested.sha256 for suggested in first} == {sha(number) for number in range(9, 13)}
    assert all("colours and texture" in suggested.why for suggested in first)
    assert found.page(offset=PICTURES) == []
    assert found.check.excluded == 8


def test_a_suggestion_that_was_called_fine_does_not_come_back(catalog: Catalog, store: FeatureStore) -> None:
    catalog.exclude([sha(number) for number in range(1, 9)], "poor scan")
    catalog.dismiss([sha(9)], SUGGESTED)
    found = suggest(catalog, store, "seas")
    assert sha(9) not in {suggested.sha256 for suggested in found.page(limit=PICTURES)}


def test_reasons_that_say_nothing_about_looks_are_not_learned_from(catalog: Catalog, store: FeatureStore) -> None:
    catalog.exclude([sha(number) for number in range(1, 7)], "poor scan")
    catalog.exclude([sha(number) for number in range(40, 44)], "duplicate")
    assert exclusion_reasons(catalog, "seas") == [("poor scan", 6), ("duplicate", 4)]
    assert learnable_reasons(catalog, "seas") == ["poor scan"]
    assert suggest(catalog, store, "seas").excluded == 6
    assert suggest(catalog, store, "seas", reasons=["poor scan", "duplicate"]).excluded == 10


def test_before_anything_is_learned_the_most_unusual_by_its_measures_comes_first(
    catalog: Catalog, jobs: Jobs, store: FeatureStore
) -> None:
    measures = dict.fromkeys(MEASURES, 0.0)
    lines = [
        {"sha256": sha(number), "state": "measured", "measures": measures | ({"frame": 0.1} if number == 7 else {})}
        for number in range(1, PICTURES + 2)
    ]
    jobs.collect("", lines, kind="describe")
    jobs.ingest(catalog)
    found = unusual_first(catalog, "seas")
    assert (found.check, len(found.numbers)) == (None, PICTURES + 1)
    first = found.page(limit=1)[0]
    assert (first.sha256, first.why) == (sha(7), ("frame or margin visible",))
    catalog.dismiss([sha(7)], SUGGESTED)
    assert unusual_first(catalog, "seas").page(limit=1)[0].sha256 != sha(7)


def test_too_few_exclusions_say_how_many_are_needed(catalog: Catalog, store: FeatureStore) -> None:
    catalog.exclude([sha(1)], "poor scan")
    with pytest.raises(TooFewExclusionsError, match="there are 1 and 59"):
        suggest(catalog, store, "seas")
