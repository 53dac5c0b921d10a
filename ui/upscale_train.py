"""Train your own: a small network for upscaling, from the lab's own pictures, watched and measured."""

import base64
import math
from pathlib import Path

import streamlit as st

from core.errors import AtelierError
from core.files import JsonLines, read_json
from core.jobs import control
from core.jobs.folder import JobFolder, State
from core.upscale.places import own_files, own_place
from core.upscale.training_job import KIND, METRICS, PREVIEW, PREVIEW_PARTS, RESULT, create_training
from core.upscale.training_settings import SIZE_WORDS, SIZES, UpscalerSettings
from core.workspace import Workspace
from ui import access, upscale_own
from ui.charts import Curve, line_chart
from ui.jobs import asked_or_newest, job_card
from ui.markup import harmless
from ui.picture_sets import PictureSet, choose_set

_ASKED = "training"  # of the page's address: the id of the job to show
_MOST_BY_HAND = 1_000
_FEW_PICTURES = 20
_TICK_SECONDS = 2.0
_REFUSED = "upscale-train-refused"
_OPENING_SECONDS = 0.05  # a picture, about; measured on one core
_FINISHING_SECONDS = 20.0
_MEMORY = "1 GB of memory"


def show(workspace: Workspace) -> None:
    questions, answers = st.columns([5, 8], gap="large")
    with questions:
        _ask(workspace)
    with answers:
        job = asked_or_newest(workspace, _ASKED, KIND)
        if job is None:
            _show_nothing()
        else:
            _show_job(workspace, job)
    upscale_own.show(workspace)


# ---- asking


def _ask(workspace: Workspace) -> None:
    chosen = choose_set("Learn from", key="upscale-train", most=_MOST_BY_HAND)
    if chosen is not None:
        st.caption(
            f"{chosen.count:,} {'picture' if chosen.count == 1 else 'pictures'}. A tenth is held out to measure."
        )
        if 2 <= chosen.count < _FEW_PICTURES:
            st.caption(":material/info: That is few: what it learns may fit these pictures and no others.")
    scale = st.segmented_control(
        "How much larger",
        (2, 4),
        key="upscale-train-scale",
        default=4,
        required=True,
        format_func=lambda scale: f"×{scale}",
        persist_state="session",
    )
    size = st.radio(
        "Size of the network",
        list(SIZES),
        key="upscale-train-size",
        format_func=str.capitalize,
        captions=[SIZE_WORDS[name] for name in SIZES],
        persist_state="session",
    )
    minutes = st.number_input(
        "Minutes",
        0.5,
        10_000.0,
        5.0,
        step=1.0,
        format="%g",
        key="upscale-train-minutes",
        help="How long to train. It can be stopped at any moment: what it has learned so far is kept.",
        persist_state="session",
    )
    usual = f"{chosen.name if chosen else 'mine'}-x{scale}"
    name = st.text_input(
        "Name", key="upscale-train-name", placeholder=usual, max_chars=60, help="By which it is chosen afterwards."
    ).strip()
    if chosen is not None:
        seconds = chosen.count * _OPENING_SECONDS + _FINISHING_SECONDS
        st.markdown(
            f":material/timer: **about {math.ceil(minutes + seconds / 60)} min and {_MEMORY}**",
            help="The minutes above, and what opening the pictures and measuring the held-out ones takes besides.",
        )
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        "Train",
        type="primary",
        icon=":material/model_training:",
        key="upscale-train-start",
        width="stretch",
        disabled=chosen is None,
        on_click=access.owner_action(_start),
        args=(workspace, chosen, name or _free(workspace, usual), UpscalerSettings(scale, size, float(minutes))),
    )


def _free(workspace: Workspace, usual: str) -> str:
    """The usual name, with a number where it is taken."""
    taken = {path.stem for path in own_files(workspace)}
    names = [usual, *(f"{usual}-{number}" for number in range(2, 1000))]
    return next((name for name in names if own_place(workspace, name).stem not in taken), usual)


def _start(workspace: Workspace, chosen: PictureSet, name: str, settings: UpscalerSettings) -> None:
    try:
        job = create_training(workspace, chosen.pictures(), name=name, settings=settings)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params[_ASKED] = job.id


# ---- watching


def _show_nothing() -> None:
    with st.container(border=True, key="upscale-train-empty", gap="small"):
        st.subheader(":material/model_training: A network that knows your pictures", anchor=False)
        st.markdown(
            "It learns how such pictures look when they are made small, and so to make small ones large. A few dozen "
            "pictures and some minutes are enough to begin with.\n\n"
            "Some pictures are **held out**: it never sees them, and is measured by them against bicubic."
        )


def _show_job(workspace: Workspace, job: JobFolder) -> None:
    job_card(job)
    if job.kind != KIND:
        st.warning("This job is no training of a network for upscaling.", icon=":material/broken_image:")
        return

    @access.owner_fragment(run_every=_TICK_SECONDS if job.is_active else None)
    def live() -> None:
        _show_preview(job.path / PREVIEW)
        _show_curve(job)

    live()
    if job.state() in (State.DONE, State.STOPPED):
        _show_measured(workspace, job)


def _show_preview(path: Path) -> None:
    try:
        url = f"data:image/webp;base64,{base64.b64encode(path.read_bytes()).decode()}"
    except OSError:
        return
    st.image(url, width="stretch", alt="A piece of a held-out picture: " + ", ".join(PREVIEW_PARTS))
    st.caption("A piece of a picture that is held out: " + " · ".join(part.lower() for part in PREVIEW_PARTS))


def _show_curve(job: JobFolder) -> None:
    rows = [row for row in JsonLines(job.path / METRICS).rows() if isinstance(row.get("psnr"), int | float)]
    if len(rows) < 2:  # a point is no curve
        return
    steps = [float(row["step"]) for row in rows]
    line_chart(
        [
            Curve("The network", steps, [float(row["psnr"]) for row in rows]),
            Curve("Bicubic", steps, [float(row["bicubic_psnr"]) for row in rows]),
        ],
        key=f"upscale-curve-{job.id}",
        alt="PSNR on held-out pictures over the steps of the training, beside bicubic's",
        x_title="Step",
        y_title="PSNR, dB",
        height=200,
    )


def _show_measured(workspace: Workspace, job: JobFolder) -> None:
    try:
        facts = read_json(job.path / RESULT)
    except (OSError, ValueError):
        return  # stopped before there was anything to measure
    if isinstance(facts, dict):
        upscale_own.show_scores(facts)
        upscale_own.show_acts(workspace, str(facts.get("name", "")), key=job.id)
