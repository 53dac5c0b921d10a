"""Films on a page: what the film shall show and look like, the job that makes it, and the films there are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder
from core.sampling.films.job import OF_EPOCHS, OF_POINTS, create_film, plan_film
from core.sampling.films.request import MOST_POINTS, FilmRequest
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access, film_look, film_result, film_what
from ui.comparison import names_of
from ui.markup import harmless

if TYPE_CHECKING:
    from core.sampling.points import Point


def show(workspace: Workspace, runs: Sequence[JobFolder], *, key: str) -> None:
    """The form for films of the epochs of these runs, and the films of them that there are.

    Args:
        key: of the widgets; another for every place of a page.
    """
    jobs = list({job.id: job for job in runs}.values())  # the same run may stand in two columns
    folders = [RunFolder(job.path) for job in jobs]
    sampled = [folder for folder in folders if folder.epochs()]
    if not sampled:
        st.caption("A film shows the epochs that a training kept. These runs have kept none yet.")
        return
    names = dict(zip((job.id for job in jobs), names_of(jobs), strict=True))
    stops = max(len(folder.epochs()) for folder in sampled)
    questions, answers = st.columns([2, 3], gap="large")
    with questions:
        try:
            request = film_look.ask(film_what.ask(sampled, names, key=key), stops=stops, key=key)
        except AtelierError as error:
            st.error(harmless(str(error)), icon=":material/error:")
            request = None
        _start(workspace, request, key)
    with answers:
        film_result.show(workspace, [folder.id for folder in folders], kind=OF_EPOCHS, key=key)


def show_walk(workspace: Workspace, points: "Sequence[Point]", *, key: str) -> None:
    """The form for a film of the walk through these points, or of how they came about, and such films of their run.

    A single point has no walk.
    """
    if not points:
        st.caption("Choose a point to see it through the epochs, or more of them: the film goes from one to the next.")
        return
    questions, answers = st.columns([2, 3], gap="large")
    with questions:
        request = None
        if len(points) == 1:
            st.caption(":material/info: One point through the epochs. For a walk choose a second one.")
        if len(points) > MOST_POINTS:
            st.caption(f":material/info: A walk has up to {MOST_POINTS} points; these are {len(points)}.")
        else:
            try:
                request = film_look.ask(film_what.ask_points(points, key=key), stops=len(points), key=key)
            except AtelierError as error:
                st.error(harmless(str(error)), icon=":material/error:")
        _start(workspace, request, key)
    with answers:
        film_result.show(workspace, [points[0].run], kind=OF_POINTS, key=key)


def _start(workspace: Workspace, request: FilmRequest | None, key: str) -> None:
    """What it comes to, and the start."""
    ready = request is not None and _show_plan(workspace, request)
    if why := st.session_state.pop(f"{key}-refused", ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        "Make the film",
        type="primary",
        icon=":material/movie:",
        key=f"{key}-make",
        width="stretch",
        disabled=not ready,
        on_click=access.owner_action(_make),
        args=(workspace, request, key),
    )


def _show_plan(workspace: Workspace, request: FilmRequest) -> bool:
    """Whether it can be made."""
    try:
        plan = plan_film(workspace, request)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/error:")
        return False
    stops = f"{plan.stops} {'points' if request.layout == 'walk' else 'epochs'}"
    zooms = sorted(set(plan.zooms))
    if zooms[0] == 0:
        enlarged = "pictures made smaller to fit"
    elif zooms == [1]:
        enlarged = "pictures at their own pixels"
    else:
        enlarged = f"pictures ×{', ×'.join(map(str, zooms))}"
    st.caption(f"{stops} · {film_result.length(plan.seconds)} · {plan.width} × {plan.height} pixels · {enlarged}")
    if zooms[0] == 0:
        st.caption(
            ":material/info: Pixels are mixed where pictures are made smaller. Choose a larger size, or fewer pictures."
        )
    return True


def _make(workspace: Workspace, request: FilmRequest, key: str) -> None:
    try:
        job = create_film(workspace, request)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[f"{key}-refused"] = str(error)
        return
    film_result.choose(job, key=key)
