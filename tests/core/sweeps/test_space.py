"""What may be searched, and what is refused."""

from typing import Any

import pytest

from core.errors import ConfigError
from core.models.zoo import PRESETS, find_preset
from core.sweeps.ready import READY, ready_for
from core.sweeps.space import Range, Space
from core.sweeps.spec import SweepSpec

QUICK = find_preset("quick-gan")


def read(**axes: Any) -> Space:
    return Space.read(axes, QUICK)


def test_a_grid_is_every_combination_with_the_last_setting_changing_fastest() -> None:
    points = list(read(latent_dim=[4, 8], flip=[True, False]).grid())
    assert [tuple(point.values()) for point in points] == [(4, True), (4, False), (8, True), (8, False)]


def test_values_are_read_by_the_type_of_the_setting() -> None:
    axis = read(latent_dim=["4", 8.0]).axes[0]
    assert axis.values == (4, 8)
    assert all(type(value) is int for value in axis.values or ())


def test_a_range_by_scale_has_its_geometric_middle_halfway() -> None:
    axis = read(learning_rate={"low": 1e-4, "high": 1e-2, "log": True}).axes[0]
    assert isinstance(axis, Range)
    assert [axis.at(share) for share in (0.0, 0.5, 1.0)] == [1e-4, 1e-3, 1e-2]


def test_a_range_in_steps_is_a_list() -> None:
    assert read(latent_dim={"low": 4, "high": 11, "step": 3}).axes[0].values == (4, 7, 10)


def test_a_space_reads_back_as_it_was_written() -> None:
    space = read(
        learning_rate={"low": 1e-4, "high": 1e-2, "log": True},
        latent_dim={"low": 4, "high": 16, "step": 4},
        both=[{"beta1": 0.0, "beta2": 0.9}, {"beta1": 0.5, "beta2": 0.99}],
    )
    assert Space.read(space.to_json(), QUICK) == space


def test_settings_that_change_together_change_together() -> None:
    space = read(both=[{"beta1": 0.0, "beta2": 0.9}, {"beta1": 0.5, "beta2": 0.99}])
    found = [space.overrides(point, QUICK, 32, {"width": 4}) for point in space.grid()]
    assert found == [{"width": 4, "beta1": 0.0, "beta2": 0.9}, {"width": 4, "beta1": 0.5, "beta2": 0.99}]


def test_the_rate_at_the_end_keeps_its_proportion_to_that_at_the_start() -> None:
    from core.training.settings import configure

    _, usual = configure(QUICK, 32)
    factor = usual.learning_rate_final / usual.learning_rate
    found = read(learning_rate=[0.004]).overrides({"learning_rate": 0.004}, QUICK, 32, {})
    assert found["learning_rate_final"] == pytest.approx(0.004 * factor, rel=1e-4)
    fixed = read(learning_rate=[0.004]).overrides({"learning_rate": 0.004}, QUICK, 32, {"learning_rate_final": 1e-5})
    assert fixed["learning_rate_final"] == 1e-5


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({}, "names settings"),
        ({"learning_rat": [1.0]}, "learning_rate"),
        ({"learning_rate": []}, "no values"),
        ({"learning_rate": 0.1}, "needs a list"),
        ({"learning_rate": ["fast"]}, "a number"),
        ({"learning_rate": [0.1, 0.1]}, "twice"),
        ({"learning_rate": {"low": 0.1}}, "both low and high"),
        ({"learning_rate": {"low": 0.2, "high": 0.1}}, "upwards"),
        ({"learning_rate": {"low": 0.0, "high": 0.1, "log": True}}, "above 0"),
        ({"learning_rate": {"low": 0.1, "high": 0.2, "log": True, "step": 0.1}}, "not both"),
        ({"learning_rate": {"low": 0.1, "high": 0.2, "steps": 3}}, "steps"),
        ({"latent_dim": {"low": 1, "high": 1000, "step": 1}}, "larger step"),
        ({"flip": {"low": 0, "high": 1}}, "list of values"),
        ({"grid_size": [4, 16]}, "could not be compared"),
        ({"resolution": [32, 64]}, "resolution"),
        ({"beta1": [0.1], "both": [{"beta1": 0.2}]}, "decided twice"),
        ({"both": [{"beta1": 0.2}, {"beta2": 0.2}]}, "same settings"),
    ],
)
def test_what_cannot_be_searched_is_told(axes: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Space.read(axes, QUICK)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "grid"}, "Give it a step"),
        ({"images": 0}, "either in images or in minutes"),
        ({"minutes": 1.0}, "either in images or in minutes"),
        ({"trials": 0}, "trials must lie"),
        ({"fixed": {"learning_rate": 0.1}}, "cannot be fixed too"),
        ({"fixed": {"learning": 0.1}}, "no setting"),
        ({"fixed": {"score_saves": "no"}}, "leave that on"),
        ({"metric": "beauty"}, "metric must be one of"),
        ({"metric": "colour", "pruning": "median"}, "at the end alone"),
        ({"method": "preference", "pruning": "median"}, "every trial goes to its end"),
    ],
)
def test_a_sweep_that_cannot_work_is_refused(changes: dict[str, Any], said: str) -> None:
    usual: dict[str, Any] = {
        "preset": "quick-gan",
        "dataset_id": "stripes",
        "method": "random",
        "space": {"learning_rate": {"low": 1e-4, "high": 1e-2}},
        "trials": 5,
        "images": 100,
    }
    SweepSpec(**usual)
    with pytest.raises(ConfigError, match=said):
        SweepSpec(**{**usual, **changes})


def test_a_spec_reads_back_as_it_was_written() -> None:
    spec = SweepSpec(
        preset="met-gan", dataset_id="d", method="grid", space=READY["gan-search"].space, trials=4, minutes=2.5
    )
    assert SweepSpec.from_json(spec.to_json()) == spec


def test_every_preset_has_a_ready_space_that_it_can_read() -> None:
    for preset in PRESETS.values():
        offered = ready_for(preset)
        assert offered
        for ready in offered:
            Space.read(ready.space, preset)


def test_the_search_of_gan_project_is_as_it_was() -> None:
    ready = READY["gan-search"]
    space = Space.read(ready.space, find_preset("met-gan"))
    found = [space.overrides(point, find_preset("met-gan"), 64, ready.fixed) for point in space.grid()]
    rates = [(one["learning_rate"], one["learning_rate"] * one["discriminator_learning_rate_factor"]) for one in found]
    assert [one["depth"] for one in found] == [1, 1, 2, 2]
    assert rates == [(2e-4, 2e-4), (2e-2, pytest.approx(2e-4))] * 2
    assert {(one["filters"], one["batch_size"]) for one in found} == {(256, 5)}
    assert ready.epochs == 128
