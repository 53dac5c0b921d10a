"""Plots of the Statistics page: bars to click, in the app's theme. Each tells which one was clicked, for one run."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.catalog.facets import Histogram
from core.catalog.statistics import PaletteCounts
from ui import access

_BAR = "#8A7F70"
_NUMBER = "#8C847B"  # read on paper and on a dark wall
_ROW_HEIGHT = 24  # pixels of a horizontal bar
_LONGEST = 30  # letters of a label
_HUES_AND_GREYS_APART = 1.0  # of a bar's width


@dataclass(frozen=True)
class Bar:
    label: str
    pictures: int
    share: float = 0.0  # of the pictures in question


def value_bars(bars: Sequence[Bar], *, key: str, title: str) -> int | None:
    """Horizontal bars, one for each value, in the order given. Returns the place of the one that was clicked."""
    rows = [
        {
            "bar": place,
            "value": _shortened(bar.label),
            "whole": bar.label,
            "pictures": bar.pictures,
            "told": f"{bar.pictures:,}",
            "share": bar.share,
        }
        for place, bar in enumerate(bars)
    ]
    y = {
        "field": "bar",
        "type": "ordinal",
        "axis": {
            "title": None,
            "ticks": False,
            "domain": False,
            "labelLimit": 190,
            "labelExpr": f"{[row['value'] for row in rows]!r}[datum.value]" if rows else "''",
        },
    }
    x = {"field": "pictures", "type": "quantitative", "axis": None, "scale": {"nice": False, "padding": 0}}
    spec = {
        "params": [_clicked_param()],
        "encoding": {
            "y": y,
            "x": x,
            "tooltip": [
                {"field": "whole", "title": title},
                {"field": "pictures", "title": "Pictures", "format": ",d"},
                {"field": "share", "title": "Share", "format": ".1%"},
            ],
        },
        "layer": [
            {"params": [], "mark": {"type": "bar", "cursor": "pointer", "color": _BAR, "height": {"band": 0.72}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": _NUMBER},
                "encoding": {"text": {"field": "told"}},
            },
        ],
        "padding": {"left": 0, "right": 46, "top": 4, "bottom": 0},
    }
    spec["layer"][0]["params"] = spec.pop("params")
    alt = f"{title}: " + ", ".join(f"{bar.label} {bar.pictures:,}" for bar in bars[:5])
    return _chart(rows, spec, key=key, height=len(rows) * _ROW_HEIGHT + 12, alt=alt)


def histogram_bars(found: Histogram, *, key: str, title: str) -> int | None:
    """Bars over a number, the two at the ends open. Returns the place of the one that was clicked."""
    last = len(found.counts) - 1
    rows = [
        {"bar": bar, "from": low, "to": high, "pictures": count, "range": _range(low, high, bar == 0, bar == last)}
        for bar, (count, low, high) in enumerate(zip(found.counts, found.edges[:-1], found.edges[1:], strict=True))
    ]
    format_ = "d" if found.field in ("year", "decade") else "~s" if found.edges[-1] >= 10_000 else "~r"
    spec = {
        "params": [_clicked_param()],
        "mark": {"type": "bar", "binSpacing": 1, "cursor": "pointer", "minBandSize": 2, "color": _BAR},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "bin": {"binned": True},
                "axis": {"title": None, "format": format_, "grid": False, "tickCount": 6},
                "scale": {"domain": [found.edges[0], found.edges[-1]], "nice": False, "zero": False},
            },
            "x2": {"field": "to"},
            "y": {"field": "pictures", "type": "quantitative", "axis": {"title": None, "tickCount": 4}},
            "tooltip": [{"field": "range", "title": title}, {"field": "pictures", "title": "Pictures", "format": ",d"}],
        },
    }
    return _chart(rows, spec, key=key, height=190, alt=f"Histogram: {title}")


def time_bars(labels: Sequence[str], counts: Sequence[int], *, key: str, title: str) -> int | None:
    """Upright bars one beside the other, with a label under some of them."""
    rows = [
        {"bar": place, "when": label, "pictures": count}
        for place, (label, count) in enumerate(zip(labels, counts, strict=True))
    ]
    every = max(1, -(-len(rows) // 8))
    shown = [label if place % every == 0 else "" for place, label in enumerate(labels)]
    spec = {
        "params": [_clicked_param()],
        "mark": {"type": "bar", "cursor": "pointer", "color": _BAR} | ({"size": 44} if len(rows) < 8 else {}),
        "encoding": {
            "x": {
                "field": "bar",
                "type": "ordinal",
                "axis": {"title": None, "labelAngle": 0, "ticks": False, "labelExpr": f"{shown!r}[datum.value]"},
            },
            "y": {"field": "pictures", "type": "quantitative", "axis": {"title": None, "tickCount": 4}},
            "tooltip": [{"field": "when", "title": title}, {"field": "pictures", "title": "Pictures", "format": ",d"}],
        },
    }
    return _chart(rows, spec, key=key, height=190, alt=title)


def palette_bars(found: PaletteCounts, *, key: str, highest: float | None = None) -> int | None:
    """Hues around the wheel, each dark, middle and light on top of each other, then greys by lightness.

    Args:
        highest: share at which the axis ends, for two charts that are compared.
    Returns: the place of the drawer that was clicked.
    """
    rows = []
    hues = max((cell.hue or 0) for cell, _ in found.cells) + 1
    tops: dict[float, float] = {}
    for place, (cell, pictures) in enumerate(found.cells):  # the darkest of a hue come first, and stand lowest
        at = float(cell.hue) if cell.hue is not None else hues + _HUES_AND_GREYS_APART + cell.level
        share = pictures / max(1, found.pictures)
        low = tops.get(at, 0.0)
        tops[at] = low + share
        rows.append(
            {
                "bar": place,
                "at": at,
                "end": at + 0.9,
                "low": low,
                "high": low + share,
                "share": share,
                "pictures": pictures,
                "colour": cell.colour,
            }
        )
    spec = {
        "params": [_clicked_param()],
        "mark": {"type": "rect", "cursor": "pointer", "stroke": "#808080", "strokeWidth": 0.4},
        "encoding": {
            "x": {"field": "at", "type": "quantitative", "axis": None, "scale": {"nice": False}},
            "x2": {"field": "end"},
            "y": {
                "field": "low",
                "type": "quantitative",
                "axis": {"title": None, "format": "%", "tickCount": 4},
                "scale": {"domain": [0, highest or max(tops.values()) or 1]},
            },
            "y2": {"field": "high"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": [
                {"field": "colour", "title": "Colours about"},
                {"field": "pictures", "title": "Pictures that have it", "format": ",d"},
                {"field": "share", "title": "Share", "format": ".1%"},
            ],
        },
    }
    return _chart(rows, spec, key=key, height=200, alt="Colours of the pictures, by hue and lightness")


def highest_share(*all_found: PaletteCounts) -> float:
    """The tallest bar of several palettes."""
    tallest = 0.0
    for found in all_found:
        sums: dict[Any, int] = {}
        for cell, pictures in found.cells:
            column = cell.hue if cell.hue is not None else ("grey", cell.level)
            sums[column] = sums.get(column, 0) + pictures
        tallest = max(tallest, max(sums.values()) / max(1, found.pictures))
    return tallest


def colour_barcode(found: PaletteCounts) -> None:
    """All colours side by side, as wide as they are frequent: a collection at a glance."""
    cells = "".join(
        f"<span style='flex:{pictures};background:{html.escape(cell.colour)}'></span>"
        for cell, pictures in found.cells
        if pictures
    )
    st.html(
        f"<div role='img' aria-label='Colours by frequency' style='display:flex;height:2.2rem;border-radius:.3rem;"
        f"overflow:hidden;outline:1px solid #80808055'>{cells}</div>"
    )


def clicked_bar(state: Mapping[str, Any] | None) -> int | None:
    """The place that a chart's selection names."""
    points = ((state or {}).get("selection") or {}).get("bar") or []
    return next((int(point["bar"]) for point in points if "bar" in point), None)


def _chart(rows: list[dict[str, Any]], spec: dict[str, Any], *, key: str, height: int, alt: str) -> int | None:
    """The chart gets another key after each click: what was clicked is over when the page is come back to."""
    clicks = st.session_state.setdefault("statistics-clicks", 0)
    found: list[int] = []
    name = f"{key}-{clicks}"
    st.vega_lite_chart(
        rows,
        spec,
        width="stretch",
        height=height,
        key=name,
        alt=alt,
        on_select=access.owner_action(lambda: None),
    )
    place = clicked_bar(st.session_state.get(name))
    if place is not None and 0 <= place < len(rows):
        st.session_state["statistics-clicks"] = clicks + 1
        found.append(place)
    return found[0] if found else None


def _clicked_param() -> dict[str, Any]:
    return {"name": "bar", "select": {"type": "point", "fields": ["bar"]}}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _range(low: float, high: float, first: bool, last: bool) -> str:
    if first and last:
        return "any"
    if first:
        return f"below {high:,.10g}"
    return f"{low:,.10g} and above" if last else f"{low:,.10g} to below {high:,.10g}"
