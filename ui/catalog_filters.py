"""The Catalog page's filters: widgets whose values live in the URL, and the selection they make."""

from collections.abc import Callable

import streamlit as st

from core.catalog.arrays.shelf import SORTS
from core.catalog.catalog import Catalog
from core.catalog.selection import Selection
from ui.catalog_where import WHERE, where_field
from ui.jobs import plain

UNKNOWN_ARTIST = "Unknown artist"
NO_LICENCE = "Not stated"
_SHOW = {"kept": "Kept", "excluded": "Excluded", "all": "All"}
_SHAPES = ("portrait", "landscape", "square")
_ORIGINS = {"artworks": False, "synthetic": True}
_LARGEST_SIDE = 100_000  # pixels
_DEFAULTS = {
    "q": "",
    "collection": [],
    "artist": [],
    "licence": [],
    "show": "kept",
    "min_side": None,
    "max_side": None,
    "shape": None,
    "origin": None,
    WHERE: "",
}


def filters(
    catalog: Catalog,
    *,
    on_change: Callable[[], None],
    beside: Callable[[], None] | None = None,
    facets: bool = True,
) -> Selection | None:
    """Draw the filters; return what they select, or None where the filter field says something that nobody understands.

    Every value is in the URL under the widget's key. beside, facets: see where_field.
    """
    known = [info.name for info in catalog.collections()]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search",
            key="q",
            type="search",
            placeholder="Title, artist, tag, file name",
            bind="query-params",
            on_change=on_change,
            live="400ms",
            width=215,
            help="Every word has to stand somewhere in title, artist, date, style, tags, file name or metadata.",
        )
        collections = st.multiselect(
            "Collection",
            [*known, *(name for name in st.session_state.get("collection") or [] if name not in known)],
            key="collection",
            bind="query-params",
            on_change=on_change,
            placeholder="All collections",
            width=190,
        )
        narrowed = Selection(collections=tuple(collections), excluded="all")
        known_artists = [artist or UNKNOWN_ARTIST for artist, _ in catalog.artists(narrowed)]
        chosen = [artist for artist in st.session_state.get("artist") or [] if artist not in known_artists]
        artists = st.multiselect(
            "Artist",
            [*known_artists, *chosen],  # one that was chosen stays when another filter leaves none of theirs
            key="artist",
            bind="query-params",
            on_change=on_change,
            placeholder="All artists",
            width=210,
        )
        show = st.segmented_control(
            "Show",
            list(_SHOW),
            key="show",
            default="kept",
            required=True,
            bind="query-params",
            format_func=_SHOW.__getitem__,
            on_change=on_change,
        )
        with st.popover(_more_label(), icon=":material/tune:"):
            min_side, max_side, shape, origin, licences = _more(catalog, narrowed, on_change)
    where = where_field(on_change=on_change, beside=beside, facets=facets)
    if where is None:
        return None
    return Selection(
        collections=tuple(collections),
        artists=tuple("" if artist == UNKNOWN_ARTIST else artist for artist in artists),
        licences=tuple("" if licence == NO_LICENCE else licence for licence in licences),
        min_side=min_side,
        max_side=max_side,
        orientation=shape or "",
        excluded=show or "kept",
        text=text,
        synthetic=_ORIGINS[origin] if origin else None,
        where=where,
    )


def _more(
    catalog: Catalog, narrowed: Selection, on_change: Callable[[], None]
) -> tuple[int | None, int | None, str | None, str | None, list[str]]:
    min_side = st.number_input(
        "Shorter side at least",
        min_value=1,
        max_value=_LARGEST_SIDE,
        value=None,
        step=64,
        key="min_side",
        bind="query-params",
        on_change=on_change,
        placeholder="pixels",
    )
    max_side = st.number_input(
        "Longer side at most",
        min_value=1,
        max_value=_LARGEST_SIDE,
        value=None,
        step=64,
        key="max_side",
        bind="query-params",
        on_change=on_change,
        placeholder="pixels",
    )
    shape = st.pills(
        "Shape", _SHAPES, key="shape", bind="query-params", on_change=on_change, format_func=str.capitalize
    )
    origin = st.pills(
        "Origin",
        list(_ORIGINS),
        key="origin",
        bind="query-params",
        on_change=on_change,
        format_func=str.capitalize,
        help="Synthetic pictures are drawn by a program, such as those of the sample collection.",
    )
    counts = {licence or NO_LICENCE: count for licence, count in catalog.licences(narrowed)}
    chosen = [licence for licence in st.session_state.get("licence") or [] if licence not in counts]
    licences = st.multiselect(
        "Licence",
        [*counts, *chosen],  # as with artists: a chosen one stays
        key="licence",
        bind="query-params",
        on_change=on_change,
        placeholder="All licences",
        help="As the source of a picture states it. Of your own files nothing need be stated.",
    )
    if counts.keys() != {NO_LICENCE}:
        st.caption(plain(" · ".join(f"{licence}: {count:,}" for licence, count in counts.items())))
    return min_side, max_side, shape, origin, licences


def _more_label() -> str:
    set_here = sum(st.session_state.get(name) is not None for name in ("min_side", "max_side", "shape", "origin"))
    set_here += bool(st.session_state.get("licence"))
    return f"More filters ({set_here})" if set_here else "More filters"


def clear_filters() -> None:
    """For a button's on_click: everything back to its default."""
    for name, value in _DEFAULTS.items():
        st.session_state[name] = value


def open_selection(selection: Selection) -> None:
    """Set every filter to what a selection asks for; in a callback, before the widgets are drawn."""
    asked = {
        "q": selection.text,
        "collection": list(selection.collections),
        "artist": [artist or UNKNOWN_ARTIST for artist in selection.artists],
        "licence": [licence or NO_LICENCE for licence in selection.licences],
        "show": selection.excluded,
        "min_side": _in_range(selection.min_side or None),
        "max_side": _in_range(selection.max_side),
        "shape": selection.orientation or None,
        "origin": next((name for name, synthetic in _ORIGINS.items() if synthetic is selection.synthetic), None),
        WHERE: selection.where,
    }
    for name, value in asked.items():
        st.session_state[name] = value


def address_of(selection: Selection) -> dict[str, str | list[str]]:
    """The parameters of an address in which every filter asks for what a selection does."""
    asked: dict[str, str | list[str]] = {
        "q": selection.text,
        "collection": list(selection.collections),
        "artist": [artist or UNKNOWN_ARTIST for artist in selection.artists],
        "licence": [licence or NO_LICENCE for licence in selection.licences],
        "show": "" if selection.excluded == _DEFAULTS["show"] else _SHOW[selection.excluded],
        "min_side": str(_in_range(selection.min_side or None) or ""),
        "max_side": str(_in_range(selection.max_side) or ""),
        "shape": selection.orientation.capitalize(),
        "origin": next((name for name, told in _ORIGINS.items() if told is selection.synthetic), "").capitalize(),
        WHERE: selection.where,
    }
    return {name: value for name, value in asked.items() if value}


def _in_range(side: int | None) -> int | None:
    return None if side is None else min(max(side, 1), _LARGEST_SIDE)


def sort_choice(on_change: Callable[[], None]) -> str:
    """The order of the pictures: a key of SORTS."""
    return st.selectbox(
        "Order",
        list(SORTS),
        key="sort",
        bind="query-params",
        on_change=on_change,
        format_func=lambda name: SORTS[name].label,
        width=165,
    )
