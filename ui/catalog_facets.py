"""The Catalog page's facets: every field's values with counts; a click adds one to the filters or takes it back."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.facets import Facet
from core.catalog.selection import Selection
from ui import access
from ui.catalog_filters import NO_LICENCE, UNKNOWN_ARTIST
from ui.catalog_flags import flags_facet
from ui.catalog_where import WHERE, chosen_values, is_understood, with_values
from ui.jobs import plain

_LABELS = {
    "collection": "Collection",
    "my_tag": "Your tags",
    "duplicate": "Duplicates",
    "source": "Source",
    "artist": "Artist",
    "style": "Style",
    "genre": "Genre",
    "decade": "Decade",
    "licence": "Licence",
    "source_tag": "Tags of the source",
    "orientation": "Shape",
    "format": "File format",
}
_WIDGETS = {"collection": "collection", "artist": "artist", "licence": "licence"}  # fields that have a filter above
_UNKNOWN = {"artist": UNKNOWN_ARTIST, "licence": NO_LICENCE}
_AT_ONCE = 7  # values that are buttons; the others are in a list
_LONGEST = 34  # letters of a value on a button


def facets_panel(catalog: Catalog, selection: Selection, *, on_change: Callable[[], None]) -> None:
    """All facets of a selection. A field that nothing is known of is left out."""
    found = catalog.facets(selection, tuple(_LABELS))
    for field, values in found.items():
        chosen = _chosen(field)
        if chosen or any(value for value, _ in values):
            _facet(field, values, chosen, on_change)
    flags_facet(catalog, selection, on_change=on_change)


def _facet(field: str, values: Facet, chosen: Sequence[str], on_change: Callable[[], None]) -> None:
    counts = dict(values)
    at_once = [value for value, _ in values[:_AT_ONCE]]
    at_once += [value for value in chosen if value not in at_once]
    key = f"facet-{field}"
    st.session_state[key] = list(chosen)  # what the filters say, however they came to say it
    st.pills(
        _LABELS[field],
        at_once,
        selection_mode="multi",
        key=key,
        format_func=lambda value: f"{plain(_shortened(_named(field, value)))} **{counts.get(value, 0):,}**",
        on_change=access.owner_action(partial(_narrow, field, on_change)),
    )
    others = [value for value, _ in values if value not in at_once]
    if others:
        more = f"facet-more-{field}"
        st.session_state[more] = None
        st.selectbox(
            f"{_LABELS[field]}: more",
            others,
            index=None,
            key=more,
            format_func=lambda value: f"{_named(field, value)} ({counts[value]:,})",
            placeholder=f"{len(others):,} more",
            label_visibility="collapsed",
            on_change=access.owner_action(partial(_add, field, on_change)),
        )


def _narrow(field: str, on_change: Callable[[], None]) -> None:
    if is_understood():
        _choose(field, st.session_state[f"facet-{field}"])
        on_change()


def _add(field: str, on_change: Callable[[], None]) -> None:
    value = st.session_state[f"facet-more-{field}"]
    if value is not None and is_understood():
        _choose(field, [*_chosen(field), value])
        on_change()


def _chosen(field: str) -> list[str]:
    """The values of a field that the filters ask for."""
    if field == "orientation":
        shape = st.session_state.get("shape")
        return [shape] if shape else chosen_values(st.session_state[WHERE], field)
    if field in _WIDGETS:
        unknown = _UNKNOWN.get(field)
        named = ["" if value == unknown else value for value in st.session_state.get(_WIDGETS[field]) or []]
        return list(dict.fromkeys([*named, *chosen_values(st.session_state[WHERE], field)]))
    return chosen_values(st.session_state[WHERE], field)


def _choose(field: str, values: Sequence[str]) -> None:
    """Have the filters ask for these values: in their own widget where there is one, else in the filter field."""
    if field in _WIDGETS:
        unknown = _UNKNOWN.get(field, "")
        st.session_state[_WIDGETS[field]] = [value or unknown for value in values]
        values = []
    elif field == "orientation":
        st.session_state["shape"] = None  # it can say one shape only
    st.session_state[WHERE] = with_values(st.session_state[WHERE], field, values)


def _named(field: str, value: str) -> str:
    if not value:
        return _UNKNOWN.get(field, "Unknown")
    if field == "decade":
        return f"{value}s"
    return value.capitalize() if field in ("orientation", "duplicate") else value


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
