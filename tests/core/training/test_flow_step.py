import copy
import itertools
import math

import pytest
import torch

from core.models.flow import Flow
from core.models.flow_config import FlowConfig
from core.training.flow_settings import FlowSettings
from core.training.flow_step import FlowTrainer, draw_times, flow_errors, hide_terms
from core.training.trainer import Clock

CPU = torch.device("cpu")


def trainer(terms=0, **settings):
    torch.manual_seed(0)
    flow = Flow(FlowConfig(resolution=32, width=8, max_width=16, blocks=1, patch=4, dropout=0.0, terms=terms))
    return FlowTrainer({"flow": flow}, FlowSettings(**settings), CPU)


def steps(training, images, count, *, first=0, terms=None):
    for number in range(first, first + count):
        torch.manual_seed(number)
        draw = torch.Generator().manual_seed(number)
        clock = Clock(number * len(images), 1_000_000, number)
        told = training.step(images, clock, draw, measure_gradients=True, terms=terms)
    return {name: value.item() for name, value in told.items()}


def test_the_loss_of_a_case_worked_by_hand():
    """x = 1, e = -1, t = 0.25: the mixture is 0.5 and heads for -2. An answer of -1.5 misses by 0.5."""
    seen = {}

    def velocity(x, t):
        seen.update(x=x, t=t)
        return torch.full_like(x, -1.5)

    images, times = torch.ones(2, 3, 4, 4), torch.tensor([0.25, 1.0])
    errors = flow_errors(velocity, images, -images, times)
    assert errors.tolist() == [0.25, 0.25]
    assert seen["x"][:, 0, 0, 0].tolist() == [0.5, -1.0]
    assert torch.equal(seen["t"], times)


@pytest.mark.parametrize("count", [2, 5, 32, 33])
def test_one_time_is_drawn_from_each_of_equally_likely_intervals(count):
    times = draw_times(count, 1.0, 3.0, torch.Generator().manual_seed(3))
    shares = torch.special.ndtr(torch.logit(times.double()) - math.log(3.0))
    assert sorted((shares * count).floor().int().tolist()) == list(range(count))


def test_every_fourth_time_is_from_the_same_quarter():
    times = draw_times(32, 1.0, 1.0, torch.Generator())
    quarters = [times[n::4] for n in range(4)]
    assert all(less.max() < more.min() for less, more in itertools.pairwise(quarters))


def test_terms_are_hidden_as_often_as_asked_and_all_of_a_picture_at_once():
    terms = torch.ones(4000, 3)
    shown = hide_terms(terms, 0.1, torch.Generator().manual_seed(0))
    assert set(shown.sum(dim=1).tolist()) == {0.0, 3.0}
    assert (shown[:, 0] == 0).float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert torch.equal(hide_terms(terms, 0.0, torch.Generator()), terms)


def test_it_learns_which_of_two_pictures_goes_with_which_term():
    """Left dark and right bright, or the other way round: noise tells nothing of it, so the term has to."""
    picture = torch.full((1, 3, 32, 32), 0.8)
    picture[..., :16] = -0.8
    images, terms = torch.cat([picture, -picture]).repeat_interleave(8, 0), torch.eye(2).repeat_interleave(8, 0)
    training = trainer(terms=2, learning_rate=5e-3, learning_rate_final=5e-3, ema_half_life_images=0, time_spread=3.0)
    steps(training, images, 60, terms=terms)
    flow = training.averaged.network
    flow.guidance, flow.sampling_steps = 1.0, 4
    z = torch.randn(1, flow.latent_dim, generator=torch.Generator().manual_seed(1)).repeat(2, 1)
    with torch.no_grad():
        drawn = flow(z, torch.eye(2))
    slopes = (drawn[..., 16:].mean(dim=(1, 2, 3)) - drawn[..., :16].mean(dim=(1, 2, 3))).tolist()
    assert slopes[0] > 0.4
    assert slopes[1] < -0.4


def test_the_loss_falls_and_is_told_for_each_quarter_of_noise():
    images = torch.rand(8, 3, 1, 1).mul(2).sub(1).expand(8, 3, 32, 32).contiguous()
    training = trainer(learning_rate=3e-3)
    first, last = steps(training, images, 1), steps(training, images, 40, first=1)
    assert last["loss"] < 0.7 * first["loss"]
    quarters = [last[f"loss_noise_{n}"] for n in (1, 2, 3, 4)]
    assert sum(quarters) / 4 == pytest.approx(last["loss"], rel=1e-4)
    assert last["gradient"] > 0


def test_errors_are_measured_with_the_same_noise_each_time_and_show_what_was_learned_by_heart():
    images = torch.rand(16, 3, 4, 4).mul(2).sub(1).repeat_interleave(8, 2).repeat_interleave(8, 3)
    training = trainer(learning_rate=3e-3, ema_half_life_images=0)
    before = training.measure(images[:8], images[8:])
    assert before == training.measure(images[:8], images[8:])
    assert before["error_train"] == pytest.approx(before["error_held_out"], rel=0.2)
    steps(training, images[:8], 80)
    after = training.measure(images[:8], images[8:])
    assert after["error_train"] < before["error_train"]
    assert after["error_train"] < 0.95 * after["error_held_out"]
    assert "error_held_out" not in training.measure(images, images[:0])


def test_a_restored_trainer_goes_on_as_the_first_would_have():
    images = torch.rand(4, 3, 32, 32).mul(2).sub(1)
    first, second = trainer(), trainer()
    steps(first, images, 2)
    second.restore(copy.deepcopy(first.state()))  # a state holds the tensors in use
    assert steps(first, images, 2, first=2) == steps(second, images, 2, first=2)
    for part, tensors in first.state().items():
        if part != "optimiser":
            assert all(torch.equal(tensor, second.state()[part][name]) for name, tensor in tensors.items())
