"""A measure's histogram with its threshold in it, to be dragged: the count follows the pointer.

    value = threshold(quality, "dark", key="...")    # what is looked at; nothing is stored by looking

What every step of the slider would flag is counted exactly, and sent along: dragging asks the server nothing.
"""

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.catalog.quality import CollectionQuality
from core.quality.issues import Issue
from core.quality.spread import Spread
from ui import access

_ASSETS = Path(__file__).with_name("assets")

_component = st.components.v2.component(
    "atelier_threshold",
    html="<div id='threshold'></div>\n",
    css=(_ASSETS / "threshold.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "threshold.js").read_text(encoding="utf-8"),
)


def threshold(quality: CollectionQuality, issue: Issue, *, key: str) -> float:
    """Draw it; returns the value that a person looks at, which is the stored one at first."""
    stored = quality.of(issue.name).threshold
    control = _control(key)
    value = stored if control["value"] is None else control["value"]
    found = quality.spread(issue.name, value)
    result = _component(
        key=key,
        data={
            **asdict(found),
            "direction": issue.direction,
            "usual": issue.threshold,
            "value": value,
            "version": control["version"],
            "label": f"Threshold of {issue.title.lower()}",
        },
        default={"chosen": None},
        on_chosen_change=access.owner_action(lambda: None),
    )
    return _chosen(result.chosen, control, value, found)


def looked_at(key: str, stored: float) -> float:
    """What is looked at, before it is drawn in this run."""
    control = _control(key)
    state = st.session_state.get(key) or {}
    value = stored if control["value"] is None else control["value"]
    return _chosen(state.get("chosen"), control, value, None)


def look_at(key: str, value: float | None) -> None:
    """Have it show this value, or with None the stored one. Before it is drawn, or in a callback."""
    control = _control(key)
    control["version"] += 1
    control["value"] = value


def _control(key: str) -> dict[str, Any]:
    """The value as Python set it last. The browser's counts only if it was made on top of this version."""
    control: dict[str, Any] = st.session_state.setdefault(f"{key}-control", {"version": 0, "value": None})
    return control


def _chosen(chosen: Any, control: dict[str, Any], value: float, found: Spread | None) -> float:
    """The browser's word, checked like any input."""
    try:
        told, version = float(chosen["value"]), chosen["version"]
    except (TypeError, KeyError, ValueError):
        return value
    if version != control["version"] or not math.isfinite(told):
        return value
    return min(max(told, found.lowest), found.highest) if found is not None else told
