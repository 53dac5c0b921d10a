"""A training that breaks goes back to its last good state; one that finds what it was to stop for, stops."""

import pytest
import torch

from core.training.health import TrainingDivergedError
from core.training.run_folder import RunFolder
from core.training.runs import create_run
from tests.core.training.hosts import go_on, train


class Poison:
    """Makes a weight infinite at one step, once or always: what a too bold step does."""

    def __init__(self, monkeypatch, at_images, times):
        from core.training.gan_step import GANTrainer

        step = GANTrainer.step

        def poisoned(trainer, images, clock, draw, **more):
            told = step(trainer, images, clock, draw, **more)
            if clock.images_seen == at_images and self.times:
                self.times -= 1
                with torch.no_grad():
                    next(trainer.generator.parameters()).fill_(float("inf"))
            self.rates.append(clock.rate_factor)
            return told

        self.times, self.rates = times, []
        monkeypatch.setattr(GANTrainer, "step", poisoned)


def begin(workspace, settings):
    run = RunFolder(workspace.run(create_run(workspace, "quick-gan", "stripes", 4, settings)))
    return run, go_on(workspace, run)


def test_it_goes_back_and_halves_the_rate(workspace, small, monkeypatch):
    poison = Poison(monkeypatch, at_images=40, times=1)
    run, host = begin(workspace, small | {"resume_every_seconds": 0})
    assert run.latest() == 4
    assert poison.rates[0] == 1.0
    assert poison.rates[-1] == 0.5
    assert any("Going back to 40 images" in line for line in host.logged)
    assert "halved" in run.health()[0]
    rows = [row["images_seen"] for row in run.metrics()[0]]
    assert rows == sorted(set(rows))


def test_it_gives_up_after_as_many_times_as_it_was_told(workspace, small, monkeypatch):
    poison = Poison(monkeypatch, at_images=40, times=100)
    with pytest.raises(TrainingDivergedError):
        begin(workspace, small | {"resume_every_seconds": 0, "retries_after_divergence": 3})
    assert poison.times == 96  # once, and three times more
    assert poison.rates[-1] == 0.125


def test_the_rate_stays_halved_over_a_stop(workspace, small, monkeypatch):
    poison = Poison(monkeypatch, at_images=40, times=1)
    run = RunFolder(
        workspace.run(create_run(workspace, "quick-gan", "stripes", 4, small | {"resume_every_seconds": 0}))
    )
    go_on(workspace, run, steps=8)
    go_on(workspace, run)
    assert poison.rates[-1] == 0.5


def test_a_run_ends_for_what_it_was_told_to_end_for(workspace, small):
    frozen = {"learning_rate": 0.0, "learning_rate_final": 0.0, "stop_when": "nothing-learned,one-colour"}
    run = train(workspace, small | frozen, epochs=9)
    assert run.latest() == 4  # the fourth saved epoch that is no better than the first
    run = train(workspace, small | frozen | {"stop_when": ""}, epochs=6)
    assert run.latest() == 6
