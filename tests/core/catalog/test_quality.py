"""Issues of a collection: counts, pictures, thresholds of its own, and the same as a filter."""

import pytest

from core.catalog.catalog import Catalog
from core.catalog.judging import QualitySettings
from core.catalog.quality import calibrate, call_normal, quality_of, set_threshold
from core.catalog.selection import Selection
from core.errors import ConfigError, NotFoundError
from core.quality.issues import ISSUES
from core.quality.measures import MEASURES
from tests.core.catalog.ledgers import Jobs, sha

VALUES = {"brightness_p99": 0.9, "brightness_p5": 0.1, "entropy": 7.0, "sharpness": 0.6, "colourfulness": 0.3}


def picture(jobs: Jobs, number: int, *, width: int = 400, height: int = 300, **measures: float) -> dict[str, object]:
    row = jobs.stored(f"{number}.jpg", picture=number, width=width, height=height)
    row["facts"]["measures"] = VALUES | measures
    return row


@pytest.fixture
def seas(catalog: Catalog, jobs: Jobs) -> Catalog:
    """Eight pictures: 1 and 2 dark, 3 a scroll, 4 huge, 5 in a frame; 6 to 8 plain good ones, and none but 5 and 6
    described."""
    rows = [picture(jobs, number) for number in (6, 7, 8)]
    rows += [picture(jobs, 1, brightness_p99=0.2), picture(jobs, 2, brightness_p99=0.1)]
    rows += [picture(jobs, 3, width=300, height=1000), picture(jobs, 4, width=9000, height=9000), picture(jobs, 5)]
    jobs.collect("seas", rows)
    described = {5: {"frame": 0.9}, 6: {}}
    jobs.collect(
        "",
        [
            {"sha256": sha(number), "state": "measured", "measures": dict.fromkeys(MEASURES, 0.0) | own}
            for number, own in described.items()
        ],
        kind="describe",
    )
    jobs.ingest(catalog)
    return catalog


def flagged(catalog: Catalog, where: str) -> set[str]:
    return {tile.sha256 for tile in catalog.page(Selection(where=where))}


def test_each_issue_tells_how_many_and_which_the_worst_first(seas: Catalog) -> None:
    quality = quality_of(seas, "seas")
    counts = {count.issue.name: count.pictures for count in quality.issues if count.pictures}
    assert counts == {"dark": 2, "odd_aspect_ratio": 1, "odd_size": 1, "frame": 1}
    assert quality.pictures_of("dark") == [sha(2), sha(1)]
    assert {count.issue.name: count.measured for count in quality.issues}["frame"] == 2
    assert (quality.pictures, quality.flagged) == (8, 5)
    assert quality.reasons()[sha(3)] == ["odd_aspect_ratio"]


def test_a_filter_finds_exactly_what_each_issue_flags(seas: Catalog) -> None:
    seas.set_quality("seas", QualitySettings({"dark": 0.15, "frame": 0.95}))
    quality = quality_of(seas, "seas")
    for issue in ISSUES:
        assert flagged(seas, f"flag = {issue.name}") == set(quality.pictures_of(issue.name)), issue.name
    assert flagged(seas, "flag = dark") == {sha(2)}
    assert flagged(seas, "flag is known") == set(quality.reasons())
    assert len(flagged(seas, "flag is unknown")) == 8 - quality.flagged
    assert flagged(seas, "flag in (dark, odd_size)") == {sha(2), sha(4)}
    assert len(flagged(seas, "flag != dark")) == 7


def test_a_filter_follows_when_thresholds_change(seas: Catalog) -> None:
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
    set_threshold(seas, "seas", "dark", 0.15)
    assert flagged(seas, "flag = dark") == {sha(2)}
    set_threshold(seas, "seas", "dark", None)
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
    assert quality_of(seas, "seas", QualitySettings({"dark": 0.05})).flagged == 3  # a look that stores nothing
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}


def test_what_is_called_normal_flags_nothing_until_it_is_taken_back(seas: Catalog) -> None:
    call_normal(seas, "seas", "dark")
    count = quality_of(seas, "seas").issues[0]
    assert (count.is_normal, count.by_person, count.pictures) == (True, True, 2)
    assert flagged(seas, "flag = dark") == set()
    call_normal(seas, "seas", "dark", normal=False)
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}


def test_an_issue_of_most_of_a_collection_is_normal_there(seas: Catalog, jobs: Jobs) -> None:
    jobs.collect("nights", [picture(jobs, number, brightness_p99=0.1) for number in (11, 12, 13)])
    jobs.ingest(seas)
    count = quality_of(seas, "nights").issues[0]
    assert (count.is_normal, count.by_person, count.pictures) == (True, False, 3)
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}


def test_excluded_pictures_are_told_apart(seas: Catalog) -> None:
    seas.exclude([sha(1)], "too dark")
    count = quality_of(seas, "seas").issues[0]
    assert (count.pictures, count.excluded) == (1, 1)
    assert quality_of(seas, "seas").pictures_of("dark") == [sha(2)]


def test_calibrated_thresholds_flag_less(seas: Catalog) -> None:
    calibrate(seas, "seas", share=0.13)  # of eight pictures one
    assert quality_of(seas, "seas").pictures_of("dark") == [sha(2)]
    assert flagged(seas, "flag = dark") == {sha(2)}


def test_measures_of_described_pictures_can_be_asked_and_counted(seas: Catalog) -> None:
    assert flagged(seas, "frame > 0.5") == {sha(5)}
    assert seas.histogram("frame").unknown == 6
    assert {count.issue: count.pictures for count in seas.quality_counts()}["frame"] == 1


def test_what_is_not_known_is_told(seas: Catalog) -> None:
    with pytest.raises(NotFoundError):
        quality_of(seas, "lakes")
    with pytest.raises(NotFoundError):
        call_normal(seas, "seas", "ugly")
    with pytest.raises(ConfigError):
        set_threshold(seas, "seas", "dark", float("nan"))
    assert seas.count(Selection(where="flag = ugly")) == 0
