"""Runs that learn by what the catalog knows of their pictures."""

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from core.datasets.conditions import ConditionError, Vocabulary
from core.errors import ConfigError
from core.sampling.sampler import load_sampler
from core.training.run_folder import RunFolder
from core.training.runs import create_run, plan_run
from core.training.weights import load_network
from tests.core.training.hosts import go_on
from tests.core.training.packs import stripes, write_pack

CONDITIONED = {"quick-gan": {}, "quick-vae": {"width": 8, "max_width": 8}}


@pytest.fixture
def labelled(workspace):
    write_pack(
        workspace.dataset("labelled"), stripes(48, 32), test=8, styles=("Calm", "Loud"), tags=("red", "blue", "tall")
    )
    return workspace


def train(workspace, preset, settings, epochs=2):
    run = RunFolder(workspace.run(create_run(workspace, preset, "labelled", epochs, settings)))
    go_on(workspace, run)
    return run


@pytest.mark.parametrize("preset", CONDITIONED)
def test_a_run_learns_its_terms_and_paints_by_them(labelled, small, preset):
    run = train(labelled, preset, small | CONDITIONED[preset] | {"condition": "style"})
    assert [term["value"] for term in run.settings["terms"]] == ["Calm", "Loud"]
    network, facts = load_network(run.weights(), torch.device("cpu"))
    assert Vocabulary.from_json(facts["terms"]) == Vocabulary.from_json(run.settings["terms"])
    z = torch.randn(1, network.latent_dim)
    calm, loud = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    assert not torch.equal(network(z, calm), network(z, loud))


def test_several_columns_are_learned_together(labelled, small):
    plan = plan_run(labelled, "quick-gan", "labelled", 1, small | {"condition": "style,tags"})
    assert {term["column"] for term in plan["terms"]} == {"style", "tags"}
    assert plan["network"]["terms"] == len(plan["terms"]) == 5


def test_every_grid_asks_for_the_same_terms(labelled, small):
    run = train(labelled, "quick-gan", small | {"condition": "tags"})
    asked = load_file(run.latents)["terms"]
    assert asked.shape == (4, 3)
    assert set(asked.sum(axis=1)) == {1.0}


def test_a_stopped_conditioned_run_goes_on_exactly(labelled, small):
    settings = small | {"condition": "style", "resume_every_seconds": 0}
    unbroken = train(labelled, "quick-gan", settings)
    broken = RunFolder(labelled.run(create_run(labelled, "quick-gan", "labelled", 2, settings)))
    go_on(labelled, broken, steps=4)
    go_on(labelled, broken)
    ours, theirs = (load_network(run.weights(2), torch.device("cpu"))[0].state_dict() for run in (broken, unbroken))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_words_become_pictures(labelled, small):
    sampler = load_sampler(train(labelled, "quick-gan", small | {"condition": "style,tags"}, epochs=1))
    loud, calm = (sampler.sample(2, words=words) for words in ("a loud red one", "calm"))
    assert loud.shape == (2, 32, 32, 3)
    assert not np.array_equal(loud, calm)


def test_a_preset_that_cannot_be_conditioned_says_which_can(labelled):
    with pytest.raises(ConfigError, match="atelier-gan, atelier-vae or atelier-flow"):
        plan_run(labelled, "artbench-dcgan", "labelled", 1, {"condition": "style"})


def test_a_column_without_labels_is_refused_before_anything_is_made(labelled, small):
    before = list(labelled.checkpoints.iterdir()) if labelled.checkpoints.exists() else []
    with pytest.raises(ConditionError, match="artist"):
        create_run(labelled, "quick-gan", "labelled", 1, small | {"condition": "artist"})
    assert (list(labelled.checkpoints.iterdir()) if labelled.checkpoints.exists() else []) == before
