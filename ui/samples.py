"""Sample grids at true pixels: side by side, laid over one another, as a change map, blind, as a strip of one latent.

One slider moves all columns over their epochs. The browser keeps the grids it has, as the PNG bytes that lie in the run
folder, and makes every view from them; so stepping, wiping and comparing cost no run of the page. What it lacks it
fetches through `ui.samples_post`, what is in sight first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st

from ui import access, samples_post

MAX_ZOOM = 8
MODES = ("side", "wipe", "change", "blind")
BEFORE = -1  # as the second of a pair: the grid that the first column kept before the one it shows
_GAP = 2  # pixels between the pictures of a grid (core.training.grids)
_ASSETS = Path(__file__).with_name("assets")
_SCRIPTS = (
    "samples_store.js",
    "samples_columns.js",
    "samples_pair.js",
    "samples_blind.js",
    "samples_strip.js",
    "samples.js",
)

_viewer = st.components.v2.component(
    "atelier_samples",
    html="<div id='viewer'></div>\n",
    css=(_ASSETS / "samples.css").read_text(encoding="utf-8"),
    js="\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class Frame:
    """One grid of a run."""

    at: float  # place on the axis: the epoch, or between two
    path: Path  # the grid, or what a made one is made from
    label: str  # "Epoch 40"
    note: str = ""
    version: int = 0  # of the file; 0: asked of it
    make: Callable[[], samples_post.Picture] | None = None  # where no file holds the picture

    @cached_property
    def key(self) -> str:
        """Changes with the file: a grid that is written anew must not be taken from the browser's store."""
        version = self.version
        if not version:
            try:
                version = self.path.stat().st_mtime_ns
            except OSError:
                version = 0
        made = "" if self.make is None else "made-"
        return f"{self.path.parent.parent.name}/{made}{self.path.stem}-{version:x}"


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
    kind: str = "samples"
    kinds: Mapping[str, str] = field(default_factory=dict)  # what else the column can show: word in the URL -> label
    linked: bool = True  # its cells show the latents, in their order
    ahead: bool = True  # may be fetched before it is looked at: what has to be computed may not


@dataclass(frozen=True)
class View:
    """What a person looks at. Part of the URL."""

    at: float | None = None  # None follows the newest
    zoom: int | None = None  # whole number of screen pixels per pixel; None fits the columns
    equal: bool = False  # enlarge smaller pictures to the size of the largest
    pins: Mapping[int, float] = field(default_factory=dict)  # column number -> place it is held at
    kinds: Mapping[int, str] = field(default_factory=dict)  # column number -> what it shows in place of samples
    mode: str = "side"  # one of MODES
    pair: tuple[int, int] | None = None  # numbers of the two columns that are compared; the second may be BEFORE
    cell: int | None = None  # number of the latent that was chosen
    alone: bool = False  # show that latent alone
    track: str = ""  # the number drawn under the strip

    @classmethod
    def from_browser(cls, value: Any, fallback: "View", of: str) -> "View":
        """The view the browser told; one of other columns, or anything malformed, counts as not told."""
        try:
            if value["of"] != of:
                return fallback
            at, zoom, cell, pair = value["at"], value["zoom"], value["cell"], value["pair"]
            return cls(
                at=None if at is None else float(at),
                zoom=None if zoom is None else min(MAX_ZOOM, max(1, int(zoom))),
                equal=bool(value["equal"]),
                pins={int(column): float(place) for column, place in dict(value["pins"]).items() if place is not None},
                kinds={int(column): str(kind) for column, kind in dict(value["kinds"]).items()},
                mode=value["mode"] if value["mode"] in MODES else "side",
                pair=None if pair is None else (max(0, int(pair[0])), max(BEFORE, int(pair[1]))),
                cell=None if cell is None else max(0, int(cell)),
                alone=bool(value["alone"]),
                track=str(value["track"]),
            )
        except (KeyError, TypeError, ValueError, IndexError):
            return fallback

    def told(self, of: str) -> dict[str, Any]:
        """As the browser has it; names in the order in which it writes them."""
        return {
            "at": self.at,
            "zoom": self.zoom,
            "equal": self.equal,
            "pins": {str(column): place for column, place in self.pins.items()},
            "kinds": {str(column): kind for column, kind in self.kinds.items()},
            "mode": self.mode,
            "pair": None if self.pair is None else list(self.pair),
            "cell": self.cell,
            "alone": self.alone,
            "track": self.track,
            "of": of,
        }


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
    comparing: bool = False,
    tracks: Sequence[Mapping[str, Any]] = (),
    on_view: Callable[[], None] | None = None,
) -> Answer:
    """Draw the columns.

    Args:
        view: what to look at, unless the person has moved on since: the browser's own last word wins over its echo.
        of: names the columns. What was told of other columns does not count: pins go by the number of the column.
        removable: show buttons that hold or remove a column.
        prefetch: load the epochs in the background, so that the slider answers at once everywhere.
        tallest: CSS length above which a column scrolls.
        comparing: offer to lay two grids over one another, to map what changed, to choose blindly, and the strip.
        tracks: numbers to draw under the strip, see ui.compare_track.
        on_view: called before the rerun that a changed view causes; read the view with `told_view`.
    """
    data = {
        "columns": [_described(column) for column in columns],
        "view": view.told(of),
        "max_zoom": MAX_ZOOM,
        "removable": removable,
        "prefetch": prefetch,
        "tallest": tallest,
        "comparing": comparing,
        "tracks": list(tracks),
        "post": key,
    }
    result = _viewer(
        key=key,
        data=data,
        on_view_change=access.owner_action(on_view or _nothing),
        on_removed_change=access.owner_action(_nothing),
    )
    in_sight = [frame_at(column, index, view) for index, column in enumerate(columns)]
    samples_post.show(
        {frame.key: frame for column in columns for frame in column.frames},
        key=key,
        first=[frame.key for frame in in_sight if frame is not None and frame.make is None],
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


def frame_at(column: Column, index: int, view: View) -> Frame | None:
    """What column number `index` shows: the last grid that is not later than the view's place, or its pin."""
    place = view.pins.get(index, view.at)
    early = [frame for frame in column.frames if place is None or frame.at <= place]
    return early[-1] if early else None


def place_name(at: float) -> str:
    """What a place on the axis is called."""
    if at == 0:
        return "Before training"
    return f"Epoch {at:.0f}" if float(at).is_integer() else f"Epoch {at:.1f}"


def _described(column: Column) -> dict[str, Any]:
    """Frames as lists side by side: five hundred of them are then some kilobytes."""
    return {
        "title": column.title,
        "subtitle": column.subtitle,
        "alt": column.alt,
        "color": column.color,
        "cell": column.cell,
        "tall": column.tall or column.cell,
        "gap": _GAP,
        "empty": column.empty,
        "kind": column.kind,
        "kinds": dict(column.kinds),
        "linked": column.linked,
        "ahead": column.ahead,
        "at": [frame.at for frame in column.frames],
        "keys": _shortened([frame.key for frame in column.frames]),
        "labels": [frame.label for frame in column.frames],
        "notes": [frame.note for frame in column.frames],
    }


def _shortened(keys: Sequence[str]) -> dict[str, Any]:
    """What all keys begin with, once, and the rest of each."""
    if not keys:
        return {"start": "", "rest": []}
    first, last = min(keys), max(keys)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return {"start": first[:length], "rest": [key[length:] for key in keys]}
