"""Against the published tables of Krippendorff and of Shrout & Fleiss, and against numbers worked by hand."""

import krippendorff
import numpy as np
import pytest
from statsmodels.stats import inter_rater

from core.studies.statistics.agreement import (
    _alphas,
    _value_counts,
    complete_block,
    fleiss_kappa,
    intraclass_correlation,
    krippendorff_alpha,
    self_agreement,
)

NAN = np.nan
# Krippendorff, "Computing Krippendorff's alpha-reliability", 2011, section E: 4 observers, 12 units.
KRIPPENDORFF = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)
# Shrout & Fleiss 1979, table 2: 6 targets, 4 judges.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).T


def test_alpha_of_krippendorffs_own_example():
    nominal, ordinal = krippendorff_alpha(KRIPPENDORFF, "nominal"), krippendorff_alpha(KRIPPENDORFF, "ordinal")
    assert nominal.value == pytest.approx(0.743, abs=5e-4)
    assert ordinal.value == pytest.approx(0.815, abs=5e-4)
    assert (nominal.raters, nominal.items) == (4, 11)  # the unit that one observer alone judged says nothing
    assert nominal.words == "tentative agreement"
    assert ordinal.words == "good agreement"
    assert nominal.interval.low < nominal.value < nominal.interval.high


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_the_bootstraps_alpha_is_the_packages(level):
    """With every unit drawn once it is the value itself; with some drawn twice, that of the units doubled."""
    counts, values = _value_counts(KRIPPENDORFF)
    counts = counts[counts.sum(1) >= 2]
    weights = np.array([[1.0] * 11, [2, 1, 0, 1, 1, 3, 1, 0, 1, 1, 0]])
    found = _alphas(weights, counts.astype(float), level)
    for row, alpha in zip(weights, found, strict=True):
        drawn = np.repeat(counts, row.astype(int), axis=0)
        expected = krippendorff.alpha(value_counts=drawn, value_domain=values, level_of_measurement=level)
        assert alpha == pytest.approx(expected, abs=1e-9)


def test_alpha_needs_something_to_agree_about():
    assert krippendorff_alpha(np.array([[3.0, 3], [3, 3]]), "ordinal") is None
    assert krippendorff_alpha(np.array([[3.0, NAN], [NAN, 2]]), "nominal") is None
    assert krippendorff_alpha(np.full((3, 2), NAN), "nominal") is None


def test_raters_who_answer_at_random_have_an_alpha_around_nought():
    answers = np.random.default_rng(0).integers(1, 6, (12, 60)).astype(float)
    found = krippendorff_alpha(answers, "ordinal")
    assert found.interval.holds(0)
    assert found.words == "hardly more agreement than chance gives"


def test_icc_of_shrout_and_fleiss_table():
    found = intraclass_correlation(SHROUT_FLEISS)
    assert found.single == pytest.approx(0.29, abs=5e-3)
    assert found.average == pytest.approx(0.62, abs=5e-3)
    assert (found.raters, found.items) == (4, 6)
    # as the psych package of R prints them for this table
    assert (found.single_interval.low, found.single_interval.high) == pytest.approx((0.019, 0.761), abs=2e-3)
    assert (found.average_interval.low, found.average_interval.high) == pytest.approx((0.071, 0.927), abs=2e-3)
    assert found.words == "poor"


def test_icc_of_perfect_agreement_is_one_and_of_no_difference_at_all_there_is_none():
    assert intraclass_correlation([[1, 3, 5], [1, 3, 5]]).single == pytest.approx(1)
    assert intraclass_correlation([[3, 3, 3], [3, 3, 3]]) is None


def test_icc_recovers_simulated_raters():
    """Items of variance 1, raters of 0.25, error of 0.75: one rater's reliability is 1 / 2."""
    generator = np.random.default_rng(1)
    block = generator.normal(0, 1, 400)[None] + generator.normal(0, 0.5, 60)[:, None]
    block = block + generator.normal(0, np.sqrt(0.75), (60, 400))
    found = intraclass_correlation(block)
    assert found.single == pytest.approx(0.5, abs=0.05)
    assert found.single_interval.holds(0.5)


def test_the_complete_block_is_that_of_raters_who_judged_the_same():
    answers = np.full((4, 6), NAN)
    answers[0] = answers[1] = answers[2] = [1, 2, 3, 4, 5, 1]
    answers[2, 5] = NAN
    answers[3, 0] = 4
    block = complete_block(answers)
    assert block.shape == (3, 5)
    assert not np.isnan(block).any()


def test_raters_who_share_no_two_pictures_make_no_block():
    answers = np.full((3, 6), NAN)
    for rater in range(3):
        answers[rater, 2 * rater : 2 * rater + 2] = 3
    assert complete_block(answers) is None
    assert complete_block(np.zeros((0, 3))) is None


def test_fleiss_kappa_of_the_textbook_example():
    """Fleiss 1971 as tabulated in textbooks: 10 subjects, 14 raters, 5 categories, kappa 0.210."""
    table = np.array(
        [
            *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
            *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
        ]
    )
    block = np.array([np.repeat(np.arange(1, 6), row) for row in table]).T
    assert fleiss_kappa(block) == pytest.approx(0.210, abs=5e-4)
    assert fleiss_kappa(block) == pytest.approx(inter_rater.fleiss_kappa(table))
    assert fleiss_kappa([[1, 1], [1, 1]]) is None


def test_self_agreement_counts_what_was_answered_the_same_twice():
    found = self_agreement([1, 4, 5, 2], [1, 5, 5, 4])
    assert (found.pairs, found.same, found.share) == (4, 2, 0.5)
    assert found.mean_difference == 0.75
    assert self_agreement([], []) is None
