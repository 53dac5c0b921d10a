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


def test_a_picture_called_fine_is_flagged_no_more_until_that_is_taken_back(seas: Catalog) -> None:
    act = seas.dismiss([sha(1), sha(6)], "dark", who="Eve")
    assert quality_of(seas, "seas").pictures_of("dark") == [sha(2)]
    assert quality_of(seas, "seas").of("dark").fine == 1
    assert flagged(seas, "flag = dark") == {sha(2)}
    assert seas.dismiss([sha(1)], "dark").pictures == 0  # is fine already
    assert [(entry.act, entry.reason, entry.who) for entry in seas.picture(sha(1)).history] == [
        ("dismiss", "dark", "Eve")
    ]
    seas.undo(act.number)
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
    seas.dismiss([sha(1)], "dark")
    taken_back = seas.undismiss([sha(1)], "dark")
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
    seas.undo(taken_back.number)
    assert flagged(seas, "flag = dark") == {sha(2)}
    with pytest.raises(NotFoundError):
        seas.dismiss([sha(1)], "ugly")


def test_what_is_fine_as_to_one_issue_is_still_flagged_by_another(seas: Catalog) -> None:
    set_threshold(seas, "seas", "frame", 0.1)
    set_threshold(seas, "seas", "low_information", 8.0)
    call_normal(seas, "seas", "low_information", normal=False)
    seas.dismiss([sha(5)], "dark")
    assert sha(5) in flagged(seas, "flag = frame")


def test_a_picture_called_fine_still_is_when_it_is_replaced_by_a_snapshot(seas: Catalog) -> None:
    from core.catalog import snapshots

    seas.dismiss([sha(1)], "dark")
    before = snapshots.take(seas._database, "test")
    seas.undismiss([sha(1)], "dark")
    seas.go_back(before.name)
    assert flagged(seas, "flag = dark") == {sha(2)}


def test_counts_of_flags_are_those_that_the_filter_finds(seas: Catalog) -> None:
    call_normal(seas, "seas", "odd_size")
    seas.dismiss([sha(1)], "dark")
    counts = dict(seas.flag_counts())
    for issue in ISSUES:
        assert counts[issue.name] == len(flagged(seas, f"flag = {issue.name}")), issue.name
    narrow = dict(seas.flag_counts(Selection(where="width < 400 and flag = dark")))
    assert (narrow["dark"], narrow["odd_aspect_ratio"]) == (0, 1)


def test_who_set_a_threshold_and_what_it_was_is_remembered(seas: Catalog) -> None:
    seas.set_quality("seas", QualitySettings({"dark": 0.15}), who="Eve")
    set_threshold(seas, "seas", "dark", 0.1)
    set_threshold(seas, "seas", "dark", 0.1)  # nothing new
    call_normal(seas, "seas", "frame")
    changes = seas.quality_changes("seas")
    assert [(change.who, change.issue, change.what, change.before, change.after) for change in changes] == [
        ("owner", "frame", "normal", False, True),
        ("owner", "dark", "threshold", 0.15, 0.1),
        ("Eve", "dark", "threshold", None, 0.15),
    ]
    assert seas.acts()[1].reason == "seas: dark from 0.15 to 0.1"


def test_flags_are_weighed_against_what_was_excluded(seas: Catalog) -> None:
    seas.exclude([sha(1), sha(7)], "not wanted")
    worth = quality_of(seas, "seas").worth()
    assert (worth.hits, worth.flagged, worth.excluded) == (1, 5, 2)
    assert (worth.precision, worth.recall) == (0.2, 0.5)


def test_filters_over_arrays_leave_out_what_was_called_fine(seas: Catalog) -> None:
    assert seas.prepare()
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
    act = seas.dismiss([sha(1)], "dark")
    assert flagged(seas, "flag = dark") == {sha(2)}
    assert flagged(seas, "flag is known") == set(quality_of(seas, "seas").reasons())
    seas.undo(act.number)
    assert flagged(seas, "flag = dark") == {sha(1), sha(2)}
