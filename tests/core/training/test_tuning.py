import dataclasses

import pytest
import torch

from core.training import runs, tuning
from core.training.building import training_settings
from core.training.tuning import Choice, choose, differing, engine, resolve

CPU = torch.device("cpu")


@pytest.fixture
def settings(workspace, small):
    torch.set_num_threads(1)
    return runs.plan_run(workspace, "quick-gan", "stripes", 1000, small)


def chosen(settings, path, log=lambda text: None, **changed):
    settings = {**settings, "training": {**settings["training"], **changed}}
    return choose(settings, training_settings(settings), CPU, path, log=log)


def test_a_long_run_is_tuned_by_timing_and_the_choice_is_remembered(settings, tmp_path):
    path = tmp_path / "training-speed.json"
    settings["images"] = 10**9
    first = chosen(settings, path)
    assert {"float32, channels_last, eager", "float32, contiguous, eager"} <= set(first.seconds_per_step)
    assert first.speedup == "eager"
    assert first.remark
    assert chosen(settings, path) == first  # other times would be measured anew


def test_a_short_run_is_not_held_up_by_a_trial(settings, tmp_path):
    settings["images"] = 8
    choice = chosen(settings, tmp_path / "training-speed.json")
    assert (choice.precision, choice.channels_last, choice.speedup) == ("float32", True, "eager")
    assert choice.seconds_per_step == {}
    assert "too short" in choice.remark


def test_what_a_setting_says_is_not_tried_otherwise(settings, tmp_path):
    settings["images"] = 10**9
    choice = chosen(
        settings, tmp_path / "speed.json", precision="bfloat16", memory_layout="contiguous", speedup="eager"
    )
    assert (choice.precision, choice.channels_last, choice.speedup) == ("bfloat16", False, "eager")
    assert not (tmp_path / "speed.json").exists()


def test_graphs_on_a_processor_are_told_to_be_for_gpus(settings, tmp_path):
    said = []
    settings["images"] = 8
    choice = chosen(settings, tmp_path / "speed.json", log=said.append, speedup="graphs")
    assert choice.speedup == "eager"
    assert "NVIDIA" in said[0]


def test_a_candidate_that_computes_something_else_is_dropped_with_a_remark(settings, tmp_path, monkeypatch):
    said = []
    settings["images"] = 10**9
    monkeypatch.setattr(tuning, "_TOLERANCES", {"float32": -1.0, "bfloat16": -1.0})  # nothing agrees this well
    choice = chosen(settings, tmp_path / "speed.json", log=said.append)
    assert (choice.precision, choice.channels_last) == ("float32", True)
    assert said
    assert all("was dropped: its loss" in line for line in said)


@pytest.mark.parametrize(
    ("found", "word"), [({"loss": 1.01}, ""), ({"loss": 1.1}, "loss"), ({"loss": float("nan")}, "nan"), ({}, "nan")]
)
def test_losses_are_compared_within_a_tolerance(found, word):
    problem = differing({"loss": 1.0}, found, 0.02)
    assert word in problem
    assert bool(problem) == bool(word)


def test_a_run_keeps_the_choice_that_it_began_with(settings, tmp_path):
    training = training_settings(settings)
    begun = engine(tmp_path, settings, training, CPU, tmp_path / "speed.json", log=lambda text: None)
    other = dataclasses.replace(training, memory_layout="contiguous")
    assert engine(tmp_path, settings, other, CPU, tmp_path / "speed.json", log=lambda text: None) == begun


def test_a_run_that_began_with_graphs_goes_on_eagerly_without_a_gpu(settings, tmp_path):
    said = []
    begun = Choice("bfloat16", False, "graphs")
    tuning.write_json(tmp_path / "engine.json", dataclasses.asdict(begun))
    choice = engine(tmp_path, settings, training_settings(settings), CPU, tmp_path / "speed.json", log=said.append)
    assert choice == dataclasses.replace(begun, speedup="eager")
    assert "graphs" in said[0]


def test_resolved_settings_have_no_auto_left(settings):
    resolved = resolve(training_settings(settings), Choice("bfloat16", False, "graphs"))
    assert (resolved.precision, resolved.memory_layout, resolved.speedup) == ("bfloat16", "contiguous", "graphs")


def test_a_trial_leaves_the_random_state_as_it_was(settings, tmp_path):
    settings["images"] = 10**9
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    chosen(settings, tmp_path / "speed.json")
    assert torch.equal(torch.random.get_rng_state(), before)
