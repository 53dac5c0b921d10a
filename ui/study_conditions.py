"""The design page's second question: what competes, and beside what."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core.datasets.listing import Dataset, list_datasets
from core.pictures.gallery import WAYS, Gallery
from core.studies.conditions import (
    GeneratedPictures,
    NoisePictures,
    PictureSource,
    PresetPictures,
    TestPictures,
)
from core.studies.kinds import Kind
from core.studies.picture_files import FolderPictures, GalleryPictures
from core.training.run_folder import RunFolder
from core.training.runs import RunSummary, list_runs
from ui import lab
from ui.markup import harmless

MOST_PICTURES = 500
_CHOSEN_IN_GALLERY = "study-chosen-in-gallery"  # in the session state: their SHA-256
_CHOSEN = "Chosen in the gallery"


@dataclass(frozen=True)
class Competing:
    """What was chosen."""

    sources: list[PictureSource]
    reference: PictureSource | None  # the real pictures beside those that are judged
    model: tuple[RunFolder, int] | None  # the first run and epoch, to show what its pictures look like
    dataset_id: str | None  # where real pictures come from


def choose(kind: Kind) -> Competing:
    """Draw the widgets. `?run=ID&epoch=40`, or several `?run=ID@40`, fill in what competes first."""
    kept = _kept_epochs()
    numbers = st.container(horizontal=True)
    count = int(numbers.number_input("Pictures of each", 1, MOST_PICTURES, 20, key="study-count"))
    seed = int(
        numbers.number_input(
            "Seed", 0, 2**31 - 1, 0, key="study-seed", help="Which latents are drawn, and which of the real pictures."
        )
    )
    models = _runs(kept, count, seed)
    presets = _presets(kept, count, seed)
    dataset_id, real = _real(kind, models, count, seed)
    made = _made()
    others = _others(count, seed)
    sources: list[PictureSource] = [*models, *presets, *([real] if real else []), *made, *others]
    reference = None
    if kind.name == "side-by-side" and dataset_id:
        reference = TestPictures(dataset_id, count, seed, skip=real.count if real else 0)
    first = models[0] if models else None
    model = (RunFolder(lab.workspace().run(first.run_id)), first.epoch) if first else None
    return Competing(sources, reference, model, dataset_id)


def has_something_to_show() -> bool:
    """Whether the lab holds anything that could compete."""
    workspace = lab.workspace()
    return bool(_kept_epochs()) or bool(list_datasets(workspace)) or bool(Gallery(workspace).hashes())


def ask_about(hashes: Sequence[str]) -> None:
    """Have the form of the next study begin with these pictures of the gallery."""
    st.session_state[_CHOSEN_IN_GALLERY] = tuple(hashes)
    st.session_state.pop("study-kind", None)  # asked anew: such pictures are rated from 1 to 10


def forget_gallery() -> None:
    """What was brought from the gallery has become a study."""
    st.session_state.pop(_CHOSEN_IN_GALLERY, None)


def was_asked_about() -> bool:
    """Whether pictures of the gallery were brought here."""
    return _CHOSEN_IN_GALLERY in st.session_state


def _kept_epochs() -> dict[str, tuple[RunSummary, list[int]]]:
    """Runs that have kept an epoch, newest first, with these epochs, newest first."""
    workspace = lab.workspace()
    found = {run.id: (run, RunFolder(workspace.run(run.id)).weight_epochs()[::-1]) for run in list_runs(workspace)}
    return {run_id: entry for run_id, entry in found.items() if entry[1]}


def _runs(kept: dict[str, tuple[RunSummary, list[int]]], count: int, seed: int) -> list[GeneratedPictures]:
    asked = _asked()
    for run_id in asked:
        if run_id not in kept:
            st.warning(f"The run {harmless(run_id)} has kept no epoch to draw from. Choose one of those below.")
    if not kept:
        st.caption("No run has kept an epoch yet, so no model of this lab can compete.")
        st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
        return []
    chosen = st.multiselect(
        "Models",
        list(kept),
        default=[run_id for run_id in asked if run_id in kept] or [next(iter(kept))],
        format_func=lambda run_id: f"{kept[run_id][0].title} · {run_id}",
        key="study-runs",
        placeholder="Choose runs",
    )
    sources = []
    for run_id in chosen:
        epochs = kept[run_id][1]
        wanted = []
        for epoch in asked.get(run_id) or [epochs[0]]:
            nearest = min(epochs, key=lambda known: abs(known - epoch))
            if nearest != epoch:
                st.caption(f"The weights of epoch {epoch} were not kept; the nearest kept epoch is {nearest}.")
            wanted.append(nearest)
        several = len(chosen) > 1
        picked = st.multiselect(
            f"Epochs of {kept[run_id][0].title}" if several else "Epochs",
            epochs,
            default=list(dict.fromkeys(wanted)),
            key=f"study-epochs-{run_id}",
            help="Several epochs of one run compete on the same latents.",
        )
        sources += [GeneratedPictures(run_id, epoch, count, seed) for epoch in sorted(picked)]
    return sources


def _asked() -> dict[str, list[int]]:
    """Runs that the address names, with the epochs it names of each; none stands for the newest."""
    asked: dict[str, list[int]] = {}
    for text in st.query_params.get_all("run"):
        run_id, _, epoch = text.partition("@")
        epochs = asked.setdefault(run_id, [])
        epoch = epoch or st.query_params.get("epoch", "")
        if epoch.isdigit():
            epochs.append(int(epoch))
    return asked


def _presets(kept: dict[str, tuple[RunSummary, list[int]]], count: int, seed: int) -> list[PresetPictures]:
    pairs: dict[tuple[str, str], int] = {}
    for run, _ in kept.values():
        pairs[run.preset, run.dataset_id] = pairs.get((run.preset, run.dataset_id), 0) + 1
    if not pairs:
        return []
    names = {run.dataset_id: run.dataset_name for run, _ in kept.values()}
    chosen = st.multiselect(
        "Presets",
        sorted(pairs),
        format_func=lambda pair: f"{pair[0]} on {names[pair[1]]} ({pairs[pair]} run{'s' if pairs[pair] > 1 else ''})",
        key="study-presets",
        placeholder="None",
        help="A preset competes with pictures from all of its runs on a dataset, so that luck of one run counts less.",
    )
    return [PresetPictures(preset, dataset_id, count, seed) for preset, dataset_id in chosen]


def _real(kind: Kind, models: list[GeneratedPictures], count: int, seed: int) -> tuple[str | None, TestPictures | None]:
    """The dataset real pictures come from, and those that compete."""
    datasets = {dataset.id: dataset for dataset in list_datasets(lab.workspace())}
    if not datasets:
        st.caption("There is no dataset to take real pictures from; the study will have none.")
        return None, None
    beside = kind.name == "side-by-side"
    wanted = kind.measure == "detection" or st.toggle(
        "Real pictures compete too, unmarked" if beside else "Real pictures",
        value=not beside,
        key=f"study-with-real-{beside}",
        help="A hidden reference: how convincing a real picture is found beside a real one."
        if beside
        else "Pictures that the training never saw. What models are measured against.",
    )
    if not wanted and not beside:
        return None, None
    dataset_id = _dataset(datasets, models, beside)
    if not wanted:
        return dataset_id, None
    # Half of what raters see is real where they tell real from generated: else "generated" alone would often be right.
    usual = min(MOST_PICTURES, count * max(1, len(models))) if kind.measure == "detection" else count
    number = st.number_input("Real pictures", 1, MOST_PICTURES, usual, key=f"study-real-{usual}")
    return dataset_id, TestPictures(dataset_id, int(number), seed)


def _dataset(datasets: dict[str, Dataset], models: list[GeneratedPictures], beside: bool) -> str:
    own = RunFolder(lab.workspace().run(models[0].run_id)).dataset_id if models else ""
    if own and own not in datasets:
        st.warning(f"The dataset of this run, {harmless(own)}, is gone. Choose another one for the real pictures.")
    return st.selectbox(
        "The real pictures beside them, from the test split of" if beside else "From the test split of",
        list(datasets),
        index=list(datasets).index(own) if own in datasets else 0,
        format_func=lambda name: f"{datasets[name].name} · {datasets[name].resolution} px",
        key=f"study-dataset-{own}",
        help="The model's own dataset is the fair choice.",
    )


def _made() -> list[GalleryPictures]:
    """Pictures that this lab made: by what made them, and those that were chosen in the gallery."""
    groups: dict[str, list[str]] = {}
    chosen_there: tuple[str, ...] = st.session_state.get(_CHOSEN_IN_GALLERY, ())
    if chosen_there:
        groups[_CHOSEN] = list(chosen_there)
    for made in Gallery(lab.workspace()).newest(MOST_PICTURES):
        if made.way != "style-sheet":  # a sheet is many pictures with writing on it
            groups.setdefault(f"{WAYS[made.way]}, {made.label.partition(':')[0]}", []).append(made.sha256)
    if not groups:
        return []
    chosen = st.multiselect(
        "Pictures made here",
        list(groups),
        default=[_CHOSEN] if chosen_there else [],
        format_func=lambda name: f"{name} ({len(groups[name])})",
        key=f"study-made-{len(chosen_there)}",
        placeholder="None",
        help="Restyled and upscaled pictures of the gallery. They are cut to one shape, their middle kept.",
    )
    return [GalleryPictures(tuple(groups[name]), name) for name in chosen]


def _others(count: int, seed: int) -> list[PictureSource]:
    """Pictures from elsewhere, and noise."""
    sources: list[PictureSource] = []
    with st.expander("Pictures from a folder, noise"):
        folder = st.text_input(
            "A folder of pictures on this computer",
            key="study-folder",
            placeholder="/home/me/pictures",
            help="Those of another program, for instance. They are cut to the shape of the others, their middle kept.",
        ).strip()
        if folder:
            name = st.text_input("What to call them in the results", key="study-folder-name", max_chars=80)
            sources.append(FolderPictures(folder, name.strip(), count))
        if st.checkbox(
            "Random noise",
            key="study-noise",
            help="The lowest rung: shows how much of the scale raters use, and what a model without a clue would get.",
        ):
            sources.append(NoisePictures(count, seed))
    return sources
