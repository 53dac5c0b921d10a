"""The Catalog page's histograms: how the pictures found are spread, with bars to click."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.facets import Histogram
from core.catalog.selection import Selection
from ui import access
from ui.catalog_where import WHERE, asked_of, is_understood, with_condition

_FIELDS = {
    "year": "Year",
    "shorter": "Shorter side, pixels",
    "longer": "Longer side, pixels",
    "aspect": "Width by height",
    "bytes": "File size, bytes",
    "brightness": "Brightness",
    "contrast": "Contrast",
    "colourfulness": "Colourfulness",
    "entropy": "Entropy",
    "sharpness": "Sharpness",
    "deviation": "Deviation of brightness",
}
_FIRST = ("year", "shorter")
_BARS = 24
_BAR, _CHOSEN = "#8A7F70", "#C2452D"


def histograms(catalog: Catalog, selection: Selection, *, on_change: Callable[[], None]) -> None:
    """Those that a person asked for, each with its own choice left out of its own counts."""
    fields = st.multiselect(
        "Histograms",
        list(_FIELDS),
        default=list(_FIRST),
        key="histograms",
        bind="query-params",
        format_func=_FIELDS.__getitem__,
        placeholder="Choose what to see",
    )
    for field in fields:
        found = catalog.histogram(field, selection, bins=_BARS)
        if any(found.counts):
            _histogram(found, on_change)
        else:
            st.caption(f"{_FIELDS[field]}: not known of any of these pictures.")


def _histogram(found: Histogram, on_change: Callable[[], None]) -> None:
    asked = asked_of(st.session_state[WHERE], found.field)
    last = len(found.counts) - 1
    rows = [
        {
            "bar": bar,
            "from": low,
            "to": high,
            "pictures": count,
            "range": _range(low, high, first=bar == 0, last=bar == last),
            "chosen": "yes" if asked and asked_of(found.filter(bar), found.field) == asked else "no",
        }
        for bar, (count, low, high) in enumerate(zip(found.counts, found.edges[:-1], found.edges[1:], strict=True))
    ]
    format_ = "d" if found.field == "year" else "~s" if found.edges[-1] >= 10_000 else "~r"
    domain = [found.edges[0], found.edges[-1]]
    spec = {
        "params": [{"name": "bar", "select": {"type": "point", "fields": ["bar"]}}],
        "mark": {"type": "bar", "binSpacing": 1, "cursor": "pointer", "minBandSize": 2},
        "encoding": {
            "x": {
                "field": "from",
                "type": "quantitative",
                "bin": {"binned": True},
                "axis": {"title": _FIELDS[found.field], "format": format_, "grid": False, "tickCount": 5},
                "scale": {"domain": domain, "nice": False, "zero": False},
            },
            "x2": {"field": "to"},
            "y": {"field": "pictures", "type": "quantitative", "axis": {"title": None, "tickCount": 3}},
            "color": {
                "field": "chosen",
                "type": "nominal",
                "scale": {"domain": ["no", "yes"], "range": [_BAR, _CHOSEN]},
                "legend": None,
            },
            "tooltip": [{"field": "range", "title": _FIELDS[found.field]}, {"field": "pictures"}],
        },
        "height": 96,
    }
    key = f"histogram-{found.field}-{asked}"  # a new filter, a new chart: what was clicked in the old one is over
    st.vega_lite_chart(
        rows,
        spec,
        width="stretch",
        height=140,
        key=key,
        alt=f"Histogram of {_FIELDS[found.field].lower()}: click a bar to filter, again to take it back",
        on_select=access.owner_action(partial(_click, key, found, on_change)),
    )
    if asked:
        st.button(
            f"Any {_FIELDS[found.field].partition(',')[0].lower()}",
            key=f"histogram-any-{found.field}",
            icon=":material/close:",
            type="tertiary",
            on_click=access.owner_action(partial(_ask, found.field, "", on_change)),
        )
    if found.unknown:
        st.caption(f"Not known of {found.unknown:,}.")


def _click(key: str, found: Histogram, on_change: Callable[[], None]) -> None:
    clicked = clicked_bars(st.session_state.get(key))
    if clicked and max(clicked) < len(found.counts) and is_understood():
        wanted = asked_of(found.filter(clicked[-1]), found.field) or found.filter(clicked[-1])
        again = wanted == asked_of(st.session_state[WHERE], found.field)
        _ask(found.field, "" if again else wanted, on_change)


def _ask(field: str, condition: str, on_change: Callable[[], None]) -> None:
    if is_understood():
        st.session_state[WHERE] = with_condition(st.session_state[WHERE], field, condition)
        on_change()


def clicked_bars(state: Mapping[str, Any] | None) -> list[int]:
    """The places of the bars that a chart's selection names."""
    points = ((state or {}).get("selection") or {}).get("bar") or []
    return [int(point["bar"]) for point in points if "bar" in point]


def _range(low: float, high: float, *, first: bool, last: bool) -> str:
    if first and last:
        return "any"
    if first:
        return f"below {high:,.10g}"
    return f"{low:,.10g} and above" if last else f"{low:,.10g} to below {high:,.10g}"
