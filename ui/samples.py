"""Sample grids at true pixels: columns side by side, one slider over all epochs, the same latent in the same cell.

The grids go to the browser as the PNG bytes that lie in the run folder; the browser enlarges them by whole numbers
without smoothing. It keeps what it has, so stepping through epochs costs no request once they are there.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st

from ui import access

MAX_ZOOM = 8
_GAP = 2  # pixels between the pictures of a grid (core.training.grids)
_MESSAGE_BYTES = 2 << 20  # of pictures in one answer: sent in tens of milliseconds, small beside what a browser keeps
_ASSETS = Path(__file__).with_name("assets")

_viewer = st.components.v2.component(
    "atelier_samples",
    html="<div id='viewer'></div>\n",
    css=(_ASSETS / "samples.css").read_text(encoding="utf-8"),
    js=(_ASSETS / "samples.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Frame:
    """One grid of a run."""

    at: float  # place on the axis: the epoch, or between two
    path: Path
    label: str  # "Epoch 40"
    note: str = ""

    @cached_property
    def key(self) -> str:
        """Changes with the file: a grid that is written anew must not be taken from the browser's store."""
        try:
            version = self.path.stat().st_mtime_ns
        except OSError:
            version = 0
        return f"{self.path.parent.parent.name}/{self.path.stem}-{version}"


@dataclass(frozen=True)
class Column:
    """The grids of one run, ascending by `at`."""

    frames: Sequence[Frame]
    cell: int  # pixels of one picture's width
    title: str = ""
    subtitle: str = ""
    alt: str = ""
    color: int | None = None  # number in the theme's chart colours
    empty: str = "No samples yet."
    tall: int = 0  # pixels of one picture's height; 0: as its width


@dataclass(frozen=True)
class View:
    """What a person looks at. Part of the URL."""

    at: float | None = None  # None follows the newest
    zoom: int | None = None  # whole number of screen pixels per pixel; None fits the columns
    equal: bool = False  # enlarge smaller pictures to the size of the largest
    pins: Mapping[int, float] = field(default_factory=dict)  # column number -> place it is held at

    @classmethod
    def from_browser(cls, value: Any, fallback: "View", of: str) -> "View":
        """The view the browser told; one of other columns, or anything malformed, counts as not told."""
        try:
            if value["of"] != of:
                return fallback
            at, zoom = value["at"], value["zoom"]
            return cls(
                at=None if at is None else float(at),
                zoom=None if zoom is None else min(MAX_ZOOM, max(1, int(zoom))),
                equal=bool(value["equal"]),
                pins={int(column): float(place) for column, place in dict(value["pins"]).items() if place is not None},
            )
        except (KeyError, TypeError, ValueError):
            return fallback


@dataclass(frozen=True)
class Answer:
    view: View
    removed: int | None  # number of the column whose removal was asked for


def show(
    columns: Sequence[Column],
    *,
    key: str,
    view: View,
    of: str = "",
    removable: bool = False,
    prefetch: bool = True,
    tallest: str = "",
    on_view: Callable[[], None] | None = None,
) -> Answer:
    """Draw the columns.

    Args:
        view: what to look at, unless the person has moved on since: the browser's own last word wins over its echo.
        of: names the columns. What was told of other columns does not count: pins go by the number of the column.
        removable: show buttons that hold or remove a column.
        prefetch: load all epochs in the background, so that the slider answers at once everywhere.
        tallest: CSS length above which a column scrolls.
        on_view: called before the rerun that a changed view causes; read the view with `told_view`.
    """
    frames = {frame.key: frame for column in columns for frame in column.frames}
    asked = st.session_state.pop(_asked_key(key), None)
    wanted = [name for name in asked if name in frames] if isinstance(asked, list) else []
    shown = [frame.key for index, column in enumerate(columns) if (frame := frame_at(column, index, view)) is not None]
    data = {
        "columns": [_described(column) for column in columns],
        "labels": {_number(frame.at): frame.label for frame in frames.values()},
        "pictures": _pictures([frames[name] for name in dict.fromkeys([*shown, *wanted])]),
        "view": {
            "at": view.at,
            "zoom": view.zoom,
            "equal": view.equal,
            "pins": {str(k): v for k, v in view.pins.items()},
            "of": of,
        },
        "max_zoom": MAX_ZOOM,
        "removable": removable,
        "prefetch": prefetch,
        "tallest": tallest,
    }
    result = _viewer(
        key=key,
        data=data,
        on_view_change=access.owner_action(on_view or _nothing),
        on_need_change=access.owner_action(lambda: _note_need(key)),
        on_removed_change=access.owner_action(_nothing),
    )
    removed = result.removed
    return Answer(
        View.from_browser(result.view, view, of),
        int(removed) if isinstance(removed, int | float) and 0 <= removed < len(columns) else None,
    )


def told_view(key: str, fallback: View, of: str = "") -> View:
    """The view that the browser told last for the viewer `key` with the columns `of`."""
    return View.from_browser(dict(st.session_state.get(key) or {}).get("view"), fallback, of)


def _nothing() -> None:
    """Streamlit gives a result its attributes only for what has a callback."""


def _note_need(key: str) -> None:
    """Keep what the browser lacks until the viewer is drawn: a trigger can be read only after that."""
    st.session_state[_asked_key(key)] = st.session_state[key].need


def _asked_key(key: str) -> str:
    return f"{key}-asked"


def frame_at(column: Column, index: int, view: View) -> Frame | None:
    """What column number `index` shows: the last grid that is not later than the view's place, or its pin."""
    place = view.pins.get(index, view.at)
    early = [frame for frame in column.frames if place is None or frame.at <= place]
    return early[-1] if early else None


def _described(column: Column) -> dict[str, Any]:
    return {
        "title": column.title,
        "subtitle": column.subtitle,
        "alt": column.alt,
        "color": column.color,
        "cell": column.cell,
        "tall": column.tall or column.cell,
        "gap": _GAP,
        "empty": column.empty,
        "frames": [
            {"at": frame.at, "key": frame.key, "label": frame.label, "note": frame.note} for frame in column.frames
        ],
    }


def _pictures(frames: Sequence[Frame]) -> dict[str, str]:
    """PNG bytes in base64, as many as fit into one message; the first always does."""
    pictures: dict[str, str] = {}
    total = 0
    for frame in frames:
        try:
            data = frame.path.read_bytes()
        except OSError:
            continue  # removed since it was listed: the browser will say that it lacks it
        if pictures and total + len(data) > _MESSAGE_BYTES:
            break
        pictures[frame.key] = base64.b64encode(data).decode()
        total += len(data)
    return pictures


def _number(value: float) -> str:
    """A number as the browser writes it."""
    return str(int(value)) if float(value).is_integer() else str(float(value))
