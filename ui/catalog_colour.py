"""Colour search on the Catalog page: one or several colours, and the pictures whose palettes are nearest to them."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.catalog.nearness import ToColours
from core.catalog.records import Tile
from core.errors import ConfigError
from core.features.colour import SAME_COLOUR_WITHIN, parse_colour
from ui import access
from ui.catalog_arrival import COLOUR, LIKE, open_catalog
from ui.jobs import plain
from ui.swatches import swatches

_ANY = "colour-any"
_WANTED = "colour-wanted"
_COMMON = {
    "black": "#000000",
    "grey": "#808080",
    "white": "#ffffff",
    "brown": "#7a4a21",
    "crimson": "#dc143c",
    "red": "#ff0000",
    "orange": "#ff8c00",
    "gold": "#ffd700",
    "yellow": "#ffff00",
    "olive": "#808000",
    "green": "#008000",
    "teal": "#008080",
    "skyblue": "#87ceeb",
    "blue": "#0000ff",
    "navy": "#000080",
    "purple": "#800080",
    "pink": "#ffc0cb",
    "beige": "#f5f5dc",
}


def colour_field(on_change: Callable[[], None]) -> None:
    """Draw the popover: what it asks for is `colours_asked`.

    A field bound to the address tells it nothing while the popover is closed, so this is done here.
    """
    st.session_state.setdefault(COLOUR, st.query_params.get(COLOUR, ""))
    _tell_address()
    label = "Colour" if not st.session_state.get(COLOUR) else f"Colour ({len(_parts(st.session_state[COLOUR]))})"
    with st.popover(label, icon=":material/palette:", type="tertiary", key="colour-popover"):
        st.text_input(
            "Colours, with commas between",
            key=COLOUR,
            on_change=access.owner_action(_asked),
            args=(on_change,),
            placeholder="teal, #aa3322",
            help="By CSS names or as #rrggbb. Pictures come first that have all of them among their main colours.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.color_picker("Any colour", "#aa3322", key=_ANY)
            st.button(
                "Add it",
                icon=":material/add:",
                key="colour-add",
                on_click=access.owner_action(_add_any),
                args=(on_change,),
            )
        swatches(
            list(_COMMON.values()),
            names=list(_COMMON),
            key="colour-common",
            label="Colours to search by",
            then=lambda colour: add_colour(colour, on_change),
        )


def _tell_address() -> None:
    if st.session_state[COLOUR]:
        st.query_params[COLOUR] = st.session_state[COLOUR]
    else:
        st.query_params.pop(COLOUR, None)


def colours_asked() -> ToColours | None:
    """None without a colour, or with one that nobody understands, which the page then says."""
    text = st.session_state[COLOUR]
    try:
        return ToColours.read(_parts(text)) if _parts(text) else None
    except ConfigError as error:
        st.error(plain(str(error)), icon=":material/palette:")
        return None


def colour_line(asked: ToColours, on_change: Callable[[], None]) -> None:
    """What the pictures stand in order by, and how to read the numbers on them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="colour-line"):
        st.caption("Nearest first to", width="content")
        with st.container(width="content"):
            swatches(
                ["#{:02x}{:02x}{:02x}".format(*colour) for colour in asked.colours],
                key="colour-asked",
                label="Colours asked for",
                tip="Take it away",
                then=lambda colour: _take_away(colour, on_change),
            )
        st.caption(
            f"The number is how far a palette is (CIEDE2000): up to {SAME_COLOUR_WITHIN:g} most people would give both "
            "one name.",
            width="content",
        )
        st.button(
            "Usual order",
            icon=":material/close:",
            type="tertiary",
            key="colour-clear",
            on_click=access.owner_action(_clear),
            args=(on_change,),
        )


def distance_badge(tile: Tile) -> str:
    return "" if tile.distance is None else f"{tile.distance:.0f}"


def palette_strip(palette: Sequence[str], *, key: str, from_catalog: bool) -> None:
    """A picture's main colours, in a dialog about it: a click looks for others of that colour in the Catalog."""
    clicked = swatches(
        palette,
        key=key,
        label="Main colours",
        tip="Look for pictures of this colour",
        wide=True,
        then=_look_for,
    )
    if clicked and _WANTED in st.session_state:
        there = _parts(st.session_state.get(COLOUR, "")) if from_catalog else []
        colours = dict.fromkeys([*there, st.session_state.pop(_WANTED)])
        open_catalog(colours=", ".join(colours), from_catalog=from_catalog)


def _look_for(colour: str) -> None:
    st.session_state[_WANTED] = colour


def add_colour(colour: str, on_change: Callable[[], None]) -> None:
    """In a callback: search by this colour, too."""
    st.session_state[COLOUR] = ", ".join(dict.fromkeys([*_parts(st.session_state.get(COLOUR, "")), colour]))
    _asked(on_change)


def _asked(on_change: Callable[[], None]) -> None:
    """Colours were asked for: an order by likeness makes room."""
    st.query_params.pop(LIKE, None)
    on_change()


def _add_any(on_change: Callable[[], None]) -> None:
    add_colour(st.session_state[_ANY], on_change)


def _take_away(colour: str, on_change: Callable[[], None]) -> None:
    st.session_state[COLOUR] = ", ".join(
        part for part in _parts(st.session_state[COLOUR]) if parse_colour(part) != parse_colour(colour)
    )
    on_change()


def _clear(on_change: Callable[[], None]) -> None:
    st.session_state[COLOUR] = ""
    on_change()


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
