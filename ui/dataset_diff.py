"""Two datasets side by side: what came and went and why, the recipe setting by setting, the counts."""

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.datasets.contents import Contents
from core.datasets.differences import Change, Difference, diff_contents, setting_words
from core.datasets.listing import Dataset, list_datasets
from core.workspace import Workspace
from ui import access
from ui.dataset_pictures import show_thumbnails
from ui.jobs import plain

_COUNT_WORDS = {
    "pictures": "Chosen",
    "kept": "Kept",
    "train": "Trained on",
    "test": "Held out",
    "copies": "Copies",
    "rows": "Rows",
    "enlarged": "Enlarged",
    "groups": "Artworks",
}
_GROUPS = {
    "came": "Came",
    "went": "Went",
    "moved": "Changed sides",
    "relabelled": "Other labels",
    "left_out_otherwise": "Left out for another reason",
}
_WITH = "with"  # of the address: the other's id
_SHOWN = 48  # pictures of a group to a page


def show_difference(workspace: Workspace, dataset: Dataset) -> None:
    """The dataset against an older one by default: "it = the older one − ... + ...". Raises PackError."""
    from ui.dataset_view import contents_of

    others = {other.id: other for other in list_datasets(workspace) if other.id != dataset.id}
    if not others:
        st.caption("There is no other dataset to compare it with.")
        return
    asked = st.query_params.get(_WITH, "")
    with_id = st.selectbox(
        "Compare with",
        list(others),
        index=list(others).index(asked if asked in others else _before(dataset, list(others.values())).id),
        key="compared-with",
        format_func=lambda name: f"{others[name].name}, built {others[name].created[:10]}",
        width=420,
        on_change=access.owner_action(_keep_in_address),
    )
    one = others[with_id]
    found = _difference(one, contents_of(one), dataset, contents_of(dataset))
    st.markdown(f"**{plain(found.in_words())}**")
    _show_figures(found)
    _show_groups(workspace, found)


def _keep_in_address() -> None:
    st.query_params[_WITH] = st.session_state["compared-with"]


def _before(dataset: Dataset, others: Sequence[Dataset]) -> Dataset:
    """The newest that is older, else the newest."""
    return next((other for other in others if other.created <= dataset.created), others[0])


@st.cache_data(max_entries=8, show_spinner="Comparing", hash_funcs={Dataset: lambda it: it.id, Contents: id})
def _difference(one: Dataset, in_one: Contents, other: Dataset, in_other: Contents) -> Difference:
    return diff_contents(one, in_one, other, in_other)


def _show_figures(found: Difference) -> None:
    counts, recipe = st.columns([2, 3], gap="large")
    with counts:
        rows = [(_COUNT_WORDS.get(name, name), one, other, other - one) for name, (one, other) in found.counts.items()]
        table = pd.DataFrame(rows, columns=["", found.one, _other(found), "±"])
        st.dataframe(
            table,
            hide_index=True,
            column_config={"±": st.column_config.NumberColumn(format="%+d")},
            alt=f"Counts of {found.one} and {found.other}",
        )
    with recipe:
        if not found.recipe:
            st.caption("Both have the same recipe.")
            return
        settings = [
            (setting.title, setting_words(setting.name, setting.one), setting_words(setting.name, setting.other))
            for setting in found.recipe
        ]
        st.dataframe(
            pd.DataFrame(settings, columns=["Recipe", found.one, _other(found)]),
            hide_index=True,
            alt="Settings of the recipe that differ",
        )


def _other(found: Difference) -> str:
    """Columns of a table need names of their own; datasets may share one."""
    return found.other if found.other != found.one else f"{found.other} (this)"


def _show_groups(workspace: Workspace, found: Difference) -> None:
    groups: dict[str, tuple[Change, ...]] = {name: getattr(found, name) for name in _GROUPS if getattr(found, name)}
    st.caption(f"{found.in_both:,} pictures are in both.")
    if not groups:
        return
    name = st.segmented_control(
        "Pictures",
        list(groups),
        key="differs",
        default=next(iter(groups)),
        required=True,
        format_func=lambda name: f"{_GROUPS[name]} {len(groups[name]):,}",
        label_visibility="collapsed",
    )
    changes = groups.get(name) or next(iter(groups.values()))
    why = Counter(change.why for change in changes)
    if len(why) > 1:
        chosen = st.pills(
            "Why",
            list(why),
            key=f"differs-why-{name}",
            format_func=lambda reason: f"{reason} {why[reason]:,}",
            label_visibility="collapsed",
        )
        changes = tuple(change for change in changes if chosen in (None, change.why))
    pages = -(-len(changes) // _SHOWN)
    page = min(st.pagination(pages, key=f"differs-page-{name}", max_visible_pages=7), pages) if pages > 1 else 1
    show_thumbnails(
        workspace,
        [
            (change.sha256, change.detail or change.why, f"{change.why}\n{change.sha256[:12]}")
            for change in changes[(page - 1) * _SHOWN : page * _SHOWN]
        ],
        key=f"dataset-{name}",
        label=_GROUPS[name],
    )
