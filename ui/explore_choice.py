"""Which run and epoch the Explore page draws from: in its address, else the newest run at its best epoch."""

import streamlit as st

from core.datasets.recipe import size_words
from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access, runs
from ui.jobs import plain

RUN, EPOCH = "explore-run", "explore-epoch"
_OF_ONE_RUN = ("epoch", "point", "seed", "first", "kind")  # of the address: without meaning for another run


def choose(workspace: Workspace) -> tuple[RunFolder, int] | None:
    """Draw the two choosers. None, with the reason on the page, where there is nothing to draw from."""
    jobs = runs.list_run_jobs(workspace)
    usable = {job.id: job for job in jobs if RunFolder(job.path).weight_epochs()}
    asked = st.query_params.get("run", "")
    if asked and asked not in usable:
        _tell_unusable(asked, jobs)
    if not usable:
        _nothing_yet(jobs)
        return None
    run_id = asked if asked in usable else next(iter(usable))
    run = RunFolder(usable[run_id].path)
    epochs, best = run.weight_epochs()[::-1], run.best_epoch()
    epoch = _asked_epoch(run, epochs, best)
    st.session_state[RUN], st.session_state[EPOCH] = run_id, epoch
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="explore-choice"):
        st.selectbox(
            "Run",
            list(usable),
            key=RUN,
            format_func=lambda name: runs.run_label(usable[name]),
            on_change=access.owner_action(_take_run),
            width=440,
        )
        st.selectbox(
            "Epoch",
            epochs,
            key=EPOCH,
            format_func=lambda number: f"{number} (best)" if number == best else str(number),
            on_change=access.owner_action(_take_epoch),
            help="Those whose weights were kept. The picture at work stays the same latent.",
            width=130,
        )
        told = (runs.preset_title(run.preset), size_words(run.shape), runs.averaging_word(run))
        st.caption(plain(" · ".join(told)), width="stretch")
    return run, epoch


def _asked_epoch(run: RunFolder, epochs: list[int], best: int | None) -> int:
    usual = best if best in epochs else epochs[0]
    asked = st.query_params.get("epoch", "")
    if not asked:
        return usual
    if asked.isdigit() and int(asked) in epochs:
        return int(asked)
    kept = ", ".join(map(str, sorted(epochs)[-8:]))
    st.warning(plain(f"The weights of epoch {asked[:12]} were not kept. There are those of {kept}."))
    return usual


def _take_run() -> None:
    st.query_params["run"] = st.session_state[RUN]
    for name in _OF_ONE_RUN:
        st.query_params.pop(name, None)


def _take_epoch() -> None:
    st.query_params["epoch"] = str(st.session_state[EPOCH])


def _tell_unusable(asked: str, jobs: list[JobFolder]) -> None:
    job = next((job for job in jobs if job.id == asked), None)
    if job is None:
        st.warning(plain(f"The run in this page's address, {asked[:80]}, is not in this lab."))
        return
    more = "The first are saved at the end of its first epoch." if job.is_active else "It ended before any were saved."
    st.warning(plain(f"{runs.run_label(job)} has no weights to draw with. {more}"))
    st.page_link(
        "app_pages/make/train.py", label="Look at it", icon=":material/model_training:", query_params={"run": asked}
    )


def _nothing_yet(jobs: list[JobFolder]) -> None:
    with st.container(horizontal_alignment="center", gap="small", key="explore-empty"):
        st.space("large")
        st.subheader(":material/explore: Nothing to explore yet", text_alignment="center", anchor=False)
        active = any(job.is_active for job in jobs)
        st.markdown(
            "A run is at work: as soon as it saves its first epoch, its pictures can be explored here."
            if active
            else "Train a model first. Then walk through what it can paint: by seeds, by sliders, from one to another.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            st.page_link("app_pages/make/train.py", label="Train a model", icon=":material/model_training:")
