"""Augment's end: the counts, a name, the build and what becomes of it."""

from collections.abc import Sequence

import streamlit as st

from core.catalog.picture import PictureRef
from core.catalog.selection import Selection
from core.datasets.build import checked_name, free_name, refuse_taken_name
from core.datasets.job import built_dataset_id, submit_build
from core.datasets.listing import find_contents
from core.datasets.plan import NEAR_SOLID, REPEATED, TOO_NARROW, UNREADABLE, Plan
from core.datasets.recipe import Recipe, size_words
from core.errors import AtelierError
from core.jobs.folder import list_jobs
from core.workspace import Workspace
from ui.dataset_list import train_link
from ui.jobs import job_cards, plain
from ui.markup import harmless

_OWN_JOB = "augment-job"  # session state: the build started here, shown after it ended too


def show_counts(plan: Plan) -> None:
    counts, dropped = plan.counts, plan.counts.dropped
    with st.container(horizontal=True, gap="medium", key="augment-counts"):
        st.metric("Chosen", f"{counts.pictures:,}", width="content")
        for reason, label in (
            (UNREADABLE, "Unreadable"),
            (REPEATED, "Repeated"),
            (TOO_NARROW, "Too narrow"),
            (NEAR_SOLID, "Near-solid"),
        ):
            if dropped[reason] or reason in (TOO_NARROW, NEAR_SOLID):
                st.metric(label, f"−{dropped[reason]:,}", width="content")
        st.metric("Kept", f"{counts.kept:,}", width="content")
        st.metric("To train on", f"{counts.train + counts.copies:,}", width="content")
        st.metric("Held out", f"{counts.test:,}", width="content")
    times = 1 + len(plan.recipe.row_copies)
    notes = (
        [f"{counts.train:,} pictures × {times} to train on; held-out pictures stay as they are."] if times > 1 else []
    )
    if counts.enlarged:
        notes.append(
            f"{counts.enlarged:,} kept pictures are smaller than {size_words(plan.recipe.shape)} and are enlarged."
        )
    synthetic = sum(verdict.picture.synthetic for verdict in plan.kept)
    if synthetic:
        notes.append(f"{synthetic:,} kept pictures are synthetic, drawn by a program.")
    if notes:
        st.caption(" ".join(notes))


def ask_build(workspace: Workspace, plan: Plan, selection: Selection) -> None:
    """Ask for a name and start the build; say beforehand if it cannot be, or need not be, built."""
    suggested = suggested_name(workspace, selection, plan.recipe)
    existing = find_contents(workspace, plan.content_hash(), plan.labels_hash())
    with st.container(horizontal=True, vertical_alignment="bottom", border=True):
        asked = st.text_input("Name of the dataset", placeholder=suggested, max_chars=80, key="dataset_name")
        name = asked or suggested
        problem = "" if existing else _name_problem(workspace, name, plan)
        pressed = st.button(
            "Build dataset",
            type="primary",
            icon=":material/dataset:",
            disabled=bool(existing or problem or not plan.counts.train),
        )
    if existing:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.success(
                f"Built: **{plain(existing.name)}** holds these pictures with this recipe.", icon=":material/check:"
            )
            train_link(existing.id, "it")
    elif not plan.counts.train:
        st.warning("No picture is left to train on. Choose other pictures or move the limits under “Leave out”.")
    elif problem:
        st.error(problem)
    if pressed:
        start_build(workspace, [verdict.picture for verdict in plan.verdicts], plan.recipe, name, selection)


def suggested_name(workspace: Workspace, selection: Selection, recipe: Recipe) -> str:
    """After what is chosen and its size; free."""
    label = ", ".join(selection.collections) or "All pictures"
    height, width = recipe.shape
    size = str(width) if width == height else f"{width}x{height}"
    return free_name(workspace, f"{label[:70]} {size}")


def start_build(
    workspace: Workspace, pictures: Sequence[PictureRef], recipe: Recipe, name: str, selection: Selection
) -> None:
    try:
        job = submit_build(workspace, pictures, recipe, name=name, selection=selection.to_json())
        st.session_state[_OWN_JOB] = job.id
    except AtelierError as error:
        st.error(harmless(str(error)))


def show_builds(workspace: Workspace) -> None:
    """Builds under way, whoever started them, and the last one started here unless all went well."""
    own = st.session_state.get(_OWN_JOB)
    builds = [job for job in list_jobs(workspace) if job.kind == "build"]
    shown = [job for job in builds if job.is_active or (job.id == own and not built_dataset_id(job))]
    if shown:
        job_cards(shown)


def _name_problem(workspace: Workspace, name: str, plan: Plan) -> str:
    try:
        refuse_taken_name(workspace, checked_name(name), plan)
    except AtelierError as error:
        return str(error)
    return ""
