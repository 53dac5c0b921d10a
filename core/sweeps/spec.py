"""What a sweep was asked for, checked. No torch here."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from core.errors import ConfigError
from core.metrics.registry import METRICS, Metric
from core.models.configs import check_choice, check_range
from core.models.preset import Preset
from core.models.zoo import find_preset
from core.sweeps.space import Space
from core.training.settings import read_setting

METHODS: Mapping[str, str] = {
    "grid": "Every combination, in order.",
    "random": "Points drawn at random: covers many settings better than a grid of as many trials.",
    "tpe": "Learns from the trials so far which values are promising (Tree-structured Parzen Estimator).",
    "preference": "You choose the better of two trials' pictures, and the search follows your eye.",
}
PRUNINGS: Mapping[str, str] = {
    "none": "Every trial trains to its end.",
    "median": "A trial ends early when it is worse than the middle one of those before it at the same point.",
    "hyperband": "Many trials get a short budget, the better ones a longer one. Wants 20 trials or more.",
}
SWD = "swd"  # measured by each training of its saved epochs; other metrics by an evaluation at its end
MOST_TRIALS = 2_000
STARTUP_TRIALS = 10  # drawn at random before TPE has anything to learn from; fewer where few are planned


def offered_metrics() -> dict[str, Metric]:
    """The metrics that a search can go by: those of which one end is the better one."""
    return {key: metric for key, metric in METRICS.items() if metric.better is not None and metric.chooses}


@dataclass(frozen=True, kw_only=True)
class SweepSpec:
    preset: str
    dataset_id: str
    method: str
    space: Mapping[str, Any]  # as core.sweeps.space reads it
    trials: int
    images: int = 0  # of each trial; 0: by minutes
    minutes: float = 0.0  # of each trial; 0: by images
    metric: str = SWD
    pruning: str = "none"
    seed: int = 0
    fixed: Mapping[str, Any] = field(default_factory=dict)  # settings that are the same for all trials
    device: str = "auto"
    at_once: int = 1  # trials that train beside each other, each on a device of its own

    def __post_init__(self) -> None:
        preset = find_preset(self.preset)
        check_choice("method", self.method, tuple(METHODS))
        check_choice("pruning", self.pruning, tuple(PRUNINGS))
        check_range("trials", self.trials, 1, MOST_TRIALS)
        check_range("seed", self.seed, 0, 2**31)
        check_range("at_once", self.at_once, 1, 64)
        if (self.images > 0) == (self.minutes > 0):
            raise ConfigError("The length of each trial is given either in images or in minutes.")
        check_range("images", self.images, 0, 1e12)
        if not 0 <= self.minutes < math.inf:
            raise ConfigError(f"minutes must be a number above 0; got {self.minutes:g}.")
        space = Space.read(self.space, preset)
        if self.method == "grid" and space.size is None:
            next(space.grid())  # tells which setting has no steps
        for name, value in self.fixed.items():
            if name in space.changes:
                raise ConfigError(f"{name} is searched, so it cannot be fixed too.")
            if name in ("device", "devices"):
                raise ConfigError(f"{name} is not fixed with the settings: a sweep has a device of its own.")
            read = read_setting(preset, name, value)
            if name == "score_saves" and not read and self.metric == SWD and self.method != "preference":
                raise ConfigError(f"Trials are judged by {SWD}, which is measured with score_saves: leave that on.")
        check_choice("metric", self.metric, tuple(offered_metrics()))
        if self.pruning != "none" and self.metric != SWD:
            raise ConfigError(
                f"Trials can end early by the distance that every training measures as it goes ({SWD}), but "
                f"{self.metric} is measured at the end alone. Search by {SWD}, or let every trial go to its end."
            )
        if self.pruning != "none" and self.method in ("grid", "preference"):
            raise ConfigError(
                f"With the method {self.method} every trial goes to its end: a grid is a complete table, and people "
                "compare finished pictures. Use random or tpe to end trials early."
            )
        if self.method == "preference" and self.metric != SWD:
            raise ConfigError("With the method preference people judge; it needs no other metric.")

    @property
    def found_preset(self) -> Preset:
        return find_preset(self.preset)

    @property
    def found_space(self) -> Space:
        return Space.read(self.space, self.found_preset)

    @property
    def by_people(self) -> bool:
        return self.method == "preference"

    @property
    def planned(self) -> int:
        """How many trials there can be: no more than combinations, where those can be counted."""
        size = self.found_space.size
        return self.trials if size is None else min(self.trials, size)

    @property
    def startup_trials(self) -> int:
        """Before the method has anything to learn from."""
        if self.by_people:
            return min(4, self.trials)
        return max(3, min(STARTUP_TRIALS, self.trials // 3))

    def to_json(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)} | {
            "space": dict(self.space),
            "fixed": dict(self.fixed),
        }

    @classmethod
    def from_json(cls, value: Any) -> "SweepSpec":
        """Raises ConfigError for what is missing, unknown or cannot work."""
        if not isinstance(value, Mapping):
            raise ConfigError("A sweep's record must be a JSON object.")
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(value) - known)
        if unknown:
            raise ConfigError(f"A sweep has no {', '.join(unknown)}. There are: {', '.join(sorted(known))}.")
        missing = sorted({"preset", "dataset_id", "method", "space", "trials"} - set(value))
        if missing:
            raise ConfigError(f"A sweep needs {', '.join(missing)}.")
        return cls(**{str(name): one for name, one in value.items()})
