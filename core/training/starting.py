"""Where a run begins: with fresh networks, as a branch of another run, or with weights taken over from one.

A **branch** goes on from everything that a kept epoch was: networks, optimisers, averages, images seen. With the same
settings it does what the run itself did; with others it is the road not taken. A **transfer** begins anew, but with
the weights of another run wherever names and shapes agree: another collection, another size, another loss.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ConfigError, NotFoundError
from core.files import JsonLines
from core.training.run_folder import START_STATE, START_WEIGHTS, RunFolder
from core.training.score_sheet import is_evaluation
from core.workspace import Workspace

KINDS = ("branch", "transfer")


@dataclass(frozen=True)
class Start:
    """What a person asks for."""

    run: str
    epoch: int | None  # None: the newest that can be had
    kind: str  # one of KINDS

    @classmethod
    def read(cls, text: str, kind: str) -> "Start":
        """ "20260101-abc" or "20260101-abc:40", as the command line takes it."""
        run, colon, epoch = text.partition(":")
        if not run or (colon and not epoch.isdigit()):
            raise ConfigError(f"A start is written RUN or RUN:EPOCH, for example my-run:40; got {text!r}.")
        return cls(run, int(epoch) if colon else None, kind)


def branchable_epochs(run: RunFolder) -> list[int]:
    """Epochs of which everything was kept, ascending."""
    return run.state_epochs()


def check(workspace: Workspace, start: Start, settings: dict[str, Any]) -> dict[str, Any]:
    """run.json's "start" for a run with these settings.

    Raises: NotFoundError for a run or epoch that is not there; ConfigError for a branch into another network.
    """
    if start.kind not in KINDS:
        raise ConfigError(f"A run starts as a {' or a '.join(KINDS)} of another; got {start.kind!r}.")
    run = RunFolder(workspace.run(start.run))
    before = run.settings
    epochs = branchable_epochs(run) if start.kind == "branch" else sorted({*run.state_epochs(), *run.weight_epochs()})
    epoch = start.epoch if start.epoch is not None else max(epochs, default=None)
    if epoch is None or epoch not in epochs:
        raise NotFoundError(
            "epoch to branch from" if start.kind == "branch" else "epoch with weights",
            "newest" if epoch is None else str(epoch),
            [str(known) for known in epochs],
        )
    if start.kind == "branch":
        _check_branch(start.run, before, settings)
    optimiser = before.get("training", {}).get("optimiser", "adam")
    return {"run": start.run, "epoch": epoch, "kind": start.kind, "optimiser": optimiser}


def _check_branch(name: str, before: dict[str, Any], settings: dict[str, Any]) -> None:
    for what in ("architecture", "network", "terms"):
        if before.get(what) != settings.get(what):
            raise ConfigError(
                f"A branch goes on with the networks of {name}, but its {what} is another one here. "
                "Leave the network settings as they were, or start with kind=transfer, which takes what fits."
            )


def bring(workspace: Workspace, start: dict[str, Any], folder: Path, dataset_hash: str) -> None:
    """Put what the run begins with into its own folder: a link where the disk allows, else a copy.

    A branch on the same dataset gets the log up to there too, so that its curves begin where the other run's did. What
    evaluations found stays with the other run: they measured weights that are there.
    """
    run = RunFolder(workspace.run(start["run"]))
    state = run.state_path(start["epoch"])
    source = state if state.exists() else run.weights_path(start["epoch"])
    target = folder / (START_STATE if state.exists() else START_WEIGHTS)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    if start["kind"] == "branch" and run.settings.get("dataset_hash") == dataset_hash:
        before = RunFolder(folder)
        for theirs, ours in ((run.metrics_file, before.metrics_file), (run.scores_file, before.scores_file)):
            rows = JsonLines(theirs).rows()
            JsonLines(ours).append(
                *(row for row in rows if row["epoch"] <= start["epoch"] and not is_evaluation(row)),
            )
