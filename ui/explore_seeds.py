"""The wall beside the picture at work: seeds, or variations of that picture. A click puts one to work."""

import secrets
from dataclasses import replace

import streamlit as st

from core.errors import AtelierError
from core.sampling.points import Point, Seed
from core.training.run_folder import RunFolder
from ui import access, explore_draw, explore_state, explore_work
from ui.explore_state import in_words
from ui.explore_wall import Cell, wall
from ui.markup import harmless

SEEDS, VARIATIONS = "Seeds", "Variations"
_SIDE = 96  # screen pixels of a picture, about
_TALL = 470  # pixels of the place in which the wall scrolls


def show(run: RunFolder, epoch: int) -> None:
    point = explore_state.at_work()
    assert point is not None
    kind = st.segmented_control(
        "Pictures to choose from",
        (SEEDS, VARIATIONS),
        key="explore-kind",
        default=SEEDS,
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    points = _ask_seeds(run, epoch, point) if kind == SEEDS else _ask_variations(run, epoch, point)
    if not points:
        return
    try:
        with st.spinner("Drawing"):
            pictures = explore_draw.drawn(run, epoch, points)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return
    chosen = next((place for place, one in enumerate(points) if one.base == point.base), None)
    with st.container(height=_TALL, border=False, key="explore-wall-place"):
        picked = wall(
            pictures,
            [Cell(place, in_words(one)) for place, one in enumerate(points)],
            key="explore-wall",
            label=kind,
            of=f"{run.id} {epoch} {kind} {points[0].base} {points[0].words}",
            chosen=chosen,
            side=_SIDE,
        )
    if picked is not None:
        explore_state.take(run, _taken(point, points[picked], kind))
        st.rerun()


def _taken(point: Point, picked: Point, kind: str) -> Point:
    """The base of the one that was clicked, with the sliders as they stand."""
    return replace(point, base=picked.base) if kind == SEEDS else picked


def _ask_seeds(run: RunFolder, epoch: int, point: Point) -> list[Point]:
    seed, first = explore_state.seed(), explore_state.first()
    st.session_state["explore-seed"] = seed
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall", key="explore-seed-row"):
        st.number_input(
            "Seed",
            min_value=0,
            step=1,
            key="explore-seed",
            on_change=access.owner_action(_take_seed),
            width=150,
            help="The same seed gives the same pictures, here and everywhere.",
        )
        st.button(
            "Any seed",
            icon=":material/casino:",
            key="explore-any-seed",
            on_click=access.owner_action(_any_seed),
        )
        st.space("stretch")
        st.button(
            "Earlier",
            icon=":material/chevron_left:",
            key="explore-earlier",
            disabled=first == 0,
            on_click=access.owner_action(explore_state.set_wall),
            kwargs={"first": first - explore_state.WALL_SIZE},
        )
        st.button(
            "More",
            icon=":material/chevron_right:",
            icon_position="right",
            key="explore-more",
            on_click=access.owner_action(explore_state.set_wall),
            kwargs={"first": first + explore_state.WALL_SIZE},
        )
    st.toggle(
        "All sliders on all pictures",
        key="explore-wall-moves",
        help="Directions and codes too: what a slider does to many pictures at once. Truncation, temperature and words "
        "always count.",
    )
    settings = explore_work.wall_settings(point)
    return [replace(settings, base=Seed(seed, number)) for number in range(first, first + explore_state.WALL_SIZE)]


def _ask_variations(run: RunFolder, epoch: int, point: Point) -> list[Point]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-vary-row"):
        amount = st.slider(
            "How different",
            0.05,
            1.0,
            0.35,
            0.05,
            key="explore-vary-amount",
            width=240,
            persist_state="session",
            help="The share of the way to another latent, along the arc between the two.",
        )
        seed = st.number_input("Which ones", 0, step=1, key="explore-vary-seed", width=130, persist_state="session")
    try:
        with explore_draw.explorer_of(run, epoch) as explorer:
            return explorer.vary(point, explore_state.WALL_SIZE, amount, int(seed))
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return []


def _take_seed() -> None:
    explore_state.set_wall(seed=int(st.session_state["explore-seed"] or 0))


def _any_seed() -> None:
    explore_state.set_wall(seed=secrets.randbelow(1_000_000))
