"""How long a sweep will take, and what it will need, before it is started.

Trials that differ in what decides the speed (network, batch, loss) are measured apart: all kinds of them where they are
few, else the lightest, the middle and the heaviest, with straight lines between by the work of their networks.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import AtelierError
from core.jobs.devices import slots_for
from core.models.describe import describe
from core.sweeps.planning import Outlook, look_ahead
from core.sweeps.spec import SWD, SweepSpec
from core.training.estimate import Estimate, estimate
from core.training.trial import decisive
from core.workspace import Workspace

START_SECONDS = 10.0  # of a trial: its process starts, loads torch, looks for the fastest way and draws its first grid
_MOST_MEASURED = 3


@dataclass(frozen=True)
class SweepEstimate:
    """Of all trials together where not said otherwise; at most so much where trials may end early."""

    seconds: float
    shortest_seconds: float  # of one trial
    longest_seconds: float  # of one trial
    trials: int
    at_once: int  # trials that train beside each other here
    memory_bytes: int  # of the trial that needs most
    disk_bytes: int
    measured: str  # how the speed is known
    remarks: tuple[str, ...] = ()
    problem: str = ""  # why it should not be started as it is; "" where all is well


def estimate_sweep(workspace: Workspace, spec: SweepSpec, *, outlook: Outlook | None = None) -> SweepEstimate:
    """The first call for networks that were never measured here takes some seconds for each kind of them.

    Raises: as look_ahead; TrialError where not even the smallest step can be taken.
    """
    outlook = outlook or look_ahead(workspace, spec)
    slots = slots_for(spec.device)
    kinds: dict[str, list[dict[str, Any]]] = {}
    for plan in outlook.plans:
        kinds.setdefault(json.dumps(decisive(plan), sort_keys=True), []).append(plan)
    weighed = sorted(
        ((_work(group[0]), group[0]["training"]["batch_size"], group) for group in kinds.values()),
        key=lambda one: one[:2],
    )
    works, groups = [one[0] for one in weighed], [one[2] for one in weighed]
    chosen = _spread(len(groups))
    found: list[Estimate] = [estimate(workspace, groups[number][0], slots[0]) for number in chosen]
    shares = np.array([len(group) for group in groups]) / len(outlook.plans)
    if spec.minutes:
        seconds = np.full(len(groups), spec.minutes * 60.0)
    else:
        each = np.interp(works, [works[number] for number in chosen], [1 / one.images_per_second for one in found])
        seconds = spec.images * each
    at_once = min(spec.at_once, len(slots))
    share_refused = len(outlook.refused) / outlook.looked_at
    trials = spec.planned if not outlook.all_looked_at else min(spec.planned, len(outlook.plans))
    trained = round(trials * (1 - share_refused)) if not outlook.all_looked_at else trials
    disk = int(max(one.disk_bytes for one in found) * trained)
    problems = [f"The heaviest trials do not fit. {found[-1].problem}"] if found[-1].problem else []
    if len(found) > 1 and found[0].problem:
        problems = [f"Not even the lightest trials fit. {found[0].problem}"]
    free = _free_disk(workspace)
    if disk > free:
        problems.append(
            f"All trials together write about {disk / 1e9:.1f} GB, but {free / 1e9:.1f} GB are free on the disk. Plan "
            "fewer trials, or fix disk_cap_gb to less."
        )
    return SweepEstimate(
        seconds=float((seconds * shares).sum() + START_SECONDS) * trained / max(1, at_once),
        shortest_seconds=float(seconds.min()) + START_SECONDS,
        longest_seconds=float(seconds.max()) + START_SECONDS,
        trials=trials,
        at_once=at_once,
        memory_bytes=max(one.memory_bytes for one in found) * at_once,
        disk_bytes=disk,
        measured=found[-1].measured
        if len(found) == 1
        else f"measured on {len(found)} of {len(groups)} kinds of trials",
        remarks=_remarks(spec, outlook, at_once),
        problem=" ".join(problems),
    )


def _remarks(spec: SweepSpec, outlook: Outlook, at_once: int) -> tuple[str, ...]:
    remarks = []
    if outlook.refused:
        count = len(outlook.refused)
        of = "of all" if outlook.all_looked_at else "of"
        remarks.append(
            f"{count} {of} {outlook.looked_at} points cannot be trained and will count as failed. "
            f"The first: {outlook.refused[0].reason}"
        )
    if spec.planned < spec.trials:
        remarks.append(f"There are only {spec.planned} combinations, so no more trials than that.")
    size = spec.found_space.size
    if spec.method == "grid" and size is not None and spec.trials < size:
        remarks.append(f"The grid has {size} combinations; the first {spec.trials} are tried. Extend it for the rest.")
    if spec.pruning != "none":
        remarks.append("At most: trials that fall behind end early.")
    if spec.metric != SWD:
        remarks.append("The measuring at the end of each trial comes on top.")
    if spec.by_people:
        remarks.append("It waits for your votes between trials; those waits are not counted.")
    if at_once < spec.at_once:
        remarks.append(f"{at_once} at once, not {spec.at_once}: there are no more devices.")
    return tuple(remarks)


def _spread(count: int) -> Sequence[int]:
    """Numbers of the groups that are measured, the lightest and the heaviest among them."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, _MOST_MEASURED))})


def _work(plan: dict[str, Any]) -> float:
    """Of its networks for one picture, in multiplications; only to put plans in order."""
    network = {name: value for name, value in plan["network"].items() if name != "resolution"}
    training = plan["training"]
    steps = 1 + float(training.get("discriminator_steps", 1))
    try:
        return steps * sum(
            one.macs for one in describe(plan["preset"], plan["network"]["resolution"], network).networks
        )
    except AtelierError:
        return 0.0


def _free_disk(workspace: Workspace) -> int:
    import shutil

    return shutil.disk_usage(workspace.root).free
