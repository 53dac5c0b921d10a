"""The datasets built last: their pictures, their recipe to go on from, the ways to each and to training."""

import streamlit as st

from core.datasets.listing import Dataset, list_datasets
from core.datasets.recipe import Recipe
from core.workspace import Workspace
from ui import access
from ui.augment_state import editor
from ui.dataset_list import PAGE, train_link
from ui.dataset_pictures import show_strip
from ui.jobs import plain

_SHOWN = 3


def show_latest(workspace: Workspace) -> None:
    datasets = list_datasets(workspace)
    if not datasets:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Built last", width="stretch")
        st.page_link(PAGE, label=f"All {len(datasets):,} datasets" if len(datasets) > 1 else "Datasets")
    for dataset in datasets[:_SHOWN]:
        _show(dataset)


def _show(dataset: Dataset) -> None:
    counts = dataset.counts
    with st.container(border=True, key=f"latest-{dataset.id}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(dataset.name)}**", width="stretch")
            st.button(
                "Use its recipe",
                icon=":material/menu_book:",
                type="tertiary",
                key=f"use-recipe-{dataset.id}",
                on_click=_use,
                args=(dataset.recipe, dataset.name),
            )
            st.page_link(PAGE, label="Look into it", icon=":material/search:", query_params={"dataset": dataset.id})
            train_link(dataset.id, "it")
        show_strip(dataset)
        st.caption(plain(f"{counts['train'] + counts['copies']:,} to train on · {dataset.recipe.in_words()}"))


@access.owner_action
def _use(recipe: Recipe, name: str) -> None:
    editor().show(recipe, name=name)
