"""Line charts of training curves: Vega, in the app's theme, redrawn in place while numbers arrive.

The chart's description (the spec) depends only on what a person chose, never on the numbers: then Streamlit swaps the
data inside the living chart, and zoom, hover and scroll position stay. Hence marked epochs are rows of the data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

LONGEST_CURVE = 400  # points a line keeps: more than the pixels it is drawn on
NO_POINTS = "Nothing has been logged yet."


@dataclass(frozen=True)
class Curve:
    """One line. `y` may hold NaN or infinity (a run that diverged): the line is interrupted there."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    color: str = ""  # what its colour stands for, where several curves share one; else its label
    dash: str = ""  # what its dashes stand for


@dataclass(frozen=True)
class Mark:
    """A place on the x axis, drawn as an upright rule in the colour of the curves it belongs to, by label or colour."""

    x: float
    text: str
    curve_label: str


def smoothed(values: Sequence[float], weight: float) -> np.ndarray:
    """Exponential moving average, corrected for its start: the first value is itself and nothing climbs from zero.

    Args:
        values: in the order of time; those that are not finite stay as they are and do not enter the average.
        weight: share of the past in each value, in [0, 1).
    """
    if not 0 <= weight < 1:
        raise ValueError(f"weight must lie in [0, 1); got {weight}")
    result = np.array(values, dtype=float)
    total = norm = 0.0
    for index in np.flatnonzero(np.isfinite(result)):
        total = weight * total + (1 - weight) * result[index]
        norm = weight * norm + (1 - weight)
        result[index] = total / norm
    return result


def thinned(x: Sequence[float], y: Sequence[float], longest: int = LONGEST_CURVE) -> tuple[np.ndarray, np.ndarray]:
    """The means of at most `longest` equal stretches of a curve; the last point stays exact, since people read it off.

    A stretch with a value that is not finite keeps it: a single NaN in a million is what somebody is looking for.
    """
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if len(xs) <= longest:
        return xs, ys
    edges = np.linspace(0, len(xs) - 1, longest).astype(int)
    counts = np.diff(edges)
    inner_x, inner_y = np.add.reduceat(xs[:-1], edges[:-1]), np.add.reduceat(ys[:-1], edges[:-1])
    return np.append(inner_x / counts, xs[-1]), np.append(inner_y / counts, ys[-1])


def line_chart(
    curves: Sequence[Curve],
    *,
    key: str,
    alt: str,
    x_title: str = "Epoch",
    y_title: str = "",
    smoothing: float = 0.0,
    log: bool = False,
    marks: Sequence[Mark] = (),
    height: int = 240,
) -> None:
    """Draw curves over one x axis, with a reading rule that follows the pointer.

    Args:
        smoothing: weight of `smoothed`; the unsmoothed line stays visible, faintly.
        log: logarithmic y axis; where a curve touches zero or lies below, a symmetric one, and the axis says so.
        height: pixels, fixed, so that nothing below moves when numbers arrive.
    """
    frame = _rows(curves, marks, smoothing)
    symmetric = log and bool((frame["raw"] <= 0).any())
    if symmetric:
        y_title = f"{y_title} (symmetric log)".strip()
    scale = (
        {"type": "symlog", "constant": _smallest_size(frame["raw"])} if symmetric else {"type": "log"} if log else {}
    )
    st.vega_lite_chart(
        frame,
        _spec(curves, x_title, y_title, scale, smoothed=smoothing > 0),
        key=key,
        height=height,
        width="stretch",
        alt=alt,
    )


def _rows(curves: Sequence[Curve], marks: Sequence[Mark], smoothing: float) -> pd.DataFrame:
    """One table for lines and marks; columns series, color, dash, x, y (smoothed), raw, kind, text, side."""
    parts = []
    for curve in curves:
        x, raw = thinned(curve.x, curve.y)
        _, y = thinned(curve.x, smoothed(curve.y, smoothing)) if smoothing else (x, raw)
        named = {"series": curve.label, "color": curve.color or curve.label, "dash": curve.dash}
        parts.append(pd.DataFrame({**named, "x": x, "y": _drawable(y), "raw": _drawable(raw)}))
    columns: dict[str, list[Any]] = {name: [] for name in ("series", "color", "dash", "x", "y", "raw")}
    lines = pd.concat(parts) if parts else pd.DataFrame(columns)
    lines["kind"], lines["text"], lines["side"] = "line", "", ""
    rules = pd.DataFrame(
        {
            "series": [mark.curve_label for mark in marks],
            "color": [mark.curve_label for mark in marks],
            "dash": [""] * len(marks),
            "x": [float(mark.x) for mark in marks],
            "y": [math.nan] * len(marks),
            "raw": [math.nan] * len(marks),
            "kind": ["mark"] * len(marks),
            "text": [mark.text for mark in marks],
        }
    )
    places = [*lines["x"], *rules["x"]]
    middle = (min(places) + max(places)) / 2 if places else 0.0
    rules["side"] = ["left" if x > middle else "right" for x in rules["x"]]  # of the rule, where its text has room
    return pd.concat([lines, rules], ignore_index=True) if len(rules) else lines.reset_index(drop=True)


def _drawable(values: np.ndarray) -> np.ndarray:
    """Six digits: more would let the axis zoom into the rounding of a number that does not change."""
    finite = np.isfinite(values) & (values != 0)
    digits = 6 - np.ceil(np.log10(np.abs(values), where=finite, out=np.zeros_like(values)))
    scale = 10.0**digits
    return np.where(np.isfinite(values), np.round(values * scale) / scale, np.nan)


def _smallest_size(values: "pd.Series[float]") -> float:
    """Where a symmetric log axis turns linear: a round number below nearly all sizes, so that it rarely changes."""
    sizes = values.abs()
    sizes = sizes[sizes > 0]
    return 10.0 ** math.floor(math.log10(sizes.quantile(0.1))) if len(sizes) else 1.0


def _spec(
    curves: Sequence[Curve], x_title: str, y_title: str, y_scale: dict[str, Any], *, smoothed: bool
) -> dict[str, Any]:
    labels = [curve.label for curve in curves]
    colors = list(dict.fromkeys(curve.color or curve.label for curve in curves))
    dashes = list(dict.fromkeys(curve.dash for curve in curves))
    legend = {"title": None, "orient": "top", "symbolType": "stroke", "symbolOpacity": 1, "labelLimit": 320}
    x = {"field": "x", "type": "quantitative", "title": x_title, "axis": {"grid": False, "format": ",.2~f"}}
    x["scale"] = {"nice": False, "zero": False}
    y = {
        "type": "quantitative",
        "title": y_title or None,
        "scale": {"zero": False, **y_scale},
        "axis": {"tickCount": 5},
    }
    color = {
        "field": "color",
        "type": "nominal",
        "scale": {"domain": colors},
        "legend": legend if len(colors) > 1 else None,
    }
    if len(dashes) > 1:
        dashed = {"field": "dash", "type": "nominal", "scale": {"domain": dashes}, "legend": legend}
        strokes: dict[str, Any] = {"color": color, "strokeDash": dashed}
    else:
        strokes = {"color": color}
    only_lines = {"filter": "datum.kind === 'line'"}
    only_marks = {"filter": "datum.kind === 'mark'"}
    layers: list[dict[str, Any]] = [
        {
            "transform": [only_lines],
            "mark": {"type": "line", "strokeWidth": 1.8, "clip": True},
            "encoding": {"x": x, "y": {"field": "y", **y}, **strokes},
            # Dragging moves along the x axis and Shift with the wheel zooms; the bare wheel still scrolls the page.
            "params": [
                {
                    "name": "window",
                    "bind": "scales",
                    "select": {"type": "interval", "encodings": ["x"], "zoom": "wheel![event.shiftKey]"},
                }
            ],
        },
        {  # a line of one point would not be seen
            "transform": [
                only_lines,
                {"joinaggregate": [{"op": "count", "as": "points"}], "groupby": ["series"]},
                {"filter": "datum.points === 1"},
            ],
            "mark": {"type": "point", "filled": True, "size": 50, "opacity": 1},
            "encoding": {"x": x, "y": {"field": "y", **y}, "color": color},
        },
        {
            "transform": [only_marks],
            "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5, "clip": True},
            "encoding": {"x": x, "color": color},
        },
        *(
            {
                "transform": [{"filter": f"datum.kind === 'mark' && datum.side === '{side}'"}],
                "mark": {"type": "text", "align": align, "baseline": "top", "dx": dx, "fontSize": 11, "clip": True},
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "text"}, "color": color},
            }
            for side, align, dx in (("right", "left", 4), ("left", "right", -4))
        ),
        {
            "transform": [only_lines, {"pivot": "series", "value": "y", "groupby": ["x"]}],
            "mark": {"type": "rule", "strokeWidth": 1, "clip": True},
            "encoding": {
                "x": x,
                "opacity": {"condition": {"param": "pointed", "value": 0.5, "empty": False}, "value": 0},
                "color": {"value": "gray"},
                "tooltip": [{"field": "x", "type": "quantitative", "title": x_title, "format": ",.2~f"}]
                + [
                    {"field": _escaped(label), "type": "quantitative", "title": label, "format": ".4~g"}
                    for label in labels
                ],
            },
            "params": [
                {
                    "name": "pointed",
                    "select": {
                        "type": "point",
                        "fields": ["x"],
                        "nearest": True,
                        "on": "pointerover",
                        "clear": "pointerout",
                    },
                }
            ],
        },
    ]
    if smoothed:
        faint = {"type": "line", "strokeWidth": 1, "opacity": 0.3, "clip": True}
        raw = {
            "transform": [only_lines],
            "mark": faint,
            "encoding": {"x": x, "y": {"field": "raw", **y}, **strokes},
        }
        layers.insert(0, raw)
    return {
        "layer": layers,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 0, "right": 4, "top": 0, "bottom": 0},
        "config": {"axis": {"titlePadding": 6}, "legend": {"offset": 6, "padding": 0}},
    }


def _escaped(name: str) -> str:
    """Vega reads dots and brackets in a field name as a path into nested data."""
    return "".join(f"\\{letter}" if letter in ".[]'\"\\" else letter for letter in name)
