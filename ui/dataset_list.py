"""The lab's datasets: a strip of pictures, counts, the recipe in words, the ways into each and to training."""

import streamlit as st

from core.datasets.job import built_dataset_id
from core.datasets.listing import Dataset, broken_datasets, list_datasets
from core.errors import ConfigError
from core.jobs.folder import JobFolder, State, list_jobs
from core.workspace import Workspace
from ui.dataset_pictures import show_strip
from ui.jobs import job_cards, plain

PAGE = "app_pages/gather/datasets.py"
_SHOWN = 8  # to a page
_UNFINISHED = 3  # builds that ended early, at most


def show_datasets(workspace: Workspace) -> None:
    _show_builds(workspace)
    for problem in broken_datasets(workspace):
        st.error(plain(problem), icon=":material/broken_image:")
    datasets = list_datasets(workspace)
    if not datasets:
        _show_none()
        return
    pages = -(-len(datasets) // _SHOWN)
    page = min(st.pagination(pages, key="datasets_page"), pages) if pages > 1 else 1
    for dataset in datasets[(page - 1) * _SHOWN : page * _SHOWN]:
        try:
            _show_dataset(dataset)
        except ConfigError as error:  # a recipe of a newer version, which hides no other dataset
            st.error(plain(f"{dataset.name}: {error}"), icon=":material/broken_image:")


def _show_none() -> None:
    with st.container(horizontal_alignment="center", gap="small"):
        st.space("large")
        st.subheader(":material/dataset: No dataset yet", text_alignment="center")
        st.markdown("A dataset is a choice of pictures, fitted into one shape by a recipe.", text_alignment="center")
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link("app_pages/gather/augment.py", label="Make one", icon=":material/auto_awesome_mosaic:")
            st.page_link("app_pages/gather/collect.py", label="Collect pictures", icon=":material/add_photo_alternate:")


def _show_builds(workspace: Workspace) -> None:
    """Builds under way, and the newest of those that can go on."""
    builds = [job for job in list_jobs(workspace) if job.kind == "build"]
    under_way = [job for job in builds if job.is_active]
    ended_early = [job for job in builds if job not in under_way and _can_go_on(job)]
    if under_way or ended_early:
        job_cards([*under_way, *ended_early[:_UNFINISHED]])


def _can_go_on(job: JobFolder) -> bool:
    return job.state() in (State.STOPPED, State.LOST) and not built_dataset_id(job)


def _show_dataset(dataset: Dataset) -> None:
    counts = dataset.counts
    with st.container(border=True, key=f"dataset-{dataset.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            others = f" · also called {', '.join(dataset.other_names)}" if dataset.other_names else ""
            st.markdown(f"**{plain(dataset.name)}**{plain(others)}", width="stretch")
            st.page_link(
                PAGE,
                label=f"Look into {plain(dataset.name)}",
                icon=":material/search:",
                query_params={"dataset": dataset.id},
            )
            train_link(dataset.id, "this dataset")
        show_strip(dataset)
        synthetic = dataset.manifest.get("synthetic", 0)
        parts = [
            f"{counts['kept']:,} of {counts['pictures']:,} pictures",
            f"{counts['train'] + counts['copies']:,} to train on",
            f"{counts['test']:,} held out",
            *([f"{synthetic:,} synthetic"] if synthetic else []),
            f"built {built_words(dataset)}",
        ]
        lines = [" · ".join(parts), dataset.recipe.in_words(), *_labels(dataset)]
        st.caption("  \n".join(plain(line) for line in lines))


def built_words(dataset: Dataset) -> str:
    return dataset.created.replace("T", " ").replace("Z", " UTC")


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
