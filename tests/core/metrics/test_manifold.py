"""Precision, recall, density and coverage on points whose answer can be seen, and against torch-fidelity."""

import numpy as np
import pytest
import torch
from torch_fidelity.metric_prc import calculate_precision_recall_full

from core.metrics.errors import MetricError
from core.metrics.manifold import manifold


def _line(*positions: float) -> np.ndarray:
    return np.array(positions, np.float64)[:, None]


REAL = _line(0, 1, 2, 3, 100)  # the last is an odd one out


def test_pictures_within_the_real_ones_are_precise_and_those_far_away_are_not():
    measured = manifold(_line(0.5, 1.5, 50, 51), REAL, precision_nearest=1, density_nearest=1)
    assert measured.precision.value == 1.0  # the odd one's nearest neighbour is 97 away: 50 lies within
    assert measured.density.value == pytest.approx((2 + 2 + 1 + 1) / 4)
    outside = manifold(_line(-300, -301, -302), REAL, precision_nearest=1, density_nearest=1)
    assert (outside.precision.value, outside.density.value, outside.coverage.value) == (0, 0, 0)


def test_a_set_that_shows_one_thing_only_is_precise_without_recall():
    draw = np.random.default_rng(0)
    real = draw.uniform(-10, 10, (200, 2))
    measured = manifold(draw.normal(0, 0.1, (200, 2)), real)
    assert measured.precision.value == 1.0
    assert measured.recall.value < 0.05
    assert measured.coverage.value < 0.1


def test_two_draws_of_one_distribution_cover_each_other():
    """All of a real picture's five nearest neighbours are real ones with a chance of 2^-5: then it is not covered."""
    draws = [np.random.default_rng(seed) for seed in range(6)]
    measured = [manifold(draw.standard_normal((300, 4)), draw.standard_normal((300, 4))) for draw in draws]
    assert np.mean([one.density.value for one in measured]) == pytest.approx(1, abs=0.05)
    assert np.mean([one.coverage.value for one in measured]) == pytest.approx(1 - 0.5**5, abs=0.02)
    for one in measured:
        for share in (one.precision, one.recall, one.density, one.coverage):
            assert share.low <= share.value <= share.high < share.low + 0.25


def test_precision_and_recall_are_those_of_torch_fidelity():
    draw = np.random.default_rng(2)
    fake, real = draw.standard_normal((90, 5)) * 0.7, draw.standard_normal((120, 5))
    theirs = calculate_precision_recall_full(torch.from_numpy(fake), torch.from_numpy(real), 3)
    measured = manifold(fake, real)
    assert (measured.precision.value, measured.recall.value) == pytest.approx(theirs)


def test_too_few_pictures_for_their_neighbours_are_refused():
    with pytest.raises(MetricError, match="more than 5 pictures a side are needed; got 5 and 5"):
        manifold(REAL, REAL)
