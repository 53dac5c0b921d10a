"""The chart of a metric: each run over its epochs with intervals, and the floor and ceiling that numbers lie between.

As in ui.charts, what travels as the chart's description depends on what a person chose; the numbers are its data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.metrics.registry import Metric
from ui.measure_words import Row, number

MOST_BARS = 16  # epochs of a run that are drawn with a bar each; more become a band
_LINE, _FLOOR, _CEILING, _ABOVE, _BELOW, _BEST = "line", "floor", "ceiling", "above", "below", "best"
_FAR = 0.6  # of the height that runs and floor take: a ceiling further away is named at the edge
_COLUMNS = ["series", "kind", "x", "y", "low", "high", "text", "interval"]


@dataclass(frozen=True)
class Track:
    """One run: its rows, ascending by epoch, and which of them is the best."""

    label: str
    rows: Sequence[Row]
    best: Row | None


def show(
    tracks: Sequence[Track],
    metric: Metric,
    *,
    key: str,
    x: str = "epoch",
    x_title: str = "Epoch",
    whole: bool = False,
    log: bool = False,
    height: int = 340,
) -> None:
    """
    Args:
        x: field of the rows: "epoch" or "images_seen".
        whole: draw the ceiling where it is, however far away; else one that is far is named at the edge of the chart,
            so that the runs can be told apart.
        log: logarithmic y axis; a linear one where a number is not above 0.
    """
    frame = table(tracks, metric, x=x, whole=whole)
    drawn = frame[["y", "low", "high"]].to_numpy(dtype=float)
    spec = _spec(
        [track.label for track in tracks],
        metric,
        x_title,
        bars=max((len(track.rows) for track in tracks), default=0) <= MOST_BARS,
        log=log and not bool((drawn <= 0).any()),
    )
    st.vega_lite_chart(
        frame, spec, key=key, height=height, width="stretch", alt=f"{metric.title} of {len(tracks)} runs over epochs"
    )


def table(tracks: Sequence[Track], metric: Metric, *, x: str, whole: bool) -> pd.DataFrame:
    """One line a point, floor, ceiling and best epoch."""
    lines: list[list[Any]] = []
    for track in tracks:
        for row in track.rows:
            value = float(row["value"])
            low, high = row.get("low"), row.get("high")
            bounds = (value, value) if low is None or high is None else (float(low), float(high))
            words = "" if bounds[0] == bounds[1] else f"{number(metric.key, low)} to {number(metric.key, high)}"
            lines.append([track.label, _LINE, float(row[x]), value, *bounds, "", words])
        if track.best is not None:
            value = float(track.best["value"])
            text = f"best: epoch {track.best['epoch']}" if len(tracks) == 1 else ""  # of several they would collide
            lines.append([track.label, _BEST, float(track.best[x]), value, value, value, text, ""])
    every = [row for track in tracks for row in track.rows]
    for level in _levels(every, "floor"):
        words = f"real pictures among themselves: {number(metric.key, level)}"
        lines.append(["", _FLOOR, None, level, level, level, words, ""])
    known = [value for line in lines for value in line[3:6]]
    for level in _levels(every, "ceiling"):
        place = _CEILING if whole else _place(level, min(known), max(known))
        arrow = {_ABOVE: "↑ ", _BELOW: "↓ "}.get(place, "")
        y = level if place == _CEILING else None
        words = f"{arrow}{metric.ceiling or 'ceiling'}: {number(metric.key, level)}"
        lines.append(["", place, None, y, y, y, words, ""])
    return pd.DataFrame(lines, columns=_COLUMNS)


def _levels(rows: Sequence[Row], field: str) -> list[float]:
    return sorted({round(float(row[field]), 6) for row in rows if row.get(field) is not None})


def _place(level: float, low: float, high: float) -> str:
    reach = _FAR * ((high - low) or abs(high) or 1.0)
    return _ABOVE if level > high + reach else _BELOW if level < low - reach else _CEILING


def _spec(labels: Sequence[str], metric: Metric, x_title: str, *, bars: bool, log: bool) -> dict[str, Any]:
    x = {
        "field": "x",
        "type": "quantitative",
        "title": x_title,
        "axis": {"grid": False, "format": ",.2~f", "tickMinStep": 1},
        "scale": {"nice": False, "zero": False, "padding": 14},
    }
    y_title = f"{metric.axis} (log)" if log else metric.axis
    scale = {"type": "log"} if log else {"zero": False, "nice": True}
    y = {"type": "quantitative", "title": y_title, "scale": scale, "axis": {"tickCount": 5}}
    color = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": list(labels)},
        "legend": {
            "title": None,
            "orient": "top",
            "symbolType": "stroke",
            "symbolOpacity": 1,
            "labelLimit": 320,
            "columns": 2,
        }
        if len(labels) > 1
        else None,
    }
    tooltip = [
        {"field": "series", "title": "Run"},
        {"field": "x", "type": "quantitative", "title": x_title, "format": ",.2~f"},
        {"field": "y", "type": "quantitative", "title": metric.title, "format": ".4~g"},
        {"field": "interval", "title": "95 %"},
    ]
    only = {kind: {"filter": f"datum.kind === '{kind}'"} for kind in (_LINE, _FLOOR, _CEILING, _ABOVE, _BELOW, _BEST)}
    ends = {"y": {"field": "low", **y}, "y2": {"field": "high"}}
    spread: dict[str, Any] = (
        {"mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.55}, "encoding": {"x": x, **ends, "color": color}}
        if bars
        else {"mark": {"type": "area", "opacity": 0.16}, "encoding": {"x": x, **ends, "color": color}}
    )
    layers: list[dict[str, Any]] = []
    for kind, dash in ((_FLOOR, [6, 3]), (_CEILING, [2, 3])):
        level = {"y": {"field": "y", **y}}
        layers += [
            {
                "transform": [only[kind]],
                "mark": {"type": "rule", "strokeDash": dash, "color": "gray"},
                "encoding": level,
            },
            {
                "transform": [only[kind]],
                "mark": {"type": "text", "align": "left", "baseline": "bottom", "dx": 4, "dy": -3, "color": "gray"},
                "encoding": {**level, "x": {"value": 0}, "text": {"field": "text"}},
            },
        ]
    for kind, at, baseline in ((_ABOVE, 0, "top"), (_BELOW, "height", "bottom")):
        layers.append(
            {
                "transform": [only[kind]],
                "mark": {"type": "text", "align": "left", "baseline": baseline, "dx": 4, "color": "gray"},
                "encoding": {"x": {"value": 0}, "y": {"value": at}, "text": {"field": "text"}},
            }
        )
    layers += [
        {"transform": [only[_LINE]], **spread},
        {
            "transform": [only[_LINE]],
            "mark": {"type": "line", "strokeWidth": 1.8},
            "encoding": {"x": x, "y": {"field": "y", **y}, "color": color},
        },
        {
            "transform": [only[_LINE]],
            "mark": {"type": "point", "filled": True, "size": 40, "opacity": 1},
            "encoding": {"x": x, "y": {"field": "y", **y}, "color": color, "tooltip": tooltip},
        },
        {
            "transform": [only[_BEST]],
            "mark": {"type": "point", "size": 190, "strokeWidth": 2, "opacity": 1, "filled": False},
            "encoding": {"x": x, "y": {"field": "y", **y}, "color": color},
        },
        {
            "transform": [only[_BEST]],
            "mark": {"type": "text", "dy": 18, "fontSize": 11},
            "encoding": {"x": x, "y": {"field": "y", **y}, "color": color, "text": {"field": "text"}},
        },
    ]
    return {
        "layer": layers,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 0, "right": 4, "top": 0, "bottom": 0},
        "config": {"axis": {"titlePadding": 6}, "legend": {"offset": 6, "padding": 0}},
    }
