"""Which point comes next, and which trial ends early."""

import math
from typing import Any

from core.sweeps import parzen
from core.sweeps.methods import next_point, point_text
from core.sweeps.pruning import rungs_reached, why_end_early
from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial, TrialState
from tests.core.sweeps.conftest import spec_of


def worth(params: dict[str, Any]) -> float:
    """Least at a learning rate of 0.001, and by a little with flips."""
    return 10 * abs(math.log10(params["learning_rate"]) + 3) + (0 if params["flip"] else 0.5)


def walk(spec: SweepSpec, count: int) -> list[Trial]:
    trials: list[Trial] = []
    for number in range(count):
        scores = {trial.number: trial.score for trial in trials if trial.score is not None}
        point = next_point(spec, trials, scores)
        if point is None:
            break
        value = worth(point)
        trials.append(Trial(number, point, f"run-{number}", state=TrialState.DONE, value=value, score=value))
    return trials


SPACE = {"learning_rate": {"low": 1e-5, "high": 1e-1, "log": True}, "flip": [True, False]}


def test_a_grid_ends_when_every_combination_was_tried() -> None:
    spec = spec_of("d", method="grid", space={"latent_dim": [4, 8], "flip": [True, False]}, trials=9)
    trials: list[Trial] = []
    while (point := next_point(spec, trials, {})) is not None:
        trials.append(Trial(len(trials), point, "run"))
    assert [tuple(trial.params.values()) for trial in trials] == [(4, True), (4, False), (8, True), (8, False)]


def test_random_tries_no_combination_twice_and_ends_with_the_last() -> None:
    spec = spec_of("d", space={"latent_dim": [4, 8, 16], "flip": [True, False]}, trials=50)
    trials: list[Trial] = []
    while (point := next_point(spec, trials, {})) is not None:
        trials.append(Trial(len(trials), point, "run"))
    assert len({point_text(trial.params) for trial in trials}) == len(trials) == 6


def test_random_spreads_a_range_by_scale_over_its_scales() -> None:
    points = [next_point(spec_of("d", space=SPACE), [Trial(0, {}, "r")] * number, {}) for number in range(200)]
    below = sum(point["learning_rate"] < 1e-3 for point in points if point)
    assert 80 < below < 120


def test_tpe_comes_closer_to_the_best_than_chance() -> None:
    learned = walk(spec_of("d", method="tpe", space=SPACE, trials=30), 30)
    drawn = walk(spec_of("d", method="random", space=SPACE, trials=30), 30)
    late = [sum(worth(dict(trial.params)) for trial in trials[20:]) / 10 for trials in (learned, drawn)]
    assert late[0] < 0.6 * late[1]


def test_the_next_point_depends_on_nothing_but_the_journal() -> None:
    spec = spec_of("d", method="tpe", space=SPACE, trials=30)
    trials = walk(spec, 14)
    scores = {trial.number: worth(dict(trial.params)) for trial in trials}
    assert next_point(spec, trials, scores) == next_point(spec, trials, scores)
    assert next_point(spec, trials, scores) != next_point(spec, trials[:-1], scores)


def test_a_point_that_failed_by_its_own_settings_counts_as_the_worst() -> None:
    spec = spec_of("d", method="tpe", space=SPACE, trials=60)
    fine = walk(spec, 12)
    scores = {trial.number: worth(dict(trial.params)) for trial in fine}
    promising = next_point(spec, fine, scores)
    assert promising is not None
    places = range(12, 24)  # where it looked promising, it broke, again and again

    def after(*, bad: bool, told: dict[int, float]) -> dict[str, Any] | None:
        broken = [Trial(number, promising, "r", state=TrialState.FAILED, bad=bad) for number in places]
        return next_point(spec, [*fine, *broken], told)

    as_the_worst = after(bad=True, told={**scores, **dict.fromkeys(places, max(scores.values()))})
    assert after(bad=True, told=scores) == as_the_worst
    assert after(bad=False, told=scores) != as_the_worst


def test_importances_name_the_setting_that_decides() -> None:
    spec = spec_of("d", method="random", space=SPACE, trials=30)
    trials = walk(spec, 30)
    found = parzen.importances(spec.found_space, trials, {trial.number: worth(dict(trial.params)) for trial in trials})
    assert next(iter(found)) == "learning_rate"
    assert found["learning_rate"] > 0.7


def test_a_few_trials_say_nothing_about_importances() -> None:
    spec = spec_of("d", method="random", space=SPACE, trials=5)
    trials = walk(spec, 5)
    assert parzen.importances(spec.found_space, trials, {t.number: worth(dict(t.params)) for t in trials}) == {}


def test_a_value_counts_at_the_tenths_of_the_budget_after_it() -> None:
    assert rungs_reached([(30, 9.0), (60, 7.0), (100, 8.0)], 100) == {
        **dict.fromkeys((3, 4, 5), 9.0),
        **dict.fromkeys((6, 7, 8, 9), 7.0),
        10: 8.0,
    }


def rivals(values: list[float]) -> list[Trial]:
    return [
        Trial(n, {}, "r", state=TrialState.DONE, rungs=dict.fromkeys(range(1, 11), value))
        for n, value in enumerate(values)
    ]


def test_by_the_median_the_worse_half_ends_early_and_the_better_half_goes_on() -> None:
    spec = spec_of("d", pruning="median", method="tpe", trials=20)
    others = rivals([10.0, 20.0, 30.0, 40.0, 50.0])
    assert "35" in why_end_early(spec, others, Trial(9, {}, "r"), {3: 35.0, 4: 35.0})
    assert why_end_early(spec, others, Trial(9, {}, "r"), {3: 30.0, 4: 29.0}) == ""


def test_by_the_median_nothing_ends_before_there_is_enough_to_compare() -> None:
    spec = spec_of("d", pruning="median", method="tpe", trials=20)
    assert why_end_early(spec, rivals([1.0, 2.0]), Trial(9, {}, "r"), {4: 99.0}) == ""
    assert why_end_early(spec, rivals([1.0] * 9), Trial(9, {}, "r"), {2: 99.0}) == ""


def test_by_hyperband_only_the_best_third_of_a_bracket_goes_on() -> None:
    spec = spec_of("d", pruning="hyperband", method="tpe", trials=20)
    others = [
        Trial(n, {}, "r", state=TrialState.DONE, rungs={1: value, 2: value})
        for n, value in zip((0, 3, 6, 9), (10.0, 20.0, 30.0, 40.0), strict=True)
    ]
    same_bracket, other_bracket = Trial(12, {}, "r"), Trial(13, {}, "r")
    assert why_end_early(spec, others, same_bracket, {1: 15.0}) != ""
    assert why_end_early(spec, others, same_bracket, {1: 5.0}) == ""
    assert why_end_early(spec, others, other_bracket, {1: 99.0}) == ""
