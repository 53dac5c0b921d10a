"""Compare: up to four columns (run, epoch) of the same latents, moved by one slider, with all that tells them apart."""

import streamlit as st

from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from ui import (
    access,
    compare_curves,
    compare_next,
    compare_settings,
    compare_track,
    film_form,
    lab,
    run_people,
    runs,
    samples,
)
from ui.comparison import MOST_COLUMNS, Comparison, Curves, column_of, latents_note, names_of
from ui.jobs import plain

access.require_owner()

VIEWER = "compare-viewer"
FRAGMENTS = ["compare-above", "compare-below"]
POLL_SECONDS = 5.0
SHOWN_AT_FIRST = 2  # the newest runs with samples, when the URL names none


def columns_of(shown: Comparison, known: dict[str, JobFolder]) -> tuple[list[samples.Column], list[JobFolder]]:
    """The columns, and the runs in them, each once: its number there is that of its colour."""
    unique = list(dict.fromkeys(shown.run_ids))
    jobs = [known[run_id] for run_id in unique]
    names = names_of(jobs)
    columns = []
    for index, run_id in enumerate(shown.run_ids):
        number, kind = unique.index(run_id), shown.view.kinds.get(index, "samples")
        columns.append(column_of(jobs[number], names[number], number, kind, lab.workspace()))
    return columns, jobs


def above(shown: Comparison, known: dict[str, JobFolder]) -> None:
    """The pictures."""
    now = shown.seen(samples.told_view(VIEWER, shown.view, shown.of))
    columns, jobs = columns_of(now, known)
    answer = samples.show(
        columns,
        key=VIEWER,
        view=shown.view,
        of=shown.of,
        removable=True,
        comparing=True,
        tracks=compare_track.tracks([RunFolder(job.path) for job in jobs], names_of(jobs)),
        on_view=access.owner_action(lambda: view_changed(shown, now)),
    )
    if answer.removed is not None:
        Comparison.from_url(known).seen(answer.view).without(answer.removed).to_url()
        st.rerun()
    st.caption(latents_note(jobs))


def below(shown: Comparison, known: dict[str, JobFolder]) -> None:
    """What there is to know of the runs beside their pictures."""
    now = shown.seen(samples.told_view(VIEWER, shown.view, shown.of))
    columns, jobs = columns_of(now, known)
    folders, names = [RunFolder(job.path) for job in jobs], names_of(jobs)
    in_sight = [
        (columns[index].color or 0, frame.at)
        for index, column in enumerate(columns)
        if (frame := samples.frame_at(column, index, now.view)) is not None
    ]
    compare_next.show(folders, names, in_sight)
    st.subheader("Curves", anchor=False)
    compare_curves.show(folders, names, in_sight, chosen=now.curves, keep=lambda curves: curves_changed(known, curves))
    run_people.show(folders, names, key="compare")
    if len(jobs) > 1:
        st.subheader("What differs", anchor=False)
        compare_settings.show(jobs, names)


def films(jobs: list[JobFolder]) -> None:
    film = st.expander("Films of these epochs", icon=":material/movie:", key="compare-films", on_change="rerun")
    if film.open:
        with film:
            film_form.show(lab.workspace(), jobs, key="compare-film")


def view_changed(shown: Comparison, before: Comparison) -> None:
    """What is drawn below marks the epochs in sight; the pictures are made anew only where a column shows others."""
    now = shown.seen(samples.told_view(VIEWER, shown.view, shown.of)).drawing(Curves.from_url())
    now.to_url()
    st.rerun(FRAGMENTS if now.view.kinds != before.view.kinds else FRAGMENTS[1])


def curves_changed(known: dict[str, JobFolder], curves: Curves) -> None:
    Comparison.from_url(known).drawing(curves).to_url()


def add_column(known: dict[str, JobFolder]) -> None:
    chosen = st.session_state["compare-add"]
    st.session_state["compare-add"] = None
    if chosen is not None:
        shown = first_shown(known)
        shown.seen(samples.told_view(VIEWER, shown.view, shown.of)).adding(chosen).to_url()


def first_shown(known: dict[str, JobFolder]) -> Comparison:
    """What the URL names; where it names nothing, the newest runs that have samples."""
    shown = Comparison.from_url(known)
    if "run" not in st.query_params:
        newest = [job.id for job in known.values() if RunFolder(job.path).epochs()]
        for run_id in newest[:SHOWN_AT_FIRST]:
            shown = shown.adding(run_id)
    return shown


st.title("Compare")
known = {job.id: job for job in runs.list_run_jobs(lab.workspace())}
if not known:
    st.info(
        "There are no runs to compare yet. Train a model first: every epoch it keeps appears here.",
        icon=":material/compare:",
    )
    st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
    st.stop()

shown = first_shown(known)
if shown.unknown:
    st.warning(f"The link names runs that are not in this lab: {plain(', '.join(shown.unknown))}.")

full = len(shown.run_ids) >= MOST_COLUMNS
st.selectbox(
    "Add a run",
    list(known),
    index=None,
    format_func=lambda run_id: runs.run_label(known[run_id]),
    placeholder="Remove a column to add another" if full else "Choose a run",
    help="The same run twice compares two of its epochs: hold one column at its epoch and move the other. The address "
    "of this page holds all that you see: send it to somebody of this lab, or keep it.",
    key="compare-add",
    on_change=access.owner_action(add_column),
    args=(known,),
    disabled=full,
    width=560,
)
if not shown.run_ids:
    unsampled = "No run has samples yet: the first grid appears a moment after training begins."
    st.info("Choose a run to see its samples." if "run" in st.query_params else unsampled)
    st.stop()

growing = any(known[run_id].is_active for run_id in shown.run_ids)
every = POLL_SECONDS if growing else None
access.owner_fragment(above, run_every=every, key=FRAGMENTS[0])(shown, known)
access.owner_fragment(below, run_every=every, key=FRAGMENTS[1])(shown, known)
films([known[run_id] for run_id in dict.fromkeys(shown.run_ids)])
