"""What a sweep has found, drawn: its course, what decides, and all settings beside one another."""

import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core.sweeps.space import Axis, Range, value_text, value_words
from core.sweeps.trials import Trial, TrialState
from ui.setting_fields import label

_WORDS = {TrialState.DONE: "To its end", TrialState.PRUNED: "Ended early"}
_LONGEST_LABEL = 26  # letters at an axis
_INK = {"light": "#26221D", "dark": "#EDE8E0"}
_BEST_TO_WORST = {  # the accent for the best; the rest sinks into the ground
    "light": [(0.0, "#B93C25"), (0.35, "#D9A184"), (1.0, "#D8D0C4")],
    "dark": [(0.0, "#F0765A"), (0.35, "#9A5F4D"), (1.0, "#3C3630")],
}


def history(trials: Sequence[Trial], values: Mapping[int, float], *, axis: str, high: bool, key: str) -> None:
    """Each trial's value, and the best so far.

    Args:
        values: by the number of the trial, as the metric gives them.
        high: whether more is better.
    """
    rows: list[dict[str, Any]] = []
    best: float | None = None
    for trial in trials:
        if trial.number not in values:
            continue
        value = values[trial.number]
        best = value if best is None else max(best, value) if high else min(best, value)
        told = "; ".join(f"{name} {value_words(one)}" for name, one in trial.params.items())
        rows.append(
            {
                "trial": trial.number + 1,
                "value": value,
                "best": best,
                "state": _WORDS.get(trial.state, "At work"),
                "settings": told,
            }
        )
    x = {"field": "trial", "type": "quantitative", "title": "Trial", "axis": {"tickMinStep": 1, "grid": False}}
    x["scale"] = {"nice": False, "padding": 12, "zero": False}
    y = {"type": "quantitative", "scale": {"zero": False}, "axis": {"tickCount": 5}}
    spec = {
        "layer": [
            {
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 1.5, "opacity": 0.55},
                "encoding": {"x": x, "y": {"field": "best", "title": axis, **y}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.95},
                "encoding": {
                    "x": x,
                    "y": {"field": "value", "title": axis, **y},
                    "color": {
                        "field": "state",
                        "type": "nominal",
                        "scale": {"domain": list(_WORDS.values())},
                        "legend": {"title": None, "orient": "top"},
                    },
                    "tooltip": [
                        {"field": "trial", "title": "Trial"},
                        {"field": "value", "title": axis, "format": ".4~g"},
                        {"field": "settings", "title": "Settings"},
                    ],
                },
            },
        ],
        "autosize": {"type": "fit", "contains": "padding"},
    }
    st.vega_lite_chart(rows, spec, key=key, height=260, width="stretch", alt="The value of each trial, and the best")


def importance_bars(shares: Mapping[str, float], *, key: str) -> None:
    """How much each setting decides whether a trial is among the best."""
    rows = [{"setting": label(name), "share": share, "told": f"{share:.0%}"} for name, share in shares.items()]
    order = [row["setting"] for row in rows]
    y = {"field": "setting", "type": "nominal", "sort": order}
    y["axis"] = {"title": None, "ticks": False, "domain": False, "labelLimit": 230}
    x = {"field": "share", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1.12]}}
    spec = {
        "encoding": {"y": y, "x": x},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.66}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": "#8C847B"},
                "encoding": {"text": {"field": "told"}},
            },
        ],
        "autosize": {"type": "fit", "contains": "padding"},
    }
    st.vega_lite_chart(
        rows, spec, key=key, height=36 + 30 * len(rows), width="stretch", alt="How much each setting decides"
    )


def parallel_coordinates(
    axes: Sequence[Axis], trials: Sequence[Trial], values: Mapping[int, float], *, axis: str, high: bool, key: str
) -> None:
    """Every trial as a line through its settings to its value; ranges of an axis are chosen by dragging along it."""
    shown = [trial for trial in trials if trial.number in values]
    light = "dark" if st.context.theme.type == "dark" else "light"
    dimensions = [_dimension(one, shown) for one in axes]
    found = [values[trial.number] for trial in shown]
    dimensions.append(
        {
            "label": html.escape(axis),
            "values": found,
            "range": _padded(min(found), max(found)),
            "tickvals": _ticks(min(found), max(found)),
            "ticktext": [f"{value:.4g}" for value in _ticks(min(found), max(found))],
        }
    )
    low, top = min(found), max(found)
    badness = [(top - value if high else value - low) / ((top - low) or 1.0) for value in found]
    figure = go.Figure(
        go.Parcoords(
            line={"color": badness, "colorscale": _BEST_TO_WORST[light], "cmin": 0, "cmax": 1},
            dimensions=dimensions,
            labelfont={"color": _INK[light], "size": 13},
            tickfont={"color": _INK[light], "size": 12},
            rangefont={"color": "rgba(0,0,0,0)", "size": 1},
            unselected={"line": {"opacity": 0.08}},
        )
    )
    figure.update_layout(
        margin={"l": 70, "r": 60, "t": 48, "b": 24}, height=380, paper_bgcolor="rgba(0,0,0,0)", font_family="sans-serif"
    )
    st.plotly_chart(
        figure,
        width="stretch",
        height=380,
        theme=None,
        key=key,
        config={"displayModeBar": False},
        alt="Parallel coordinates: a line for each trial through its settings to its value",
    )


def _dimension(axis: Axis, trials: Sequence[Trial]) -> dict[str, Any]:
    name = html.escape(label(axis.name))
    if isinstance(axis, Range):
        numbers = [float(trial.params[axis.name]) for trial in trials]
        if axis.log:
            exponents = [math.log10(value) for value in numbers]
            ends = [math.log10(axis.low), math.log10(axis.high)]
            ticks = _ticks(*ends)
            told = [f"{10**tick:.2g}" for tick in ticks]
            return {"label": name, "values": exponents, "range": ends, "tickvals": ticks, "ticktext": told}
        ticks = _ticks(axis.low, axis.high)
        told = [f"{tick:.4g}" for tick in ticks]
        return {
            "label": name,
            "values": numbers,
            "range": [axis.low, axis.high],
            "tickvals": ticks,
            "ticktext": told,
        }
    places = {value_text(value): place for place, value in enumerate(axis.values)}
    return {
        "label": name,
        "values": [places[value_text(trial.params[axis.name])] for trial in trials],
        "range": _padded(0, len(places) - 1),
        "tickvals": list(places.values()),
        "ticktext": [html.escape(_shortened(value_words(value))) for value in axis.values],
    }


def _shortened(text: str) -> str:
    text = text.replace(",", " + ")
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"


def _ticks(low: float, high: float) -> list[float]:
    return [low + (high - low) * part / 4 for part in range(5)]


def _padded(low: float, high: float) -> list[float]:
    margin = (high - low) * 0.06 or 0.5
    return [low - margin, high + margin]
