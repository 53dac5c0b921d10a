"""The form of the Style page: pictures, engine, strength, size, colours, masks, and what is to be made of them."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.devices import device_slots
from core.style.engines import ENGINES, STRENGTHS
from core.style.request import KEEP_COLOURS, MAX_SIZE, MAX_STYLES, MIN_SIZE, StyleRequest
from core.workspace import Workspace
from ui import access, style_cost, style_state
from ui.jobs import plain
from ui.markup import harmless
from ui.picture_picker import choose, choose_many, thumb_url
from ui.style_engine import choose_engine, missing
from ui.style_mask import show_masks
from ui.style_settings import show_settings

_BITS, _FILM, _DEVICE, _TITLE = "style-bits", "style-film", "style-device", "style-title"
_COLOUR_WORDS = {"no": "The style's", "exact": "Kept exactly", "strokes": "Strokes in its own"}
_COLOUR_HELP = (
    "**The style's**: the picture takes over the style's colours.\n\n"
    "**Kept exactly**: light and dark come from the restyled picture, all hues from the content.\n\n"
    "**Strokes in its own**: the style is recoloured to the content first, so that strokes hold together."
)
WHAT = {
    style_state.ONE: "One picture",
    style_state.SEVERAL: "Contact sheet",
    style_state.MANY: "Many pictures",
}
_REFUSED = "style-refused"  # why the last start failed


def ask_what() -> str:
    """What is to be made: one of WHAT."""
    st.segmented_control(
        "Make",
        list(WHAT),
        key=style_state.MAKE,
        required=True,
        format_func=WHAT.__getitem__,
        label_visibility="collapsed",
        persist_state="session",
        width="stretch",
    )
    made = st.session_state.get(style_state.MAKE)
    return made if made in WHAT else style_state.ONE


def ask_content() -> None:
    choose("Content", key=style_state.CONTENT, hint="What the picture shows: it is repainted in the style.")


def ask_styles(workspace: Workspace, *, weighted: bool = True) -> None:
    """weighted: whether several styles become one picture together."""
    chosen = choose_many(
        "Style",
        key=style_state.STYLES,
        most=MAX_STYLES,
        hint="How it is painted. Several styles are mixed by their weights, or each paints its own part: see Masks.",
    )
    if len(chosen) > 1 and weighted:
        _ask_weights(workspace)


def _ask_weights(workspace: Workspace) -> None:
    styles = style_state.styles()
    total = sum(style_state.weight(style) for style in styles)
    with st.container(border=True, gap="xsmall", key="style-weights"):
        st.caption("How much each style counts against the others")
        for style in styles:
            key = style_state.weight_key(style)
            st.session_state.setdefault(key, 1.0)
            with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
                url = thumb_url(workspace, style.sha256)
                if url:
                    st.image(url, width=40, alt=f"Style: {style.name}")
                with st.container(gap=None, width="stretch"):
                    st.markdown(plain(style.name))
                    st.caption(f"{style_state.weight(style) / total:.0%}")
                st.number_input(
                    f"Weight of {plain(style.name)}",
                    min_value=0.05,
                    max_value=100.0,
                    step=0.25,
                    format="%.4g",
                    key=key,
                    persist_state="session",
                    label_visibility="collapsed",
                    width=116,
                )


def ask_how(workspace: Workspace, *, ask_strength: Callable[[], None] | None = None, masked: bool = True) -> str:
    """Engine, strength, size, colours, masks, settings; returns the engine's name.

    Args:
        ask_strength: in place of the one slider.
        masked: whether there is one content, over which masks are laid.
    """
    engine = choose_engine(workspace)
    (ask_strength or _ask_strength)()
    usual = ENGINES[engine].usual_size
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.number_input(
            "Size",
            min_value=MIN_SIZE,
            max_value=MAX_SIZE,
            step=32,
            key=style_state.SIZE,
            value=None,
            placeholder=f"{usual} usually" if usual else "The content's own",
            help="Pixels of the result's longest side. Empty: what the engine usually makes.",
            persist_state="session",
            width="stretch",
        )
        st.number_input(
            "Seed",
            min_value=0,
            max_value=2**53 - 1,
            step=1,
            key=style_state.SEED,
            help="Whatever is drawn at random follows from it: the same seed gives the same picture.",
            persist_state="session",
            width="stretch",
        )
    st.segmented_control(
        "Colours",
        list(KEEP_COLOURS),
        key=style_state.COLOURS,
        format_func=_COLOUR_WORDS.__getitem__,
        required=True,
        help=_COLOUR_HELP,
        persist_state="session",
    )
    if masked:
        masks = len(st.session_state.get(style_state.MASKS, {}))
        box = st.expander("Masks", icon=":material/gesture:", key="style-masks-box", on_change="rerun")
        if box.open:
            with box:
                show_masks(workspace)
        elif masks:
            st.caption(f":material/gesture: {masks} {'mask is' if masks == 1 else 'masks are'} in use.")
    show_settings(engine)
    return engine


def _ask_strength() -> None:
    st.slider(
        "Strength",
        0,
        100,
        step=1,
        key=style_state.STRENGTH,
        help="From the content as it is to nothing but style. Every engine has its own numbers for each place.",
        persist_state="session",
    )

    def place(value: int) -> None:
        st.session_state[style_state.STRENGTH] = value

    now = style_state.strength()
    with st.container(horizontal=True, gap="xsmall", horizontal_alignment="distribute", key="style-places"):
        for name, value in STRENGTHS.items():
            st.button(
                name.capitalize(),
                key=f"style-{name}",
                type="secondary" if now == value else "tertiary",
                on_click=access.owner_action(place),
                args=(value,),
                help=f"Strength {value}",
            )


def ask_output(what: str) -> None:
    """What the files are to be, and where the work is done. what: one of WHAT."""
    with st.expander("File, film and device", icon=":material/save:", key="style-output"):
        st.text_input(
            "Title",
            key=_TITLE,
            max_chars=120,
            placeholder="Made of the pictures' names",
            persist_state="session",
        )
        if what != style_state.SEVERAL:
            st.segmented_control(
                "Depth",
                (8, 16),
                key=_BITS,
                default=8,
                required=True,
                format_func=lambda bits: f"{bits} bits a channel",
                help="16 bits keep the engine's finer values, for further work on the picture. The file is larger.",
                persist_state="session",
            )
        if what == style_state.ONE:
            st.toggle("Also make a film of how it came about", key=_FILM, persist_state="session")
        ask_device()


def ask_device() -> None:
    places = ["auto", *device_slots()]
    if len(places) > 2 or "cpu" not in places:
        places = list(dict.fromkeys([*places, "cpu"]))
        st.selectbox(
            "Device",
            places,
            key=_DEVICE,
            format_func=lambda place: {"auto": "The first that is free", "cpu": "Processor"}.get(place, place),
            persist_state="session",
        )


def chosen_device() -> str:
    return str(st.session_state.get(_DEVICE) or "auto")


def chosen_title() -> str:
    return str(st.session_state.get(_TITLE) or "").strip()


def chosen_bits() -> int:
    return int(st.session_state.get(_BITS) or 8)


def ask_start(workspace: Workspace) -> None:
    """The estimate and the start of one picture."""
    asked = current_request()
    if asked is None:
        return
    with st.container(width="stretch", gap=None):
        ready = style_cost.show(workspace, asked, where=chosen_device())
    start_button(workspace, asked.engine, "Start", ready=ready, act=_start, args=(workspace, asked))


def start_button(
    workspace: Workspace, engine: str, label: str, *, ready: bool, act: Callable[..., None], args: tuple[Any, ...]
) -> None:
    """The one way to begin, with why it was refused the last time."""
    lacking = missing(workspace, engine)
    why = st.session_state.pop(_REFUSED, "")
    if why:
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        label,
        type="primary",
        icon=":material/brush:",
        key="style-start",
        disabled=not ready or bool(lacking),
        help="The engine's files are not here: get them above, or choose another engine." if lacking else None,
        on_click=access.owner_action(act),
        args=args,
    )


def current_request() -> StyleRequest | None:
    """What the form asks for; None, with a word about what is missing, if it cannot be begun."""
    try:
        asked = style_state.request()
    except AtelierError as error:
        st.error(harmless(str(error)))
        return None
    if asked is None:
        pictures = (("a content", style_state.content()), ("a style", style_state.styles()))
        nothing_to_start([name for name, there in pictures if not there])
    return asked


def nothing_to_start(without: Sequence[str]) -> None:
    """without: what is still to be chosen."""
    st.caption(f":material/info: Choose {' and '.join(without)} to see what it takes.", width="stretch")
    st.button("Start", type="primary", icon=":material/brush:", key="style-start", disabled=True)


def _start(workspace: Workspace, asked: StyleRequest) -> None:
    from core.style.job import create_style

    try:
        job = create_style(
            workspace,
            asked,
            title=chosen_title(),
            bits=chosen_bits(),
            film=bool(st.session_state.get(_FILM)),
            device=chosen_device(),
        )
        control.start(workspace, job)
    except AtelierError as error:
        refuse(str(error))
        return
    follow(job.id)


def refuse(why: str) -> None:
    st.session_state[_REFUSED] = why


def follow(job_id: str) -> None:
    """Let the page show this job; it stands in the address, for a reload and for others."""
    st.session_state.pop(_REFUSED, None)
    st.query_params.from_dict({"job": job_id})
    st.toast("Started. It comes about at the top, beside the form.", icon=":material/brush:")
