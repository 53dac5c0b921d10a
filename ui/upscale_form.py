"""The Upscale page's questions: which pictures, how much larger, by what, and what it will take."""

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.devices import device_slots
from core.pictures.chosen import ChosenPicture, facts_of
from core.style.engines import Cost
from core.upscale.estimate import estimate
from core.upscale.methods import METHODS
from core.upscale.output import read_request
from core.upscale.request import MAX_TILE, MIN_TILE, SCALES, UpscaleRequest
from core.upscale.upscale import check_size
from core.workspace import Workspace
from ui import access, upscale_models, upscale_state
from ui.markup import harmless
from ui.picture_picker import choose_many
from ui.runs import duration
from ui.upscale_state import BITS, METHOD, PASSES, PICTURES, SCALE, SHARPEN, TILE

MOST_PICTURES = 1_000
_REFUSED = "upscale-refused"
_MOST_MEGABYTES = 256


def ask(workspace: Workspace) -> list[UpscaleRequest]:
    """Draw the form; what it asks for, or nothing while something is missing."""
    pictures = choose_many(
        "Pictures", key=PICTURES, most=MOST_PICTURES, hint="One, or many at once: a batch is one job."
    )
    st.segmented_control(
        "How much larger",
        SCALES,
        key=SCALE,
        required=True,
        format_func=lambda scale: f"×{scale}",
        persist_state="session",
        help="Times as wide and as high.",
    )
    st.radio(
        "By",
        list(METHODS),
        key=METHOD,
        format_func=lambda name: METHODS[name].title,
        captions=[_caption(method.label) for method in METHODS.values()],
        persist_state="session",
    )
    method = METHODS[st.session_state[METHOD]]
    model = upscale_models.ask(workspace, method.name) if method.needs_model else ""
    _ask_more(method.name)
    if method.needs_model and not model:
        return []
    try:
        return upscale_state.requests(pictures, model)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return []


def _caption(label: str) -> str:
    """What a method is, without its name: a sentence."""
    words = label.partition(": ")[2]
    return words[:1].upper() + words[1:]


def _ask_more(method: str) -> None:
    with st.expander("More", icon=":material/tune:", key="upscale-more"):
        st.segmented_control(
            "Depth of the PNG",
            (8, 16),
            key=BITS,
            required=True,
            format_func=lambda bits: f"{bits} bits",
            persist_state="session",
            help="Bits a channel. 16 keep what was computed between two shades; such files are about twice as large.",
        )
        st.slider(
            "Sharpen",
            0,
            200,
            step=10,
            key=SHARPEN,
            format="%d %%",
            persist_state="session",
            help="An unsharp mask over the result. 60 to 80 % suit what was resampled; networks rarely need any.",
        )
        if method == "backprojection":
            st.slider(
                "Passes",
                1,
                20,
                key=PASSES,
                persist_state="session",
                help="How often it is made small again and corrected. More is sharper, with brighter edges.",
            )
        if METHODS[method].needs_model:
            st.number_input(
                "Tile",
                0,
                MAX_TILE,
                step=MIN_TILE,
                key=TILE,
                persist_state="session",
                help="Pixels of the picture that the network sees at a time; 0 chooses what fits into the memory. "
                "Tiles overlap and are blended, so that no seams show.",
            )


def ask_start(workspace: Workspace, asked: list[UpscaleRequest]) -> None:
    """The estimate, and the start."""
    ready = bool(asked) and _show_cost(workspace, asked)
    if not asked:
        st.caption(":material/info: Choose a picture to see what it takes.")
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        f"Upscale {len(asked):,} pictures" if len(asked) > 1 else "Upscale",
        type="primary",
        icon=":material/photo_size_select_large:",
        key="upscale-start",
        width="stretch",
        disabled=not ready,
        on_click=access.owner_action(_start),
        args=(workspace, asked),
    )


def ask_file() -> None:
    """The choices inside a PNG that was upscaled here or elsewhere."""
    with st.expander("Use the choices of an upscaled PNG", icon=":material/replay:", key="upscale-again-file"):
        turn = st.session_state.get("upscale-again-turn", 0)
        sent = st.file_uploader(
            "A PNG that Atelier upscaled", type=["png"], key=f"upscale-again-{turn}", max_upload_size=_MOST_MEGABYTES
        )
        if sent is None:
            return
        try:
            request = read_request(sent.getvalue())
        except AtelierError as error:
            st.error(harmless(str(error)), icon=":material/block:")
            return
        st.button(
            "Fill the form",
            icon=":material/replay:",
            key="upscale-again-fill",
            on_click=access.owner_action(_fill),
            args=(request, turn),
        )
        told = f"{METHODS[request.method].title}, ×{request.scale}, of {request.picture.name}"
        st.caption(harmless(told))


def _fill(request: UpscaleRequest, turn: int) -> None:
    st.session_state["upscale-again-turn"] = turn + 1
    upscale_state.load(request)


def _start(workspace: Workspace, asked: list[UpscaleRequest]) -> None:
    from core.upscale.job import create_upscale

    try:
        job = create_upscale(workspace, asked, bits=int(st.session_state[BITS]))
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params.from_dict({"job": job.id})
    st.toast("It has been started, and is shown at the top.", icon=":material/photo_size_select_large:")


# ---- what it takes


def _show_cost(workspace: Workspace, asked: list[UpscaleRequest]) -> bool:
    """One line; False, with the reason in its place, for what cannot be begun."""
    try:
        sizes = [_size(workspace, request.picture) for request in asked]
        for request, (width, height) in zip(asked, sizes, strict=True):
            check_size(width, height, request.scale)
        costs = [_cost(workspace, request, *size) for request, size in zip(asked, sizes, strict=True)]
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return False
    seconds, needed = sum(cost.seconds for cost in costs), max(cost.bytes for cost in costs)
    span = "about a second" if seconds < 1.5 else f"about {duration(seconds)}"
    if len(asked) == 1:
        (width, height), scale = sizes[0], asked[0].scale
        what = f"{width:,} × {height:,} become {width * scale:,} × {height * scale:,} pixels"
    else:
        million = sum(width * height * request.scale**2 for request, (width, height) in zip(asked, sizes, strict=True))
        what = f"{len(asked):,} pictures, {million / 1e6:,.0f} million pixels in all"
    st.markdown(
        f":material/timer: **{span} and {needed / 1e9:.1f} GB of memory**  \n{what}",
        help="An estimate for this machine, if nothing else runs on it.",
    )
    return True


def _size(workspace: Workspace, picture: ChosenPicture) -> tuple[int, int]:
    facts = facts_of(workspace, picture)
    return facts.width, facts.height


def _cost(workspace: Workspace, request: UpscaleRequest, width: int, height: int) -> Cost:
    device = device_slots()[0] if METHODS[request.method].needs_model else "cpu"
    return estimate(request, width, height, device, workspace=workspace)
