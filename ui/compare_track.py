"""The numbers under the strip of Compare: what was measured of each epoch, and when health found something wrong."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder
from ui import curves
from ui.charts import thinned
from ui.run_logs import rows_of

_QUICK = "training-swd"  # what trainings measure of each saved epoch, with few pictures
_Measured = tuple[str, str, str, dict[str, Any]]  # key, label, what it means, the line
FINDINGS = {
    "discriminator-wins": "the discriminator wins",
    "sameness": "samples resemble one another (modes vanish)",
    "one-colour": "samples of one colour",
    "overfitting": "training pictures known by heart",
    "running-away": "numbers run away",
    "latents-unused": "latents unused",
    "nothing-learned": "nothing learned yet",
    "diverged": "diverged",
}


def tracks(folders: Sequence[RunFolder], names: Sequence[str]) -> list[dict[str, Any]]:
    """Every number that can be drawn, for ui.samples; the number of a run in `folders` is that of its colour."""
    events = [_events(run) for run in folders]
    found: dict[str, dict[str, Any]] = {}

    def add(key: str, label: str, about: str, number: int, line: Mapping[str, Any]) -> None:
        track = found.setdefault(key, {"key": key, "label": label, "about": about, "lines": []})
        track["lines"].append({"color": number, "title": names[number], "events": events[number], **line})

    measured = [_measured(run) for run in folders]
    for quick in (True, False):  # training's own numbers come first
        for number, lines in enumerate(measured):
            for key, label, about, line in lines:
                if (key == _QUICK) is quick:
                    add(key, label, about, number, line)
    return list(found.values()) or _logged(folders, names, events)


def _measured(run: RunFolder) -> list[_Measured]:
    try:
        stat = run.scores_file.stat()
    except OSError:
        return []
    return _measured_of(str(run.path), stat.st_size, stat.st_mtime_ns)


@st.cache_resource(max_entries=64, show_spinner=False)
def _measured_of(path: str, size: int, changed: int) -> list[_Measured]:
    run = RunFolder(Path(path))
    found: list[_Measured] = []
    rows = [row for row in run.scores() if _is_number(row.get("value"))]
    if rows:
        about = "Sliced Wasserstein distance × 1,000 of the sample grid to real pictures: less is better."
        line = _line(rows) | {"best": run.best_epoch()}
        found.append((_QUICK, "Distance to real pictures (training's own)", about, line))
    best = run.best_epochs()
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in run.evaluations():
        if row["metric"] in METRICS and _is_number(row.get("value")):
            groups.setdefault((row["metric"], str(row.get("against_hash"))), []).append(row)
    for (key, against), of_metric in groups.items():
        metric = METRICS[key]
        where = f" against {of_metric[-1].get('against_name') or of_metric[-1].get('against')}"
        line = _line(of_metric) | {"best": best.get(key)}
        found.append((f"{key}-{against}", f"{metric.title}{where}", metric.about, line))
    return found


def _line(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    floors = [float(row["floor"]) for row in rows if _is_number(row.get("floor"))]
    points = [
        [row["epoch"], _rounded(row["value"]), _rounded(row.get("low")), _rounded(row.get("high"))]
        if _is_number(row.get("low"))
        else [row["epoch"], _rounded(row["value"])]
        for row in rows
    ]
    return {"points": points, "floor": _rounded(sum(floors) / len(floors)) if floors else None}


def _logged(folders: Sequence[RunFolder], names: Sequence[str], events: Sequence[Any]) -> list[dict[str, Any]]:
    """Where nothing was measured: the first number that each family logs, over its epochs."""
    found: dict[str, dict[str, Any]] = {}
    for number, run in enumerate(folders):
        rows = rows_of(run)
        metric = next(iter(curves.metric_names(rows)), None)
        line = curves.curve(rows, metric, names[number]) if metric else None
        if metric is None or line is None:
            continue
        x, y = thinned(line.x, line.y)
        points = [[_rounded(at), _rounded(value)] for at, value in zip(x, y, strict=True) if math.isfinite(value)]
        label = curves.metric_label(metric)
        track = found.setdefault(metric, {"key": metric, "label": label, "about": "", "lines": []})
        track["lines"].append({"color": number, "title": names[number], "events": events[number], "points": points})
    return list(found.values())


def _events(run: RunFolder) -> list[dict[str, Any]]:
    try:
        stat = run.metrics_file.stat()
    except OSError:
        return []
    return _events_of(str(run.path), stat.st_size, stat.st_mtime_ns)


@st.cache_data(max_entries=64, show_spinner=False)
def _events_of(path: str, size: int, changed: int) -> list[dict[str, Any]]:
    """Stretches of log points that found the same, as {"from", "to", "label"} in epochs."""
    rows = [row for row in rows_of(RunFolder(Path(path))) if _is_number(row.get("epoch"))]
    spans: list[dict[str, Any]] = []
    open_spans: dict[str, dict[str, Any]] = {}
    for row in rows:
        codes = {str(finding.get("code")) for finding in row.get("health", [])} & FINDINGS.keys()
        for code in codes:
            if code not in open_spans:
                open_spans[code] = {"from": row["epoch"], "to": row["epoch"], "label": FINDINGS[code]}
                spans.append(open_spans[code])
            open_spans[code]["to"] = row["epoch"]
        for code in open_spans.keys() - codes:
            del open_spans[code]
    return spans


def _rounded(value: Any) -> float | None:
    """Five digits: what a line of a hundred pixels can show, and short in the message."""
    return float(f"{value:.5g}") if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
