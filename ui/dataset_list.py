"""The lab's datasets: a strip of pictures, counts, the recipe in words, the way to training."""

import streamlit as st

from core.datasets.listing import Dataset, broken_datasets, list_datasets
from core.workspace import Workspace
from ui.augment_preview import show_strip
from ui.jobs import plain

_SHOWN = 8  # to a page


def show_datasets(workspace: Workspace) -> None:
    st.header("Datasets")
    for problem in broken_datasets(workspace):
        st.error(plain(problem), icon=":material/broken_image:")
    datasets = list_datasets(workspace)
    if not datasets:
        st.caption("None yet. What you build appears here, ready to train on.")
    pages = -(-len(datasets) // _SHOWN)
    page = min(st.pagination(pages, key="datasets_page"), pages) if pages > 1 else 1
    for dataset in datasets[(page - 1) * _SHOWN : page * _SHOWN]:
        _show_dataset(dataset)


def _show_dataset(dataset: Dataset) -> None:
    counts = dataset.counts
    with st.container(border=True, key=f"dataset-{dataset.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            others = f" · also called {', '.join(dataset.other_names)}" if dataset.other_names else ""
            st.markdown(f"**{plain(dataset.name)}**{plain(others)}", width="stretch")
            train_link(dataset.id, "this dataset")
        show_strip(dataset.folder, dataset.content_hash)
        synthetic = dataset.manifest.get("synthetic", 0)
        parts = [
            f"{counts['kept']:,} of {counts['pictures']:,} pictures",
            f"{counts['train'] + counts['copies']:,} to train on",
            f"{counts['test']:,} held out",
            *([f"{synthetic:,} synthetic"] if synthetic else []),
            f"built {dataset.created.replace('T', ' ').replace('Z', ' UTC')}",
        ]
        lines = [" · ".join(parts), dataset.recipe.in_words(), *_labels(dataset)]
        st.caption("  \n".join(plain(line) for line in lines))


def _labels(dataset: Dataset) -> list[str]:
    """What a training can be conditioned by."""
    labelled = dataset.manifest.get("labelled", {})
    told = [f"{name.removesuffix('s')} of {count:,}" for name, count in labelled.items() if count]
    return [f"Labels: {', '.join(told)}"] if told else []


def train_link(dataset_id: str, name: str) -> None:
    st.page_link(
        "app_pages/make/train.py",
        label=f"Train on {plain(name)}",
        icon=":material/model_training:",
        query_params={"dataset": dataset_id},
    )
