"""Numbers worked by hand, published ones, and simulated observers of a known sensitivity."""

import numpy as np
import pytest
from scipy import stats

from core.studies.statistics.detection import (
    beats_chance,
    hype_infinity,
    hype_time,
    sensitivities,
    sensitivity,
)


def test_sensitivity_by_hand():
    # 20 of 25 and 10 of 25: rates 20.5/26 = .78846 and 10.5/26 = .40385; z = .80098 and -.24340
    found = sensitivity(20, 25, 10, 25)
    assert found.d_prime == pytest.approx(1.0444, abs=5e-4)
    assert found.bias == pytest.approx(-0.2788, abs=5e-4)


def test_who_says_real_to_everything_cannot_tell_and_is_inclined_to_say_real():
    found = sensitivity(0, 50, 0, 50)
    assert found.d_prime == 0
    assert found.bias > 2


def test_somebody_who_is_always_right_has_a_finite_sensitivity():
    assert sensitivity(50, 50, 0, 50).d_prime == pytest.approx(2 * stats.norm.ppf(50.5 / 51))


def test_sensitivity_recovers_simulated_observers():
    """Evidence is normal around 0 for real and around 1.5 for generated pictures; above 1 it is called generated."""
    generator = np.random.default_rng(0)
    hits = (generator.normal(1.5, 1, 20_000) > 1).sum()
    alarms = (generator.normal(0, 1, 20_000) > 1).sum()
    found = sensitivity(hits, 20_000, alarms, 20_000)
    assert found.d_prime == pytest.approx(1.5, abs=0.04)
    assert found.bias == pytest.approx(1 - 0.75, abs=0.03)  # the criterion less the middle between the two


def test_many_at_once_and_none_without_both_kinds():
    d_primes, biases = sensitivities(
        np.array([20.0, 3.0]), np.array([25.0, 4.0]), np.array([10.0, 0.0]), np.array([25.0, 0.0])
    )
    assert d_primes[0] == pytest.approx(sensitivity(20, 25, 10, 25).d_prime)
    assert np.isnan(d_primes[1])
    assert np.isnan(biases[1])


def test_hype_infinity_is_the_share_of_wrong_judgements_when_both_kinds_were_shown_equally_often():
    assert hype_infinity(20.0, 50.0, 10.0, 50.0) == pytest.approx(30 / 100)
    assert hype_infinity(20.0, 50.0, 2.0, 10.0) == pytest.approx(0.3)  # and does not change with how many reals


def test_hype_time_is_the_exposure_where_each_raters_staircase_settles():
    assert hype_time([[500, 490, 480, 480, 480, 510], [], [300, 300, 310]]).tolist() == [480, 300]


def test_how_many_right_answers_a_guesser_does_not_reach():
    """The published bounds: 15 of 20, 32 of 50, 59 of 100 beat chance at 5 %, one less does not; 65 of 100: 0.18 %."""
    for right, shown in ((15, 20), (32, 50), (59, 100)):
        assert beats_chance(right, shown) < 0.05 < beats_chance(right - 1, shown)
    assert beats_chance(65, 100) == pytest.approx(0.0018, abs=5e-5)
