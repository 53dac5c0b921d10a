"""What a sweep has found, drawn: its course, what decides, and all settings beside one another."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.sweeps.space import Axis, Range, value_text, value_words
from core.sweeps.trials import Trial, TrialState
from ui.setting_fields import label

_WORDS = {TrialState.DONE: "To its end", TrialState.PRUNED: "Ended early"}
_LONGEST_LABEL = 26  # letters at an axis
_INK = {"light": "#26221D", "dark": "#EDE8E0"}
_GROUND = {"light": "#FBF9F5", "dark": "#171513"}
_QUIET = "#8C847B"  # read on paper and on a dark wall
_BEST_TO_WORST = {  # the accent for the best; the rest sinks into the ground
    "light": [(0.0, "#B93C25"), (0.5, "#D29B77"), (1.0, "#C9C0B3")],
    "dark": [(0.0, "#F0765A"), (0.5, "#A97B5F"), (1.0, "#5A524A")],
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
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _QUIET},
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
    """Every trial as a line through its settings to its value, the best on top; a part of an axis is chosen by drawing
    a box over it, and the lines that do not pass there fade."""
    shown = [trial for trial in trials if trial.number in values]
    ranked = sorted(shown, key=lambda trial: -values[trial.number] if high else values[trial.number])
    place = {trial.number: index / max(1, len(ranked) - 1) for index, trial in enumerate(ranked)}
    uprights = [*(_upright(one, shown) for one in axes), _value_upright(axis, [values[t.number] for t in shown], high)]
    rows: list[dict[str, Any]] = []
    for number, upright in enumerate(uprights):
        rows.append({"kind": "axis", "x": number, "y": 0.0, "end": 1.0})
        rows.append({"kind": "title", "x": number, "y": 1.0, "text": upright.title})
        rows += [{"kind": "tick", "x": number, "y": y, "text": text} for y, text in upright.ticks]
        for trial, y in zip(shown, upright.places, strict=True):
            rows.append(
                {
                    "kind": "line",
                    "x": number,
                    "y": y,
                    "trial": trial.number + 1,
                    "rank": place[trial.number],
                    "value": values[trial.number],
                    "settings": "; ".join(f"{name} {value_words(one)}" for name, one in trial.params.items()),
                }
            )
    light = "dark" if st.context.theme.type == "dark" else "light"
    st.vega_lite_chart(
        rows,
        _lines_spec(axis, len(uprights), light),
        key=key,
        height=400,
        width="stretch",
        alt="Parallel coordinates: a line for each trial through its settings to its value",
    )


@dataclass(frozen=True)
class _Upright:
    """One axis of the parallel coordinates, and where each trial meets it: 0 at its foot, 1 at its top."""

    title: str
    ticks: Sequence[tuple[float, str]]
    places: Sequence[float]


def _upright(axis: Axis, trials: Sequence[Trial]) -> _Upright:
    name = label(axis.name)
    if isinstance(axis, Range):
        scale = math.log10 if axis.log else float
        low, top = scale(axis.low), scale(axis.high)
        places = [(scale(float(trial.params[axis.name])) - low) / (top - low) for trial in trials]
        ticks = [(part / 4, low + (top - low) * part / 4) for part in range(5)]
        told = [(y, f"{10**value:.2g}" if axis.log else f"{value:.4g}") for y, value in ticks]
        return _Upright(name, told, places)
    count = len(axis.values)
    height = {value_text(value): (index + 0.5) / count for index, value in enumerate(axis.values)}
    told = [(height[value_text(value)], _shortened(value_words(value))) for value in axis.values]
    return _Upright(name, told, [height[value_text(trial.params[axis.name])] for trial in trials])


def _value_upright(title: str, values: Sequence[float], high: bool) -> _Upright:
    low, top = min(values), max(values)
    width = (top - low) or 1.0

    def place(value: float) -> float:
        share = (value - low) / width
        return share if high else 1 - share

    ticks = [low + width * part / 4 for part in range(5)]
    return _Upright(title, [(place(value), f"{value:.4g}") for value in ticks], [place(value) for value in values])


def _lines_spec(axis: str, uprights: int, light: str) -> dict[str, Any]:
    x = {"field": "x", "type": "quantitative", "axis": None}
    x["scale"] = {"domain": [-0.35, uprights - 1 + 0.3], "nice": False}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [-0.06, 1.12], "nice": False}}
    quiet = {"value": _QUIET}
    colours = [colour for _, colour in _BEST_TO_WORST[light]]
    color = {
        "field": "rank",
        "type": "quantitative",
        "scale": {"domain": [place for place, _ in _BEST_TO_WORST[light]], "range": colours},
        "legend": None,
    }
    tooltip = [
        {"field": "trial", "title": "Trial"},
        {"field": "value", "title": axis, "format": ".4~g"},
        {"field": "settings", "title": "Settings"},
    ]
    lines = [
        {"filter": "datum.kind === 'line'"},
        # a trial is lit when one of its points lies in the box, or when there is none
        {"calculate": "!length(data('box_store')) || vlSelectionTest('box_store', datum) ? 1 : 0", "as": "inside"},
        {"joinaggregate": [{"op": "max", "field": "inside", "as": "lit"}], "groupby": ["trial"]},
    ]
    opacity = {
        "condition": [
            {"param": "pointed", "empty": False, "value": 1},
            {"test": "datum.lit > 0", "value": 0.9},
        ],
        "value": 0.07,
    }
    return {
        "layer": [
            {
                "transform": [{"filter": "datum.kind === 'axis'"}],
                "mark": {"type": "rule", "strokeWidth": 1},
                "encoding": {"x": x, "y": y, "y2": {"field": "end"}, "color": quiet, "opacity": {"value": 0.7}},
            },
            {
                "transform": lines,
                "mark": {"type": "line", "strokeJoin": "round", "strokeCap": "round"},
                "encoding": {
                    "x": x,
                    "y": y,
                    "detail": {"field": "trial"},
                    "order": {"field": "x"},
                    "color": color,
                    "opacity": opacity,
                    "strokeWidth": {"condition": {"param": "pointed", "empty": False, "value": 3.5}, "value": 1.8},
                },
                "params": [
                    {
                        "name": "box",
                        "select": {
                            "type": "interval",
                            "encodings": ["x", "y"],
                            "mark": {"fill": _QUIET, "fillOpacity": 0.12, "stroke": _QUIET},
                        },
                    }
                ],
            },
            {
                "transform": lines,
                "mark": {"type": "point", "filled": True, "size": 46},
                "encoding": {"x": x, "y": y, "color": color, "opacity": opacity, "tooltip": tooltip},
                "params": [
                    {
                        "name": "pointed",
                        "select": {"type": "point", "fields": ["trial"], "on": "pointerover", "clear": "pointerout"},
                    }
                ],
            },
            *(
                {  # first a halo of the ground's colour, for lines pass behind the words
                    "transform": [{"filter": "datum.kind === 'tick'"}],
                    "mark": {"type": "text", "align": "right", "dx": -8, "fontSize": 11.5, **halo},
                    "encoding": {"x": x, "y": y, "text": {"field": "text"}, "color": quiet},
                }
                for halo in ({"stroke": _GROUND[light], "strokeWidth": 4, "strokeJoin": "round"}, {})
            ),
            {
                "transform": [{"filter": "datum.kind === 'title'"}],
                "mark": {"type": "text", "align": "center", "dy": -20, "fontSize": 13, "fontWeight": "bold"},
                "encoding": {"x": x, "y": y, "text": {"field": "text"}, "color": {"value": _INK[light]}},
            },
        ],
        "autosize": {"type": "fit", "contains": "padding"},
        "config": {"view": {"stroke": None}},
    }


def _shortened(text: str) -> str:
    text = text.replace(",", " + ")
    return text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…"
