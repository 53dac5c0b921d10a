"""What a trial's run has reached, as its folder tells it, while it trains and at its end."""

import math
from dataclasses import dataclass

from core.metrics.registry import METRICS, best_row, comparable
from core.sweeps.pruning import rungs_reached
from core.training.run_folder import RunFolder


@dataclass(frozen=True)
class Reached:
    """The value that counts for a trial."""

    value: float  # as the metric gives it
    score: float  # so that less is better
    epoch: int


def rungs_of(run: RunFolder) -> dict[int, float]:
    """The distances of its saved epochs at tenths of its way; see core.sweeps.pruning."""
    values = [
        (int(row["images_seen"]), float(row["value"]))
        for row in run.scores()
        if row["epoch"] > 0 and math.isfinite(float(row["value"]))
    ]
    return rungs_reached(values, run.total_images)


def reached_by_training(run: RunFolder) -> Reached | None:
    """Its saved epoch that came closest to real pictures, whose weights it keeps; None before one was measured."""
    rows = [row for row in run.scores() if row["epoch"] > 0 and math.isfinite(float(row["value"]))]
    if not rows:
        return None
    best = min(rows, key=lambda row: float(row["value"]))
    return Reached(float(best["value"]), float(best["value"]), int(best["epoch"]))


def reached_by_evaluation(run: RunFolder, metric: str, *, since: float = 0.0) -> Reached | None:
    """What the newest evaluation of this metric gave for the newest epoch that it measured.

    Args:
        since: seconds since 1970; an older evaluation, with other pictures perhaps, does not count.
    """
    rows = [row for row in run.evaluations() if row["metric"] == metric and float(row.get("at") or 0) >= since]
    if not rows:
        return None
    newest = max(rows, key=lambda row: (row["epoch"], float(row["at"])))
    same = [row for row in rows if comparable(row) == comparable(newest) and row["epoch"] == newest["epoch"]]
    found = best_row(same, METRICS[metric])
    assert found is not None, "it is made of one row at least"
    return Reached(float(found["value"]), METRICS[metric].distance(found), int(found["epoch"]))
