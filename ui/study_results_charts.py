"""Charts of a study's results: Vega, in the app's theme, in light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

_QUIET = "#8C857B"  # lines that are no result: readable on paper and in the dark


@dataclass(frozen=True)
class Row:
    """One condition in a chart of intervals."""

    name: str
    value: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Line:
    """A value to look at: guessing, or what others reported."""

    value: float
    label: str


def intervals(
    rows: Sequence[Row],
    *,
    key: str,
    title: str,
    domain: tuple[float, float] | None,
    names: Sequence[str],
    lines: Sequence[Line] = (),
    axis_format: str = "",
) -> None:
    """A point with its interval for each condition, one below the other.

    Args:
        names: of all conditions, so that each keeps its colour whichever are shown.
        axis_format: d3's, such as "%".
    """
    scale: dict[str, Any] = {"zero": False} if domain is None else {"domain": list(domain), "nice": False}
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": scale,
        "title": title,
        "axis": {"tickCount": 6, **({"format": axis_format} if axis_format else {})},
    }
    y = {
        "field": "name",
        "type": "nominal",
        "title": None,
        "sort": None,
        "axis": {"labelFontSize": 13, "labelLimit": 170},
    }
    color = {"field": "name", "type": "nominal", "legend": None, "scale": {"domain": list(names)}}
    tooltip = [
        {"field": "name", "title": "Condition"},
        {"field": "text", "title": title},
        {"field": "range", "title": "95 % interval"},
    ]
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 3, "clip": True},
            "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": color},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1, "clip": True},
            "encoding": {"x": x, "y": y, "color": color, "tooltip": tooltip},
        },
        {
            "mark": {"type": "text", "dy": -14, "fontSize": 13, "fontWeight": 600},
            "encoding": {"x": x, "y": y, "color": color, "text": {"field": "text"}},
        },
    ]
    for number, line in enumerate(lines):
        data = {"values": [{"value": line.value, "label": line.label}]}
        layers.append(
            {
                "data": data,
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": _QUIET},
                "encoding": {"x": x, "tooltip": [{"field": "label", "title": "Line"}]},
            }
        )
        layers.append(
            {
                "data": data,
                "mark": {"type": "text", "align": "center", "fontSize": 11, "color": _QUIET, "baseline": "bottom"},
                "encoding": {"x": x, "y": {"value": -4 - 13 * (number % 2)}, "text": {"value": f"{line.value:g}"}}
                if not axis_format
                else {"x": x, "y": {"value": -4}, "text": {"field": "label"}},
            }
        )
    st.vega_lite_chart(
        {
            "data": {
                "values": [
                    {**row.__dict__, "range": f"{row.low:.3g} to {row.high:.3g}" if row.high > row.low else "–"}
                    for row in rows
                ]
            },
            "layer": layers,
        },
        height=76 + 46 * max(1, len(rows)),
        width="stretch",
        key=key,
        alt=f"{title} with 95 % intervals: " + "; ".join(f"{row.name} {row.text}" for row in rows),
    )


def shares(rows: Sequence[dict[str, Any]], *, key: str, names: Sequence[str], answers: Sequence[str], alt: str) -> None:
    """How often each answer was given: one small chart of bars for each condition, all on one axis.

    Args:
        rows: dicts with name, answer, share, count.
    """
    columns = 3 if max(map(len, names)) <= 12 else 2
    legend = {"title": None, "orient": "top", "columns": columns, "labelLimit": 150}
    st.vega_lite_chart(
        {
            "data": {"values": list(rows)},
            "mark": {"type": "bar", "cornerRadiusEnd": 2},
            "encoding": {
                "x": {
                    "field": "answer",
                    "type": "ordinal",
                    "sort": list(answers),
                    "title": None,
                    "axis": {"labelAngle": 0},
                },
                "xOffset": {"field": "name", "sort": list(names)},
                "y": {
                    "field": "share",
                    "type": "quantitative",
                    "stack": None,
                    "title": None,
                    "axis": {"format": "%", "tickCount": 4},
                },
                "color": {
                    "field": "name",
                    "type": "nominal",
                    "scale": {"domain": list(names)},
                    "legend": legend,
                },
                "tooltip": [
                    {"field": "name", "title": "Condition"},
                    {"field": "answer", "title": "Answer"},
                    {"field": "count", "title": "Judgements"},
                    {"field": "share", "title": "Share", "format": ".0%"},
                ],
            },
        },
        height=220 + 18 * -(-len(names) // columns),
        width="stretch",
        key=key,
        alt=alt,
    )


def matrix(
    values: NDArray[np.float64], names: Sequence[str], *, key: str, title: str, is_share: bool, alt: str
) -> None:
    """A heat map, row against column. NaN: they never met. Columns carry the rows' numbers: names would not fit."""
    numbered = [f"{place} {name}" for place, name in enumerate(names, start=1)]
    rows = [
        {
            "row": numbered[i],
            "column": str(j + 1),
            "against": names[j],
            "value": float(values[i, j]),
            "text": f"{100 * values[i, j]:.0f}" if is_share else f"{values[i, j]:g}",
        }
        for i in range(len(names))
        for j in range(len(names))
        if i != j and np.isfinite(values[i, j])
    ]
    color: dict[str, Any] = {"field": "value", "type": "quantitative", "legend": None}
    most = float(np.nanmax(values, initial=1))
    # a share has a middle, a count has none; in the middle the tiles are light, at the ends dark enough for white text
    color["scale"] = (
        {"domain": [0, 0.5, 1], "range": ["#2F6690", "#EFE8DC", "#B23A24"], "interpolate": "rgb"}
        if is_share
        else {"domain": [0, most], "range": ["#F4EBDD", "#A8552C"], "interpolate": "rgb"}
    )
    strong = "abs(datum.value - 0.5) > 0.28" if is_share else f"datum.value > {0.6 * most}"
    axis = {"labelFontSize": 12, "labelLimit": 150, "domain": False, "ticks": False}
    st.vega_lite_chart(
        {
            "data": {"values": rows},
            "title": {"text": title, "anchor": "start", "fontSize": 13, "fontWeight": 600},
            "encoding": {
                "x": {
                    "field": "column",
                    "type": "nominal",
                    "sort": None,
                    "scale": {"domain": [str(place) for place in range(1, len(names) + 1)]},
                    "title": None,
                    "axis": {**axis, "labelAngle": 0, "orient": "bottom"},
                },
                "y": {
                    "field": "row",
                    "type": "nominal",
                    "sort": None,
                    "scale": {"domain": numbered},
                    "title": None,
                    "axis": axis,
                },
                "tooltip": [
                    {"field": "row", "title": "Row"},
                    {"field": "against", "title": "Against"},
                    {"field": "text", "title": title},
                ],
            },
            "layer": [
                {"mark": {"type": "rect", "cornerRadius": 2}, "encoding": {"color": color}},
                {
                    "mark": {"type": "text", "fontSize": 12},
                    "encoding": {
                        "text": {"field": "text"},
                        "color": {"condition": {"test": strong, "value": "#FFFFFF"}, "value": "#26221D"},
                    },
                },
            ],
        },
        height=80 + 34 * len(names),
        width="stretch",
        key=key,
        alt=alt,
    )


def scatter(rows: Sequence[dict[str, Any]], *, key: str, x_title: str, y_title: str, alt: str, percent: bool) -> None:
    """Epochs by what a machine's metric says (x) and what people say (y). rows: name, x, y, low, high."""
    x = {"field": "x", "type": "quantitative", "title": x_title, "scale": {"zero": False, "padding": 20}}
    y_axis = {"axis": {"format": "%"}} if percent else {}
    y = {"field": "y", "type": "quantitative", "title": y_title, "scale": {"zero": False, "padding": 12}, **y_axis}
    st.vega_lite_chart(
        {
            "data": {"values": list(rows)},
            "layer": [
                {
                    "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.6},
                    "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
                },
                {
                    "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                    "encoding": {
                        "x": x,
                        "y": y,
                        "tooltip": [
                            {"field": "name", "title": "Epoch"},
                            {"field": "x", "title": x_title},
                            {"field": "y", "title": y_title},
                        ],
                    },
                },
                {
                    "mark": {"type": "text", "dx": 10, "align": "left", "fontSize": 12, "color": _QUIET},
                    "encoding": {"x": x, "y": y, "text": {"field": "name"}},
                },
            ],
        },
        height=260,
        width="stretch",
        key=key,
        alt=alt,
    )
