import pytest
import torch
from torch import nn

from core.training.ema import AveragedNetwork


def test_after_one_half_life_half_of_the_average_is_new():
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    averaged = AveragedNetwork(network, half_life_images=640, ramp_up=0)
    nn.init.ones_(network.weight)
    for step in range(1, 11):
        averaged.update(network, images_seen=step * 64, batch_size=64)
    assert averaged.network.weight.item() == pytest.approx(0.5)


def test_the_batch_size_does_not_change_the_half_life():
    averaged = AveragedNetwork(nn.Linear(1, 1), half_life_images=1000, ramp_up=0)
    assert averaged.decay(10_000, 64) == pytest.approx(averaged.decay(10_000, 16) ** 4)


def test_at_first_only_a_share_of_the_images_seen_is_remembered():
    averaged = AveragedNetwork(nn.Linear(1, 1), half_life_images=10_000, ramp_up=0.05)
    assert averaged.decay(2_000, 100) == pytest.approx(0.5)  # half-life 5 % of 2,000
    assert averaged.decay(1_000_000, 100) == pytest.approx(0.5 ** (100 / 10_000))


def test_no_half_life_means_no_averaging():
    network = nn.Linear(2, 2)
    averaged = AveragedNetwork(network, half_life_images=0)
    nn.init.ones_(network.weight)
    averaged.update(network, 64, 64)
    assert torch.equal(averaged.network.weight, network.weight)


def test_statistics_of_batch_norm_are_copied():
    network = nn.BatchNorm1d(3)
    averaged = AveragedNetwork(network, half_life_images=1e9, ramp_up=0)
    network(torch.randn(8, 3) + 5)
    averaged.update(network, 8, 8)
    assert torch.equal(averaged.network.running_mean, network.running_mean)
    assert not averaged.network.training
