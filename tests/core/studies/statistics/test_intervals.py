"""Against scipy, statsmodels, and numbers worked by hand; coverage against simulated raters of a known taste."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from core.studies.statistics.intervals import RaterBootstrap, difference_interval, mean_interval, wilson


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
    assert wilson(0, 0) is None


def test_equal_answers_give_an_interval_of_no_width():
    assert mean_interval([3, 3, 3]).half_width == 0
    assert difference_interval([3, 3], [2, 2]).low == 1


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (3, 10), (10, 10), (276, 1000), (1, 1)])
def test_wilson_agrees_with_scipy_and_statsmodels(hits, trials):
    found = wilson(hits, trials)
    scipys = stats.binomtest(hits, trials).proportion_ci(0.95, "wilson")
    assert (found.low, found.high) == pytest.approx((scipys.low, scipys.high), abs=1e-12)
    assert (found.low, found.high) == pytest.approx(proportion_confint(hits, trials, method="wilson"), abs=1e-12)


def rater_means(groups, bootstrap):
    """Replicates of the means of (raters, conditions) lists of answers."""
    sums = np.array([[sum(cell) for cell in row] for row in groups], dtype=float)
    counts = np.array([[len(cell) for cell in row] for row in groups], dtype=float)
    return bootstrap.ratios(sums, counts)


def test_the_rater_bootstrap_sees_that_raters_differ():
    """Half of the raters always say 1, half always 5: 200 judgements, but only ten opinions."""
    groups = [[[1] * 20]] * 5 + [[[5] * 20]] * 5
    bootstrap = RaterBootstrap(10)
    by_raters = bootstrap.interval(rater_means(groups, bootstrap)[:, 0])
    by_judgements = mean_interval([answer for group in groups for answer in group[0]])
    # the binomial 10, 0.5 has its 2.5 % and 97.5 % points at 2 and 8: means of 1.8 and 4.2
    assert (by_raters.low, by_raters.high) == pytest.approx((1.8, 4.2))
    assert by_raters.half_width > 3 * by_judgements.half_width


def test_the_rater_bootstrap_pairs_conditions_by_rater():
    """Raters disagree on the level, but all rate b one higher: the difference is certain, the means are not."""
    bootstrap = RaterBootstrap(10)
    means = rater_means([[[level], [level + 1]] for level in (1, 2, 3, 4, 1, 2, 3, 4, 1, 2)], bootstrap)
    difference = bootstrap.interval(means[:, 0] - means[:, 1])
    assert (difference.low, difference.high) == pytest.approx((-1, -1))
    assert bootstrap.interval(means[:, 0]).half_width > 0.4
    assert difference.method == "bootstrap over raters"


def test_few_raters_are_labelled_and_one_has_no_bootstrap():
    two, one = RaterBootstrap(2), RaterBootstrap(1)
    assert "likely too narrow" in two.interval(rater_means([[[1]], [[2]]], two)[:, 0]).method
    assert one.interval(rater_means([[[1, 2]]], one)[:, 0]) is None
    assert RaterBootstrap(0).interval(RaterBootstrap(0).totals(np.zeros((0, 1)))[:, 0]) is None


def test_rounds_in_which_a_condition_was_not_drawn_are_left_out():
    bootstrap = RaterBootstrap(3)
    means = rater_means([[[4, 4]], [[]], [[]]], bootstrap)
    assert np.isnan(means).any()
    assert bootstrap.interval(means[:, 0]).low == 4


def test_totals_keep_the_shape_of_what_is_summed():
    bootstrap = RaterBootstrap(4, rounds=50)
    values = np.arange(4 * 2 * 3).reshape(4, 2, 3)
    drawn = bootstrap.totals(values)
    assert drawn.shape == (50, 2, 3)
    assert drawn[7] == pytest.approx(sum(times * one for times, one in zip(bootstrap.weights[7], values, strict=True)))


def test_the_rater_bootstrap_covers_the_truth_about_as_often_as_it_says():
    """Simulated raters with a taste of their own around a known mean of 3: 200 studies of 25 raters, 12 votes each."""
    generator = np.random.default_rng(5)
    hits = by_judgements = 0
    for trial in range(200):
        tastes = generator.normal(3, 0.7, 25)
        answers = generator.normal(tastes[:, None], 1, (25, 12))
        bootstrap = RaterBootstrap(25, rounds=500, seed=trial)
        hits += bootstrap.interval(bootstrap.ratios(answers.sum(1), np.full(25, 12.0))).holds(3)
        by_judgements += mean_interval(answers.ravel()).holds(3)
    # A binomial of 200 at 0.93 (a percentile bootstrap of 25 is a little narrow) lies within 175 and 195.
    assert 175 <= hits <= 195
    assert by_judgements < 170  # what ignores raters is plainly too narrow


def test_wilson_covers_a_known_rate_about_as_often_as_it_says():
    hits = np.random.default_rng(6).binomial(40, 0.276, 400)
    covered = sum(wilson(int(k), 40).holds(0.276) for k in hits)
    assert 0.92 <= covered / 400 <= 0.98
