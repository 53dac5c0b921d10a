import math

import pytest
import torch

from core.training.losses import LOSSES, gradient_penalty, slope_penalty

REAL, FAKE = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 0.0])


def softplus(x):
    return math.log1p(math.exp(x))


def test_cross_entropy_is_that_of_sigmoid_probabilities():
    probability = torch.nn.BCELoss()
    expected = probability(REAL.sigmoid(), torch.ones(2)) + probability(FAKE.sigmoid(), torch.zeros(2))
    assert LOSSES["cross-entropy"].discriminator(REAL, FAKE).item() == pytest.approx(expected.item(), rel=1e-5)
    wanted = probability(FAKE.sigmoid(), torch.ones(2))
    assert LOSSES["cross-entropy"].generator(None, FAKE).item() == pytest.approx(wanted.item(), rel=1e-5)


def test_relativistic_loss_compares_each_real_picture_with_one_generated():
    discriminator = (softplus(0.5 - 2.0) + softplus(0.0 + 1.0)) / 2
    generator = (softplus(2.0 - 0.5) + softplus(-1.0 - 0.0)) / 2
    assert LOSSES["relativistic"].discriminator(REAL, FAKE).item() == pytest.approx(discriminator, rel=1e-6)
    assert LOSSES["relativistic"].generator(REAL, FAKE).item() == pytest.approx(generator, rel=1e-6)


def test_hinge_loss_ignores_pictures_already_told_apart():
    assert LOSSES["hinge"].discriminator(REAL, FAKE).item() == pytest.approx((0 + 2) / 2 + (1.5 + 1) / 2)
    assert LOSSES["hinge"].generator(None, FAKE).item() == pytest.approx(-0.25)


def test_gradient_penalty_is_the_squared_gradient_of_each_picture():
    images = torch.ones(2, 3, 2, 2, requires_grad=True)
    weight = torch.tensor(0.5, requires_grad=True)
    logits = (weight * images.square()).sum(dim=(1, 2, 3))  # gradient 2 * 0.5 * 1 = 1 at each of 12 numbers
    penalty = gradient_penalty(logits, images)
    assert penalty.item() == pytest.approx(12.0)
    penalty.backward()
    assert weight.grad.item() == pytest.approx(48.0)  # d/dw of 12 * (2w)**2


def test_least_squares_loss_pulls_logits_to_one_and_nothing():
    assert LOSSES["least-squares"].discriminator(REAL, FAKE).item() == pytest.approx(0.5 * (1 + 4) / 2 + 0.5 * 0.25 / 2)
    assert LOSSES["least-squares"].generator(None, FAKE).item() == pytest.approx(0.5 * (0.25 + 1) / 2)


def test_wasserstein_loss_is_the_distance_of_the_means():
    assert LOSSES["wasserstein"].discriminator(REAL, FAKE).item() == pytest.approx(0.25 - 0.5)
    assert LOSSES["wasserstein"].generator(None, FAKE).item() == pytest.approx(-0.25)


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if not loss.paired])
def test_the_parts_of_a_loss_add_up_to_it(name):
    loss = LOSSES[name]
    assert torch.equal(loss.parts[0](REAL) + loss.parts[1](FAKE), loss.discriminator(REAL, FAKE))


def test_slope_penalty_is_nothing_at_slope_one_and_grows_to_both_sides():
    images = torch.randn(2, 3, 2, 2, requires_grad=True)
    for slope, expected in ((1.0, 0.0), (3.0, 4.0), (0.0, 1.0)):
        logits = slope * images.sum(dim=(1, 2, 3)) / math.sqrt(12)  # the gradient has this length
        assert slope_penalty(logits, images).item() == pytest.approx(expected, abs=1e-5)
