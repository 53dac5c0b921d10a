import math

import pytest
import torch

from core.training.losses import LOSSES, gradient_penalty, sigma_vae_loss

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


def test_sigma_vae_loss_agrees_with_a_case_worked_by_hand():
    decoded, images = torch.full((2, 3, 2, 2), 0.5), torch.zeros(2, 3, 2, 2)
    mean, log_variance = torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.zeros(2, 2)
    loss = sigma_vae_loss(decoded, images, mean, log_variance, kl_weight=2.0)
    log_sigma = -6 + softplus(math.log(0.5) + 6)
    per_value = 0.5 * 0.25 * math.exp(-2 * log_sigma) + log_sigma + 0.5 * math.log(2 * math.pi)
    assert loss.sigma.item() == pytest.approx(math.exp(log_sigma), rel=1e-5)
    assert loss.reconstruction.item() == pytest.approx(12 * per_value, rel=1e-5)
    assert loss.kl.item() == pytest.approx(0.25)  # (1/2 * 1**2 + 0) / 2
    assert loss.total.item() == pytest.approx(12 * per_value + 0.5, rel=1e-5)


def test_sigma_vae_takes_the_deviation_under_which_the_batch_is_likeliest():
    images = torch.zeros(1, 3, 4, 4)
    decoded = torch.linspace(-0.6, 0.6, 48).reshape(1, 3, 4, 4)
    loss = sigma_vae_loss(decoded, images, torch.zeros(1, 2), torch.zeros(1, 2))
    for sigma in (loss.sigma.item() * 0.95, loss.sigma.item() * 1.05):
        other = -torch.distributions.Normal(decoded, sigma).log_prob(images).sum()
        assert other > loss.reconstruction
