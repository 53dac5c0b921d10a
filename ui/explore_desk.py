"""The picture at work and its sliders: one component, so that the picture follows the hand.

A stock slider tells its value when it is let go, a fifth of a second later. These tell it while they are dragged, one
question at a time: the next goes out when the answer to the last is there, with wherever the sliders stand by then.

    moved = desk_moves("explore-desk")            # before drawing: where the sliders stand, if a person moved them
    desk(png, before, groups, values, key="explore-desk", moves=moved, ...)
"""

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from ui import access

_ASSETS = Path(__file__).with_name("assets")
_TALLEST = 520  # screen pixels

_component = st.components.v2.component(
    "atelier_explore_desk",
    html="<div id='desk'></div>\n",
    css=(_ASSETS / "explore_desk.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "explore_desk.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Slider:
    """One number that a person moves."""

    id: str
    label: str
    min: float
    max: float
    step: float
    usual: float  # where it does nothing
    hint: str = ""
    digits: int = 1  # behind the point
    signed: bool = False
    words: Mapping[str, str] = field(default_factory=dict)  # value as the browser writes it -> shown instead

    def checked(self, value: Any) -> float:
        """A value from a browser or an address, inside the range; the usual one for what is no number."""
        try:
            number = float(value)
        except (TypeError, ValueError):
            return self.usual
        return min(self.max, max(self.min, number)) if math.isfinite(number) else self.usual


@dataclass(frozen=True)
class Group:
    """Sliders of one kind."""

    title: str
    sliders: Sequence[Slider]
    note: str = ""
    open: bool = True


@dataclass(frozen=True)
class Moves:
    """What the browser told last."""

    number: int  # of the question; the answer names it
    settled: bool  # the sliders were let go
    values: Mapping[str, Any]  # unchecked


def desk_moves(key: str) -> Moves | None:
    """Where a person moved the sliders, before the desk is drawn in this run; None when Python's values hold."""
    told = dict(st.session_state.get(key) or {}).get("moves")
    try:
        if told["version"] != _version(key):
            return None
        values = told["values"]
        return Moves(int(told["number"]), bool(told["settled"]), values if isinstance(values, dict) else {})
    except (TypeError, KeyError, ValueError):
        return None


def set_desk(key: str) -> None:
    """Have Python's values hold from here on. Before the desk is drawn, or in a callback."""
    st.session_state[_version_key(key)] = _version(key) + 1


def desk(
    picture: bytes,
    before: bytes,
    size: tuple[int, int],
    groups: Sequence[Group],
    values: Mapping[str, float],
    *,
    key: str,
    moves: Moves | None,
    alt: str,
) -> None:
    """Draw it.

    Args:
        picture: PNG of the picture as the sliders stand.
        before: PNG without what the sliders do, shown while the picture is pressed; b"" for none.
        size: width and height in pixels of both.
        values: where the sliders stand; one that is missing stands at its usual value.
        moves: what this run answers.
    """
    _component(
        key=key,
        data={
            "picture": base64.b64encode(picture).decode(),
            "before": base64.b64encode(before).decode(),
            "width": size[0],
            "height": size[1],
            "tallest": _TALLEST,
            "groups": [asdict(group) for group in groups],
            "values": dict(values),
            "version": _version(key),
            "answered": moves.number if moves else 0,
            "alt": alt,
        },
        default={"moves": None},
        on_moves_change=access.owner_action(lambda: None),
    )


def _version_key(key: str) -> str:
    return f"{key}-version"


def _version(key: str) -> int:
    return int(st.session_state.setdefault(_version_key(key), 0))
