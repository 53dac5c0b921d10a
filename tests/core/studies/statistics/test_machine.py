import itertools

import numpy as np
import pytest
from scipy import stats

from core.studies.statistics.intervals import RaterBootstrap
from core.studies.statistics.machine import spearman


def test_the_correlation_agrees_with_scipy_and_its_p_with_all_orders():
    human, metric = [0.1, 0.3, 0.2, 0.5, 0.4], [-9, -6, -7, -2, -3]
    found = spearman(human, metric, np.tile(human, (10, 1)), RaterBootstrap(5, rounds=10))
    assert found.rho == pytest.approx(1)
    assert found.p == pytest.approx(2 / 120)
    assert found.words == "people and the metric rank them alike"
    orders = [abs(stats.spearmanr(order, [1, 2, 3, 4]).statistic) for order in itertools.permutations([1, 2, 3, 4])]
    rho = stats.spearmanr([1, 3, 2, 4], [1, 2, 3, 4]).statistic
    some = spearman([1, 3, 2, 4], [1, 2, 3, 4], np.ones((10, 4)), RaterBootstrap(5, rounds=10))
    assert some.p == pytest.approx(np.mean(np.array(orders) >= rho - 1e-9))
    assert "chance with 4 points" in some.words
    assert some.interval is None  # no round had differences


def test_raters_who_disagree_make_the_interval_wide():
    """Half of the raters rank the four epochs as the metric does, half the other way round."""
    votes = np.array([[1.0, 2, 3, 4]] * 8 + [[4.0, 3, 2, 1]] * 8) + np.random.default_rng(0).normal(0, 0.1, (16, 4))
    bootstrap = RaterBootstrap(16, rounds=500)
    replicates = bootstrap.ratios(votes, np.ones((16, 4)))
    found = spearman(votes.mean(0), [1, 2, 3, 4], replicates, bootstrap)
    assert found.interval.low == pytest.approx(-1)
    assert found.interval.high == pytest.approx(1)


def test_two_epochs_or_equal_ones_have_no_correlation():
    bootstrap = RaterBootstrap(3, rounds=10)
    assert spearman([1, 2], [1, 2], np.ones((10, 2)), bootstrap) is None
    assert spearman([1, 1, 1], [1, 2, 3], np.ones((10, 3)), bootstrap) is None
    assert spearman([1, 2, np.nan], [1, 2, 3], np.ones((10, 3)), bootstrap) is None
