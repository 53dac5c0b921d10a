import numpy as np
import pytest

from core.sampling.directions import kept_directions
from core.sampling.effects import describe_effect, measures
from core.sampling.explorer import load_explorer
from core.sampling.linear import classes, fit_linear, held_out_accuracy
from core.sampling.principal import axes, principal_directions


class Painter:
    """Stands where a network does: pictures whose lightness is one number of the latent, and redness another."""

    latent_dim = 6

    def __call__(self, z):
        import torch

        shade = torch.tanh(0.4 * z[:, 2])[:, None, None, None].expand(-1, 3, 32, 32).clone()
        shade[:, 0] += 0.3 * torch.tanh(z[:, 4])[:, None, None]
        return shade.clamp(-1, 1)

    def parameters(self):
        import torch

        yield torch.zeros(1)


@pytest.fixture
def painter(explorers):
    explorer = load_explorer(explorers.workspace, explorers["gan"].run, 1)
    explorer.network, explorer.latent_dim = Painter(), Painter.latent_dim
    return explorer


def test_the_strongest_directions_are_those_along_which_pictures_change(painter):
    found = principal_directions(painter, 2, latents=6, keep=False)
    assert [int(np.abs(one.vector).argmax()) for one in found] == [2, 4]
    assert np.abs(found[0].vector).max() > 0.95
    assert found[0].strength > found[1].strength


def test_a_direction_is_named_and_turned_by_what_it_does(painter):
    found = principal_directions(painter, 2, latents=6, keep=False)
    assert "lighter" in found[0].title
    assert "redder" in found[1].title
    assert found[0].vector[2] > 0
    assert found[1].vector[4] > 0
    darker = describe_effect(painter, -found[0].vector)
    assert darker.sign == -1


@pytest.mark.parametrize("name", ["gan", "vae", "conditioned"])
def test_directions_are_of_length_one_and_at_right_angles(explorers, name):
    found = principal_directions(explorers[name], 4, latents=2, keep=False)
    vectors = np.stack([one.vector for one in found])
    assert np.allclose(vectors @ vectors.T, np.eye(4), atol=1e-3)
    assert [one.id for one in found] == [f"principal-{number}" for number in (1, 2, 3, 4)]


def test_a_flow_is_moved_along_the_slow_waves_of_its_noise(explorers):
    waves = axes(explorers["flow"])
    assert np.allclose(waves @ waves.T, np.eye(len(waves)), atol=1e-4)
    first = waves[0].reshape(3, 32, 32)
    assert np.allclose(first, first[0, 0, 0], atol=1e-6)  # grey, and everywhere the same


def test_directions_are_kept_for_the_weights_that_they_were_found_in(explorers):
    explorer = load_explorer(explorers.workspace, explorers["gan"].run, 2)
    first = principal_directions(explorer, 3, latents=2)
    assert len(kept_directions(explorer.folder, 2)) >= 3
    looked: list[int] = []
    again = principal_directions(explorer, 3, latents=2, progress=lambda done, total: looked.append(done))
    assert looked == []
    assert all((one.vector == other.vector).all() for one, other in zip(first, again, strict=True))
    explorer.weights_hash = "0" * 64
    principal_directions(explorer, 3, latents=2, progress=lambda done, total: looked.append(done), keep=False)
    assert looked


def test_measures_know_which_way_stripes_run():
    upright = np.zeros((1, 32, 32, 3), np.uint8)
    upright[:, :, ::4] = 255
    found = measures(np.concatenate([upright, upright.transpose(0, 2, 1, 3)]))
    assert found["stripes"][0] < 0 < found["stripes"][1]


def test_ridge_finds_the_line_that_made_the_numbers():
    random = np.random.default_rng(0)
    values, weights = random.standard_normal((200, 10)), random.standard_normal(10)
    line = fit_linear(values, values @ weights + 3)
    assert np.allclose(line.weights, weights, atol=0.01)
    assert line.offset == pytest.approx(3, abs=0.01)


def test_sides_of_unlike_size_weigh_the_same():
    values = np.concatenate([np.full(90, 1.0), np.full(10, -1.0)])[:, None] + 0.1
    labels, counts = classes(90, 10)
    line = fit_linear(values + np.random.default_rng(0).normal(0, 0.01, values.shape), labels, counts)
    assert line(np.array([[0.1]]))[0] == pytest.approx(0, abs=0.05)


def test_sets_that_differ_in_nothing_are_told_apart_by_chance_alone():
    random = np.random.default_rng(0)
    assert 0.35 < held_out_accuracy(random.standard_normal((160, 60)), 80)[0] < 0.65
    apart = random.standard_normal((160, 60)) + np.repeat([1.0, -1.0], 80)[:, None]
    assert held_out_accuracy(apart, 80)[0] > 0.95
