import math

import pytest
import torch

from core.errors import ConfigError
from core.models.describe import describe
from core.models.flow import Flow, colour_axes, cosines, guess, integrate, power_of_pictures, road
from core.models.flow_config import FlowConfig


def small_flow(**settings):
    torch.manual_seed(0)
    chosen = {"resolution": 32, "width": 8, "max_width": 16, "blocks": 1, "patch": 2, "sampling_steps": 3}
    flow = Flow(FlowConfig(**{**chosen, **settings})).eval().requires_grad_(False)
    return awake(flow)


def awake(flow):
    """As if it had learned something: fresh networks answer with zero."""
    for name, parameter in flow.named_parameters():
        if name.endswith("weight") and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.01)
    return flow


@pytest.mark.parametrize("settings", [{}, {"patch": 1, "blocks": 2}, {"patch": 4}, {"attention": 0}, {"terms": 5}])
def test_the_velocity_of_a_mixture_has_its_shape_with_a_time_for_each_or_one_for_all(settings):
    flow = small_flow(**settings)
    x, terms = torch.randn(3, 3, 32, 32), torch.ones(3, 5) if "terms" in settings else None
    each = flow.velocity(x, torch.full((3,), 0.3), terms)
    assert each.shape == (3, 3, 32, 32)
    assert torch.allclose(flow.velocity(x, torch.tensor([0.3]), terms), each, atol=1e-6)
    assert not torch.allclose(flow.velocity(x, torch.tensor([0.9]), terms), each, atol=1e-2)


def test_every_weight_takes_part():
    flow = small_flow(terms=2).requires_grad_(True)
    flow.velocity(torch.randn(2, 3, 32, 32), torch.rand(2), torch.eye(2)).square().sum().backward()
    assert [name for name, weight in flow.named_parameters() if weight.grad is None or not weight.grad.any()] == []


def test_the_guess_is_the_regression_of_the_velocity_on_the_mixture():
    """Of e - x on (1 - t) x + t e, for independent x of the given power and e of power 1."""
    t, power = torch.tensor([0.0, 0.25, 0.7, 1.0]), torch.tensor([0.01, 3.0, 40.0, 0.25])
    covariance, variance = t - (1 - t) * power, (1 - t) ** 2 * power + t**2
    told = guess(t, power)
    assert torch.allclose(told.keep, covariance / variance)
    assert torch.allclose(told.miss**2, 1 + power - covariance**2 / variance, atol=1e-4)  # what is left unexplained


def test_waves_and_colours_are_orthonormal():
    assert torch.allclose(cosines(16) @ cosines(16).T, torch.eye(16), atol=1e-6)
    assert torch.allclose(colour_axes() @ colour_axes().T, torch.eye(3), atol=1e-6)


def test_an_untrained_flow_draws_soft_fields_with_the_power_of_pictures():
    flow = Flow(FlowConfig(resolution=32, width=8, max_width=16, patch=4, sampling_steps=30)).requires_grad_(False)
    flow.sampler = "euler"
    x = flow._follow(torch.randn(60, 3, 32, 32, generator=torch.Generator().manual_seed(0)), road(20, 3.0), None)
    waves = cosines(32) @ torch.einsum("kc,bchw->bkhw", colour_axes(), x) @ cosines(32).T
    power = waves.square().mean(dim=0)
    expected = power_of_pictures(32)
    for slow, fast in ((1, 4), (4, 16)):
        band = slice(slow, fast)
        assert power[:, band, band].sum().item() == pytest.approx(expected[:, band, band].sum().item(), rel=0.3)
    assert power[0].sum() > 3 * power[2].sum()


def test_the_samplers_follow_a_linear_field_as_far_as_their_order_allows():
    """dx/dt = a x: a step of Euler multiplies by 1 + ha, one of Heun by 1 + ha + (ha)^2 / 2, and time goes to 0."""
    x, a, h = torch.tensor([1.0, -2.0], dtype=torch.float64), 0.8, -1 / 10

    def velocity(x, t):
        return a * x

    euler, heun = (integrate(velocity, x, road(10, 1.0), method=method) for method in ("euler", "heun"))
    assert torch.allclose(euler, x * (1 + h * a) ** 10)
    assert torch.allclose(heun, x * (1 + h * a + (h * a) ** 2 / 2) ** 9 * (1 + h * a))
    exact = x * math.exp(-a)
    assert (heun - exact).abs().max() < (euler - exact).abs().max() / 5


def test_a_straight_road_is_followed_exactly_whatever_the_steps():
    start, end = torch.randn(2, 3), torch.randn(2, 3)
    for steps, shift in ((1, 1.0), (3, 5.0)):
        reached = integrate(lambda x, t: start - end, start, road(steps, shift), method="heun")
        assert torch.allclose(reached, end, atol=1e-5)


def test_the_samplers_are_told_the_times_of_their_steps():
    asked = []

    def velocity(x, t):
        asked.append(round(t.item(), 6))
        return torch.zeros_like(x)

    integrate(velocity, torch.zeros(1), road(2, 3.0), method="heun")
    assert asked == [1.0, 0.75, 0.75]


def test_pictures_drawn_again_from_the_same_noise_are_the_same_and_in_range():
    flow = small_flow()
    z = torch.randn(2, flow.latent_dim) * 3
    assert torch.equal(flow(z), flow(z))
    assert flow(z).shape == (2, 3, 32, 32)
    assert flow(z).abs().max() <= 1


def test_inverting_pictures_gives_the_noise_that_draws_them():
    flow = small_flow(sampling_steps=40)
    pictures = (torch.rand(2, 3, 4, 4) * 1.6 - 0.8).repeat_interleave(8, 2).repeat_interleave(8, 3)
    noise = flow.invert(pictures)
    assert noise.shape == (2, flow.latent_dim)
    assert (flow(noise) - pictures).abs().mean() < 0.03
    assert (flow(noise.flip(0)) - pictures).abs().mean() > 0.2


def test_guidance_of_one_is_no_guidance_and_more_goes_further_the_same_way():
    flow = small_flow(terms=2, sampling_steps=1)
    z, terms = 0.1 * torch.randn(1, flow.latent_dim), torch.tensor([[1.0, 0.0]])
    drawn = {}
    for guidance in (0.0, 1.0, 2.0):
        flow.guidance = guidance
        drawn[guidance] = flow(z, terms)
    x = z.unflatten(1, (3, 32, 32))
    assert torch.allclose(drawn[1.0], x - flow.velocity(x, torch.ones(1), terms), atol=1e-6)
    assert torch.allclose(drawn[0.0], flow(z), atol=1e-6)
    step = drawn[1.0] - drawn[0.0]
    assert step.abs().max() > 1e-3
    assert torch.allclose(drawn[2.0], drawn[1.0] + step, atol=1e-5)


def test_all_zeros_mean_anything():
    flow = small_flow(terms=3)
    z = torch.randn(2, flow.latent_dim)
    assert torch.allclose(flow(z, torch.zeros(2, 3)), flow(z), atol=1e-5)
    assert not torch.allclose(flow(z, torch.ones(2, 3)), flow(z), atol=1e-4)


def test_a_flow_is_described_by_one_look_at_the_velocity():
    (table,) = describe("quick-flow", 32).networks
    assert table.layers[-1].output == (3, 32, 32)
    assert len({layer.name for layer in table.layers}) == len(table.layers)
    assert 50e6 < table.macs < 500e6


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"patch": 3}, "patch must be 1, 2 or 4"),
        ({"sampler": "rk4"}, "heun, euler"),
        ({"sampling_steps": 0}, "sampling_steps"),
        ({"resolution": 48}, "32, 64, 128 or 256"),
    ],
)
def test_an_impossible_flow_is_refused_in_words(settings, message):
    with pytest.raises(ConfigError, match=message):
        FlowConfig(**settings)
