import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from core.metrics import look
from core.metrics.errors import MetricError


def sheets(values, side=16):
    """One flat grey picture for each value."""
    return np.broadcast_to(np.array(values, np.uint8)[:, None, None, None], (len(values), side, side, 3))


def lined(period=4, count=6, side=32, upright=True):
    line = (np.arange(side) // (period // 2) % 2 * 200 + 20).astype(np.uint8)
    picture = np.broadcast_to(line[None, :, None] if upright else line[:, None, None], (side, side, 3))
    return np.stack([picture] * count)


@pytest.mark.parametrize("counts", [(50, 50), (50, 30), (7, 100)])
def test_the_distance_of_numbers_is_that_of_scipy(counts):
    random = np.random.default_rng(0)
    first, second = random.normal(0, 1, counts[0]), random.gamma(2, 1, counts[1])
    assert look.wasserstein(first, second) == pytest.approx(wasserstein_distance(first, second), rel=1e-9)


def test_many_resamples_are_compared_at_once():
    random = np.random.default_rng(0)
    first, second = random.normal(size=(3, 20)), random.normal(size=(3, 9))
    expected = [wasserstein_distance(a, b) for a, b in zip(first, second, strict=True)]
    assert look.wasserstein(first, second) == pytest.approx(expected)


def test_equal_sets_have_no_distance_and_each_number_says_how_far_it_is():
    pictures = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), np.uint8)
    numbers = look.colour_numbers(pictures)
    same = look.compare(numbers, numbers)
    assert same.value == 0
    assert set(same.details) == set(look.COLOUR)
    assert same.details["lightness"]["samples"] == same.details["lightness"]["real"]


def test_lightness_is_measured_in_deviations_of_the_real_pictures():
    real, lighter = sheets([50, 100, 150, 200]), sheets([70, 120, 170, 220])
    numbers, other = look.colour_numbers(real), look.colour_numbers(lighter)
    expected = (other["lightness"] - numbers["lightness"]).mean() / numbers["lightness"].std()
    assert look.compare(other, numbers).details["lightness"]["distance"] == pytest.approx(expected, abs=1e-4)


def test_grey_pictures_have_no_vividness_and_red_ones_lean_to_red():
    red = np.zeros((2, 8, 8, 3), np.uint8)
    red[..., 0] = 200
    assert look.colour_numbers(sheets([120, 130]))["vividness"] == pytest.approx([0, 0], abs=0.1)
    assert (look.colour_numbers(red)["green_red"] > 50).all()


def test_edges_know_lying_from_upright_ones_and_flat_sheets_have_none():
    upright, lying = look.edge_numbers(lined()), look.edge_numbers(lined(upright=False))
    assert upright["upright"] == pytest.approx([1] * 6)
    assert lying["upright"] == pytest.approx([-1] * 6)
    assert upright["order"] == pytest.approx([1] * 6)
    flat = look.edge_numbers(sheets([10, 200]))
    assert flat["strength"] == pytest.approx([0, 0])
    assert flat["share"] == pytest.approx([0, 0])


def test_fine_lines_are_fine_detail_and_wide_ones_are_not():
    fine, wide = look.edge_numbers(lined(period=2)), look.edge_numbers(lined(period=16))
    assert fine["fine"].mean() > 20 > 5 > wide["fine"].mean()


def test_an_odd_number_of_pixels_can_be_measured():
    odd = np.random.default_rng(0).integers(0, 256, (3, 15, 17, 3), np.uint8)
    assert np.isfinite(look.edge_numbers(odd)["middling"]).all()


def test_the_interval_holds_the_value_and_shrinks_with_more_pictures():
    random = np.random.default_rng(0)

    def measured(count):
        first, second = (look.colour_numbers(random.integers(0, 256, (count, 8, 8, 3), np.uint8)) for _ in range(2))
        return look.compare(first, second)

    few, many = measured(20), measured(320)
    assert few.low <= few.value <= few.high
    assert many.high - many.low < 0.6 * (few.high - few.low)


def test_a_single_picture_has_no_distribution():
    numbers = look.colour_numbers(sheets([10]))
    with pytest.raises(MetricError, match="At least two pictures"):
        look.compare(numbers, numbers)
