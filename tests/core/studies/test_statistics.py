"""Against scipy, and against numbers worked by hand."""

import numpy as np
import pytest
from scipy import stats

from core.studies.statistics import RaterBootstrap, cliffs_delta, difference_interval, magnitude, mean_interval


def test_mean_interval_by_hand():
    # 2, 4, 4, 6: mean 4, s = sqrt(8/3) = 1.63299, t(0.975, 3) = 3.18245, half = 3.18245 * 1.63299 / 2 = 2.59846
    found = mean_interval([2, 4, 4, 6])
    assert (found.low, found.high) == pytest.approx((1.40154, 6.59846), abs=1e-4)


def test_mean_interval_agrees_with_scipy():
    values = np.random.default_rng(0).integers(1, 6, 57)
    expected = stats.t.interval(0.95, 56, loc=values.mean(), scale=stats.sem(values))
    found = mean_interval(values)
    assert (found.low, found.high) == pytest.approx(expected)


def test_difference_interval_agrees_with_scipy():
    generator = np.random.default_rng(1)
    a, b = generator.integers(1, 6, 40), generator.integers(2, 6, 25)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    found = difference_interval(a, b)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_one_value_has_no_interval():
    assert mean_interval([4]) is None
    assert difference_interval([4], [3, 4]) is None


def test_equal_answers_give_an_interval_of_no_width():
    assert mean_interval([3, 3, 3]).half_width == 0
    assert difference_interval([3, 3], [2, 2]).low == 1


def test_cliffs_delta_by_hand():
    # pairs of (1, 2, 3) against (2, 3): 3 > 2 alone is greater; 1 < 2, 1 < 3, 2 < 3 are less: (1 - 3) / 6
    assert cliffs_delta([1, 2, 3], [2, 3]) == pytest.approx(-1 / 3)
    assert cliffs_delta([5, 5], [1, 2]) == 1
    assert cliffs_delta([3, 3], [3]) == 0


def test_cliffs_delta_follows_from_mann_whitney():
    generator = np.random.default_rng(2)
    a, b = generator.integers(1, 6, 30), generator.integers(1, 6, 45)
    statistic = stats.mannwhitneyu(a, b).statistic
    assert cliffs_delta(a, b) == pytest.approx(2 * statistic / (30 * 45) - 1)


def test_magnitudes():
    assert [magnitude(delta) for delta in (0.1, -0.2, 0.4, -0.9)] == ["negligible", "small", "medium", "large"]


def test_the_rater_bootstrap_sees_that_raters_differ():
    """Half of the raters always say 1, half always 5: 200 judgements, but only ten opinions."""
    groups = [{"a": [1] * 20} for _ in range(5)] + [{"a": [5] * 20} for _ in range(5)]
    by_raters = RaterBootstrap(groups, ["a"]).mean("a")
    by_judgements = mean_interval([answer for group in groups for answer in group["a"]])
    # the binomial 10, 0.5 has its 2.5 % and 97.5 % points at 2 and 8: means of 1.8 and 4.2
    assert (by_raters.low, by_raters.high) == pytest.approx((1.8, 4.2))
    assert by_raters.half_width > 3 * by_judgements.half_width


def test_the_rater_bootstrap_pairs_conditions_by_rater():
    """Raters disagree on the level, but all rate b one higher: the difference is certain, the means are not."""
    groups = [{"a": [level], "b": [level + 1]} for level in (1, 2, 3, 4, 1, 2, 3, 4, 1, 2)]
    bootstrap = RaterBootstrap(groups, ["a", "b"])
    difference = bootstrap.difference("a", "b")
    assert (difference.low, difference.high) == pytest.approx((-1, -1))
    assert bootstrap.mean("a").half_width > 0.4
    assert "bootstrap over raters" in difference.method


def test_few_raters_are_labelled_and_one_has_no_bootstrap():
    assert "likely too narrow" in RaterBootstrap([{"a": [1]}, {"a": [2]}], ["a"]).mean("a").method
    assert RaterBootstrap([{"a": [1, 2]}], ["a"]).mean("a") is None


def test_the_rater_bootstrap_covers_the_truth_about_as_often_as_it_says():
    """Simulated raters with a taste of their own around a known mean of 3."""
    generator = np.random.default_rng(5)
    hits = 0
    for trial in range(200):
        tastes = generator.normal(3, 0.7, 25)
        groups = [{"a": list(generator.normal(taste, 1, 12))} for taste in tastes]
        interval = RaterBootstrap(groups, ["a"], rounds=500, seed=trial).mean("a")
        hits += interval.low <= 3 <= interval.high
    assert 0.89 <= hits / 200 <= 0.99
