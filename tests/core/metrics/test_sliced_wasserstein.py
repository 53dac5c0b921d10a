"""Held to scipy, to an independent pyramid, and to distributions whose distance is known."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from scipy.stats import wasserstein_distance

from core.metrics import sliced_wasserstein as swd
from tests.core.training.packs import stripes


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_distance_of_a_set_to_itself_is_small_and_to_another_large():
    first, other = stripes(64, 32), np.random.default_rng(1).integers(0, 256, (64, 32, 32, 3), np.uint8)
    same = swd.sliced_wasserstein(first, first)
    different = swd.sliced_wasserstein(first, other)
    assert set(same.levels) == {32, 16}
    assert same.mean < 0.3 * different.mean
    assert same.count == 64


def test_equal_patches_have_no_distance_at_all():
    points = torch.randn(500, 147, generator=draw())
    assert swd._sliced_distance(points, points[torch.randperm(500, generator=draw())], 16, 2, draw()) < 1e-6


def test_in_one_dimension_it_is_the_wasserstein_distance():
    first, second = torch.randn(400, 1, generator=draw()), torch.rand(400, 1, generator=draw(1)) * 3 + 1
    expected = wasserstein_distance(first[:, 0].numpy(), second[:, 0].numpy())
    assert swd._sliced_distance(first, second, 8, 1, draw()) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_along_the_same_directions_it_is_scipys_distance(threads, monkeypatch):
    """In many dimensions, on points as patches are, sorted by one thread or several."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    monkeypatch.setattr(swd, "_THREADED_FROM", 1)
    first, second = (torch.randn(300, 147, generator=draw(seed)) * (1 + seed) + seed for seed in (0, 1))
    lines = swd.random_directions(147, 12, draw(7)).numpy()
    expected = np.mean([wasserstein_distance(first.numpy() @ line, second.numpy() @ line) for line in lines])
    assert swd._sliced_distance(first, second, 12, 1, draw(7)) == pytest.approx(expected, rel=1e-5)


def test_the_whole_measure_agrees_with_one_put_together_from_scipy():
    """Pyramid by convolution, patches by slicing, distances by scipy: on patches and directions drawn alike."""
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256

    def levels(pictures):
        full = pictures.transpose(0, 3, 1, 2).astype(float)
        half = ndimage.convolve(full, kernel[None, None], mode="mirror")[:, :, ::2, ::2]
        spread = np.zeros_like(full)
        spread[:, :, ::2, ::2] = half
        return [full - ndimage.convolve(spread, 4 * kernel[None, None], mode="mirror"), half]

    def patches(level, drawn):
        top = torch.randint(level.shape[2] - 6, (len(level), 9, 1, 1, 1), generator=drawn).flatten(1).numpy()
        left = torch.randint(level.shape[3] - 6, (len(level), 9, 1, 1, 1), generator=drawn).flatten(1).numpy()
        cut = np.array(
            [level[n, :, y : y + 7, x : x + 7] for n in range(len(level)) for y, x in zip(top[n], left[n], strict=True)]
        )
        centred = cut - cut.mean(axis=(0, 2, 3), keepdims=True)
        return (centred / cut.std(axis=(0, 2, 3), keepdims=True)).reshape(len(cut), -1)

    first, second, drawn, distances = stripes(12, 32), stripes(12, 32, seed=5), draw(3), []
    for of_first, of_second in zip(levels(first), levels(second), strict=True):
        own, other = patches(of_first, drawn), patches(of_second, drawn)
        lines = [line for _ in range(2) for line in swd.random_directions(147, 8, drawn).numpy()]
        distances.append(1e3 * np.mean([wasserstein_distance(own @ line, other @ line) for line in lines]))
    found = swd.sliced_wasserstein(first, second, seed=3, patches_per_image=9, directions=8, repeats=2)
    assert list(found.levels.values()) == pytest.approx(distances, rel=1e-4)


def test_normal_points_of_another_spread_are_as_far_as_theory_has_it():
    """Along any direction N(0, 1) lies from N(0, 9) by E|3x - x| = 2 sqrt(2 / pi)."""
    points = torch.randn(20_000, 5, generator=draw())
    other = 3 * torch.randn(20_000, 5, generator=draw(1))
    assert swd._sliced_distance(points, other, 20, 1, draw()) == pytest.approx(2 * np.sqrt(2 / np.pi), rel=0.02)


def test_points_shifted_by_a_vector_are_as_far_as_its_projections():
    points, shift = torch.randn(300, 3, generator=draw()), torch.tensor([2.0, 0.0, 0.0])
    distance = swd._sliced_distance(points, points + shift, 4000, 1, draw())
    assert distance == pytest.approx(1.0, rel=0.03)  # the mean |cosine| on a sphere is 1/2, times 2


def test_the_pyramid_agrees_with_an_independent_convolution():
    image = np.random.default_rng(0).uniform(0, 255, (64, 64))
    kernel = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    half = ndimage.convolve(image, kernel, mode="mirror")[::2, ::2]
    spread = np.zeros((64, 64))
    spread[::2, ::2] = half
    detail = image - ndimage.convolve(spread, 4 * kernel, mode="mirror")
    levels = swd.laplacian_pyramid(torch.from_numpy(image).float()[None, None])
    assert [level.shape[-1] for level in levels] == [64, 32, 16]
    assert np.allclose(levels[0][0, 0].numpy(), detail, atol=1e-3)
    quarter = ndimage.convolve(half, kernel, mode="mirror")[::2, ::2]
    assert np.allclose(levels[2][0, 0].numpy(), quarter, atol=1e-3)


def test_patches_lie_wholly_inside_and_anywhere():
    rows = torch.arange(16.0).view(1, 1, 16, 1).expand(1, 3, 16, 16)
    patches = swd.draw_patches(rows, 500, draw())
    assert patches.shape == (500, 3, 7, 7)
    tops = patches[:, 0, 0, 0]
    assert set(tops.tolist()) == set(range(10))
    assert (patches[:, :, 6, 3] - patches[:, :, 0, 3] == 6).all()


def test_brightness_and_contrast_of_a_whole_set_do_not_count():
    patches = torch.randn(200, 3, 7, 7, generator=draw())
    assert torch.allclose(swd.normalised(patches), swd.normalised(patches * 5 + 30), atol=1e-4)
    normalised = swd.normalised(patches).view(200, 3, 49)
    assert torch.allclose(normalised.mean(dim=(0, 2)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(normalised.std(dim=(0, 2), unbiased=False), torch.ones(3), atol=1e-4)


def test_the_same_seed_gives_the_same_number():
    first, second = stripes(8, 32), stripes(8, 32, seed=1)
    assert swd.sliced_wasserstein(first, second, seed=4) == swd.sliced_wasserstein(first, second, seed=4)


def test_sets_that_cannot_be_compared_are_refused():
    with pytest.raises(swd.MetricError, match="equally many"):
        swd.sliced_wasserstein(stripes(4, 32), stripes(5, 32))
    with pytest.raises(swd.MetricError, match="power of two"):
        swd.sliced_wasserstein(stripes(4, 24), stripes(4, 24))
    with pytest.raises(swd.MetricError, match="uint8"):
        swd.sliced_wasserstein(np.zeros((2, 32, 32, 3)), np.zeros((2, 32, 32, 3)))
