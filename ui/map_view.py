"""The map as a component: a plane of pictures to wander over, to point at, and to choose from with a lasso or a box.

    map_view(catalog, workspace, drawn, key="map", on_region=choose, on_opened=open_picture)

What goes to the browser: the places of all pictures (4 bytes each) and their classes (2 bytes each, and a colour where
every picture has its own), as two files; sheets of thumbnails and facts only of what is in sight or pointed at, when
the browser asks. What comes back of a lasso is its outline, which core.catalog.mapped.inside reads as the browser does:
a hundred thousand chosen pictures are a hundred numbers.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit import runtime

from core.catalog.catalog import Catalog
from core.catalog.mapped import Classes, inside
from core.errors import NotFoundError
from core.features.maps import PictureMap
from core.workspace import Workspace
from ui import access
from ui.map_colours import class_colours
from ui.map_sheets import CELL, COLUMNS, sheet, sheet_count

_ASSETS = Path(__file__).with_name("assets")
_PLACES = 65_535  # a side
_MOST_SHEETS = 12  # at a time
_MOST_REGIONS = 50
_MOST_CORNERS = 20_000

_component = st.components.v2.component(
    "atelier_map",
    html="<div id='map'></div>\n",
    css=(_ASSETS / "map.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_ASSETS / name).read_text(encoding="utf-8") for name in ("map_points.js", "map_drawing.js", "map.js")
    ),
)


@dataclass(frozen=True)
class Region:
    """What a lasso or a box holds: all that is shown inside, but for the classes that were hidden then."""

    outline: tuple[tuple[float, float], ...]  # in places, 0 to 65,535
    hidden: tuple[int, ...]
    colouring: str

    def to_json(self) -> dict[str, Any]:
        return {"outline": self.outline, "hidden": self.hidden, "colouring": self.colouring}


@dataclass(frozen=True)
class MapShown:
    """What the map is drawn from."""

    found: PictureMap
    shown: NDArray[np.bool_]  # (N,) what fits the filter
    classes: Classes
    by: str  # what it is coloured by
    label: str


def map_view(
    catalog: Catalog,
    workspace: Workspace,
    drawn: MapShown,
    *,
    key: str,
    chosen: Sequence[str],
    on_region: Callable[[Sequence[Region]], None],
    on_opened: Callable[[str], None],
) -> None:
    """Draw the map. Looking around reruns this alone; choosing and opening rerun the page.

    Args:
        chosen: sha256 of what is chosen, to be marked where no lasso of this very map says it.
        on_region: called with what is chosen now; nothing where the choice was given up.
        on_opened: called with the sha256 that was clicked.
    """

    @access.owner_fragment
    def view() -> None:
        state = st.session_state.setdefault(f"{key}-state", {"regions": [], "picked": [], "number": 0})
        of = (drawn.found.key, drawn.by)
        if state.setdefault("of", of) != of:  # an outline means nothing on another map, nor hidden classes by others
            state["of"] = of
            mark_pictures(key, chosen)
        want = (st.session_state.get(key) or {}).get("want")
        asked = _asked(want, drawn.found)
        places, classes = _files(drawn)

        def told() -> None:
            value = (st.session_state.get(key) or {}).get("region")
            regions = read_regions(value, drawn.found.key)
            if regions is not None:
                state["regions"], state["picked"] = [region.to_json() for region in regions], []
                state["number"] = value["number"]
                on_region(regions)

        def opened() -> None:
            value = (st.session_state.get(key) or {}).get("opened")
            index = _index(value, drawn.found)
            if index is not None:
                on_opened(drawn.found.names[index].tobytes().hex())

        result = _component(
            key=key,
            data={
                "key": drawn.found.key,
                "places": _url(places, f"{key}-places"),
                "classesKey": hashlib.sha256(classes).hexdigest()[:16],
                "classes": _url(classes, f"{key}-classes"),
                "colouring": drawn.by,
                "legend": [
                    {"name": name, "count": count, "colour": colour}
                    for name, count, colour in zip(
                        drawn.classes.names,
                        _shown_counts(drawn),
                        class_colours(drawn.classes.names, drawn.by),
                        strict=True,
                    )
                ],
                "label": drawn.label,
                "thumbnails": True,
                "cell": CELL,
                "columns": COLUMNS,
                "mostSheets": _MOST_SHEETS,
                "sheets": {
                    str(number): _url(sheet(workspace, drawn.found, number), f"{key}-sheet-{number}", "image/webp")
                    for number in asked.sheets  # the browser keeps what it was sent
                },
                "hover": _facts(catalog, workspace, drawn.found, asked.hover, key),
                "answered": asked.number,
                "regions": {
                    "number": state["number"],
                    "regions": state["regions"],
                    "picked": len(state["picked"]),
                    "marks": _url(_marks(drawn, state["picked"]), f"{key}-marks") if state["picked"] else "",
                },
            },
            on_want_change=access.owner_action(lambda: None),
            on_region_change=access.owner_action(told),
            on_opened_change=access.owner_action(opened),
        )
        if result.region is not None or result.opened is not None:
            st.rerun()

    view()


def mark_pictures(key: str, pictures: Sequence[str]) -> None:
    """Mark these instead of what a lasso holds; none to mark nothing. In a callback, or before the map is drawn."""
    state = st.session_state.get(f"{key}-state")
    if state:
        state["regions"], state["picked"], state["number"] = [], list(pictures), state["number"] + 1


def chosen_in(drawn: MapShown, regions: Sequence[Region]) -> NDArray[np.bool_]:
    """(N,) the pictures that regions hold."""
    places = quantised(drawn.found)
    found = np.zeros(len(places), dtype=bool)
    for region in regions:
        allowed = drawn.shown.copy()
        if region.colouring == drawn.by and region.hidden:
            allowed &= ~np.isin(drawn.classes.of, region.hidden)
        found |= inside(places, region.outline) & allowed
    return found


def quantised(found: PictureMap) -> NDArray[np.uint16]:
    """(N, 2) places as the browser has them; y grows downwards, as on a screen."""
    return np.clip(np.round((found.places + 1) / 2 * _PLACES), 0, _PLACES).astype("<u2")


def read_regions(value: Any, key: str) -> list[Region] | None:
    """What the browser told, checked; None for anything else, or of another map."""
    try:
        if value["map"] != key or not isinstance(value["number"], int) or len(value["regions"]) > _MOST_REGIONS:
            return None
        regions = [
            Region(
                tuple((float(x), float(y)) for x, y in region["outline"]),
                tuple(int(code) for code in region["hidden"]),
                str(region["colouring"]),
            )
            for region in value["regions"]
        ]
    except (TypeError, KeyError, ValueError):
        return None
    corners = [place for region in regions for corner in region.outline for place in corner]
    return regions if len(corners) <= 2 * _MOST_CORNERS and np.isfinite(corners).all() else None


@dataclass(frozen=True)
class _Asked:
    sheets: tuple[int, ...]
    hover: int  # -1: nothing
    number: int


def _asked(value: Any, found: PictureMap) -> _Asked:
    try:
        if value["map"] != found.key:
            return _Asked((), -1, int(value["number"]))
        sheets = [int(number) for number in value["sheets"][:_MOST_SHEETS]]
        hover = int(value["hover"])
        return _Asked(
            tuple(number for number in sheets if 0 <= number < sheet_count(found)),
            hover if 0 <= hover < len(found) else -1,
            int(value["number"]),
        )
    except (TypeError, KeyError, ValueError):
        return _Asked((), -1, 0)


def _index(value: Any, found: PictureMap) -> int | None:
    try:
        index = int(value["index"])
        return index if value["map"] == found.key and 0 <= index < len(found) else None
    except (TypeError, KeyError, ValueError):
        return None


def _marks(drawn: MapShown, pictures: Sequence[str]) -> bytes:
    """A byte for each picture of the map: 1 for these."""
    wanted = {bytes.fromhex(sha256) for sha256 in pictures}
    return bytes(name.tobytes() in wanted for name in drawn.found.names)


def _files(drawn: MapShown) -> tuple[bytes, bytes]:
    of = np.where(drawn.shown, drawn.classes.of, len(drawn.classes.names)).astype("<u2")
    own = b"" if drawn.classes.colours is None else drawn.classes.colours.tobytes()
    return quantised(drawn.found).tobytes(), of.tobytes() + own


def _shown_counts(drawn: MapShown) -> list[int]:
    counts: list[int] = np.bincount(drawn.classes.of[drawn.shown], minlength=len(drawn.classes.names)).tolist()
    return counts


def _facts(catalog: Catalog, workspace: Workspace, found: PictureMap, index: int, key: str) -> dict[str, Any] | None:
    if index < 0:
        return None
    sha256 = found.names[index].tobytes().hex()
    try:
        picture = catalog.picture(sha256)
    except NotFoundError:
        return {"index": index, "image": "", "title": "No longer in the catalog", "lines": []}
    artwork = picture.artworks[0]
    lines = [
        artwork.artist or "Unknown artist",
        " · ".join(part for part in (artwork.date, artwork.style) if part),
        ", ".join(picture.collections),
        f"{picture.width} × {picture.height} pixels",
        f"Excluded: {picture.excluded}" if picture.excluded is not None else "",
        f"Tags: {', '.join(picture.tags)}" if picture.tags else "",
    ]
    try:
        image = _url(workspace.thumb(sha256).read_bytes(), f"{key}-hover", "image/webp")
    except OSError:  # a thumbnail is derived
        image = ""
    return {
        "index": index,
        "image": image,
        "title": artwork.title or "Untitled",
        "lines": [line for line in lines if line],
    }


def _url(data: bytes, coordinates: str, kind: str = "application/octet-stream") -> str:
    """An address on this server for as long as the session shows it: see ui.gallery."""
    return runtime.get_instance().media_file_mgr.add(data, kind, coordinates)
