"""The Fréchet distance against Gaussians whose distance is known, and against other implementations."""

import numpy as np
import pytest
import torch
from torchmetrics.image.fid import _compute_fid

from core.metrics.errors import MetricError
from core.metrics.frechet import frechet


def _gaussian(count: int, mean: np.ndarray, covariance: np.ndarray, seed: int) -> np.ndarray:
    """Samples whose mean and covariance are exactly these."""
    raw = np.random.default_rng(seed).standard_normal((count, len(mean)))
    raw -= raw.mean(axis=0)
    raw = raw @ np.linalg.inv(np.linalg.cholesky(raw.T @ raw / (count - 1))).T
    return raw @ np.linalg.cholesky(covariance).T + mean


def test_two_gaussians_are_as_far_apart_as_the_closed_form_says():
    """Of covariances that commute: |m1 - m2|^2 + the sum of (s1 - s2)^2."""
    turn, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((4, 4)))
    spreads = np.array([1.0, 2.0, 0.5, 3.0]), np.array([2.0, 2.0, 1.5, 0.1])
    means = np.zeros(4), np.array([1.0, 0.0, -2.0, 0.5])
    sets = [
        _gaussian(60, mean, turn @ np.diag(spread**2) @ turn.T, seed)
        for seed, (mean, spread) in enumerate(zip(means, spreads, strict=True))
    ]
    expected = float(((means[0] - means[1]) ** 2).sum() + ((spreads[0] - spreads[1]) ** 2).sum())
    measured = frechet(sets[0], sets[1], halves=0)
    assert measured.value == pytest.approx(expected, rel=1e-9)
    assert measured.mean_part == pytest.approx(5.25)


@pytest.mark.parametrize(("count", "width"), [(200, 12), (20, 64)])
def test_it_agrees_with_torchmetrics_with_more_and_with_fewer_pictures_than_features(count, width):
    draw = np.random.default_rng(1)
    fake, real = draw.standard_normal((count, width)) * 1.3 + 0.2, draw.standard_normal((count + 7, width))
    moments = [
        torch.from_numpy(part)
        for values in (fake, real)
        for part in (values.mean(axis=0), np.cov(values, rowvar=False))
    ]
    assert frechet(fake, real, halves=0).value == pytest.approx(float(_compute_fid(*moments)), rel=1e-4)


def test_equal_sets_are_at_no_distance_and_the_order_of_pictures_does_not_matter():
    values = np.random.default_rng(2).standard_normal((30, 50))
    assert frechet(values, values[::-1], halves=0).value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("width", "too_wide"), [(5, 1.3), (200, 1.8)])
def test_the_interval_is_as_wide_as_other_draws_of_the_same_pictures_differ(width, too_wide):
    """From sets that are drawn anew again and again, the deviation is known; halves of one pair come near it."""
    draw = np.random.default_rng(3)
    shift = np.zeros(width)
    shift[0] = 2.0
    pairs = [(draw.standard_normal((80, width)) + shift, draw.standard_normal((80, width))) for _ in range(40)]
    truth = np.std([frechet(*pair, halves=0).value for pair in pairs])
    measured = [frechet(*pair) for pair in pairs[:4]]
    assert all(one.low < one.value < one.high for one in measured)
    deviation = np.mean([(one.high - one.low) / 2 / 1.96 for one in measured])
    assert 0.75 * truth < deviation < too_wide * truth


def test_what_cannot_be_measured_is_refused():
    one, other = np.zeros((5, 4)), np.zeros((5, 3))
    with pytest.raises(MetricError, match=r"one width; got \(5, 4\) and \(5, 3\)"):
        frechet(one, other)
    with pytest.raises(MetricError, match="At least two pictures a side are needed; got 1 and 5"):
        frechet(one[:1], one)
    with pytest.raises(MetricError, match="no numbers"):
        frechet(np.full((5, 4), np.nan), one)
