"""What people said of a run's epochs beside what the run's own metric says, and people's word kept with the run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.files import JsonLines
from core.studies.clock import now_text
from core.studies.errors import LinkError
from core.studies.links import access
from core.studies.results.study_results import StudyResults
from core.studies.statistics.intervals import RaterBootstrap
from core.studies.statistics.machine import FEWEST_POINTS, RankCorrelation, spearman
from core.studies.study import Condition, Study
from core.workspace import Workspace

HUMAN_FILE = "human.jsonl"  # beside the run; append-only, the newest row of a study, epoch and measure counts


@dataclass(frozen=True)
class Point:
    """One epoch of a run."""

    epoch: int
    condition_id: str
    human: float
    low: float
    high: float
    machine: float  # as the metric gives it


@dataclass(frozen=True)
class RunComparison:
    """One run of a study whose epochs people judged and the metric measured."""

    run_id: str
    metric: str  # "swd"; less is better
    points: tuple[Point, ...]  # by epoch
    correlation: RankCorrelation | None  # of "better for people" with "better for the metric"
    remark: str  # why there is none


def against_machine(workspace: Workspace, found: StudyResults) -> tuple[RunComparison, ...]:
    """Each run of which at least two judged epochs were also measured."""
    from core.training.run_folder import RunFolder

    runs: dict[str, list[tuple[int, int]]] = {}  # run -> (epoch, number of the condition)
    for index, score in enumerate(found.scores):
        made = _made_by(score.condition)
        if made and score.value is not None:
            runs.setdefault(made[0], []).append((made[1], index))
    compared = []
    for run_id, epochs in runs.items():
        folder = workspace.run(run_id)
        if not (folder / "run.json").is_file():
            continue  # the run was removed; the study stands without it
        measured = {int(row["epoch"]): row for row in RunFolder(folder).scores() if _is_number(row.get("value"))}
        shared = sorted((epoch, index) for epoch, index in epochs if epoch in measured)
        if len(shared) >= 2:
            compared.append(_compare(found, run_id, shared, measured))
    return tuple(compared)


def keep_with_runs(workspace: Workspace, found: StudyResults) -> int:
    """Write what people said of each epoch beside its run, where it is new; return how many rows were added.

    While a study takes votes, a row is only written again when a twentieth more judgements have come: a page that looks
    every few seconds would else fill the file with what hardly differs.

    One object a line: study, title, condition, epoch, measure, value, low, high, judgements, raters, final, at.
    """
    added = 0
    takes_votes = _takes_votes(found.study)
    for score in found.scores:
        made = _made_by(score.condition)
        if made is None or score.value is None:
            continue
        folder = workspace.run(made[0])
        if not (folder / "run.json").is_file():
            continue
        interval = score.best_interval
        row = {
            "study": found.study.id,
            "title": found.study.title,
            "condition": score.condition.id,
            "epoch": made[1],
            "measure": found.measure.name,
            "value": round(score.value, 6),
            "low": round(interval.low, 6) if interval else None,
            "high": round(interval.high, 6) if interval else None,
            "judgements": score.judgements,
            "raters": score.raters,
            "final": found.gauge.is_final and found.gauge.is_enough,
        }
        before = human_scores(folder)
        key = (row["study"], row["condition"], row["measure"])
        same = next((old for old in before if _key(old) == key), None)
        if same is None or (_differs(row, same) and (not takes_votes or _has_grown(row, same))):
            JsonLines(folder / HUMAN_FILE).append({**row, "at": now_text()})
            added += 1
    return added


def human_scores(run_folder: Path) -> list[dict[str, Any]]:
    """What people said of a run's epochs: the newest row of each study, condition and measure, by epoch."""
    newest = {_key(row): row for row in JsonLines(run_folder / HUMAN_FILE).rows()}
    return sorted(newest.values(), key=lambda row: (row["epoch"], row["study"]))


def _takes_votes(study: Study) -> bool:
    try:
        return access(study).takes_votes()
    except LinkError:  # it came without its links, and so nobody can vote
        return False


def _differs(row: dict[str, Any], before: dict[str, Any]) -> bool:
    return any(before.get(name) != value for name, value in row.items())


def _has_grown(row: dict[str, Any], before: dict[str, Any]) -> bool:
    """Also where raters withdrew."""
    return bool(
        abs(row["judgements"] - before["judgements"]) >= max(1, 0.05 * before["judgements"])
        or row["final"] != before["final"]
    )


def _made_by(condition: Condition) -> tuple[str, int] | None:
    """(run, epoch) of pictures of one run's epoch."""
    run_id, epoch = condition.source.get("run_id"), condition.source.get("epoch")
    return (run_id, epoch) if isinstance(run_id, str) and isinstance(epoch, int) else None


def _key(row: dict[str, Any]) -> tuple[Any, Any, Any]:
    return row["study"], row["condition"], row["measure"]


def _compare(
    found: StudyResults, run_id: str, shared: list[tuple[int, int]], measured: dict[int, dict[str, Any]]
) -> RunComparison:
    points = []
    for epoch, index in shared:
        score = found.scores[index]
        interval = score.best_interval
        assert score.value is not None
        low, high = (interval.low, interval.high) if interval else (score.value, score.value)
        points.append(Point(epoch, score.condition.id, score.value, low, high, float(measured[epoch]["value"])))
    columns = [index for _, index in shared]
    raters = len(found.judgements.rater_ids)
    bootstrap = found.judgements.bootstrap
    drawn = found.replicates[:, columns] if len(found.replicates) else np.zeros((0, len(columns)))
    correlation = spearman(
        [point.human for point in points],
        [-point.machine for point in points],  # a distance: less is better
        drawn,
        bootstrap if raters else RaterBootstrap(0, rounds=1),
    )
    remark = ""
    if correlation is None:
        remark = (
            f"A rank correlation needs {FEWEST_POINTS} epochs that were judged and measured; there are {len(points)}."
            if len(points) < FEWEST_POINTS
            else "All epochs are equal for people or for the metric, so their orders cannot be compared."
        )
    metric = str(measured[shared[0][0]].get("metric", "swd"))
    return RunComparison(run_id, metric, tuple(points), correlation, remark)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
