"""The rule of BT.500 on raters of known habits."""

import numpy as np

from core.studies.statistics.screening import screen


def panel(seed=0):
    """20 raters who agree up to a step, on 60 pictures."""
    generator = np.random.default_rng(seed)
    return np.clip(np.round(generator.uniform(2, 4, 60) + generator.normal(0, 0.5, (20, 60))), 1, 5)


def test_careful_raters_are_kept():
    assert not any(one.rejected for one in screen(panel()))


def test_a_rater_who_answers_at_random_is_rejected():
    answers = panel()
    answers[7] = np.random.default_rng(1).choice([1.0, 5.0], 60)
    found = screen(answers)
    assert [index for index, one in enumerate(found) if one.rejected] == [7]
    assert found[7].above > 3
    assert found[7].below > 3


def test_a_strict_rater_is_off_in_one_direction_and_is_kept():
    answers = panel()
    answers[3] = 1
    found = screen(answers)[3]
    assert found.below > 3
    assert found.above == 0
    assert not found.rejected


def test_gaps_and_pictures_with_few_answers_are_left_out():
    answers = panel()
    answers[:, :10] = np.nan
    answers[0, :10] = 1
    found = screen(answers)
    assert found[0].answers == 50
    assert screen(np.full((2, 3), np.nan))[0].answers == 0


def test_the_limits_by_hand():
    """1, 1, 1, eight times 2, 3, 3, 4: mean 2.07, deviation 0.83, kurtosis 3.6, so that 4 lies outside 2 * 0.83.

    Nine times 3 and one 5: kurtosis 8.1, so that the limit is sqrt(20) deviations, and 5 lies within.
    """
    column = np.array([1.0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 4])[:, None]
    assert [one.above for one in screen(column)] == [0] * 13 + [1]
    assert [one.above for one in screen(np.array([[3.0]] * 9 + [[5.0]]))] == [0] * 10
