import numpy as np
import pytest

from core.catalog.migrations import MIGRATIONS
from core.errors import ConfigError, NotFoundError
from core.quality.issues import (
    ISSUES,
    aspect_values,
    find_issue,
    flag,
    percentile_thresholds,
    size_scores,
)
from core.quality.measures import MEASURES

PUBLISHED = {"dark": 0.32, "odd_aspect_ratio": 0.35, "blurry": 0.29, "odd_size": 0.5}


def test_thresholds_are_those_that_cleanvision_published():
    assert {name: find_issue(name).threshold for name in PUBLISHED} == PUBLISHED
    assert find_issue("light").threshold == 1 - 0.05  # flagged when 1 - its 5th percentile is below 0.05
    assert find_issue("low_information").threshold == pytest.approx(0.30 / 0.1)  # of 0.1 x entropy


def test_every_issue_has_a_measure_that_somebody_takes_and_a_default_within_its_range():
    for issue in ISSUES:
        derived = issue.measure in ("aspect", "size_score")
        assert derived or (issue.measure in MIGRATIONS[0] if issue.stored else issue.measure in MEASURES)
        assert issue.lowest <= issue.threshold <= issue.highest
    assert len({issue.name for issue in ISSUES}) == len(ISSUES)


def test_a_value_on_the_threshold_or_never_measured_is_not_flagged():
    values = np.array([0.31, 0.32, 0.33, np.nan])
    assert find_issue("dark").flags(values).tolist() == [True, False, False, False]
    assert find_issue("light").flags(values, 0.32).tolist() == [False, False, True, False]


def test_a_persons_thresholds_take_the_place_of_the_defaults_and_counts_follow():
    values = {"brightness_p99": np.array([0.1, 0.3, 0.5]), "entropy": np.array([2.0, 7.0, 7.0])}
    assert flag(values).counts() == {"dark": 2, "low_information": 1}
    assert flag(values, {"dark": 0.2}).counts()["dark"] == 1
    assert flag(values, {"dark": 0.2}).reasons(0) == ["dark", "low_information"]


def test_what_more_than_half_have_is_normal_and_so_is_what_a_person_calls_so():
    values = {"brightness_p99": np.array([0.1, 0.1, 0.1, 0.9]), "entropy": np.array([7.0, 7.0, 7.0, 1.0])}
    flags = flag(values)
    assert flags.normal == {"dark"}
    assert flags.counts()["dark"] == 3  # still counted, so that a page can say so
    assert flags.any().tolist() == [False, False, False, True]
    assert flag(values, normal=["low_information"]).any().tolist() == [False] * 4
    assert not flag(values, max_prevalence=0.9).normal


def test_calibrated_thresholds_flag_the_most_unusual_few_and_never_more_than_the_defaults():
    dark_collection = {"brightness_p99": np.linspace(0.1, 0.4, 100), "sharpness": np.linspace(0.5, 1, 100)}
    found = percentile_thresholds(dark_collection, share=0.05)
    assert flag(dark_collection, found).counts() == {"dark": 5, "blurry": 0}
    assert found["blurry"] == find_issue("blurry").threshold
    busy = {"near_solid": np.linspace(0, 0.5, 100)}
    assert percentile_thresholds(busy, share=0.05) == {"near_solid": find_issue("near_solid").threshold}
    solid = {"near_solid": np.linspace(0, 1, 101)}
    assert flag(solid, percentile_thresholds(solid, share=0.02)).counts() == {"near_solid": 2}


@pytest.mark.parametrize(("share", "flagged"), [(0.0, 0), (1.0, 3)])
def test_a_share_of_nothing_flags_nothing_and_of_everything_is_the_default(share, flagged):
    values = {"brightness_p99": np.array([0.1, 0.2, 0.3, np.nan, 0.9])}
    assert flag(values, percentile_thresholds(values, share=share)).counts()["dark"] == flagged


def test_sizes_far_from_what_is_usual_score_below_a_half():
    widths = [100 + step for step in range(40)] + [1000, 5]
    scores = size_scores(widths, widths)
    flagged = find_issue("odd_size").flags(scores)
    assert np.flatnonzero(flagged).tolist() == [40, 41]
    assert size_scores([64, 64, 64, 64, 9], [64, 64, 64, 64, 9]).tolist() == [1, 1, 1, 1, 0]
    assert len(size_scores([], [])) == 0


def test_proportions_are_the_shorter_side_in_the_longer():
    assert aspect_values([100, 300], [200, 100]) == pytest.approx([0.5, 1 / 3])


def test_an_empty_collection_has_no_flags():
    flags = flag({"entropy": np.empty(0)})
    assert (flags.counts(), flags.any().tolist(), flags.normal) == ({"low_information": 0}, [], frozenset())
    assert percentile_thresholds({"entropy": np.empty(0)}) == {}


def test_issues_and_thresholds_that_do_not_exist_are_refused():
    with pytest.raises(NotFoundError):
        flag({}, {"ugly": 0.5})
    with pytest.raises(NotFoundError):
        flag({}, normal=["ugly"])
    for wrong in ("high", float("nan"), True):
        with pytest.raises(ConfigError):
            flag({}, {"dark": wrong})
    with pytest.raises(ConfigError):
        percentile_thresholds({}, share=2)
