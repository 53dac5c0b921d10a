"""Simulated answers that depend on a measure, on a condition, or on the side; and statsmodels called directly."""

import numpy as np
import pytest
import statsmodels.api as sm

from core.studies.statistics.covariates import preference_report, rating_report


def judged(condition_effect, brightness_effect, *, confounded=0.0, seed=0):
    """600 answers of 20 raters; pictures of condition "b" are brighter by `confounded` deviations."""
    generator = np.random.default_rng(seed)
    raters = [f"r{index % 20}" for index in range(600)]
    is_b = generator.random(600) < 0.5
    brightness = generator.normal(0, 0.1, 600) + 0.1 * confounded * is_b + 0.5
    taste = np.repeat(generator.normal(0, 0.5, 20)[None], 30, axis=0).ravel()
    answers = 3 + condition_effect * is_b + brightness_effect * (brightness - 0.5) / 0.1 + taste
    answers = answers + generator.normal(0, 0.7, 600)
    measures = [{"brightness": float(value), "sharpness": 0.5} for value in brightness]
    return answers, ["b" if one else "a" for one in is_b], measures, raters


def test_a_difference_that_is_only_brightness_vanishes_when_brightness_is_held_equal():
    answers, conditions, measures, raters = judged(0, 0.5, confounded=1.5)
    found = rating_report(answers, conditions, measures, raters, reference="a", outcome="mean")
    assert found.unadjusted[0].interval.low > 0.3  # it looks as if b were better
    assert found.conditions[0].interval.holds(0)
    assert [effect.name for effect in found.measures] == ["brightness"]  # sharpness never differs
    assert found.measures[0].interval.low > 0


def test_a_true_difference_stays():
    found = rating_report(*judged(0.8, 0.2), reference="a", outcome="mean")
    assert found.conditions[0].value == pytest.approx(0.8, abs=0.15)
    assert found.conditions[0].p < 1e-6


def test_the_regression_is_that_of_statsmodels_with_clustered_errors():
    answers, conditions, measures, raters = judged(0.3, 0.2, seed=3)
    brightness = np.array([one["brightness"] for one in measures])
    table = np.column_stack(
        [np.ones(600), [c == "b" for c in conditions], (brightness - brightness.mean()) / brightness.std()]
    ).astype(float)
    groups = np.array([int(rater[1:]) for rater in raters])
    expected = sm.OLS(answers, table).fit(cov_type="cluster", cov_kwds={"groups": groups})
    found = rating_report(answers, conditions, measures, raters, reference="a", outcome="mean")
    assert found.conditions[0].value == pytest.approx(expected.params[1])
    assert found.conditions[0].interval.low == pytest.approx(expected.conf_int()[1][0])
    assert (found.raters, found.answers) == (20, 600)


def test_yes_and_no_answers_give_log_odds():
    answers, conditions, measures, raters = judged(2.0, 0.0, seed=4)
    found = rating_report(answers > 4, conditions, measures, raters, reference="a", outcome="odds")
    assert found.outcome == "odds"
    assert found.conditions[0].interval.low > 1


def test_preferences_tell_the_side_from_the_condition():
    generator = np.random.default_rng(5)
    left_is_b = generator.random(800) < 0.5
    odds = 0.7 * np.where(left_is_b, 1, -1) + 0.5
    won = generator.random(800) < 1 / (1 + np.exp(-odds))
    sides = [["b" if one else "a" for one in left_is_b], ["a" if one else "b" for one in left_is_b]]
    measures = [[{"brightness": float(v)} for v in generator.random(800)] for _ in range(2)]
    raters = [f"r{index % 25}" for index in range(800)]
    found = preference_report(won, *sides, *measures, raters, reference="a")
    assert found.conditions[0].interval.holds(0.7)
    assert found.side.interval.holds(0.5)
    assert found.measures[0].interval.holds(0)


def test_too_few_raters_or_nothing_that_differs_gives_no_report():
    answers, conditions, measures, raters = judged(0.3, 0.2)
    assert rating_report(answers, conditions, measures, ["r"] * 600, reference="a", outcome="mean") is None
    assert rating_report([3.0] * 600, conditions, measures, raters, reference="a", outcome="mean") is None
    yes = np.array(conditions) == "b"  # perfectly separated: odds without bound
    assert rating_report(yes, conditions, measures, raters, reference="a", outcome="odds") is None
