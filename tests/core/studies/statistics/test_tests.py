"""Against scipy and statsmodels called directly, numbers worked by hand, and simulated differences of a known size."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats import contingency_tables
from statsmodels.stats.multitest import multipletests

from core.studies.statistics.tests import compare, holm, mcnemar, mixed_logit, signed_rank


def table_of(raters, shifts, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(3, 0.7, raters)[:, None] + np.asarray(shifts) + generator.normal(0, 0.5, (raters, 3))


def test_raters_of_all_conditions_are_their_own_controls():
    table = table_of(20, [0, 0.1, 1.0])
    found = compare(table)
    assert found.design == "same raters"
    assert found.overall.test == "Friedman"
    assert found.overall.p == pytest.approx(stats.friedmanchisquare(*table.T).pvalue)
    assert found.overall.effect == pytest.approx(stats.friedmanchisquare(*table.T).statistic / 40)
    raw = [stats.wilcoxon(table[:, i] - table[:, j]).pvalue for i, j in ((0, 1), (0, 2), (1, 2))]
    assert [pair.p for pair in found.pairs] == pytest.approx(raw)
    assert [pair.is_significant for pair in found.pairs] == [False, True, True]
    assert found.pairs[1].effect < -0.8


def test_raters_of_one_condition_each_are_compared_as_different_people():
    table = table_of(30, [0, 0.1, 2.0])
    for rater in range(30):
        table[rater, [column for column in range(3) if column != rater % 3]] = np.nan
    found = compare(table)
    columns = [column[~np.isnan(column)] for column in table.T]
    assert found.design == "different raters"
    assert found.overall.p == pytest.approx(stats.kruskal(*columns).pvalue)
    assert found.pairs[1].p == pytest.approx(stats.mannwhitneyu(columns[0], columns[2]).pvalue)
    assert found.remark == ""


def test_who_did_not_judge_everything_is_left_out_and_it_is_said():
    table = table_of(12, [0, 0.1, 1.0])
    table[0, 1] = table[3, 2] = np.nan
    found = compare(table)
    assert (found.design, found.raters) == ("same raters", 10)
    assert found.remark == "2 raters who did not judge every condition are left out."


def test_two_conditions_need_no_overall_test():
    found = compare(table_of(10, [0, 0.5, 1.0])[:, :2])
    assert found.overall is None
    assert found.pairs[0].p_holm == found.pairs[0].p


def test_equal_answers_differ_by_nothing():
    found = compare(np.full((8, 3), 3.0))
    assert (found.overall.p, found.pairs[0].p, found.pairs[0].effect) == (1, 1, 0)


def test_two_raters_are_too_few_for_a_test():
    assert compare(table_of(2, [0, 1, 2])) is None
    assert compare(np.full((5, 1), 3.0)) is None


def test_holms_correction_by_hand_and_by_statsmodels():
    # sorted .01 .03 .04, times 3, 2, 1: .03 .06 .04, and never less than the one before
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert holm([]) == []
    many = np.random.default_rng(0).random(20) ** 3
    assert holm(list(many)) == pytest.approx(multipletests(many, method="holm")[1])


@pytest.mark.parametrize("raters", [6, 20, 60])
def test_the_signed_rank_test_agrees_with_scipy(raters):
    differences = np.random.default_rng(raters).normal(0.4, 1, raters)
    expected = stats.wilcoxon(differences, method="exact" if raters <= 25 else "asymptotic")
    assert signed_rank(differences) == pytest.approx((expected.statistic, expected.pvalue))


def test_the_signed_rank_test_is_exact_with_ties_too():
    differences = [0.5, 0.5, 0.5, -0.25, 0.25, 1.0, 0, 0.75]
    expected = stats.wilcoxon([d for d in differences if d], method=stats.PermutationMethod(n_resamples=np.inf))
    assert signed_rank(differences) == pytest.approx((expected.statistic, expected.pvalue))
    assert signed_rank([0, 0]) == (0, 1)


def test_without_a_difference_the_tests_find_one_about_as_often_as_they_may():
    found = sum(any(pair.is_significant for pair in compare(table_of(20, [0, 0, 0], seed=s)).pairs) for s in range(200))
    assert found <= 20  # 5 % of 200 with Holm's correction, by a binomial


def test_mcnemar_looks_at_the_pairs_that_differ():
    first = [1] * 12 + [0] * 3 + [1] * 40 + [0] * 20
    second = [0] * 12 + [1] * 3 + [1] * 40 + [0] * 20
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second, found.pairs) == (12, 3, 75)
    assert found.p == pytest.approx(stats.binomtest(3, 15).pvalue)
    assert found.method == "McNemar, exact"
    assert found.is_significant
    assert found.odds_ratio == pytest.approx(12.5 / 3.5)
    assert mcnemar([], []) is None


@pytest.mark.parametrize(("b", "c"), [(40, 20), (12, 3), (5, 5), (0, 0), (26, 0)])
def test_mcnemar_agrees_with_statsmodels(b, c):
    found = mcnemar([1] * b + [0] * c + [1, 0], [0] * b + [1] * c + [1, 0])
    expected = contingency_tables.mcnemar([[1, b], [c, 1]], exact=b + c <= 25)
    assert found.p == pytest.approx(expected.pvalue)


def test_the_mixed_logit_recovers_a_known_difference():
    """Raters and pictures differ; the second condition has odds e times those of the first."""
    generator = np.random.default_rng(7)
    rater_effects, item_effects = generator.normal(0, 0.8, 30), generator.normal(0, 0.5, 40)
    raters, items = (grid.ravel() for grid in np.meshgrid(np.arange(30), np.arange(40)))
    conditions = items % 2
    odds = -0.5 + conditions + rater_effects[raters] + item_effects[items]
    answers = generator.random(len(odds)) < 1 / (1 + np.exp(-odds))
    found = mixed_logit(answers, conditions, raters, items, ["early", "late"], reference=0)
    (effect,) = found.effects
    assert effect.name == "late"
    assert effect.interval.holds(np.e)
    assert effect.interval.low > 1
    assert found.rater_deviation == pytest.approx(0.8, abs=0.3)
    assert found.item_deviation == pytest.approx(0.5, abs=0.25)


def test_the_mixed_logit_needs_two_conditions_and_two_answers():
    assert mixed_logit([1, 0], [0, 0], [0, 1], [0, 1], ["early", "late"], reference=0) is None
    assert mixed_logit([1, 1], [0, 1], [0, 1], [0, 1], ["early", "late"], reference=0) is None
