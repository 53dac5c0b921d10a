"""The kernel distance against torchmetrics, and against distributions where the answer is known."""

import numpy as np
import pytest
import torch
from torchmetrics.image.kid import KernelInceptionDistance, poly_mmd

from core.metrics.kernel import kernel_distance


class _AsTheyAre(torch.nn.Module):
    """In place of Inception: what is given are the features."""

    num_features = 6

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return features


def _sets(seed: int = 0, *, count: int = 60, shift: float = 0.8) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.standard_normal((count, 6)) + shift, draw.standard_normal((count, 6))


def test_of_all_pictures_at_once_it_is_what_torchmetrics_computes():
    fake, real = _sets()
    theirs = KernelInceptionDistance(feature=_AsTheyAre(), subsets=1, subset_size=len(fake))
    theirs.update(torch.from_numpy(real), real=True)
    theirs.update(torch.from_numpy(fake), real=False)
    assert kernel_distance(fake, real).value == pytest.approx(float(theirs.compute()[0]), rel=1e-4)


def test_over_subsets_it_is_what_torchmetrics_computes_within_what_other_subsets_give():
    fake, real = _sets()
    theirs = KernelInceptionDistance(feature=_AsTheyAre(), subsets=100, subset_size=20)
    torch.manual_seed(0)
    theirs.update(torch.from_numpy(real), real=True)
    theirs.update(torch.from_numpy(fake), real=False)
    mean, deviation = (float(number) for number in theirs.compute())
    ours = kernel_distance(fake, real, subsets=100, subset_size=20)
    assert ours.subset_size == 20
    assert ours.subset_mean == pytest.approx(mean, abs=3 * deviation / 10)
    assert ours.subset_deviation == pytest.approx(deviation, rel=0.5)


def test_two_points_of_mass_are_as_far_apart_as_the_kernel_says():
    """All of one set at a, all of the other at b: k(a, a) + k(b, b) - 2 k(a, b), by hand."""
    one, other = np.tile([1.0, 0.0], (5, 1)), np.tile([0.0, 2.0], (7, 1))
    assert kernel_distance(one, other).value == pytest.approx(1.5**3 + 3.0**3 - 2 * 1.0**3)


def test_for_one_distribution_it_is_zero_on_average_however_few_pictures():
    values = [kernel_distance(*_sets(seed, count=8, shift=0.0), subsets=1, resamples=2).value for seed in range(300)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))


def test_sets_of_unequal_counts_are_measured_without_bias():
    draw = np.random.default_rng(9)
    fake, real = draw.standard_normal((30, 6)), draw.standard_normal((50, 6)) + 0.5
    reference = torch.from_numpy(fake), torch.from_numpy(real)
    parts = [float(poly_mmd(reference[0], reference[1][rows])) for rows in _draws(draw, 50, 30)]
    assert kernel_distance(fake, real).value == pytest.approx(np.mean(parts), rel=0.05)


def _draws(draw: np.random.Generator, count: int, size: int) -> list[np.ndarray]:
    return [draw.choice(count, size, replace=False) for _ in range(300)]


def test_the_interval_covers_what_other_draws_of_the_same_pictures_give():
    pairs = [_sets(seed) for seed in range(60)]
    drawn = [kernel_distance(*pair, subsets=1, resamples=2).value for pair in pairs]
    measured = kernel_distance(*pairs[0])
    assert measured.low < measured.value < measured.high
    assert measured.error == pytest.approx(np.std(drawn), rel=0.35)


def test_small_sets_are_measured_over_subsets_of_half_of_them():
    fake, real = _sets(count=30)
    assert kernel_distance(fake, real).subset_size == 15
