"""The steps of a recipe in a training: drawn anew each time, whoever trains, and never where it measures."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from core.datasets.recipe import Recipe
from core.datasets.steps.drawing import apply, draw
from core.datasets.steps.numbers import seeds_of
from core.datasets.steps.step import Step
from core.training import job
from core.training.parallel import SINGLE, Share
from core.training.pictures import Pictures, to_pixels
from core.training.runs import plan_run
from core.training.schedule import Schedule
from core.training.seeds import seed_of
from core.training.settings import FAMILIES
from core.training.steps import Steps
from core.training.trial import decisive
from tests.core.training.hosts import ScriptedHost, go_on, train
from tests.core.training.packs import stripes
from tests.core.training.test_resume import final_state, same, stopped_run

CPU = torch.device("cpu")
STEPS = (Step(kind="rotate", chance=0.5), Step(kind="gaussian-noise"), Step(kind="hue", values={"angle": (-60, 60)}))


@pytest.fixture
def small(small):
    """Nothing is tried: what is to be seen here does not depend on how it is computed."""
    return small | {"precision": "float32", "memory_layout": "contiguous", "speedup": "eager", "score_saves": False}


@pytest.fixture
def augmented(workspace):
    """The workspace, its dataset's recipe now with steps."""
    path = workspace.dataset("stripes") / "manifest.json"
    recipe = Recipe(resolution=32, steps=(*STEPS, Step(kind="erase", enabled=False)))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"recipe": recipe.to_json()}))
    return workspace


class Seen:
    """A trainer that remembers what it was given."""

    def __init__(self):
        self.batches = []

    def step(self, images, clock, draw, *, measure_gradients, terms=None):
        self.batches.append(images)
        return {}


def steps_of(*, share=SINGLE, changes=STEPS, flip=False, memory_bytes=None):
    settings = FAMILIES["gan"](batch_size=8, flip=flip, memory_layout="contiguous", seed=5)
    pictures = Pictures(stripes(24, 32), np.arange(24), CPU, memory_bytes=memory_bytes)
    return Steps(Seen(), pictures, settings, Schedule(24, 1, 1, 24), share=share, changes=changes)


def taken(steps, *positions):
    steps.trainer.batches.clear()
    for images_seen in positions:
        steps.take(images_seen, 1.0)
    return steps.trainer.batches


def test_each_picture_of_a_step_is_changed_by_a_seed_of_its_own():
    steps = steps_of()
    (batch,) = taken(steps, 8)
    before = stripes(24, 32)[steps.order.rows(8, 8)]
    for place, seed in enumerate(seeds_of(seed_of(5, 8, "recipe steps"), 8)):
        expected = apply(draw(STEPS, int(seed), (32, 32)), before[place])
        assert np.abs(to_pixels(batch[place : place + 1])[0].astype(int) - expected).max() <= 1


def test_a_step_is_the_same_whatever_came_before_it_and_another_one_draws_anew():
    one, two = steps_of(), steps_of()
    assert torch.equal(taken(one, 0, 8, 16)[2], taken(two, 16)[0])
    assert not torch.equal(taken(one, 0)[0], taken(one, 24)[0])


def test_pictures_read_from_the_disk_are_changed_alike():
    for resident, streamed in zip(taken(steps_of(), 0, 8), taken(steps_of(memory_bytes=0), 0, 8), strict=True):
        assert torch.equal(resident, streamed)


@pytest.mark.parametrize("flip", [False, True])
def test_processes_that_share_a_batch_change_it_as_one_would(flip):
    (whole,) = taken(steps_of(flip=flip), 8)
    parts = [taken(steps_of(flip=flip, share=Share(rank, 2)), 8)[0] for rank in range(2)]
    assert (torch.cat(parts) - whole).abs().max() <= 1.01 / 127.5  # one level where rounding of a part falls otherwise


def test_without_steps_a_batch_is_what_it_was():
    steps = steps_of(changes=(), flip=True)
    (batch,) = taken(steps, 8)
    draw_of_step = torch.Generator().manual_seed(seed_of(5, 8, "draw"))
    assert torch.equal(batch, steps.pictures.batch(steps.order.rows(8, 8), flip=draw_of_step))


def test_the_flip_comes_after_the_steps():
    plain, flipped = taken(steps_of(), 8)[0], taken(steps_of(flip=True), 8)[0]
    mirrored = [not torch.equal(*pair) for pair in zip(plain, flipped, strict=True)]
    assert 0 < sum(mirrored) < 8
    for place in np.flatnonzero(mirrored):
        assert torch.equal(flipped[place], plain[place].flip(2))


def test_a_run_takes_the_steps_of_its_dataset_and_says_so(augmented, small):
    settings = plan_run(augmented, "quick-gan", "stripes", 2, small)
    assert settings["steps"] == [step.to_json() for step in STEPS]
    assert plan_run(augmented, "quick-gan", "stripes", 2, small | {"recipe_steps": "no"})["steps"] == []
    run = train(augmented, small, epochs=1)
    host = ScriptedHost(run.path, augmented)
    job.run(host)
    assert any("rotate -10 to 10° for 50% of the pictures" in line for line in host.logged)


def test_a_run_with_steps_that_was_stopped_equals_one_that_was_not(augmented, small):
    unbroken = train(augmented, small, epochs=1)
    broken = stopped_run(augmented, small, "quick-gan", steps=1, epochs=1)
    go_on(augmented, broken)
    assert same(final_state(unbroken), final_state(broken))
    without = train(augmented, small | {"recipe_steps": False}, epochs=1)
    assert not same(final_state(unbroken), final_state(without))


def test_what_is_measured_and_shown_is_left_as_it_is(augmented, small, monkeypatch):
    """Only steps change pictures: every other batch of a run comes without changes."""
    seen = []
    real = Pictures.batch

    def batch(self, positions, **how):
        seen.append((bool(how.get("changes")), real(self, positions, **how)))
        return seen[-1][1]

    monkeypatch.setattr(Pictures, "batch", batch)
    train(augmented, small | {"width": 8}, preset="quick-vae", epochs=1)
    assert {changed for changed, _ in seen} == {True, False}
    original = {picture.tobytes() for picture in stripes(32, 32)}
    for changed, images in seen:
        assert all((picture.tobytes() in original) != changed for picture in to_pixels(images))


def test_what_a_run_costs_depends_on_its_steps_and_their_chances(augmented, small):
    settings = plan_run(augmented, "quick-gan", "stripes", 2, small)
    without = plan_run(augmented, "quick-gan", "stripes", 2, small | {"recipe_steps": False})
    assert decisive(settings) != decisive(without)
    assert "steps" not in decisive(without)  # as it was: what is known of runs without steps stays known
    narrower = [dataclasses.replace(STEPS[0], values={"angle": (-1, 1)}), *STEPS[1:]]
    assert decisive(settings | {"steps": [step.to_json() for step in narrower]}) == decisive(settings)
