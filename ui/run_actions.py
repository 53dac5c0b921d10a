"""What can be made of a run, on the epoch looked at: compare, explore, measure, study, branch, take over weights."""

import streamlit as st

from core.jobs.folder import JobFolder
from core.training.run_folder import RunFolder
from core.training.starting import branchable_epochs
from ui import run_start

_LONGER = 2  # times the planned epochs


def show(job: JobFolder, place: float | None) -> None:
    """place: the epoch that is looked at, or between two; None: the newest."""
    run = RunFolder(job.path)
    weights, whole = _nearest(run.weight_epochs(), place), _nearest(branchable_epochs(run), place)
    with st.container(horizontal=True, vertical_alignment="center", key="run-links"):
        _link("Compare", "compare", "app_pages/judge/compare.py", {"run": job.id})
        if sweep := run.settings.get("sweep"):
            _link("Its search", "tune", "app_pages/make/sweeps.py", {"sweep": str(sweep["id"])})
        if weights is None:
            st.caption("It can be explored, measured, studied and branched from once the first epoch is kept.")
            return
        at = {"run": job.id, "epoch": str(weights)}
        _link(f"Explore epoch {weights}", "explore", "app_pages/make/explore.py", at)
        _link("Measure", "straighten", "app_pages/judge/measure.py", {"run": job.id})
        _link(f"Create a study from epoch {weights}", "how_to_vote", "app_pages/judge/studies.py", at)
        if whole is not None:
            nearest = "" if place is None or whole == place else " It is the nearest epoch that was kept whole."
            _begin(
                f"Branch from epoch {whole}",
                "fork_right",
                run_start.link(job, whole, run_start.BRANCH),
                "A new run that goes on from all that this epoch was, with other settings." + nearest,
            )
        _begin(
            f"Use the weights of epoch {weights}",
            "move_down",
            run_start.link(job, weights, run_start.TRANSFER),
            "A new training, on any dataset, that begins with these weights wherever they fit.",
        )
        newest = branchable_epochs(run)[-1:]
        if newest and not job.is_active:
            longer = max(run.planned_epochs * _LONGER, newest[0] + 1)
            _begin(
                "Train longer",
                "more_time",
                run_start.link(job, newest[0], run_start.BRANCH, epochs=longer),
                f"A branch from epoch {newest[0]} that is planned for {longer:,} epochs in all.",
            )


def _link(label: str, icon: str, page: str, query: dict[str, str]) -> None:
    st.page_link(page, label=label, icon=f":material/{icon}:", query_params=query)


def _begin(label: str, icon: str, query: dict[str, str], tip: str) -> None:
    """A way to the form on this same page: a link would look like the page that one is on."""
    if st.button(label, icon=f":material/{icon}:", help=tip, type="tertiary", key=f"run-begin-{icon}"):
        st.query_params.from_dict(query)
        st.rerun()


def _nearest(epochs: list[int], place: float | None) -> int | None:
    """The newest that is not later than what is looked at."""
    early = [epoch for epoch in epochs if epoch and (place is None or epoch <= place)]
    return early[-1] if early else None
