"""The nearest point to a picture, of a model that cannot encode: searched for by a job."""

import base64
from collections.abc import Callable

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.pictures.chosen import ChosenPicture
from core.sampling.favourites import Favourites
from core.sampling.project import KIND, PREVIEW, Projection, create_project, projection_of
from core.training.run_folder import RunFolder
from ui import access, explore_state, lab
from ui.jobs import job_card
from ui.markup import harmless
from ui.picture_picker import choose

PICTURE = "explore-project-picture"
_REFUSED = "explore-project-refused"
_JOB = "search"  # in the page's address
_TICK_SECONDS = 1.0
_EFFORTS = {"Quick": (4, 150), "Usual": (8, 400), "Thorough": (16, 1200)}  # (starts, steps)
_EARLIER = 8


def show(run: RunFolder, epoch: int, vary: Callable[[RunFolder, object], None]) -> None:
    """vary: called with a point whose variations are wanted."""
    asking, answer = st.columns([2, 3], gap="large")
    with asking:
        chosen = choose("Picture", key=PICTURE, hint="It is brought to the shape that the model was trained on.")
        effort = st.segmented_control(
            "How long to search",
            list(_EFFORTS),
            key="explore-project-effort",
            default="Usual",
            required=True,
            help="; ".join(f"{name}: {starts} starts, {steps} steps" for name, (starts, steps) in _EFFORTS.items()),
        )
        if why := st.session_state.pop(_REFUSED, ""):
            st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
        st.button(
            "Search for the nearest point",
            type="primary",
            icon=":material/travel_explore:",
            key="explore-project-start",
            width="stretch",
            disabled=chosen is None,
            on_click=access.owner_action(_start),
            args=(run, epoch, chosen, effort),
        )
    with answer:
        jobs = _jobs(run, epoch)
        asked = st.query_params.get(_JOB, "")
        job = next((one for one in jobs if one.id == asked), jobs[0] if jobs else None)
        if job is None:
            st.caption(
                ":material/info: A GAN cannot encode a picture; the point that comes nearest to it can be searched "
                "for. The search is a job: it shows what it has, can be stopped, and goes on from there."
            )
            return
        _show_job(run, job, vary)
        if len(jobs) > 1:
            _show_earlier(jobs, job)


def _jobs(run: RunFolder, epoch: int) -> list[JobFolder]:
    """Searches in this epoch of the run, the newest first."""
    found = [job for job in list_jobs(lab.workspace()) if job.kind == KIND and not job.damage]
    return [job for job in found if (job.settings.get("run"), job.settings.get("epoch")) == (run.id, epoch)][:_EARLIER]


def _start(run: RunFolder, epoch: int, chosen: ChosenPicture, effort: str) -> None:
    point = explore_state.at_work()
    starts, steps = _EFFORTS.get(effort, _EFFORTS["Usual"])
    workspace = lab.workspace()
    words = point.words if point is not None else ""
    try:
        job = create_project(workspace, run.id, chosen, epoch=epoch, words=words, starts=starts, steps=steps)
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.query_params[_JOB] = job.id


def _show_job(run: RunFolder, job: JobFolder, vary: Callable[[RunFolder, object], None]) -> None:
    job_card(job)

    @access.owner_fragment(run_every=_TICK_SECONDS if job.is_active else None)
    def picture() -> None:
        try:
            data = (job.path / PREVIEW).read_bytes()
        except OSError:
            st.caption("What it finds is shown here as it comes nearer.")
            return
        url = f"data:image/webp;base64,{base64.b64encode(data).decode()}"
        st.image(url, width="content", alt="The picture, and the nearest found so far")
        st.caption("The picture as the model would have seen it, and the nearest point found.")

    picture()
    found = projection_of(job)
    if found is None or job.is_active:
        return
    _show_acts(run, job, found, vary)


def _show_acts(run: RunFolder, job: JobFolder, found: Projection, vary: Callable[[RunFolder, object], None]) -> None:
    with st.container(horizontal=True, gap="xsmall", key="explore-project-acts"):
        st.button(
            "Put it to work",
            icon=":material/brush:",
            type="primary",
            key=f"explore-project-take-{job.id}",
            on_click=access.owner_action(explore_state.take),
            args=(run, found.point),
        )
        st.button(
            "Vary it",
            icon=":material/blur_on:",
            key=f"explore-project-vary-{job.id}",
            on_click=access.owner_action(vary),
            args=(run, found.point),
        )
        st.button(
            "As a favourite",
            icon=":material/favorite:",
            key=f"explore-project-favourite-{job.id}",
            help="Two favourites make a morph: see Storyboard.",
            on_click=access.owner_action(Favourites(run).add),
            args=([found.point],),
        )


def _show_earlier(jobs: list[JobFolder], shown: JobFolder) -> None:
    def look() -> None:
        st.query_params[_JOB] = st.session_state["explore-project-earlier"]

    st.session_state["explore-project-earlier"] = shown.id
    st.selectbox(
        "Searches of this epoch",
        [job.id for job in jobs],
        format_func=lambda name: next((job.title for job in jobs if job.id == name), name),
        key="explore-project-earlier",
        on_change=access.owner_action(look),
        width=420,
    )
