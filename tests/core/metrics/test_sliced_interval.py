import numpy as np
import pytest

from core.metrics.sliced_interval import _potentials, sliced_interval, standard_error
from core.metrics.sliced_wasserstein import sliced_wasserstein
from tests.core.training.packs import stripes


def test_the_difference_of_the_two_means_is_the_distance():
    """Kantorovich and Rubinstein: what every point adds comes to the Wasserstein distance of scipy."""
    import torch
    from scipy.stats import wasserstein_distance

    first, second = (torch.randn(count, generator=torch.Generator().manual_seed(count)) for count in (300, 200))
    second = 2 * second + 0.3
    own, other = _potentials(first, second)
    assert own.mean() - other.mean() == pytest.approx(wasserstein_distance(first.numpy(), second.numpy()), rel=1e-5)


def test_the_error_is_about_what_other_pictures_would_have_given():
    lying, standing = stripes(1_000, 32), stripes(1_000, 32, seed=1).swapaxes(1, 2)
    pairs = [(lying[i : i + 50], standing[i : i + 50]) for i in range(0, 1_000, 50)]
    distances = [sliced_wasserstein(*two, patches_per_image=32, directions=64, repeats=1).mean for two in pairs]
    claimed = np.mean([standard_error(*two) for two in pairs[:5]])
    assert claimed == pytest.approx(np.std(distances), rel=0.4)  # a deviation of 20 numbers is known to a sixth


def test_the_interval_holds_the_value_and_shrinks_with_more_pictures():
    first, second = stripes(160, 32), stripes(160, 32, seed=1)
    low, high = sliced_interval(first, second, 50.0)
    assert low < 50 < high
    few = sliced_interval(first[:20], second[:20], 50.0)
    assert high - low < 0.6 * (few[1] - few[0])


def test_a_distance_near_nothing_is_not_bounded_below_nothing():
    assert sliced_interval(stripes(8, 32), stripes(8, 32, seed=1), 0.1)[0] == 0.0
