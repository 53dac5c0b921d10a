"""What a dataset offers to learn by: how many terms each column of the catalog has in it, and which they are."""

from pathlib import Path

import streamlit as st

from core.datasets.conditions import ConditionError, Vocabulary, vocabulary
from core.datasets.listing import Dataset
from core.datasets.pack import open_pack
from core.training.base_settings import CONDITION_COLUMNS
from ui.jobs import plain

_NO_LIMIT = 1_000_000
_SHOWN_TERMS = 12


def show_offer(dataset: Dataset, chosen: str, at_most: int) -> None:
    """chosen: columns joined by commas, as in the setting."""
    offered = {
        column: _offered(str(dataset.folder), f"{dataset.content_hash}-{dataset.labels_hash}", column)
        for column in (*CONDITION_COLUMNS,)
    }
    counts = [f"{column}: {len(found)}" for column, found in offered.items() if isinstance(found, Vocabulary)]
    st.caption(f"Terms in {plain(dataset.name)}: " + (" · ".join(counts) if counts else "none to learn by."))
    for column in (part for part in chosen.split(",") if part):
        found = offered.get(column)
        if isinstance(found, Vocabulary):
            terms = [f"{term.value} ({term.count})" for term in found.terms[: min(at_most, _SHOWN_TERMS)]]
            more = len(found) - len(terms)
            st.caption(f"**{column}**: {plain(', '.join(terms))}" + (f" and {more} more" if more > 0 else ""))
        elif found:
            st.caption(f"**{column}**: {plain(found)}")


@st.cache_data(max_entries=128, show_spinner=False)
def _offered(folder: str, content_hash: str, column: str) -> Vocabulary | str:
    """The terms of a column, or why there are none. content_hash: only tells the cache that nothing has changed."""
    try:
        return vocabulary(open_pack(Path(folder)), (column,), _NO_LIMIT)
    except ConditionError as error:
        return str(error)
