"""How a film goes and looks: its time, how one picture gives way to the next, its size, ground and words."""

import streamlit as st

from core.sampling.films.easing import TITLES as EASING_TITLES
from core.sampling.films.request import CAPTIONS, SHAPES, FilmRequest
from ui.film_what import Ask

_FORMATS = {".mp4": "MP4", ".gif": "GIF"}
_SIZES = {".mp4": (480, 720, 1080, 1280, 1920, 2560), ".gif": (320, 480, 720, 1080, 1280)}
_USUAL_SIZE = {".mp4": 1280, ".gif": 720}
_SHAPE_TITLES = {"fit": "As it comes"}
_GROUND_TITLES = {"dark": "Dark", "light": "Light"}


def ask(what: Ask, *, stops: int, key: str) -> FilmRequest:
    """
    Args:
        stops: how many epochs there are, or points: what is offered at first makes no film of many minutes.
    Raises: ConfigError.
    """
    is_walk = what.keywords["layout"] == "walk"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        suffix = st.segmented_control(
            "File",
            list(_FORMATS),
            default=".mp4",
            required=True,
            format_func=_FORMATS.__getitem__,
            key=f"{key}-suffix",
            help="An MP4 is small and has all colours. A GIF plays everywhere by itself, in 256 colours.",
        )
        seconds = st.number_input(
            "Seconds from point to point" if is_walk else "Seconds an epoch",
            0.05,
            30.0,
            2.0 if is_walk else usual_seconds(stops),
            0.1,
            key=f"{key}-seconds{'-walk' if is_walk else f'-{usual_seconds(stops)}'}",
            width=200,
        )
    share = st.slider(
        "On the way" if is_walk else "Fade",
        0,
        100,
        100 if is_walk else 0,
        5,
        format="%d %%",
        key=f"{key}-fade",
        help="Share of that time in which the picture walks; the rest of it, it stays at each point."
        if is_walk
        else "Share of that time in which one epoch turns into the next. 0 cuts from picture to picture.",
    )
    with st.expander("Look and time", icon=":material/tune:", key=f"{key}-more"):
        look = _ask_more(suffix, key, is_walk=is_walk, moves=share > 0)
    return what(suffix=suffix, seconds=float(seconds), fade=max(share / 100, 0.05 if is_walk else 0.0), **look)


def usual_seconds(epochs: int) -> float:
    """For each of so many epochs: half a second, and of a long training less."""
    return 0.5 if epochs <= 60 else max(0.05, round(30 / epochs, 2))


def _ask_more(suffix: str, key: str, *, is_walk: bool, moves: bool) -> dict[str, object]:
    sizes = _SIZES[suffix]
    shapes = list(SHAPES)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        size = st.selectbox(
            "Longer side, at most",
            sizes,
            index=sizes.index(_USUAL_SIZE[suffix]),
            format_func=lambda pixels: f"{pixels} pixels",
            key=f"{key}-size{suffix}",
            width=170,
            help="Pictures are enlarged by whole numbers, so that every pixel of the model stays a clean square.",
        )
        shape = st.selectbox(
            "Proportions",
            shapes,
            format_func=lambda name: _SHAPE_TITLES.get(name, name),
            key=f"{key}-shape",
            width=150,
            help="16:9 for screens, 9:16 for phones held upright, 1:1 and 4:5 for posts.",
        )
    ground = st.segmented_control(
        "Ground",
        list(_GROUND_TITLES),
        default="light" if st.context.theme.type == "light" else "dark",
        required=True,
        format_func=_GROUND_TITLES.__getitem__,
        key=f"{key}-ground",
    )
    caption = st.selectbox("Written into it", list(CAPTIONS), format_func=CAPTIONS.__getitem__, key=f"{key}-caption")
    title = ""
    if caption != "none":
        title = st.text_input("Title", max_chars=200, placeholder="The run's own", key=f"{key}-title")
    easing = "smooth"
    if moves:
        easing = st.selectbox(
            "Pace on the way",
            list(EASING_TITLES),
            index=list(EASING_TITLES).index("smooth"),
            format_func=EASING_TITLES.__getitem__,
            key=f"{key}-easing",
        )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        hold = st.number_input("Seconds the last stays", 0.0, 60.0, 2.0, 0.5, key=f"{key}-hold", width=190)
        rates = (12, 20, 25, 50) if suffix == ".gif" else (12, 25, 30, 50, 60)
        rate = 25
        if moves:
            rate = st.selectbox("Frames a second", rates, index=rates.index(25), key=f"{key}-rate{suffix}", width=150)
    return {
        "size": size,
        "shape": shape,
        "ground": ground,
        "caption": caption,
        "title": title.strip(),
        "easing": easing,
        "hold_seconds": float(hold),
        "frames_per_second": rate,
    }
