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
_LINE, _FLOOR, _CEILING, _BEST = "line", "floor", "ceiling", "best"
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
    ceiling: bool = True,
    log: bool = False,
    height: int = 320,
) -> None:
    """
    Args:
        x: field of the rows: "epoch" or "images_seen".
        ceiling: draw it too; it may lie so far away that the runs can hardly be told apart.
        log: logarithmic y axis; a linear one where a number is not above 0.
    """
    frame = table(tracks, metric, x=x, ceiling=ceiling)
    drawn = frame[["y", "low", "high"]].to_numpy()
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


def table(tracks: Sequence[Track], metric: Metric, *, x: str, ceiling: bool) -> pd.DataFrame:
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
            text = f"best: epoch {track.best['epoch']}"
            lines.append([track.label, _BEST, float(track.best[x]), value, value, value, text, ""])
    every = [row for track in tracks for row in track.rows]
    levels = [(_FLOOR, "floor", "real pictures among themselves")]
    if ceiling and metric.ceiling:
        levels.append((_CEILING, "ceiling", metric.ceiling))
    for kind, field, words in levels:
        for level in sorted({round(float(row[field]), 6) for row in every if row.get(field) is not None}):
            lines.append(["", kind, None, level, level, level, f"{words}: {number(metric.key, level)}", ""])
    return pd.DataFrame(lines, columns=_COLUMNS)


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
        "legend": {"title": None, "orient": "top", "symbolType": "stroke", "symbolOpacity": 1, "labelLimit": 320}
        if len(labels) > 1
        else None,
    }
    tooltip = [
        {"field": "series", "title": "Run"},
        {"field": "x", "type": "quantitative", "title": x_title, "format": ",.2~f"},
        {"field": "y", "type": "quantitative", "title": metric.title, "format": ".4~g"},
        {"field": "interval", "title": "95 %"},
    ]
    only = {kind: {"filter": f"datum.kind === '{kind}'"} for kind in (_LINE, _FLOOR, _CEILING, _BEST)}
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
