"""Opening a study: what competes, what is asked, and how it will look to raters."""

import io
import math

import streamlit as st
from PIL import Image

from core.datasets.listing import list_datasets
from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.studies.conditions import GeneratedPictures, PictureSource, TestPictures
from core.studies.design import StudyDesign
from core.studies.freeze import create_study, display_size, encode
from core.studies.study import Study
from core.training.run_folder import RunFolder
from core.training.runs import RunSummary, list_runs
from ui import lab
from ui.rating import preview_card

_MOST_PICTURES = 500
_GRID_SIDE = 540  # pixels; a grid is enlarged by the largest whole factor that stays below


def new_study() -> Study | None:
    """Draw the form; the study, in the run in which it was opened. `?run=` and `?epoch=` fill it in."""
    workspace = lab.workspace()
    runs = {run.id: run for run in list_runs(workspace)}
    epochs = {run_id: RunFolder(workspace.run(run_id)).weight_epochs() for run_id in runs}
    usable = [run_id for run_id in runs if epochs[run_id]]
    if not usable:
        with st.container(border=True):
            st.markdown("**No run has kept an epoch yet.** A study compares what a model draws with real pictures.")
            st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
        return None
    left, right = st.columns([2, 3], gap="large")
    with left:
        run_id, epoch = _generator(runs, epochs, usable)
        counts = st.container(horizontal=True)
        generated_count = counts.number_input("Generated pictures", 1, _MOST_PICTURES, 20, key="study-generated")
        real_count = counts.number_input("Real pictures", 0, _MOST_PICTURES, 20, key="study-real")
        dataset_id = _dataset(RunFolder(workspace.run(run_id)).dataset_id, asked=bool(real_count), key=run_id)
        title = st.text_input(
            "Title",
            "Looking at pictures",
            max_chars=120,
            key="study-title",
            help="Raters see it, so it must not say what competes.",
        )
        design, seed = _wording()
        submitted = st.button("Freeze the pictures and open the study", type="primary", icon=":material/how_to_vote:")
    sources: list[PictureSource] = [GeneratedPictures(run_id, epoch, int(generated_count), seed)]
    if real_count and dataset_id:
        sources.append(TestPictures(dataset_id, int(real_count), seed))
    if design is None:
        return None
    with left:
        st.caption(_plan(design, [source.count for source in sources]))
    with right:
        _preview(RunFolder(workspace.run(run_id)), epoch, design, dataset_id if real_count else None, int(real_count))
    if not submitted:
        return None
    try:
        with left, st.spinner("Drawing and freezing the pictures…"):
            return create_study(workspace, title, design, sources)
    except AtelierError as error:
        left.error(str(error))
        return None


def _generator(runs: dict[str, RunSummary], epochs: dict[str, list[int]], usable: list[str]) -> tuple[str, int]:
    asked_run, asked_epoch = st.query_params.get("run", ""), st.query_params.get("epoch", "")
    if asked_run and asked_run not in usable:
        st.warning(f"The run {asked_run} has kept no epoch to draw from. Choose one of those below.")
    run_id = st.selectbox(
        "Run",
        usable,
        index=usable.index(asked_run) if asked_run in usable else 0,
        format_func=lambda name: f"{runs[name].title} · {name}",
        key="study-run",
    )
    kept = epochs[run_id][::-1]
    wanted = int(asked_epoch) if asked_epoch.isdigit() and run_id == asked_run else kept[0]
    if wanted not in kept:
        nearest = min(kept, key=lambda epoch: abs(epoch - wanted))
        st.caption(f"The weights of epoch {wanted} were not kept; the nearest kept epoch is {nearest}.")
        wanted = nearest
    # Keyed by run: each run has its own epochs, and each keeps what was chosen for it.
    return run_id, int(st.selectbox("Epoch", kept, index=kept.index(wanted), key=f"study-epoch-{run_id}"))


def _dataset(own: str, *, asked: bool, key: str) -> str | None:
    datasets = {dataset.id: dataset for dataset in list_datasets(lab.workspace())}
    if not datasets:
        st.caption("There is no dataset to take real pictures from; the study will have generated ones alone.")
        return None
    if own not in datasets:
        st.warning(f"The dataset of this run, {own}, is gone. Choose another one for the real pictures.")
    return st.selectbox(
        "Real pictures from the test split of",
        list(datasets),
        index=list(datasets).index(own) if own in datasets else 0,
        format_func=lambda name: f"{datasets[name].name} · {datasets[name].resolution} px",
        key=f"study-dataset-{key}",
        disabled=not asked,
        help="Pictures that the training never saw. The run's own dataset is the fair choice.",
    )


def _wording() -> tuple[StudyDesign | None, int]:
    """The design as entered, or None where it cannot work, which is then said; and the seed."""
    usual = StudyDesign()
    question = st.text_input("Question", usual.question, max_chars=200, key="study-question")
    with st.expander("More"):
        instructions = st.text_area("Instructions", usual.instructions, max_chars=600, key="study-instructions")
        numbers = st.container(horizontal=True)
        seed = numbers.number_input(
            "Seed", 0, 2**31 - 1, 0, key="study-seed", help="Which latents, and which of the real pictures."
        )
        per_rater = numbers.number_input(
            "Pictures per rater", 0, 2 * _MOST_PICTURES, 0, key="study-per-rater", help="0: all of them."
        )
        enlargement = st.segmented_control(
            "Small pictures are enlarged",
            ["smooth", "pixels"],
            default="smooth",
            required=True,
            format_func={"smooth": "Smoothly", "pixels": "As pixels"}.__getitem__,
            key="study-enlargement",
            help="Alike for all. The edges of visible pixels hide what a small picture shows, so smooth is the usual.",
        )
    try:
        design = StudyDesign(
            question=question,
            instructions=instructions,
            items_per_rater=int(per_rater) or None,
            enlargement=enlargement,
        )
    except AtelierError as error:
        st.error(str(error))
        return None, int(seed)
    return design, int(seed)


def _plan(design: StudyDesign, counts: list[int]) -> str:
    total = sum(counts)
    per_rater = min(design.items_per_rater or total, total)
    needed = math.ceil(design.recommended_judgements / max(1e-9, per_rater * min(counts) / total))
    return (
        f"Each rater judges {per_rater} of {total} pictures. The recommended {design.recommended_judgements} "
        f"judgements per condition take about {max(needed, design.recommended_raters)} raters."
    )


def _preview(folder: RunFolder, epoch: int, design: StudyDesign, dataset_id: str | None, real_count: int) -> None:
    st.markdown("**What competes**")
    grid = folder.grid(epoch)
    if grid.exists():
        st.image(
            _whole_pixels(grid.read_bytes()),
            output_format="PNG",
            alt=f"Samples of the run at epoch {epoch}",
            width="content",
        )
        st.caption(f"Samples at epoch {epoch}. The study draws pictures of its own, none picked by hand.")
    else:
        st.caption(f"No sample grid was kept for epoch {epoch}; its weights are there.")
    if dataset_id is None:
        return
    try:
        pack = open_pack(lab.workspace().dataset(dataset_id))
    except AtelierError as error:
        st.error(str(error))
        return
    available = len(pack.test)
    if available < real_count:
        st.warning(
            f"{real_count} real pictures are asked for, but the test split holds {available}. "
            + (f"The study will have {available}; " if available else "Ask for 0, or ")
            + "a dataset with a larger test share has more."
        )
    if available:
        image = pack.images[pack.test[0]]
        native = image.shape[1], image.shape[0]
        size = display_size(native)
        st.markdown("**What raters see**")
        with st.container(width=440, border=True):
            preview_card(design, encode(image, native, size, design.enlargement), size, key="study-preview")


@st.cache_data(show_spinner=False, max_entries=16)
def _whole_pixels(png: bytes) -> bytes:
    """A grid enlarged by a whole factor without smoothing, so that every pixel of the model is seen as it is."""
    with Image.open(io.BytesIO(png)) as grid:
        factor = max(1, _GRID_SIDE // grid.width)
        buffer = io.BytesIO()
        grid.resize((grid.width * factor, grid.height * factor), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()
