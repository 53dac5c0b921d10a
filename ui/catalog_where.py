"""The Catalog page's filter field: what was typed there, with help, and the edits that clicks make to it."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.catalog.facets import choice
from core.catalog.filters.fields import FIELDS
from core.catalog.filters.parsing import FilterError, parse
from core.catalog.filters.tree import All, Comparison, Filter, together
from ui.jobs import plain

WHERE = "where"  # the key of the field in the session state, and in the URL
FACETS_SHOWN = "facets"  # the key of the switch beside the field: counting is done only for whoever looks at it
_EXAMPLES = (
    ('artist = "Mark Rothko" and width >= 640', "letter for letter, and a number"),
    ('style in (Minimalism, "Color Field Painting") and not excluded', "any of several"),
    ("wave or (title ~ mountain and year between 1830 and 1835)", "words anywhere, a part of a title, years"),
    ("licence is unknown or bytes > 2mb", "what is missing, and large files"),
    ("aspect > 1.9 or sharpness < 20", "panoramas and blurred pictures"),
    ("added >= 2026-11-01 and my_tag = favourite", "since a day, with a tag of your own"),
)
_KINDS = {"number": "=, <, between", "text": "=, ~, in", "words": "~", "flag": "yes or no", "time": "<, between"}


def where_field(
    *, on_change: Callable[[], None], beside: Callable[[], None] | None = None, facets: bool = True
) -> str | None:
    """Draw the field. Returns what it says; None, with an explanation on the page, if that cannot be understood.

    Args:
        beside: draws what else stands in its row.
        facets: whether to offer the switch for the facets.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Filter",
            key=WHERE,
            bind="query-params",
            on_change=on_change,
            placeholder='artist = "Mark Rothko" and width >= 640',
            width="stretch",
        )
        # on a phone they go below the field, all together
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content"):
            with st.popover("Help", icon=":material/help:", type="tertiary", help="What can be asked", width="content"):
                _help()
            if beside is not None:
                beside()
            if facets:
                st.toggle(
                    "Facets",
                    key=FACETS_SHOWN,
                    bind="query-params",
                    help="Counts of every value, and histograms: click one to filter.",
                )
    try:
        parse(text)
    except FilterError as error:
        st.error(plain(str(error)), icon=":material/filter_alt:")
        if text.strip():
            shown = text[: error.at] + "⟨here⟩ " + text[error.at :]
            st.code(shown if len(shown) <= 600 else shown[max(0, error.at - 300) : error.at + 300], language=None)
        return None
    return text.strip()


def _help() -> None:
    st.markdown("In addition to the other filters. Join with **and**, **or**, **not** and brackets.")
    for example, about in _EXAMPLES:
        st.caption(about.capitalize())
        st.code(example, language=None, wrap_lines=True)
    st.dataframe(
        {
            "Field": list(FIELDS),
            "Asked with": [_KINDS[field.kind] for field in FIELDS.values()],
            "What it is": [field.about for field in FIELDS.values()],
        },
        hide_index=True,
        width=520,
        height=260,
    )


def is_understood() -> bool:
    """Whether clicks may edit what stands in the field: it may have been typed a moment before the click."""
    try:
        parse(st.session_state[WHERE])
    except FilterError:  # the page says so in the run that follows
        return False
    return True


def chosen_values(where: str, field: str) -> list[str]:
    """The values of a field that the filter asks for with = or in, where that is joined to the rest by "and"."""
    return [
        value if isinstance(value, str) else f"{value:g}"
        for part in _parts(where)
        if isinstance(part, Comparison) and part.field == field and part.operator in ("=", "in")
        for value in part.values
    ]


def asked_of(where: str, field: str) -> str:
    """All that the filter asks of one field, as text."""
    return str(together([part for part in _parts(where) if isinstance(part, Comparison) and part.field == field]))


def with_values(where: str, field: str, values: Sequence[str]) -> str:
    """The filter, asking for these values of a field in place of what it asked of it; for none: not asking."""
    return with_condition(where, field, choice(field, values))


def with_condition(where: str, field: str, condition: str) -> str:
    """The filter with another condition on one field."""
    kept = [part for part in _parts(where) if not (isinstance(part, Comparison) and part.field == field)]
    return str(together([*kept, parse(condition)]))


def _parts(where: str) -> tuple[Filter, ...]:
    found = parse(where)
    return found.parts if isinstance(found, All) else (found,)
