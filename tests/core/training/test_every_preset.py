"""Every preset of the zoo: it steps, samples, is saved and read back, and goes on exactly from a saved state."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from core.models.zoo import PRESETS
from core.training.building import build_trainer
from core.training.pictures import Pictures
from core.training.settings import configure, setting_names
from core.training.trainer import Clock
from core.training.weights import load_network, save_weights
from tests.core.training.packs import stripes

BATCH, STEPS = 4, 3
NARROW = {"width": 8, "max_width": 16, "filters": 16, "sampling_steps": 2, "batch_size": BATCH, "attention": 8}
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def prepared(preset):
    """The preset at 32 pixels, as narrow as its settings allow: a trainer, and what rebuilds its networks."""
    found = PRESETS[preset]
    names = setting_names(found)
    network, settings = configure(found, 32, {name: value for name, value in NARROW.items() if name in names})
    built = {"architecture": found.architecture, "family": found.family, "network": dataclasses.asdict(network)}
    return build_trainer(built, settings, CPU), built


def go_on(trainer, first, last):
    """Steps number `first` to `last`, each from its own random numbers, as in the loop."""
    pictures = Pictures(stripes(16, 32), np.arange(16), CPU)
    told = {}
    for step in range(first, last):
        torch.manual_seed(step)
        draw = torch.Generator().manual_seed(step)
        batch = pictures.batch(np.arange(BATCH) + step)
        clock = Clock(step * BATCH, STEPS * BATCH, step)
        told = trainer.step(batch, clock, draw, measure_gradients=True)
    return told


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_steps_and_goes_on_exactly_from_its_state(preset):
    unbroken, _ = prepared(preset)
    before = [parameter.clone() for network in unbroken.networks.values() for parameter in network.parameters()]
    told = go_on(unbroken, 0, STEPS)
    assert all(math.isfinite(float(value)) for value in told.values())
    after = [parameter for network in unbroken.networks.values() for parameter in network.parameters()]
    assert sum(not torch.equal(*pair) for pair in zip(before, after, strict=True)) > 0.8 * len(after)

    broken, _ = prepared(preset)
    go_on(broken, 0, STEPS - 1)
    resumed, _ = prepared(preset)
    resumed.restore(broken.state())
    go_on(resumed, STEPS - 1, STEPS)
    for role, network in unbroken.networks.items():
        other = resumed.networks[role].state_dict()
        assert all(torch.equal(tensor, other[name]) for name, tensor in network.state_dict().items()), role


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_paints_the_same_once_saved_and_read_back(preset, tmp_path):
    trainer, built = prepared(preset)
    go_on(trainer, 0, 1)
    network = trainer.averaged.network
    save_weights(network, tmp_path / "epoch-0001.safetensors", built)
    again, _ = load_network(tmp_path / "epoch-0001.safetensors", CPU)
    z = torch.randn(2, trainer.latent_dim, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        pictures = network(z)
        assert torch.equal(again(z), pictures)
    assert pictures.shape == (2, 3, 32, 32)
    assert pictures.abs().max() <= 1 or PRESETS[preset].family == "flow"
