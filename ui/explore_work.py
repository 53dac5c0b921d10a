"""The picture at work: drawn anew at every move of a slider, and what can be done with it."""

import json
from dataclasses import replace

import streamlit as st

from core.errors import AtelierError
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import access, explore_desk, explore_draw, explore_keep, explore_search, explore_sliders, explore_state
from ui.explore_wall import png_of
from ui.jobs import plain
from ui.markup import harmless

_DRAWN_SETTINGS = "explore-wall-settings"


def show(run: RunFolder, epoch: int) -> None:
    """The desk. It runs alone while a slider is dragged; the whole page once one is let go that the wall goes by."""
    try:
        _, _, point = _moved(run, epoch)
    except AtelierError:
        point = explore_state.at_work()  # what is wrong, the desk says
    if point is not None:
        st.session_state[_DRAWN_SETTINGS] = _settings_text(point)  # the wall is drawn with these in this run

    @access.owner_fragment
    def work() -> None:
        _work(run, epoch)

    work()


def _moved(run: RunFolder, epoch: int) -> tuple[explore_desk.Moves | None, list[explore_desk.Group], Point]:
    """The point where the sliders stand. Raises: AtelierError for weights that cannot be read."""
    point = explore_state.at_work()
    assert point is not None
    groups = explore_sliders.groups_of(run, epoch, point)
    moves = explore_desk.desk_moves(explore_state.DESK)
    if moves is not None:
        point = explore_state.with_values(point, moves.values, groups)
        explore_state.keep(run, point, settled=moves.settled)
    return moves, groups, point


def _work(run: RunFolder, epoch: int) -> None:
    point = explore_state.at_work()
    if point is None or (point.run, point.epoch) != (run.id, epoch):
        return  # another run has just been chosen: the page runs anew
    try:
        if explore_sliders.unknown_directions(run, epoch, point) and explore_search.is_at_work(run, epoch):
            st.info("This point lies along directions of the model that are being found: a moment.")
            return
        moves, groups, point = _moved(run, epoch)
        pictures, seconds = explore_draw.draw(run, epoch, [point])
        before = explore_draw.drawn(run, epoch, [without_sliders(point)])
    except AtelierError as error:
        st.error(harmless(f"This point cannot be drawn. {error}"), icon=":material/error:")
        st.button(
            "Begin with a seed",
            icon=":material/restart_alt:",
            key="explore-begin-anew",
            on_click=access.owner_action(_begin_anew),
            args=(run, epoch),
        )
        return
    titles = explore_sliders.titles_of(run, epoch)
    told = explore_state.in_words(point, titles)
    explore_desk.desk(
        png_of(pictures[0]),
        png_of(before[0]) if without_sliders(point) != point else b"",
        (run.shape[1], run.shape[0]),
        groups,
        explore_state.values_of(point, groups),
        key=explore_state.DESK,
        moves=moves,
        alt=f"The picture at work: {told}",
    )
    st.caption(
        f"{plain(told)}  \nDrawn on {explore_draw.device_words(run, epoch)} in {seconds * 1000:.0f} ms",
        help="Press the picture to see it without the sliders.",
    )
    explore_keep.show_acts(run, epoch, point)
    if moves is not None and moves.settled and st.session_state.get(_DRAWN_SETTINGS) != _settings_text(point):
        st.rerun()


def without_sliders(point: Point) -> Point:
    """What it began with: its base and what it was asked for, as trained."""
    return replace(point, truncation=None, temperature=1.0, moves=(), category=None, sliders=())


def wall_settings(point: Point) -> Point:
    """What the wall of seeds takes over from the picture at work."""
    if not st.session_state.get("explore-wall-moves"):
        point = replace(point, moves=(), sliders=())
    return point


def _settings_text(point: Point) -> str:
    settings = wall_settings(point)
    return json.dumps(
        {
            name: value
            for name, value in settings.to_json().items()
            if name
            in ("truncation", "temperature", "moves", "words", "terms", "category", "sliders", "guidance", "steps")
        },
        sort_keys=True,
    )


def _begin_anew(run: RunFolder, epoch: int) -> None:
    from core.sampling.points import Seed

    explore_state.take(run, Point(run.id, epoch, Seed(explore_state.seed(), 0)))
