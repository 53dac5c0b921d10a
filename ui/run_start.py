"""What a new run begins with: fresh networks, a branch of another run, or weights taken over from one.

`?from=RUN&epoch=N&kind=branch` in the URL asks for a start, as the page of a run does.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from PIL import Image

from core.jobs.folder import JobFolder
from core.models.zoo import PRESETS
from core.training.run_folder import RunFolder
from core.training.settings import setting_names
from core.training.starting import Start, branchable_epochs
from core.workspace import Workspace
from ui import runs
from ui.jobs import plain
from ui.setting_groups import FROM_THE_DATASET

FRESH, BRANCH, TRANSFER = "fresh", "branch", "transfer"
_KINDS = {FRESH: "Fresh networks", BRANCH: "A branch of a run", TRANSFER: "Weights of a run"}
_MEANING = {
    FRESH: "Nothing is known at first; the seed decides the weights.",
    BRANCH: "Goes on from everything that an epoch was (networks, optimisers, averages, images seen), with other "
    "settings if you like. The networks stay the same.",
    TRANSFER: "A new training that takes over the weights of another run wherever they fit: for another collection, "
    "size or loss.",
}
STRIP_WIDTH, GRID_GAP = 408, 2  # pixels, narrower than the form's column: scaled down is not at true pixels
_ASKED = "new-run-start-asked"  # the link that was followed last, so that it decides once


@dataclass(frozen=True)
class Beginning:
    start: Start | None = None  # None: fresh networks
    preset: str = ""  # a branch has that of its run
    overrides: Mapping[str, Any] = field(default_factory=dict)  # a branch begins with the settings of its run
    dataset_id: str = ""  # a branch begins with the dataset of its run
    epochs: int = 0  # that the run of a branch was planned for, or that the link asks for
    images_before: int = 0  # that a branch has seen

    @property
    def key(self) -> str:
        """Tells the widgets of one beginning from those of another."""
        return "" if self.start is None else f"-{self.start.kind}-{self.start.run}-{self.start.epoch}"


def choose(workspace: Workspace) -> Beginning:
    by_kind = {BRANCH: {}, TRANSFER: {}}  # type: dict[str, dict[str, list[int]]]
    titles = {job.id: runs.run_label(job) for job in runs.list_run_jobs(workspace)}
    for run_id in titles:
        run = RunFolder(workspace.run(run_id))
        if whole := branchable_epochs(run):
            by_kind[BRANCH][run_id] = whole
        if weights := sorted({*whole, *run.weight_epochs()} - {0}):
            by_kind[TRANSFER][run_id] = weights
    if not by_kind[TRANSFER]:
        return Beginning()  # no run has left anything yet
    _follow_link(by_kind, titles)
    st.session_state.setdefault("new-run-kind", FRESH)
    kind = str(
        st.segmented_control(
            "Begin with", list(_KINDS), format_func=_KINDS.__getitem__, required=True, key="new-run-kind"
        )
    )
    st.caption(_MEANING[kind])
    if kind == FRESH:
        return Beginning()
    choices = by_kind[kind]
    if not choices:
        st.info("No run kept all of an epoch: a setting, Keep states every, decides which epochs can be branched from.")
        return Beginning()
    if st.session_state.get("new-run-from") not in choices:
        st.session_state.pop("new-run-from", None)
    left, right = st.columns([3, 1])
    with left:
        run_id = st.selectbox("Run", list(choices), format_func=titles.__getitem__, key="new-run-from")
    run = RunFolder(workspace.run(run_id))
    epochs, best = choices[run_id][::-1], run.best_epoch()
    if st.session_state.get("new-run-from-epoch") not in epochs:
        st.session_state.pop("new-run-from-epoch", None)
    with right:
        epoch = st.selectbox(
            "Epoch",
            epochs,
            format_func=lambda number: f"{number} (best)" if number == best else str(number),
            key="new-run-from-epoch",
        )
    _show_samples(run, int(epoch))
    start = Start(run_id, int(epoch), kind)
    return _branch_of(run, start) if kind == BRANCH else Beginning(start)


def _show_samples(run: RunFolder, epoch: int) -> None:
    """What the epoch could do: as much of its grid as fits, at true pixels."""
    try:
        with Image.open(run.grid(epoch)) as grid:
            tall, wide = (side + GRID_GAP for side in run.shape)
            width, height = max(1, STRIP_WIDTH // wide) * wide - GRID_GAP, (2 if tall <= 66 else 1) * tall - GRID_GAP
            buffer = io.BytesIO()
            grid.crop((0, 0, min(width, grid.width), min(height, grid.height))).save(buffer, "PNG")
    except OSError:
        return  # grids are always kept, but a copied run may lack some
    st.image(buffer.getvalue(), output_format="PNG", width="content", alt=f"Samples of epoch {epoch}")


def _branch_of(run: RunFolder, start: Start) -> Beginning:
    settings = run.settings
    preset = PRESETS.get(run.preset)
    if preset is None:
        st.warning(f"{plain(run.preset)}, the preset of this run, is not known here, so it cannot be branched.")
        return Beginning()
    known = setting_names(preset)
    chosen = {**settings["network"], **settings["training"]}
    asked = st.query_params.get("epochs", "")
    assert start.epoch is not None
    return Beginning(
        start,
        preset.name,
        {name: value for name, value in chosen.items() if name in known and name not in FROM_THE_DATASET},
        run.dataset_id,
        int(asked) if asked.isdigit() else max(run.planned_epochs, start.epoch + 1),
        runs.images_at(run, start.epoch),
    )


def _follow_link(by_kind: Mapping[str, Mapping[str, list[int]]], titles: Mapping[str, str]) -> None:
    """Set the widgets as the URL asks, once for every link; say so where it cannot be had."""
    run_id, kind = st.query_params.get("from", ""), st.query_params.get("kind", BRANCH)
    kind = kind if kind in by_kind else BRANCH
    asked = (run_id, st.query_params.get("epoch", ""), kind)
    if not run_id:
        st.session_state.pop(_ASKED, None)
        return
    known = by_kind.get(kind, {}).get(run_id)
    if known is None:
        what = "cannot be branched: no epoch of it was kept whole" if run_id in titles else "is not in this lab"
        st.warning(f"The run {plain(run_id)}, which the link begins with, {what}.", icon=":material/link_off:")
        return
    wanted = int(asked[1]) if asked[1].isdigit() else known[-1]
    earlier = [epoch for epoch in known if epoch <= wanted] or known[:1]
    if wanted not in known:
        st.warning(
            f"Epoch {wanted} was not kept whole; the form takes epoch {earlier[-1]}, the nearest that was.",
            icon=":material/link_off:",
        )
    if st.session_state.get(_ASKED) != asked:
        st.session_state[_ASKED] = asked
        st.session_state["new-run-kind"] = kind
        st.session_state["new-run-from"] = run_id
        st.session_state["new-run-from-epoch"] = earlier[-1]


def link(job: JobFolder, epoch: int, kind: str, *, epochs: int | None = None) -> dict[str, str]:
    """Query parameters of the Train page that begin a run with an epoch of this one."""
    asked = {"from": job.id, "epoch": str(epoch), "kind": kind}
    return asked if epochs is None else {**asked, "epochs": str(epochs)}
