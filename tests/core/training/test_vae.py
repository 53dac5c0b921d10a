"""What a variational autoencoder minimises, and what its samples are drawn from."""

import io
import math

import numpy as np
import pytest
import torch

from core.models.autoencoder import Posterior
from core.models.zoo import build_networks
from core.training import vae_losses
from core.training.pictures import Pictures
from core.training.trainer import Clock
from core.training.vae_settings import VAESettings
from core.training.vae_step import VAETrainer
from tests.core.training.packs import stripes

SMALL = {"resolution": 32, "width": 8, "max_width": 16, "latent_dim": 6}


def softplus(x):
    return math.log1p(math.exp(x))


def trainer(**settings):
    torch.manual_seed(0)
    network = settings.pop("network", {})
    return VAETrainer(build_networks("vae", SMALL | network), VAESettings(**settings), torch.device("cpu"))


def batch(count=8):
    return Pictures(stripes(count, 32), np.arange(count), torch.device("cpu"))


def test_sigma_loss_agrees_with_a_case_worked_by_hand():
    decoded, images = torch.full((2, 3, 2, 2), 0.5), torch.zeros(2, 3, 2, 2)
    found = vae_losses.sigma_vae(decoded, images)
    log_sigma = -6 + softplus(math.log(0.5) + 6)
    per_value = 0.5 * 0.25 * math.exp(-2 * log_sigma) + log_sigma + 0.5 * math.log(2 * math.pi)
    assert found.sigma.item() == pytest.approx(math.exp(log_sigma), rel=1e-5)
    assert found.loss.item() == pytest.approx(12 * per_value, rel=1e-5)


def test_sigma_loss_takes_the_deviation_under_which_the_batch_is_likeliest():
    images = torch.zeros(1, 3, 4, 4)
    decoded = torch.linspace(-0.6, 0.6, 48).reshape(1, 3, 4, 4)
    found = vae_losses.sigma_vae(decoded, images)
    for sigma in (found.sigma.item() * 0.95, found.sigma.item() * 1.05):
        assert -torch.distributions.Normal(decoded, sigma).log_prob(images).sum() > found.loss


def test_kl_of_each_latent_agrees_with_the_formula():
    posterior = Posterior(torch.tensor([[1.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, math.log(4)], [0.0, 0.0]]))
    assert vae_losses.kl_per_latent(posterior).tolist() == pytest.approx([0.25, 0.5 * (4 - 1 - math.log(4)) / 2])


def test_a_seeds_loss_is_the_mean_squared_error_of_values_from_0_to_1_times_the_pixels():
    decoded, images = torch.full((1, 3, 4, 4), 1.0), torch.full((1, 3, 4, 4), -1.0)
    assert vae_losses.squared(decoded, images, 16.0).loss.item() == pytest.approx(16.0)


def test_cross_entropy_is_nothing_for_a_perfect_picture():
    images = torch.rand(2, 3, 8, 8) * 1.8 - 0.9
    assert vae_losses.cross_entropy(images, images, 64.0).loss.item() == pytest.approx(0.0, abs=1e-3)
    assert vae_losses.cross_entropy(-images, images, 64.0).loss.item() > 1


def test_a_pyramid_feels_a_missing_texture_more_than_a_squared_error_does():
    torch.manual_seed(0)
    images = torch.randn(1, 3, 32, 32) * 0.02  # fine grain
    flat, shifted = torch.zeros_like(images), images + 0.02
    by_pyramid = vae_losses.pyramid(flat, images).loss - vae_losses.pyramid(shifted, images).loss
    by_sigma = vae_losses.sigma_vae(flat, images).loss - vae_losses.sigma_vae(shifted, images).loss
    assert by_pyramid > by_sigma


def test_latents_that_tell_little_cost_nothing_with_free_nats():
    pictures = batch().batch(np.arange(8))
    bound, free = trainer(kl_weight=1.0), trainer(kl_weight=1.0, free_nats=50.0)
    draws = [torch.Generator().manual_seed(0) for _ in range(2)]
    clock = Clock(0, 100, 0)
    first = bound.step(pictures, clock, draws[0], measure_gradients=False)
    second = free.step(pictures, clock, draws[1], measure_gradients=False)
    difference = second["loss"].item() - first["loss"].item()
    assert difference == pytest.approx(6 * 50.0 - first["loss_kl"].item(), rel=1e-3)


@pytest.mark.parametrize(("seen", "weight"), [(0, 0.0), (500, 1.0), (1000, 2.0), (9000, 2.0)])
def test_the_kl_weight_rises_over_its_warm_up(seen, weight):
    assert VAESettings(kl_weight=2.0, kl_warmup_images=1000).kl_weight_at(seen) == weight


@pytest.mark.parametrize("reconstruction", ["sigma", "pyramid", "squared", "cross-entropy"])
def test_every_loss_falls_in_training(reconstruction):
    pictures, found = batch(), trainer(reconstruction=reconstruction, learning_rate=3e-3, similarity_weight=0.1)
    losses = []
    for step in range(12):
        draw = torch.Generator().manual_seed(step)
        told = found.step(pictures.batch(np.arange(8)), Clock(8 * step, 96, step), draw, measure_gradients=False)
        losses.append(float(told["loss"].detach()))
    assert losses[-1] < losses[0]


def test_samples_come_from_where_the_pictures_are():
    found, pictures = trainer(), batch(32)
    found.settle(pictures)
    network = found.averaged.network
    means, log_variances = network.encode(pictures.batch(np.arange(32)))
    covariance = torch.cov(means.T) + torch.diag(log_variances.exp().mean(dim=0))
    assert torch.allclose(network.prior_mean, means.mean(dim=0), atol=1e-5)
    assert torch.allclose(network.prior_factor @ network.prior_factor.T, covariance, atol=1e-4)


def test_a_single_picture_has_a_posterior_to_draw_from():
    found = trainer()
    found.settle(batch(1))
    assert found.averaged.network(torch.randn(2, 6)).isfinite().all()


def test_reconstructions_do_not_depend_on_what_samples_are_drawn_from():
    found, pictures = trainer(), batch()
    images = pictures.batch(np.arange(8))
    z = torch.randn(2, 6)
    before = found.averaged.network.reconstruct(images), found.averaged.network(z)
    found.settle(pictures)
    assert torch.equal(found.averaged.network.reconstruct(images), before[0])
    assert not torch.equal(found.averaged.network(z), before[1])


def test_the_standard_normal_serves_where_it_is_wanted():
    found, pictures = trainer(sample_from="prior"), batch()
    found.settle(pictures)
    assert torch.equal(found.averaged.network.prior_factor, torch.eye(6))


def test_weights_from_before_the_aggregate_posterior_load_still():
    torch.manual_seed(0)
    network = build_networks("vae", SMALL)["vae"]
    old = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("prior_")}
    last = len(network.encoder)
    for name in ("weight", "bias"):
        old[f"encoder.{last}.{name}"] = old.pop(f"head.{name}")
    other = build_networks("vae", SMALL)["vae"]
    other.load_state_dict(old)
    z = torch.randn(2, 6)
    assert torch.equal(other(z), network(z))


def test_a_conditioned_vae_paints_by_its_terms():
    found = trainer(network={"terms": 3})
    images, given = batch().batch(np.arange(8)), torch.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]]
    told = found.step(images, Clock(0, 80, 0), torch.Generator().manual_seed(0), measure_gradients=True, terms=given)
    assert math.isfinite(float(told["loss"].detach()))
    network, z = found.vae.eval(), torch.randn(2, 6)
    assert not torch.equal(network(z, given[:2]), network(z, given[1:3]))
    assert network.reconstruct(images, given).shape == images.shape


def run_steps(found, steps, start=0):
    pictures = batch()
    for step in range(start, start + steps):
        draw = torch.Generator().manual_seed(step)
        found.step(pictures.batch(np.arange(8)), Clock(8 * step, 96, step), draw, measure_gradients=False)


@pytest.mark.parametrize("optimiser", ["adam", "adadelta"])
def test_a_restored_training_goes_on_to_the_same_bits(optimiser):
    settings = {"optimiser": optimiser, "kl_warmup_images": 40, "similarity_weight": 0.1}
    whole, broken, other = (trainer(**settings) for _ in range(3))
    run_steps(whole, 4)
    run_steps(broken, 2)
    broken.settle(batch())  # a save in between changes nothing of what is learned
    with io.BytesIO() as file:
        torch.save(broken.state(), file)
        file.seek(0)
        other.restore(torch.load(file, weights_only=True))
    run_steps(other, 2, start=2)
    for name, tensor in whole.vae.state_dict().items():
        if not name.startswith("prior_"):
            assert torch.equal(tensor, other.vae.state_dict()[name]), name
    averaged = other.averaged.network.state_dict()
    for name, tensor in whole.averaged.network.state_dict().items():
        if not name.startswith("prior_"):
            assert torch.equal(tensor, averaged[name]), name
    assert not torch.equal(other.averaged.network.prior_mean, torch.zeros(6))  # the fit is restored too


def test_a_posterior_that_tells_nothing_shows_as_no_active_latents():
    found = trainer()
    with torch.no_grad():
        found.vae.head.weight.zero_()
        found.vae.head.bias.zero_()
    pictures = batch().batch(np.arange(8))
    told = found.step(pictures, Clock(0, 80, 0), torch.Generator().manual_seed(0), measure_gradients=False)
    assert int(told["active_latents"]) == 0
    assert float(told["loss_kl"]) == 0


@pytest.mark.parametrize("decoder", ["transposed", "painting"])
def test_both_decoders_turn_what_the_encoder_says_into_pictures(decoder):
    network = build_networks("vae", SMALL | {"decoder": decoder})["vae"]
    back = network.reconstruct(torch.rand(3, 3, 32, 32) * 2 - 1)
    assert back.shape == (3, 3, 32, 32)
    assert back.abs().max() <= 1


def test_a_run_from_before_there_was_a_choice_has_the_decoder_of_its_time():
    assert "decoder" not in SMALL
    assert type(build_networks("vae", SMALL)["vae"].decoder[0]) is torch.nn.Linear
