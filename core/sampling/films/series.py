"""The numbers of a run that a film can draw as curves over its epochs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError
from core.training.run_folder import RunFolder

EVALUATED = "evaluated:"  # before the key of a metric that an evaluation took
_NO_CURVES = {"images_seen", "epoch", "seconds"}
_TITLES = {"swd": "Sliced Wasserstein distance", "images_per_second": "Images per second", "loss": "Loss"}


@dataclass(frozen=True)
class Series:
    key: str
    x: NDArray[np.float64]  # epochs, ascending; (N,), N >= 1
    y: NDArray[np.float64]  # all finite
    floor: float | None = None  # what real pictures get against real ones

    def at(self, epoch: float) -> float:
        """The value of the newest point until then; the first one before any."""
        return float(self.y[max(0, int(np.searchsorted(self.x, epoch + 1e-9, side="right")) - 1)])


def curve_title(key: str) -> str:
    """ "Generator loss", for "loss_generator"."""
    if key.startswith(EVALUATED):
        return _metric_title(key.removeprefix(EVALUATED))
    if key in _TITLES:
        return _TITLES[key]
    words = key.replace("_", " ").strip()
    if words.startswith("loss "):
        words = f"{words[5:]} loss"
    return words[:1].upper() + words[1:]


def curve_keys(run: RunFolder) -> list[str]:
    """What was logged of a run, and measured at its epochs; those of evaluations begin with EVALUATED."""
    logged = {name: None for row in run.metrics()[0] for name, value in row.items() if _is_number(value)}
    scored = {str(row["metric"]): None for row in run.scores() if _is_number(row.get("value"))}
    evaluated = {f"{EVALUATED}{row['metric']}": None for row in _evaluations(run)}
    return [*(name for name in logged if name not in _NO_CURVES), *scored, *evaluated]


def usual_curves(runs: Sequence[RunFolder]) -> tuple[str, ...]:
    """What tells most of these runs together: both sides' losses of one GAN, the distance to real pictures of several.

    Raises: ConfigError if nothing was logged.
    """
    common = [key for key in curve_keys(runs[0]) if all(key in curve_keys(run) for run in runs[1:])]
    if len(runs) == 1 and {"loss_generator", "loss_discriminator"} <= set(common):
        return ("loss_generator", "loss_discriminator")
    for key in ("swd", "loss", "loss_generator"):
        if key in common:
            return (key,)
    if not common:
        raise ConfigError("These runs have logged no number that a curve could show. Choose the layout grid or latent.")
    return (common[0],)


def read_series(run: RunFolder, key: str) -> Series:
    """Raises: ConfigError naming what there is."""
    if key.startswith(EVALUATED):
        metric = key.removeprefix(EVALUATED)
        rows, name = [row for row in _evaluations(run) if row["metric"] == metric], "value"
    else:
        rows, name = [row for row in run.metrics()[0] if key in row], key
        if not rows:
            rows, name = [row for row in run.scores() if row.get("metric") == key], "value"
    points = {float(row["epoch"]): row for row in rows if _is_number(row.get(name)) and _is_number(row.get("epoch"))}
    if not points:
        known = ", ".join(curve_keys(run)) or "nothing"
        raise ConfigError(f"The run {run.id} has no numbers called {key!r} to draw. It has {known}.")
    x = np.array(sorted(points))
    floors = [row["floor"] for row in points.values() if _is_number(row.get("floor"))]
    return Series(key, x, np.array([float(points[at][name]) for at in x]), float(floors[-1]) if floors else None)


def smoothed(y: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Exponential moving average, corrected for its start: the first value is itself.

    Args:
        weight: share of the past in each value, in [0, 1).
    """
    result, total, norm = np.empty_like(y), 0.0, 0.0
    for index, value in enumerate(y):
        total = weight * total + (1 - weight) * value
        norm = weight * norm + (1 - weight)
        result[index] = total / norm
    return result


def _evaluations(run: RunFolder) -> list[dict[str, Any]]:
    """Newest row of each metric and epoch. Measured against several sets, that against the test pictures counts."""
    found: list[dict[str, Any]] = run.evaluations()
    ranks = {"train": 0, "folder": 1, "test": 2}
    rows: dict[tuple[Any, Any], dict[str, Any]] = {}
    for row in sorted(found, key=lambda row: ranks.get(str(row.get("against")), 0)):
        if _is_number(row.get("value")):
            rows[row["metric"], row["epoch"]] = row
    return list(rows.values())


def _metric_title(metric: str) -> str:
    return _TITLES.get(metric, metric.replace("_", " ").upper() if len(metric) <= 4 else metric.replace("_", " "))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
