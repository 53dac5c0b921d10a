"""What a sweep's trials would be, and how long they would take, before it starts."""

import pytest

from core.sweeps.estimate import START_SECONDS, estimate_sweep
from core.sweeps.planning import look_ahead, plan_trial
from core.workspace import Workspace
from tests.core.sweeps.conftest import TINY, spec_of
from tests.pages.test_train import note_needs


def test_looking_ahead_plans_what_the_trials_will_be(workspace: Workspace, dataset: str) -> None:
    spec = spec_of(dataset, method="grid", space={"latent_dim": [4, 8], "beta1": [0.0, 0.5]})
    seen = look_ahead(workspace, spec)
    assert seen.all_looked_at
    assert [(plan["network"]["latent_dim"], plan["training"]["beta1"]) for plan in seen.plans] == [
        (4, 0.0),
        (4, 0.5),
        (8, 0.0),
        (8, 0.5),
    ]
    assert list(seen.plans) == [plan_trial(workspace, spec, params) for params in spec.found_space.grid()]


def test_the_estimate_adds_up_its_trials_and_says_what_is_refused(workspace: Workspace, dataset: str) -> None:
    space = {"loss": ["relativistic", "hinge"], "separate_updates": [True, False]}
    spec = spec_of(dataset, method="grid", space=space, images=1000)
    for loss, separate in (("relativistic", False), ("hinge", False), ("hinge", True)):
        note_needs(workspace, "quick-gan", dataset, **spec.fixed, loss=loss, separate_updates=separate)
    found = estimate_sweep(workspace, spec)  # 0.1 seconds for each batch of 8, as was noted
    assert found.trials == 3
    assert found.seconds == pytest.approx(3 * (1000 / 8 * 0.1 + START_SECONDS))
    assert "1 of all 4 points cannot be trained" in found.remarks[0]
    assert found.problem == ""


def test_a_budget_in_minutes_is_what_it_says(workspace: Workspace, dataset: str) -> None:
    spec = spec_of(dataset, images=0, minutes=2.0, space={"learning_rate": [0.001, 0.002]}, trials=9)
    note_needs(workspace, "quick-gan", dataset, **spec.fixed)
    found = estimate_sweep(workspace, spec)
    assert found.seconds == pytest.approx(2 * (120 + START_SECONDS))
    assert any("only 2 combinations" in remark for remark in found.remarks)


def test_a_sweep_that_fills_the_disk_says_so(workspace: Workspace, dataset: str) -> None:
    keeping = {"save_every_epochs": 1, "keep_weights": "all", "disk_cap_gb": 1000.0}
    space = {"learning_rate": {"low": 1e-4, "high": 1e-2}}
    spec = spec_of(dataset, trials=2000, space=space, images=32_000_000, fixed=TINY | keeping)
    note_needs(workspace, "quick-gan", dataset, **spec.fixed)
    assert "are free on the disk" in estimate_sweep(workspace, spec).problem
