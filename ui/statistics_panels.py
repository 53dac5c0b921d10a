"""What the Statistics page tells of a selection, panel by panel; a click opens the Catalog with that bar."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from core.catalog.catalog import Catalog
from core.catalog.facets import Facet, choice, without
from core.catalog.selection import Selection
from core.catalog.statistics import collected, palette_counts, sizes
from ui.catalog_arrival import open_catalog
from ui.catalog_filters import NO_LICENCE, UNKNOWN_ARTIST
from ui.catalog_where import with_condition
from ui.statistics_charts import Bar, colour_barcode, histogram_bars, palette_bars, time_bars, value_bars

_MOST = 12  # values of a field
_UNKNOWN = {"artist": UNKNOWN_ARTIST, "licence": NO_LICENCE}
_SIZES = {
    "pixels": "Pixels, width times height",
    "shorter": "Shorter side, pixels",
    "longer": "Longer side, pixels",
    "bytes": "File size, bytes",
}
_PERIOD_FORMATS = {"day": "%d %b", "week": "%d %b", "month": "%b %Y", "year": "%Y"}


def figures(catalog: Catalog, selection: Selection, found: int) -> None:
    """The selection in a few numbers."""
    own = sizes(catalog, selection)
    told = catalog.facets(selection, ("artist", "licence"), within=True)
    years = catalog.histogram("year", selection, bins=40, within=True)
    dated = sum(years.counts)
    artists = sum(1 for value, _ in told["artist"] if value)
    licensed = sum(pictures for value, pictures in told["licence"] if value)
    with st.container(horizontal=True, gap="medium"):
        st.metric("Pictures", f"{found:,}", width="content")
        st.metric("Artists", f"{artists:,}{'+' if len(told['artist']) >= 200 else ''}", width="content")
        st.metric("With a year", f"{dated / max(1, dated + years.unknown):.0%}", width="content")
        st.metric("With a licence", f"{min(1.0, licensed / max(1, found)):.0%}", width="content")
        st.metric("Median size", f"{own.median_megapixels:.2g} MP", width="content")
        size = f"{own.bytes / 1e9:.3g} GB" if own.bytes >= 1e9 else f"{own.bytes / 1e6:.3g} MB"
        st.metric("Files", size, width="content")


def values(catalog: Catalog, selection: Selection, fields: Sequence[tuple[str, str]], found: int) -> None:
    """(field, title): horizontal bars of the most frequent values, in two columns."""
    shown = [(field, title, facet) for field, title in fields if _is_told(facet := _facet(catalog, selection, field))]
    for begin in range(0, len(shown), 2):
        for column, (field, title, facet) in zip(st.columns(2, gap="large"), shown[begin : begin + 2], strict=False):
            with column:
                _values(selection, field, title, facet, found)


def _values(selection: Selection, field: str, title: str, facet: Facet, found: int) -> None:
    st.markdown(f"**{title}**")
    top = facet[:_MOST]
    bars = [Bar(value or _UNKNOWN.get(field, "Unknown"), count, count / max(1, found)) for value, count in top]
    clicked = value_bars(bars, key=f"statistics-{field}", title=title)
    others = facet[_MOST:]
    if others:
        most = "at least " if len(facet) >= 200 else ""
        st.caption(f"and {most}{len(others):,} more")
    if clicked is not None:
        open_catalog(selection=narrowed(selection, field, choice(field, [top[clicked][0]])))


def dates(catalog: Catalog, selection: Selection) -> None:
    years = catalog.histogram("year", selection, bins=40, within=True)
    st.markdown("**Year of the work**")
    if not sum(years.counts):
        st.caption("No source tells a year of any of these pictures.")
        return
    clicked = histogram_bars(years, key="statistics-year", title="Year")
    if years.unknown:
        st.caption(f"Not known of {years.unknown:,}.")
    if clicked is not None:
        open_catalog(selection=narrowed(selection, "year", years.filter(clicked)))


def collecting(catalog: Catalog, selection: Selection) -> None:
    unit, periods = collected(catalog, selection)
    st.markdown(f"**Collected, by {unit}**")
    if not periods:
        return
    labels = [f"{period.begin:{_PERIOD_FORMATS[unit]}}" for period in periods]
    clicked = time_bars(labels, [period.pictures for period in periods], key="statistics-added", title="Collected")
    if clicked is not None:
        open_catalog(selection=narrowed(selection, "added", periods[clicked].filter))


def measures(catalog: Catalog, selection: Selection) -> None:
    """Size and proportions."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Size**")
        field = st.segmented_control(
            "Size by",
            list(_SIZES),
            key="size_by",
            default="pixels",
            required=True,
            format_func=lambda name: _SIZES[name].partition(",")[0],
            label_visibility="collapsed",
        )
        _histogram(catalog, selection, field or "pixels", _SIZES[field or "pixels"])
    with right:
        st.markdown("**Proportions**")
        st.caption("Width by height: 1 is square, 2 is wide, 0.5 is tall.")
        _histogram(catalog, selection, "aspect", "Width by height")


def colours(catalog: Catalog, selection: Selection) -> None:
    found = palette_counts(catalog, selection)
    st.markdown("**Colours**")
    if not found.pictures:
        st.caption("No colours are known of these pictures.")
        return
    colour_barcode(found)
    clicked = palette_bars(found, key="statistics-palette")
    st.caption(
        "How many pictures have a colour among their main ones: hues from red on, each dark below, light above; greys "
        "at the right. A click shows these pictures in the Catalog, the nearest to that colour first."
    )
    if clicked is not None:
        open_catalog(selection=selection, colours=found.cells[clicked][0].colour)


def narrowed(selection: Selection, field: str, condition: str) -> Selection:
    """The selection, asking this of a field in place of what it asked of it."""
    rest = without(selection, field)
    return replace(rest, where=with_condition(rest.where, field, condition))


def _histogram(catalog: Catalog, selection: Selection, field: str, title: str) -> None:
    found = catalog.histogram(field, selection, bins=40, within=True)
    if not sum(found.counts):
        return
    clicked = histogram_bars(found, key=f"statistics-{field}", title=title)
    if clicked is not None:
        open_catalog(selection=narrowed(selection, field, found.filter(clicked)))


def _facet(catalog: Catalog, selection: Selection, field: str) -> Facet:
    return catalog.facets(selection, (field,), within=True)[field]


def _is_told(facet: Facet) -> bool:
    return any(value for value, _ in facet)
