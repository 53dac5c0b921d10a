"""Which epoch of which run is the best by a metric, and everything measured as a table. Loads no torch."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import AtelierError
from core.metrics.registry import METRICS, Metric, best_row, comparable, find_metric
from core.training.run_folder import RunFolder
from core.training.score_sheet import ScoreSheet, is_evaluation
from core.workspace import Workspace

COLUMNS = (
    "run",
    "title",
    "preset",
    "dataset",
    "epoch",
    "images_seen",
    "by",
    "metric",
    "value",
    "low",
    "high",
    "floor",
    "ceiling",
    "count",
    "against",
    "against_name",
    "against_hash",
    "seed",
    "weights",
    "job",
    "at",
    "details",
)


@dataclass(frozen=True)
class Standing:
    """A run's best epoch by a metric."""

    run_id: str
    title: str
    epoch: int
    row: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Standings that can be compared: of samples compared with the same pictures, and of as many."""

    metric: Metric
    against: str
    against_name: str
    count: int
    standings: tuple[Standing, ...]  # best first; a run once


def standings(workspace: Workspace, metric: str, *, against: str | None = None) -> list[Table]:
    """A table for each reference and count, the one with the most runs first.

    Metrics of a check that no epoch can win rank all the same: the last epoch of each run stands for it.

    Args:
        against: "test", "train" or "folder": those only.
    Raises: ConfigError for a metric that there is not.
    """
    found = find_metric(metric)
    groups: dict[tuple[str, str, str, int], list[Standing]] = {}
    for run in _runs(workspace):
        of_run: dict[tuple[str, str, str, int], list[dict[str, Any]]] = {}
        for row in run.evaluations():
            if row["metric"] == metric and row["epoch"] > 0 and against in (None, row["against"]):
                of_run.setdefault(comparable(row), []).append(row)
        for key, rows in of_run.items():
            chosen = best_row(rows, found) if found.chooses else rows[-1]
            if chosen is not None:
                standing = Standing(run.id, _title(run), int(chosen["epoch"]), dict(chosen))
                groups.setdefault(key, []).append(standing)
    tables = [
        Table(
            found,
            key[1],
            str(group[0].row["against_name"]),
            key[3],
            tuple(sorted(group, key=lambda one: (found.distance(one.row), one.run_id))),
        )
        for key, group in groups.items()
    ]
    return sorted(tables, key=lambda table: (-len(table.standings), table.against, -table.count))


def scores_csv(workspace: Workspace, run_ids: Sequence[str] | None = None) -> str:
    """Every row of these runs, by default of all, the trainings' own included: a line each, with a line of names first.

    Raises NotFoundError for a run that there is not.
    """
    runs = _runs(workspace) if run_ids is None else [RunFolder(workspace.run(run_id)) for run_id in run_ids]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for run in runs:
        own = {
            "run": run.id,
            "title": _title(run),
            "preset": run.preset,
            "dataset": run.settings.get("dataset_name", ""),
        }
        rows = ScoreSheet(run.scores_file).rows()
        for row in sorted(rows, key=lambda row: (row["epoch"], is_evaluation(row), _place(row))):
            writer.writerow({name: _cell(value) for name, value in ({"by": "training"} | row | own).items()})
    return text.getvalue()


def _runs(workspace: Workspace) -> list[RunFolder]:
    """All runs that can be read, by their id."""
    found = []
    for path in sorted(workspace.checkpoints.glob("*/run.json")):
        run = RunFolder(path.parent)
        try:
            run.settings  # noqa: B018  what cannot be read has nothing to tell here; the list of runs names it
        except (AtelierError, ValueError):
            continue
        found.append(run)
    return found


def _title(run: RunFolder) -> str:
    return str(run.request.get("title") or run.id)


def _place(row: dict[str, Any]) -> int:
    return list(METRICS).index(row["metric"]) if row.get("metric") in METRICS else len(METRICS)


def _cell(value: Any) -> Any:
    """Nested values as JSON. Text that a spreadsheet would take for a formula is kept from being one."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@"):
        return f"'{value}"
    return value
