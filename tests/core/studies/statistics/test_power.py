"""The published sample sizes, statsmodels, and simulated studies of the size that was planned."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from core.errors import ConfigError
from core.studies.statistics.power import (
    FoolRateWidth,
    MeanDifference,
    MeanWidth,
    RankingError,
    RateAgainstChance,
    RateDifference,
    design_effect,
    plan,
    ranking_error,
)


@pytest.mark.parametrize(("points", "judgements"), [(9.6, 100), (6.9, 200), (4.4, 500), (3.1, 1000), (1.8, 3000)])
def test_a_half_width_of_a_fool_rate(points, judgements):
    """Widths to a tenth of a point: so many judgements reach it, and a fifth fewer do not."""
    assert FoolRateWidth(points / 100 + 0.0005).judgements() <= judgements
    assert FoolRateWidth(points / 100 - 0.0005).judgements() > 0.95 * judgements


@pytest.mark.parametrize(
    ("first", "second", "judgements"),
    [(0.19, 0.276, 379), (0.2, 0.3, 294), (0.4, 0.5, 388), (0.5, 0.55, 1565)],
)
def test_two_fool_rates(first, second, judgements):
    assert RateDifference(first, second).judgements() == judgements
    assert RateDifference(second, first).judgements() == judgements


@pytest.mark.parametrize(("rate", "judgements"), [(0.55, 783), (0.6, 194), (0.65, 85), (0.7, 47), (0.3, 47)])
def test_one_rate_against_guessing(rate, judgements):
    assert RateAgainstChance(rate).judgements() == judgements


@pytest.mark.parametrize(("half_width", "ratings"), [(0.554, 15), (0.423, 24), (0.374, 30), (0.285, 50), (0.199, 100)])
def test_a_half_width_of_a_mean(half_width, ratings):
    assert MeanWidth(half_width).judgements() == ratings


def test_a_difference_of_means_is_close_to_statsmodels_t_test():
    expected = TTestIndPower().solve_power(effect_size=0.4, alpha=0.05, power=0.8)
    assert MeanDifference(0.4, 1.0).judgements() == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize(("conditions", "votes", "error"), [(5, 500, 31), (10, 1000, 33), (10, 2000, 23)])
def test_the_standard_error_of_a_ranking(conditions, votes, error):
    assert round(ranking_error(conditions, votes)) == error
    assert RankingError(ranking_error(conditions, votes)).votes(conditions) == votes


def test_raters_judgements_that_go_together_are_worth_less():
    assert design_effect(50, 0.05) == pytest.approx(3.45)
    assert round(3000 / design_effect(50, 0.05)) == 870
    assert design_effect(0.5) == 1


def test_a_plan_says_what_is_needed_and_what_the_raters_give():
    found = plan(RateDifference(0.19, 0.276), conditions=2, per_rater=60, raters=12, correlation=0)
    assert (found.needed, found.given, found.needed_raters, found.is_enough) == (379, 360, 13, False)
    assert found.words == (
        "Needs 379 judgements per condition for telling fool rates of 19 % and 27.6 % apart; your 12 raters × 60 give "
        "360: 94 %. 13 raters would do."
    )
    assert plan(RateDifference(0.19, 0.276), conditions=1, per_rater=60, raters=12, correlation=0).words.endswith(
        "your 12 raters × 60 give 720: enough."
    )


def test_a_plan_counts_that_judgements_of_one_rater_go_together():
    found = plan(RateDifference(0.19, 0.276), conditions=2, per_rater=60, correlation=0.05)
    assert found.design_effect == pytest.approx(1 + 29 * 0.05)
    assert found.needed == 929  # 379 * 2.45 = 928.55
    assert found.needed_raters == 31
    assert "379 from as many people" in found.words
    assert found.words.endswith("31 raters with 60 judgements each.")


def test_a_judgement_of_a_pair_is_about_two_conditions():
    found = plan(RankingError(31.07), conditions=5, per_rater=20, raters=25, correlation=0)
    assert found.needed == pytest.approx(200, abs=1)  # 500 votes, two conditions in each, five conditions
    assert found.given == 200


def test_goals_out_of_reach_are_refused():
    with pytest.raises(ConfigError, match="half a point"):
        plan(RateDifference(0.3, 0.301), conditions=2, per_rater=10)
    with pytest.raises(ConfigError, match="between"):
        plan(FoolRateWidth(0.0001), conditions=2, per_rater=10)
    with pytest.raises(ConfigError, match="at least 2 conditions"):
        plan(RankingError(), conditions=1, per_rater=10)
    with pytest.raises(ConfigError, match="negative number of raters"):
        plan(FoolRateWidth(), conditions=2, per_rater=10, raters=-1)


def test_studies_of_the_planned_size_find_the_difference_four_times_in_five():
    generator = np.random.default_rng(3)
    size = RateDifference(0.2, 0.3).judgements()
    found = 0
    for hits_a, hits_b in zip(generator.binomial(size, 0.2, 400), generator.binomial(size, 0.3, 400), strict=True):
        pooled = (hits_a + hits_b) / (2 * size)
        z = (hits_b - hits_a) / size / np.sqrt(2 * pooled * (1 - pooled) / size)
        found += 2 * stats.norm.sf(abs(z)) < 0.05
    assert 0.74 <= found / 400 <= 0.86
