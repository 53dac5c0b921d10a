"""Asking for an evaluation: which epochs, which numbers, against which pictures, what it takes; and following it."""

from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from core.errors import AtelierError
from core.jobs import control
from core.jobs.folder import JobFolder, list_jobs
from core.metrics.evaluation import KIND, create_planned
from core.metrics.inception import RESIZES, USUAL_RESIZE, inception_state
from core.metrics.plan import estimate_evaluation, plan_evaluation
from core.metrics.registry import METRICS
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from ui import access, measure_inception
from ui.comparison import names_of
from ui.jobs import job_cards, plain
from ui.markup import harmless
from ui.measure_words import REFERENCES
from ui.runs import duration

_REFUSED, _ASKED = "measure-refused", "measure-asked"
_EPOCHS = {"All kept": "all", "Best so far": "best", "Last": "last", "Some": "some"}
_NEEDING = {"discriminator": "GANs", "autoencoder": "VAEs", "inception": "Inception"}


def ask(workspace: Workspace, jobs: Sequence[JobFolder]) -> None:
    runs = [RunFolder(job.path) for job in jobs]
    kept = sorted({epoch for run in runs for epoch in run.weight_epochs()})
    asked: dict[str, Any] = {"epochs": _ask_epochs(kept), "metrics": _ask_metrics(workspace, runs)}
    asked |= _ask_reference(by_inception=any(METRICS[key].needs == "inception" for key in asked["metrics"]))
    _ask_start(workspace, jobs, asked)
    measure_inception.show(workspace)


def follow(workspace: Workspace) -> bool:
    """Evaluations at work, and the one that was asked for here; whether one is at work."""
    asked = st.session_state.get(_ASKED, "")
    shown = [job for job in list_jobs(workspace) if job.kind == KIND and (job.is_active or job.id == asked)]
    if shown:
        job_cards(shown[:3])
    return any(job.is_active for job in shown)


# ---- the questions


def _ask_epochs(kept: Sequence[int]) -> str | list[int]:
    which = st.segmented_control(
        "Epochs",
        list(_EPOCHS),
        default="All kept",
        required=True,
        key="measure-epochs",
        persist_state="session",
        help="Those whose weights were kept. What was measured in the same way already is not measured again.",
    )
    if which != "Some":
        return _EPOCHS[which]
    return st.multiselect(
        "Which epochs", list(kept), key="measure-some", placeholder="Choose at least one", label_visibility="collapsed"
    )


def _ask_metrics(workspace: Workspace, runs: Sequence[RunFolder]) -> list[str]:
    """A box for each number that one of the runs has; those of Inception only where its file is."""
    families = {run.family for run in runs}
    offered = {
        "nothing": True,
        "discriminator": bool(families & {"gan", "infogan"}) or not runs,
        "autoencoder": "vae" in families or not runs,
        "inception": inception_state(workspace).is_usable,
    }
    chosen: list[str] = []
    with st.container(gap="xxsmall", key="measure-metrics"):
        st.markdown(":small[Numbers]")
        for key, metric in METRICS.items():
            if not offered[metric.needs]:
                continue
            title = f"{metric.title} :small[({_NEEDING[metric.needs]})]" if metric.needs in _NEEDING else metric.title
            if st.checkbox(
                title,
                value=metric.needs != "inception",
                key=f"measure-of-{key}",
                help=metric.about,
                persist_state="session",
            ):
                chosen.append(key)
        if not offered["inception"]:
            st.caption("FID, KID, precision, recall, density and coverage need a file that is not here: see below.")
    return chosen


def _ask_reference(*, by_inception: bool) -> dict[str, Any]:
    against = st.segmented_control(
        "Against",
        list(REFERENCES),
        default="test",
        required=True,
        key="measure-against",
        format_func=lambda name: REFERENCES[name],
        persist_state="session",
        help="Held-out pictures were never trained on: a model that copies gains nothing. Where a dataset holds none "
        "out, measure against its training pictures. A folder is fitted by the run's own recipe.",
    )
    folder = None
    if against == "folder":
        folder = st.text_input("Folder", key="measure-folder", placeholder="Where the pictures lie on this machine")
    with st.expander("Pictures and chance", icon=":material/tune:", key="measure-more"):
        count = st.number_input(
            "Pictures a side",
            min_value=8,
            max_value=50_000,
            value=None,
            step=50,
            key="measure-count",
            placeholder="As many as there are",
            help="So many samples of each epoch against so many real pictures. Numbers of other counts are not "
            "comparable.",
        )
        seed = st.number_input("Seed", min_value=0, max_value=2**31 - 1, value=0, step=1, key="measure-seed")
        resize = USUAL_RESIZE
        if by_inception:
            resize = st.radio(
                "Pictures for Inception",
                list(RESIZES),
                key="measure-resize",
                format_func=str.capitalize,
                captions=list(RESIZES.values()),
            )
    return {
        "against": against,
        "folder": folder or None,
        "count": None if count is None else int(count),
        "seed": int(seed),
        "resize": resize,
    }


# ---- what it takes, and the start


def _ask_start(workspace: Workspace, jobs: Sequence[JobFolder], asked: dict[str, Any]) -> None:
    reason = _missing(jobs, asked)
    if reason:
        st.caption(reason)
    plan = None if reason else _plan(workspace, jobs, asked)
    if plan is not None:
        _show_plan(workspace, jobs, plan)
    if why := st.session_state.pop(_REFUSED, ""):
        st.error(harmless(f"It was not started. {why}"), icon=":material/block:")
    st.button(
        "Measure",
        type="primary",
        icon=":material/straighten:",
        key="measure-start",
        width="stretch",
        disabled=plan is None,
        on_click=access.owner_action(_start),
        args=(workspace, [job.id for job in jobs], asked),
    )


def _missing(jobs: Sequence[JobFolder], asked: dict[str, Any]) -> str:
    if not jobs:
        return "Choose a run above."
    if not asked["metrics"]:
        return "Choose at least one number."
    if not asked["epochs"]:
        return "Choose at least one epoch."
    if asked["against"] == "folder" and not asked["folder"]:
        return "Name the folder of pictures."
    return ""


def _plan(workspace: Workspace, jobs: Sequence[JobFolder], asked: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return plan_evaluation(workspace, [job.id for job in jobs], **asked)
    except AtelierError as error:
        st.error(harmless(str(error)), icon=":material/block:")
        return None


def _show_plan(workspace: Workspace, jobs: Sequence[JobFolder], plan: dict[str, Any]) -> None:
    """How many numbers, how long, and what is to be known before."""
    count = int(plan["measurements"])
    seconds = estimate_evaluation(workspace, plan)
    numbers = "1 number" if count == 1 else f"{count:,} numbers"
    st.caption(f":material/schedule: {numbers}, about {duration(seconds)}, in the background.")
    titles = {job.id: name for job, name in zip(jobs, names_of(jobs), strict=True)}
    left_out = _told((one["run"], one["why"]) for one in plan["cannot"])
    few = _told((run["run"], remark) for run in plan["runs"] for remark in run["remarks"])
    for title, icon, told, key in (
        ("What will be left out", ":material/block:", left_out, "measure-left-out"),
        ("Few pictures: read with care", ":material/bar_chart_off:", few, "measure-few"),
    ):
        if told:
            with st.expander(title, icon=icon, key=key):
                for words, run_ids in told.items():
                    of = ", ".join(titles[run_id] for run_id in run_ids)
                    st.caption(plain(words if len(run_ids) == len(jobs) else f"{of}: {words}"))


def _told(remarks: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What is said, each once -> the runs of which it is said. remarks: (run, words); ids in the words are dropped."""
    told: dict[str, list[str]] = {}
    for run_id, words in remarks:
        said = words.replace(f"{run_id}: ", "").replace(run_id, "it")
        of = told.setdefault(said[:1].upper() + said[1:], [])
        if run_id not in of:
            of.append(run_id)
    return told


def _start(workspace: Workspace, run_ids: list[str], asked: dict[str, Any]) -> None:
    try:
        job = create_planned(workspace, plan_evaluation(workspace, run_ids, **asked))
        control.start(workspace, job)
    except AtelierError as error:
        st.session_state[_REFUSED] = str(error)
        return
    st.session_state[_ASKED] = job.id
