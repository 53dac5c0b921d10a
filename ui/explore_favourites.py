"""Favourites of a run as a storyboard: their order, the walk from one to the next, and the film of it."""

from collections.abc import Mapping

import streamlit as st

from core.errors import AtelierError
from core.sampling.favourites import Favourites, point_name
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import access, explore_draw, explore_keep, explore_sliders, explore_state, lab
from ui.explore_state import in_words
from ui.explore_wall import Cell, wall
from ui.gallery_acts import download_dialog
from ui.markup import harmless

_CHOSEN = "explore-favourite-chosen"  # point_name
_CLEARED = "explore-favourites-cleared"
_SIDE = 96
_PREVIEW = 8  # pictures from one favourite to the next
_MOST_PREVIEWED = 96


def favourites_at(run: RunFolder, epoch: int) -> list[Point]:
    """The run's favourites as this epoch paints them."""
    points = [point.at(run.id, epoch) for point in Favourites(run).points()]
    return [explore_sliders.without_unknown(run, epoch, point) for point in points]


def show(run: RunFolder, epoch: int) -> None:
    kept, points = Favourites(run).points(), favourites_at(run, epoch)
    if not points:
        st.caption(
            ":material/favorite: Press **Favourite** under a picture. Two or more make a storyboard: a walk from one "
            "to the next, to look at and to film."
        )
        _show_undo(run)
        return
    names = [point_name(point) for point in kept]
    chosen = st.session_state.get(_CHOSEN)
    place = names.index(chosen) if chosen in names else None
    try:
        pictures = explore_draw.drawn(run, epoch, points)
    except AtelierError as error:
        st.error(harmless(f"The favourites cannot be drawn at this epoch. {error}"), icon=":material/error:")
        return
    titles = explore_sliders.titles_of(run, epoch)
    picked = wall(
        pictures,
        [Cell(number, in_words(point, titles), str(number + 1)) for number, point in enumerate(points)],
        key="explore-favourites",
        label="Favourites",
        of=" ".join(names),
        chosen=place,
        strip=True,
        side=_SIDE,
    )
    if picked is not None:
        st.session_state[_CHOSEN] = names[picked]
        explore_state.take(run, points[picked])
        st.rerun()
    _show_acts(run, epoch, names, points, place)
    if len(points) > 1:
        _show_walk(run, epoch, points, titles)


def _show_acts(run: RunFolder, epoch: int, names: list[str], points: list[Point], place: int | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="explore-favourite-acts"):
        name = names[place] if place is not None else ""
        for label, icon, steps in (("Earlier", "arrow_back", -1), ("Later", "arrow_forward", 1)):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"explore-favourite-{label.lower()}",
                disabled=place is None or not 0 <= place + steps < len(names),
                on_click=access.owner_action(Favourites(run).move),
                args=(name, steps),
            )
        st.button(
            "Take out",
            icon=":material/remove_circle_outline:",
            key="explore-favourite-out",
            disabled=place is None,
            on_click=access.owner_action(_take_out),
            args=(run, name),
        )
        if place is None:
            st.caption("Click one to put it to work, and to move it.", width="content")
        st.space("stretch")
        if st.button("Keep all", icon=":material/imagesmode:", key="explore-favourites-keep", help="To the gallery"):
            _keep_all(run, epoch, points)
        st.button(
            "Clear",
            icon=":material/delete_sweep:",
            key="explore-favourites-clear",
            type="tertiary",
            on_click=access.owner_action(_clear),
            args=(run,),
        )
    _show_undo(run)


def _keep_all(run: RunFolder, epoch: int, points: list[Point]) -> None:
    try:
        with st.spinner("Keeping"):
            hashes = explore_keep.keep_points(run, epoch, points)
    except AtelierError as error:
        st.error(harmless(f"They were not kept. {error}"), icon=":material/error:")
        return
    download_dialog(hashes)


def _show_walk(run: RunFolder, epoch: int, points: list[Point], titles: Mapping[str, str]) -> None:
    """The walk in pictures, each to click, and the film of it."""
    from core.sampling.walks import storyboard

    steps = max(1, min(_PREVIEW, _MOST_PREVIEWED // (len(points) - 1)))
    walk = storyboard(points, steps)
    try:
        with st.spinner("Drawing the walk"):
            pictures = explore_draw.drawn(run, epoch, walk)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return
    st.caption("The walk: along the arc from each to the next. Click a picture to put it to work.")
    picked = wall(
        pictures,
        [
            Cell(number, in_words(point, titles), str(number // steps + 1) if number % steps == 0 else "·")
            for number, point in enumerate(walk)
        ],
        key="explore-walk",
        label="The walk from favourite to favourite",
        of=" ".join(point_name(point) for point in points),
        strip=True,
        side=64,
    )
    if picked is not None:
        explore_state.take(run, walk[picked])
        st.rerun()
    film = st.expander("Film", icon=":material/movie:", key="explore-film-open", on_change="rerun")
    if film.open:
        with film:
            from ui import film_form

            film_form.show_walk(lab.workspace(), points, key="explore-film")


def _take_out(run: RunFolder, name: str) -> None:
    st.session_state[_CLEARED] = (run.id, Favourites(run).points())
    Favourites(run).remove(name)


def _clear(run: RunFolder) -> None:
    st.session_state[_CLEARED] = (run.id, Favourites(run).points())
    Favourites(run).replace([])


def _show_undo(run: RunFolder) -> None:
    cleared: tuple[str, list[Point]] | None = st.session_state.get(_CLEARED)
    if cleared is None or cleared[0] != run.id:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Taken out of the storyboard.", width="content")
        st.button(
            "Undo",
            icon=":material/undo:",
            type="tertiary",
            key="explore-favourites-undo",
            on_click=access.owner_action(_bring_back),
            args=(run,),
        )


def _bring_back(run: RunFolder) -> None:
    _, points = st.session_state.pop(_CLEARED)
    Favourites(run).replace(points)
