import copy
import math

import pytest
import torch

from core.models.codes import Codes
from core.models.infogan_config import InfoGANConfig
from core.models.met_infogan import MetInfoGANDiscriminator, MetInfoGANGenerator, Reading
from core.training.infogan_settings import InfoGANSettings
from core.training.infogan_step import InfoGANTrainer, reading_loss
from core.training.trainer import Clock

IMAGES = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(5)).mul(2).sub(1)


def trainer(**settings):
    torch.manual_seed(0)
    config = InfoGANConfig(resolution=32, noise=4, categories=3, continuous=1, width=8, max_width=16)
    networks = {"generator": MetInfoGANGenerator(config), "discriminator": MetInfoGANDiscriminator(config)}
    chosen = {"loss": "cross-entropy", "penalty_gamma": 0.0, "penalty_gamma_final": 0.0, "augment": "", "beta1": 0.5}
    return InfoGANTrainer(networks, InfoGANSettings(**{**chosen, **settings}), torch.device("cpu"))


def steps(training, count, *, first=0):
    for number in range(first, first + count):
        draw = torch.Generator().manual_seed(number)
        told = training.step(IMAGES, Clock(number * 8, 1_000_000, number), draw, measure_gradients=True)
    return {name: value.item() for name, value in told.items()}


def test_the_loss_of_reading_in_a_case_worked_by_hand():
    """Two of three categories are ruled out evenly: ln 2. A slider of 0.5 read as -0.5 misses by 1."""
    reading = Reading(torch.tensor([[0.0, 0.0, -1e9]]), torch.tensor([[-0.5]]))
    codes = Codes(torch.zeros(1, 4), torch.tensor([1]), torch.tensor([[0.5]]))
    loss = reading_loss(reading, codes, 1.0, 0.1)
    assert loss.category.item() == pytest.approx(math.log(2))
    assert loss.continuous.item() == pytest.approx(1.0)
    assert loss.total.item() == pytest.approx(math.log(2) + 0.1)


def test_without_sliders_their_loss_is_nothing():
    reading = Reading(torch.zeros(2, 3), torch.zeros(2, 0))
    assert reading_loss(reading, Codes(torch.zeros(2, 4), torch.tensor([0, 2]), torch.zeros(2, 0))).continuous == 0


def test_the_codes_come_to_be_readable():
    training = trainer(learning_rate=2e-3, learning_rate_final=2e-3, ema_half_life_images=0)
    before, first = training.measure(IMAGES, IMAGES), steps(training, 1)
    last = steps(training, 60, first=1)
    after = training.measure(IMAGES, IMAGES)
    assert last["loss_category"] < 0.6 * first["loss_category"]
    assert after["code_accuracy"] > max(0.6, before["code_accuracy"])
    assert 0 <= after["code_entropy"] < before["code_entropy"] + 1e-6 <= math.log(3) + 2e-6
    assert {"score_train", "score_held_out"} <= set(after)


def test_codes_that_do_not_count_do_not_change_the_networks():
    """With both weights at zero the networks learn what a plain GAN's learn: nothing of the codes."""
    training = trainer(category_weight=0.0, continuous_weight=0.0)
    before = copy.deepcopy(training.generator.state_dict())
    training._update_reading(8, Clock(0, 100, 0), torch.Generator())
    parameters = dict(training.generator.named_parameters())
    assert all(torch.equal(before[name], parameter) for name, parameter in parameters.items())


def test_both_networks_learn_to_be_read():
    training = trainer()
    before = {role: copy.deepcopy(network.state_dict()) for role, network in training.networks.items()}
    training._update_reading(8, Clock(0, 100, 0), torch.Generator())
    moved = {
        role: [name for name, weight in network.named_parameters() if not torch.equal(weight, before[role][name])]
        for role, network in training.networks.items()
    }
    assert "begin.0.weight" in moved["generator"]
    assert {"trunk.0.weight", "heads.weight"} <= set(moved["discriminator"])


def test_a_gradient_penalty_leaves_the_answers_about_codes_alone():
    training = trainer(penalty_gamma=10.0, penalty_gamma_final=10.0, category_weight=0.0, continuous_weight=0.0)
    before = training.discriminator.heads.weight.detach().clone()
    steps(training, 1)
    after = training.discriminator.heads.weight.detach()
    assert torch.equal(after[1:], before[1:])
    assert not torch.equal(after[0], before[0])


def test_a_restored_trainer_goes_on_as_the_first_would_have():
    first, second = trainer(), trainer()
    steps(first, 2)
    second.restore(copy.deepcopy(first.state()))  # a state holds the tensors in use
    assert steps(first, 2, first=2) == steps(second, 2, first=2)
    assert all(
        torch.equal(a, b) for a, b in zip(first.generator.parameters(), second.generator.parameters(), strict=True)
    )
