"""What can be done with the picture at work: favourite, gallery, catalog, upscale, restyle, study, download."""

import time

import streamlit as st

from core.errors import AtelierError
from core.sampling.favourites import Favourites, point_name
from core.sampling.points import Point
from core.training.run_folder import RunFolder
from ui import access, explore_draw, explore_state, lab
from ui.gallery_acts import add_dialog, send_to_study
from ui.markup import harmless

_KEPT = "explore-kept"  # point_name -> SHA-256 in the gallery, of this session
_REFUSED = "explore-not-kept"
_ON = {"app_pages/make/upscale.py": "picture", "app_pages/make/style.py": "content"}


def show_acts(run: RunFolder, epoch: int, point: Point) -> None:
    """Buttons under the picture at work."""
    is_favourite = point_name(point) in {point_name(one) for one in Favourites(run).points()}
    kept = _kept().get(point_name(point), "")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="explore-acts"):
        if st.button(
            "Favourite" if not is_favourite else "A favourite",
            icon=":material/favorite:",
            key="explore-favourite",
            disabled=is_favourite,
            help="Put it at the end of the storyboard.",
        ):
            _add_favourites(run, [point])
            st.rerun()
        st.button(
            "Keep",
            icon=":material/imagesmode:",
            key="explore-keep",
            type="primary",
            disabled=bool(kept),
            help="To the gallery, with all that made it.",
            on_click=access.owner_action(_keep),
            args=(run, epoch, point),
        )
        st.download_button(
            "PNG",
            lambda: _png(run, epoch, point),
            f"{run.preset}-{time.strftime('%Y%m%d-%H%M%S')}.png",
            "image/png",
            icon=":material/download:",
            key="explore-png",
            on_click="ignore",
            help="At its own pixels. All that made it is inside, and can be used again.",
        )
        wanted = st.button("Add to catalog", icon=":material/library_add:", key="explore-to-catalog")
        if wanted and (sha256 := _keep(run, epoch, point)):
            add_dialog([sha256])
        if st.button("Upscale", icon=":material/photo_size_select_large:", key="explore-upscale"):
            _go_on("app_pages/make/upscale.py", run, epoch, point)
        if st.button("Restyle", icon=":material/brush:", key="explore-restyle"):
            _go_on("app_pages/make/style.py", run, epoch, point)
        asked = st.button("Ask people", icon=":material/how_to_vote:", key="explore-study", help="In a study")
        if asked and (sha256 := _keep(run, epoch, point)):
            send_to_study([sha256])
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not kept. {why}"), icon=":material/error:")
    if kept:
        st.page_link(
            "app_pages/make/gallery.py",
            label="Kept: it is in the gallery",
            icon=":material/check:",
            query_params={"picture": kept},
        )


def _go_on(page: str, run: RunFolder, epoch: int, point: Point) -> None:
    if sha256 := _keep(run, epoch, point):
        st.switch_page(page, query_params={_ON[page]: sha256})


def keep_points(run: RunFolder, epoch: int, points: list[Point]) -> list[str]:
    """Into the gallery; their SHA-256, in order. Raises: AtelierError."""
    from core.sampling.keeping import keep

    with explore_draw.explorer_of(run, epoch) as explorer:
        made = keep(lab.workspace(), explorer, points)
    for point, one in zip(points, made, strict=True):
        _kept()[point_name(point)] = one.sha256
    return [one.sha256 for one in made]


def _keep(run: RunFolder, epoch: int, point: Point) -> str:
    """Its SHA-256 in the gallery; "" after saying why not."""
    known = _kept().get(point_name(point), "")
    if known:
        return known
    try:
        return keep_points(run, epoch, [point])[0]
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return ""


def _kept() -> dict[str, str]:
    found: dict[str, str] = st.session_state.setdefault(_KEPT, {})
    return found


def _png(run: RunFolder, epoch: int, point: Point) -> bytes:
    from core.sampling.keeping import files

    if not access.visitor().is_owner:
        return b""
    with explore_draw.explorer_of(run, epoch) as explorer:
        return files(explorer, [point])[0]


def _add_favourites(run: RunFolder, points: list[Point]) -> None:
    try:
        Favourites(run).add(points)
    except AtelierError as error:
        explore_state.tell(str(error))
