"""What stays on disk."""

from pathlib import Path

import pytest

from core.training.keeping import Kept, superfluous
from tests.core.training.hosts import train

MB = 1_000_000


def files(epochs, *, weights=MB, state=5 * MB):
    return [
        Kept(Path(f"{kind}-{epoch}"), epoch, kind == "state", state if kind == "state" else weights)
        for epoch in epochs
        for kind in ("weights", "state")
    ]


def left(epochs, **asked):
    policy = {"best_epoch": None, "keep_weights": "all", "keep_states_every": 1, "cap_bytes": 1000 * MB} | asked
    every = files(epochs)
    gone = superfluous(every, saved=list(epochs), **policy)
    kept = [kept for kept in every if kept not in gone]
    return [k.epoch for k in kept if not k.is_state], [k.epoch for k in kept if k.is_state]


def test_every_kth_saved_epoch_keeps_its_state_and_the_newest_does():
    assert left(range(10, 101, 10), keep_states_every=4) == (list(range(10, 101, 10)), [40, 80, 100])


def test_without_states_to_keep_only_the_newest_has_one():
    assert left([1, 2, 3], keep_states_every=0) == ([1, 2, 3], [3])


def test_the_best_epoch_stays_beside_the_newest():
    assert left([1, 2, 3, 4], keep_weights="best", keep_states_every=0, best_epoch=2) == ([2, 4], [2, 4])


def test_only_the_newest_stays_when_only_it_is_wanted():
    assert left([1, 2, 3, 4], keep_weights="newest", keep_states_every=0, best_epoch=2) == ([4], [4])


def test_weights_that_an_evaluation_found_best_stay_whatever_the_policy_and_the_cap():
    assert left([1, 2, 3, 4], keep_weights="newest", keep_states_every=0, evaluated=[1, 3]) == ([1, 3, 4], [4])
    assert left([1, 2, 3, 4], cap_bytes=2 * MB, best_epoch=2, evaluated=[3]) == ([2, 3, 4], [])


def test_the_cap_takes_the_oldest_states_first():
    assert left([1, 2, 3, 4], cap_bytes=15 * MB) == ([1, 2, 3, 4], [3, 4])


def test_the_cap_takes_old_weights_when_no_state_is_left_but_never_the_newest_or_best():
    weights, states = left([1, 2, 3, 4], cap_bytes=2 * MB, best_epoch=2)
    assert weights == [2, 4]
    assert states == []


@pytest.mark.parametrize("policy", ["best", "newest"])
def test_a_run_keeps_what_its_settings_say(workspace, small, policy):
    run = train(workspace, small | {"keep_weights": policy, "keep_states_every": 0}, epochs=4)
    wanted = {4} | ({run.best_epoch()} if policy == "best" else set())
    assert set(run.weight_epochs()) == wanted
    assert run.epochs() == [0, 1, 2, 3, 4]


def test_a_run_stays_below_its_disk_cap(workspace, small):
    run = train(workspace, small | {"keep_states_every": 1, "disk_cap_gb": 0.01}, epochs=2)
    assert run.state_epochs() == [1, 2]  # small networks fit
    held = sum(path.stat().st_size for folder in ("weights", "states") for path in (run.path / folder).iterdir())
    assert held < 0.01e9
