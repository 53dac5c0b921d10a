"""The datasets built last, each with the way to training, and the way to all of them."""

import streamlit as st

from core.datasets.listing import list_datasets
from core.workspace import Workspace
from ui.dataset_list import train_link
from ui.jobs import plain

_SHOWN = 3


def show_latest(workspace: Workspace) -> None:
    datasets = list_datasets(workspace)
    if not datasets:
        return
    st.subheader("Built last")
    for dataset in datasets[:_SHOWN]:
        counts = dataset.counts
        with st.container(horizontal=True, vertical_alignment="center", key=f"latest-{dataset.id}"):
            with st.container(gap=None, width="stretch"):
                st.markdown(f"**{plain(dataset.name)}**")
                told = f"{counts['train'] + counts['copies']:,} to train on · {dataset.recipe.in_words()}"
                st.caption(plain(told))
            train_link(dataset.id, "it")
    st.page_link("app_pages/gather/datasets.py", label="All datasets", icon=":material/dataset:")
