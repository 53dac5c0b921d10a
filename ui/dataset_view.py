"""One dataset: what went in and what became of it, then its pictures, labels, differences, uses and files."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from core.datasets.contents import LABELS, Contents
from core.datasets.listing import Dataset, find_dataset, selection_words
from core.datasets.pack import INDEX, PackError
from core.datasets.plan import NEAR_SOLID, REPEATED, TOO_NARROW, UNREADABLE
from core.datasets.recipe import size_words
from core.datasets.recipe_links import recipe_to_link
from core.errors import AtelierError, NotFoundError
from core.workspace import Workspace
from ui.augment_state import PARAMETER as RECIPE
from ui.dataset_diff import show_difference
from ui.dataset_files import show_files
from ui.dataset_lineage import show_lineage
from ui.dataset_list import PAGE, built_words, train_link
from ui.dataset_pictures import show_pictures
from ui.jobs import plain
from ui.markup import harmless
from ui.selection_links import catalog_address

_VIEWS = {
    "pictures": "Pictures",
    "labels": "Labels",
    "compare": "Compare",
    "used": "Used by",
    "files": "Files",
}
_REASON_WORDS = {
    UNREADABLE: "Unreadable",
    REPEATED: "Repeated",
    TOO_NARROW: "Too narrow",
    NEAR_SOLID: "Near-solid",
}
_MOST_LABELS = 1000  # rows of a table


def show_dataset(workspace: Workspace, asked: str) -> None:
    """Args: asked: id or name, from the address."""
    st.page_link(PAGE, label="All datasets", icon=":material/arrow_back:")
    try:
        dataset = find_dataset(workspace, asked)
    except NotFoundError as error:
        st.warning(harmless(str(error)), icon=":material/broken_image:")
        return
    try:
        _show_head(dataset)
        _show_flow(dataset)
        _show_origin(dataset)
        _show_view(workspace, dataset)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/broken_image:")


def _show_view(workspace: Workspace, dataset: Dataset) -> None:
    """What is asked for by the address. Raises: AtelierError where files are missing or damaged."""
    view = st.segmented_control(
        "View",
        list(_VIEWS),
        key="view",
        bind="query-params",
        default="pictures",
        required=True,
        format_func=_VIEWS.__getitem__,
        label_visibility="collapsed",
    )
    shown: dict[str, Callable[[], None]] = {
        "pictures": lambda: show_pictures(workspace, contents_of(dataset)),
        "labels": lambda: _show_labels(contents_of(dataset)),
        "compare": lambda: show_difference(workspace, dataset),
        "used": lambda: show_lineage(workspace, dataset),
        "files": lambda: show_files(dataset),
    }
    shown[view]()


def contents_of(dataset: Dataset) -> Contents:
    """What it holds, read once for all visitors. Raises PackError."""
    try:
        changed = (dataset.folder / INDEX).stat().st_mtime_ns
    except OSError as error:
        raise PackError(f"Dataset {dataset.id} lacks the file {INDEX}. Build it again, or copy it anew.") from error
    return _contents(dataset.folder, dataset.content_hash, changed)


@st.cache_resource(max_entries=4, show_spinner="Reading the index")
def _contents(folder: Path, content_hash: str, changed: int) -> Contents:
    return Contents(folder)


def _show_head(dataset: Dataset) -> None:
    st.header(harmless(dataset.name), anchor=False)
    others = f"also called {', '.join(dataset.other_names)} · " if dataset.other_names else ""
    st.caption(plain(f"{others}built {built_words(dataset)} · {dataset.id}"))
    with st.container(horizontal=True, vertical_alignment="center", key="dataset-ways"):
        train_link(dataset.id, "it")
        st.page_link(
            "app_pages/gather/augment.py",
            label="Use this recipe",
            icon=":material/auto_awesome_mosaic:",
            query_params={RECIPE: recipe_to_link(dataset.recipe)},
        )


def _show_flow(dataset: Dataset) -> None:
    """From what was chosen to rows, as an addition that can be checked."""
    counts = dataset.counts
    steps = [("Chosen", f"{counts['pictures']:,}")]
    steps += [
        (_REASON_WORDS.get(reason, reason.capitalize()), f"−{number:,}")
        for reason, number in counts["dropped"].items()
        if number
    ]
    steps += [("Kept", f"{counts['kept']:,}"), ("Trained on", f"{counts['train']:,}")]
    if counts["copies"]:
        steps.append(("Copies of those", f"+{counts['copies']:,}"))
    steps += [("Held out", f"{counts['test']:,}"), ("Rows", f"{counts['rows']:,}")]
    with st.container(horizontal=True, gap="medium", key="dataset-flow"):
        for label, value in steps:
            st.metric(label, value, width="content")


def _show_origin(dataset: Dataset) -> None:
    selection = dataset.manifest.get("selection")
    with st.container(gap="xsmall", key="dataset-origin"):
        st.markdown(f"**Recipe**  {plain(dataset.recipe.in_words())}")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**Chosen**  {plain(selection_words(selection))}", width="content")
            address = catalog_address(selection)
            if address is not None:
                st.page_link(
                    "app_pages/gather/catalog.py",
                    label="What fits today, in the Catalog",
                    icon=":material/photo_library:",
                    query_params=address,
                )
    notes = []
    if dataset.counts.get("enlarged"):
        notes.append(f"{dataset.counts['enlarged']:,} pictures are smaller than {size_words(dataset.shape)}: enlarged.")
    if dataset.manifest.get("synthetic"):
        notes.append(f"{dataset.manifest['synthetic']:,} pictures are synthetic, drawn by a program.")
    if notes:
        st.caption(" ".join(notes))


def _show_labels(contents: Contents) -> None:
    """How many kept pictures carry each value."""
    told = {label: contents.count_labels(label) for label in LABELS}
    told = {label: values for label, values in told.items() if any(value for value, _ in values)}
    if not told:
        st.caption("The pictures of this dataset carry no labels.")
        return
    kept = contents.counts["kept"]
    with st.grid(min_column_width=280, gap="medium"):
        for label, values in told.items():
            with st.container(gap="xsmall"):
                named = [(value, count) for value, count in values if value]
                without = kept - sum(count for value, count in values if not value)
                st.markdown(
                    f"**{label.capitalize()}**  {len(named):,} value{'s' * (len(named) != 1)}, of {without:,} pictures"
                )
                table = pd.DataFrame(values[:_MOST_LABELS], columns=["Value", "Pictures"])
                table["Value"] = table["Value"].replace("", "not known")
                st.dataframe(
                    table,
                    hide_index=True,
                    height=min(38 + 35 * len(table), 360),
                    column_config={
                        "Pictures": st.column_config.ProgressColumn(
                            "Pictures", format="%d", min_value=0, max_value=int(table["Pictures"].max())
                        )
                    },
                    alt=f"Pictures by {label}",
                )
                if len(values) > _MOST_LABELS:
                    st.caption(f"The {_MOST_LABELS:,} most frequent of {len(values):,}.")
