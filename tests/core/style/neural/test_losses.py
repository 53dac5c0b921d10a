"""Losses against values worked by hand, and against an independent formula."""

import math

import pytest
import scipy.linalg
import torch

from core.style.neural.losses import (
    Moments,
    StyleTarget,
    content_loss,
    covariance_of,
    moments,
    style_loss,
    variation_loss,
)
from core.style.neural.settings import ROOTS


def _activations(channels: int, *, seed: int, shift: float = 0.0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.randn(channels, channels, dtype=torch.float64, generator=draw)
    values = torch.randn(channels, 20 * 30, dtype=torch.float64, generator=draw)
    return (mixing @ values).view(channels, 20, 30) + shift


def test_moments_are_means_over_places():
    features = torch.tensor([[[1.0, 3.0]], [[2.0, 0.0]]])
    found = moments(features)
    torch.testing.assert_close(found.mean, torch.tensor([2.0, 1.0]))
    torch.testing.assert_close(found.second, torch.tensor([[5.0, 1.0], [1.0, 2.0]]))


def test_weighted_moments_count_places_by_their_weight():
    features = torch.tensor([[[1.0, 3.0]], [[2.0, 0.0]]])
    found = moments(features, torch.tensor([[3.0, 1.0]]))
    torch.testing.assert_close(found.mean, torch.tensor([1.5, 1.5]))
    torch.testing.assert_close(found.second, torch.tensor([[3.0, 1.5], [1.5, 3.0]]))


def test_the_gradient_of_moments_agrees_with_finite_differences():
    features = _activations(3, seed=1)[:, :2, :3].clone().requires_grad_()
    weights = torch.rand(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    slope = torch.randn(3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    for given in (None, weights):
        assert torch.autograd.gradcheck(lambda x, given=given: (moments(x, given).second * slope).sum(), (features,))


def test_two_gaussians_on_one_axis_are_apart_by_mean_and_deviation():
    """Wasserstein-2 between N(0, 1) and N(3, 4) is 3^2 + (2 - 1)^2."""
    one = Moments(torch.zeros(1, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64))
    other = Moments(torch.tensor([3.0], dtype=torch.float64), torch.tensor([[13.0]], dtype=torch.float64))
    found = style_loss(one, StyleTarget.of("wasserstein", other))
    assert float(found) == pytest.approx(10, rel=1e-3)


@pytest.mark.parametrize("method", ROOTS)
def test_the_wasserstein_loss_agrees_with_scipys_root(method):
    picture, style = (moments(_activations(7, seed=seed, shift=seed)) for seed in (1, 2))
    found = style_loss(picture, StyleTarget.of("wasserstein", style, root=method), root=method)
    one, other = (covariance_of(part).numpy() for part in (picture, style))
    root = scipy.linalg.sqrtm(other).real
    cross = scipy.linalg.sqrtm(root @ one @ root).real
    distance = ((picture.mean - style.mean) ** 2).mean() + (one + other - 2 * cross).trace() / 7
    assert float(found) == pytest.approx(float(distance), rel=1e-3)


@pytest.mark.parametrize("kind", ["wasserstein", "gram", "gram-plain"])
def test_a_picture_with_the_styles_moments_has_no_style_loss(kind):
    style = moments(_activations(5, seed=1))
    assert abs(float(style_loss(style, StyleTarget.of(kind, style)))) < 1e-9


@pytest.mark.parametrize("kind", ["wasserstein", "gram", "gram-plain"])
def test_the_gradient_of_every_style_loss_agrees_with_finite_differences(kind):
    target = StyleTarget.of(kind, moments(_activations(3, seed=5)))
    features = _activations(3, seed=1)[:, :3, :4].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: style_loss(moments(x), target), (features,))


def test_the_relative_gram_loss_of_nothing_is_one():
    style = moments(_activations(4, seed=1))
    nothing = Moments(torch.zeros_like(style.mean), torch.zeros_like(style.second))
    assert float(style_loss(nothing, StyleTarget.of("gram", style))) == pytest.approx(1)


def test_the_plain_gram_loss_is_that_of_matrices_divided_by_channels_and_places():
    one, other = (_activations(4, seed=seed) for seed in (1, 2))
    grams = [(part.flatten(1) @ part.flatten(1).mT) / part.numel() for part in (one, other)]
    expected = torch.nn.functional.mse_loss(*grams)
    found = style_loss(moments(one), StyleTarget.of("gram-plain", moments(other)))
    assert float(found) == pytest.approx(float(expected))


def test_the_content_loss_is_the_mean_square():
    assert float(content_loss(torch.tensor([[[1.0, 2.0]]]), torch.tensor([[[0.0, 4.0]]]))) == 2.5


def test_a_flat_picture_varies_nowhere_and_an_edge_varies_by_its_step():
    assert float(variation_loss(torch.full((3, 6, 6), 0.4))) == 0
    edge = torch.zeros(3, 4, 4)
    edge[:, :, 2:] = 1
    # Of 5 x 5 pairs of the repeated picture, 5 cross the edge sideways, 5 on each diagonal, none up and down.
    assert float(variation_loss(edge)) == pytest.approx((1 / 5) / 3 + 2 * (1 / 5) / 6)


def test_an_edge_varies_as_much_lying_as_standing():
    edge = torch.rand(3, 5, 5, generator=torch.Generator().manual_seed(1))
    assert math.isclose(float(variation_loss(edge)), float(variation_loss(edge.mT)), rel_tol=1e-6)
