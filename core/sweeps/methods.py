"""Which point to try next. A function of the sweep, of the trials so far and of a trial's number alone, so that a sweep
that was killed goes on as if nothing had been."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from core.sweeps import parzen
from core.sweeps.space import Choices, Space, value_text
from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial

_DRAWS = 200  # attempts to find a point that was not tried yet, before all are looked through


def next_point(spec: SweepSpec, trials: Sequence[Trial], scores: Mapping[int, float]) -> dict[str, Any] | None:
    """The parameters of the trial after these; None when every combination was tried.

    Args:
        scores: what the method learns from, by trial: less is better.
    """
    space, number = spec.found_space, len(trials)
    if spec.method == "grid":
        return next(itertools.islice(space.grid(), number, None), None)
    if space.size is not None and number >= space.size:
        return None
    tried = {point_text(trial.params) for trial in trials}
    if spec.method in ("tpe", "preference") and len(scores) >= spec.startup_trials:
        point = parzen.suggest(spec, space, trials, _with_bad_ones(trials, scores))
        if space.size is None or point_text(point) not in tried:
            return point
    return _drawn(spec, space, number, tried)


def point_text(params: Mapping[str, Any]) -> str:
    """One text for one point."""
    return value_text(dict(params))


def _with_bad_ones(trials: Sequence[Trial], scores: Mapping[int, float]) -> dict[int, float]:
    """Trials that failed by their own settings count as the worst so far, so that the search keeps away from them."""
    worst = max(scores.values())
    return {**{trial.number: worst for trial in trials if trial.bad}, **scores}


def _drawn(spec: SweepSpec, space: Space, number: int, tried: set[str]) -> dict[str, Any] | None:
    """A point at random, one that was not tried yet where they can be counted."""
    draw = np.random.default_rng([spec.seed, number])
    for _ in range(_DRAWS):
        point = {
            axis.name: axis.values[int(draw.integers(len(axis.values)))]
            if isinstance(axis, Choices)
            else axis.at(float(draw.random()))
            for axis in space.axes
        }
        if space.size is None or point_text(point) not in tried:
            return point
    return next((point for point in space.grid() if point_text(point) not in tried), None)
