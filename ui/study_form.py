"""Opening a study: what is asked, what competes, in which words, by which rules, of how many people."""

import io
import math
from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from core.datasets.pack import open_pack
from core.errors import AtelierError
from core.studies.design import StudyDesign
from core.studies.freeze import create_study, display_size, encode
from core.studies.kinds import KINDS, Kind
from core.studies.picture_files import GalleryPictures
from core.studies.study import Study
from ui import lab, study_conditions, study_plan, study_rules, study_wording
from ui.markup import harmless
from ui.rating import preview_card
from ui.study_conditions import Competing

_GRID_SIDE = 540  # pixels; a grid is enlarged by the largest whole factor that stays below
_SECONDS_PER_TRIAL = 5


def new_study() -> Study | None:
    """Draw the form; the study, in the run in which it was opened. `?run=` and `?epoch=` fill it in."""
    if not study_conditions.has_something_to_show():
        with st.container(border=True):
            st.markdown(
                "**Nothing to ask about yet.** A study compares what a model draws with real pictures, or pictures "
                "that were restyled with each other."
            )
            st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
        return None
    left, right = st.columns([3, 2], gap="large")
    with left:
        kind = _kind()
        st.subheader("What competes", anchor=False)
        competing = study_conditions.choose(kind)
        st.subheader("What raters read", anchor=False)
        title = st.text_input(
            "Title",
            "Looking at pictures",
            max_chars=120,
            key="study-title",
            help="Raters see it, so it must not say what competes.",
        )
        wordings = study_wording.write(kind)
        st.subheader("By which rules", anchor=False)
        design: StudyDesign | None = None
        try:
            rules = study_rules.choose(kind)
            design = StudyDesign(kind=kind.name, wordings=wordings, **rules) if wordings else None
        except AtelierError as error:
            st.error(harmless(str(error)))
        if design and competing.sources:
            trials = _trials(kind, competing)
            per_rater = min(design.items_per_rater or trials, trials)
            planned = study_plan.ask(kind, conditions=len(competing.sources), per_rater=per_rater)
            if planned:
                design = StudyDesign(
                    kind=kind.name,
                    wordings=wordings,
                    **rules,
                    goal=planned.goal,
                    recommended_judgements=planned.judgements,
                    recommended_raters=planned.raters,
                )
            st.caption(_summary(kind, design, trials, per_rater))
        submitted = st.button(
            "Freeze the pictures and open the study",
            type="primary",
            icon=":material/how_to_vote:",
            disabled=design is None or not competing.sources,
        )
        if not competing.sources:
            st.caption("Choose what competes first: a model, a preset, real pictures, pictures made here or a folder.")
    if design is None:
        return None
    with right:
        _preview(design, competing)
    if not submitted:
        return None
    try:
        with left, st.spinner("Drawing and freezing the pictures…"):
            return create_study(lab.workspace(), title, design, competing.sources, reference=competing.reference)
    except AtelierError as error:
        left.error(str(error))
        return None


def _kind() -> Kind:
    chosen = st.pills(
        "What is asked",
        list(KINDS),
        default="rate-1-to-10" if study_conditions.was_asked_about() else "rate-1-to-5",
        required=True,
        format_func=lambda name: KINDS[name].title,
        key="study-kind",
    )
    st.caption(KINDS[chosen].description)
    return KINDS[chosen]


def _trials(kind: Kind, competing: Competing) -> int:
    """How many trials that count the study will have, if all pictures asked for are there."""
    counts = [source.count for source in competing.sources]
    if kind.name == "better-of-two":
        return sum(min(a, b) for place, a in enumerate(counts) for b in counts[place + 1 :])
    return sum(counts)


def _summary(kind: Kind, design: StudyDesign, trials: int, per_rater: int) -> str:
    shown = per_rater + design.practice + design.attention + design.repeats
    minutes = max(1, math.ceil(shown * _SECONDS_PER_TRIAL / 60))
    what = "pairs" if kind.pictures == 2 else "pictures"
    return (
        f"Each rater judges {per_rater} of {trials} {what} and sees {shown} in all, in about {minutes} "
        f"minute{'s' if minutes > 1 else ''}."
    )


def _preview(design: StudyDesign, competing: Competing) -> None:
    if competing.model:
        folder, epoch = competing.model
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
    if competing.dataset_id is None:
        _preview_files(design, competing)
        return
    try:
        pack = open_pack(lab.workspace().dataset(competing.dataset_id))
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    available = len(pack.test)
    asked = sum(source.count for source in competing.sources if source.kind == "real")
    asked += competing.reference.count if competing.reference else 0
    if available < asked:
        st.warning(
            f"{asked} real pictures are asked for, but the test split holds {available}. "
            + (f"The study will have {available}; " if available else "Ask for none, or ")
            + "a dataset with a larger test share has more."
        )
    if available >= design.scale.pictures:
        _preview_card(design, [pack.images[row] for row in pack.test[: design.scale.pictures]])


def _preview_files(design: StudyDesign, competing: Competing) -> None:
    """Where no dataset takes part: the first pictures that were made here."""
    made = next((source for source in competing.sources if isinstance(source, GalleryPictures)), None)
    if made is None:
        return
    try:
        first = replace(made, hashes=made.hashes[: design.scale.pictures]).draw(lab.workspace(), None)
    except AtelierError as error:
        st.error(harmless(str(error)))
        return
    if len(first.images) >= design.scale.pictures:
        _preview_card(design, list(first.images))


def _preview_card(design: StudyDesign, images: list[NDArray[np.uint8]]) -> None:
    native = images[0].shape[1], images[0].shape[0]
    size = display_size(native)
    pngs = [encode(image, native, size, design.enlargement) for image in images]
    st.markdown("**What raters see**")
    with st.container(width=440, border=True):
        preview_card(design, pngs, size, key="study-preview")


@st.cache_data(show_spinner=False, max_entries=16)
def _whole_pixels(png: bytes) -> bytes:
    """A grid enlarged by a whole factor without smoothing, so that every pixel of the model is seen as it is."""
    with Image.open(io.BytesIO(png)) as grid:
        factor = max(1, _GRID_SIDE // grid.width)
        buffer = io.BytesIO()
        grid.resize((grid.width * factor, grid.height * factor), Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()
