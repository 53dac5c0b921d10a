"""A histogram with a cut: how many pictures lie where, and which side of the cut they fall on."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

_BINS = 48


def show_histogram(
    values: Sequence[float], *, cut: float, drops_above: bool, top: float, title: str, percent: bool, key: str
) -> None:
    """Bars of `values` from 0 to `top` (larger ones in the last bar), those on the dropped side in the warning colour.

    Args:
        cut: in the unit of the values.
        drops_above: True if values over the cut are dropped, False if those under it are.
    """
    clipped = np.clip(np.asarray(values, dtype=float), 0, top)
    counts, edges = np.histogram(clipped[np.isfinite(clipped)], bins=_BINS, range=(0, top))
    rows = [
        {
            "from": float(low),
            "to": float(high),
            "pictures": int(count),
            "side": "left out" if ((low + high) / 2 > cut) == drops_above else "kept",
        }
        for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    axis = {"title": title, "format": ".0%" if percent else "d", "grid": False, "tickCount": 8}
    x = {"field": "from", "type": "quantitative", "axis": axis, "scale": {"domain": [0, top], "nice": False}}
    spec = {
        "layer": [
            {
                "transform": [{"filter": "datum.side"}],
                "mark": {"type": "bar", "binSpacing": 1},
                "encoding": {
                    "x": {**x, "bin": {"binned": True}},
                    "x2": {"field": "to"},
                    "y": {"field": "pictures", "type": "quantitative", "axis": {"title": "pictures", "tickCount": 4}},
                    "color": {
                        "field": "side",
                        "type": "nominal",
                        "scale": {"domain": ["kept", "left out"], "range": ["#8A7F70", "#C2452D"]},
                        "legend": {"orient": "top-right", "title": None},
                    },
                    "tooltip": [
                        {"field": "from", "format": ".0%" if percent else ".1f"},
                        {"field": "to", "format": ".0%" if percent else ".1f"},
                        {"field": "pictures"},
                    ],
                },
            },
            {
                "transform": [{"filter": "datum.cut != null"}],
                "mark": {"type": "rule", "strokeWidth": 2, "color": "#C2452D"},
                "encoding": {"x": {"field": "cut", "type": "quantitative"}},
            },
        ],
        "height": 150,
    }
    rows.append({"cut": min(float(cut), top)})
    st.vega_lite_chart(rows, spec, width="stretch", height=190, key=key, alt=title)
