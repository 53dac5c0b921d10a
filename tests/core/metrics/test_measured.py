import numpy as np
import pytest
from scipy.stats import binomtest

from core.metrics.measured import around, mean_interval, share_interval


@pytest.mark.parametrize(("hits", "count"), [(0, 50), (3, 50), (50, 50)])
def test_the_interval_of_a_share_is_wilsons(hits, count):
    expected = binomtest(hits, count).proportion_ci(0.95, method="wilson")
    assert share_interval(hits, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_of_a_mean_is_about_two_standard_errors_each_way():
    values = np.random.default_rng(0).normal(5, 2, 400)
    low, high = mean_interval(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)


def test_a_distance_is_never_below_nothing():
    assert around(1.0, 2.0)[0] == 0.0
