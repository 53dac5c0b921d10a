"""Against scipy and statsmodels, and numbers worked by hand."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2

from core.studies.statistics.effects import cliffs_delta, magnitude, odds_ratio, rank_biserial


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


def test_an_odds_ratio_agrees_with_statsmodels():
    found = odds_ratio(30, 100, 20, 100)
    table = Table2x2(np.array([[30, 70], [20, 80]]) + 0.5)
    assert found.value == pytest.approx(table.oddsratio)
    assert (found.interval.low, found.interval.high) == pytest.approx(table.oddsratio_confint())


def test_an_odds_ratio_with_an_empty_cell_stays_finite():
    found = odds_ratio(10, 10, 0, 10)
    assert found.value == pytest.approx(21 * 21)
    assert found.interval.low > 1


def test_rank_biserial_by_hand():
    # |3|, |1|, |2| have the ranks 3, 1, 2; the negative one is 1: (5 - 1) / 6. The zero is left out.
    assert rank_biserial([3, -1, 2, 0]) == pytest.approx(4 / 6)
    assert rank_biserial([1, 2, 3]) == 1
    assert rank_biserial([0, 0]) == 0


def test_rank_biserial_follows_from_wilcoxons_statistic():
    generator = np.random.default_rng(3)
    differences = generator.normal(0.3, 1, 25)
    statistic = stats.wilcoxon(differences, alternative="greater").statistic  # sum of the positive ranks
    total = 25 * 26 / 2
    assert rank_biserial(differences) == pytest.approx((2 * statistic - total) / total)
