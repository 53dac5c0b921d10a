"""Two selections side by side on the Statistics page: their colours, their dates, what they are made of."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.facets import choice
from core.catalog.selection import Selection
from core.catalog.statistics import palette_counts
from ui.catalog_acts import pictures
from ui.catalog_arrival import open_catalog
from ui.jobs import plain
from ui.statistics_charts import Bar, colour_barcode, highest_share, palette_bars, time_bars, value_bars
from ui.statistics_panels import narrowed

WITH = "with"  # the key of the choice in the session state, and in the URL
_MOST = 8


def compare_choice(catalog: Catalog) -> str | None:
    """A collection, or a saved selection, to be set beside what the filters choose."""
    options = [f"collection: {collection.name}" for collection in catalog.collections() if collection.pictures]
    options += [f"saved: {saved.name}" for saved in catalog.saved_selections()]
    asked = st.session_state.get(WITH, st.query_params.get(WITH))
    if asked is not None and asked not in options:
        st.session_state.pop(WITH, None)
        st.query_params.pop(WITH, None)
    return st.selectbox(
        "Compare with",
        options,
        index=None,
        key=WITH,
        bind="query-params",
        placeholder="Nothing",
        width=280,
    )


def compared(catalog: Catalog, chosen: str) -> Selection:
    """Raises: NotFoundError if a saved selection is gone."""
    kind, _, name = chosen.partition(": ")
    return catalog.saved_selection(name) if kind == "saved" else Selection(collections=(name,))


def side_by_side(catalog: Catalog, one: Selection, other: Selection, names: Sequence[str]) -> None:
    """Both with the same axes, in shares, so that a small one can be held against a large one."""
    both = (one, other)
    palettes = [palette_counts(catalog, selection) for selection in both]
    highest = highest_share(*palettes)
    facets = [catalog.facets(selection, ("decade", "style", "artist"), within=True) for selection in both]
    known = [[int(decade) for decade, _ in facet["decade"] if decade] for facet in facets]
    every = [decade for decades in known for decade in decades]
    span = list(range(min(every), max(every) + 10, 10)) if every else []
    for place, column in enumerate(st.columns(2, gap="large")):
        selection, facet = both[place], facets[place]
        number = catalog.count(selection)
        with column:
            st.subheader(plain(names[place]), anchor=False)
            st.caption(pictures(number))
            if palettes[place].pictures:
                colour_barcode(palettes[place])
                clicked = palette_bars(palettes[place], key=f"compare-palette-{place}", highest=highest)
                if clicked is not None:
                    open_catalog(selection=selection, colours=palettes[place].cells[clicked][0].colour)
            if span:
                _decades(selection, dict(facet["decade"]), span, place)
            for field, title in (("style", "Style"), ("artist", "Artist")):
                top = [(value, count) for value, count in facet[field] if value][:_MOST]
                if top:
                    st.markdown(f"**{title}**")
                    bars = [Bar(value, count, count / max(1, number)) for value, count in top]
                    clicked = value_bars(bars, key=f"compare-{field}-{place}", title=title)
                    if clicked is not None:
                        open_catalog(selection=narrowed(selection, field, choice(field, [top[clicked][0]])))


def _decades(selection: Selection, counts: dict[str, int], span: Sequence[int], place: int) -> None:
    st.markdown("**Decade of the work**")
    labels = [f"{decade}s" for decade in span]
    numbers = [counts.get(str(decade), 0) for decade in span]
    clicked = time_bars(labels, numbers, key=f"compare-decade-{place}", title="Decade")
    if clicked is not None:
        open_catalog(selection=narrowed(selection, "decade", choice("decade", [str(span[clicked])])))
