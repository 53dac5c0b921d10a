"""Whether a trial should end before its budget is used up, by what it and others had reached at the same points."""

from collections.abc import Mapping, Sequence
from statistics import median

from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial

RUNGS = 10  # points of a trial's way at which it is compared with others: tenths of its budget
_FIRST_MEDIAN_RUNG = 3  # before it nothing is ended: the first pictures of most settings are noise
_FEWEST_AT_RUNG = 3  # trials to be compared with
_REDUCTION = 3  # of successive halving: the best third goes on
_HALVING_RUNGS = (1, 3, 9)


def rungs_reached(values: Sequence[tuple[int, float]], total_images: int) -> dict[int, float]:
    """The values of saved epochs at tenths of the budget: at each the newest that was known there.

    Args:
        values: (images seen, value), ascending.
    """
    found: dict[int, float] = {}
    for images_seen, value in values:
        reached = min(RUNGS, int(RUNGS * images_seen / max(1, total_images) + 1e-6))
        for rung in range(max(found, default=0) + 1, reached):
            if found:
                found[rung] = found[max(found)]  # nothing was saved just there: what it had by then counts
        if reached:
            found[reached] = value
    return found


def why_end_early(spec: SweepSpec, trials: Sequence[Trial], trial: Trial, rungs: Mapping[int, float]) -> str:
    """Why a trial that has come so far should not go on, in words; "" where it should.

    "median": its best value so far is worse than the median of the others' values at that point (Golovin et al., 2017).
    "hyperband": trials take turns in brackets, which differ in how early they judge; at each judging point of its
    bracket a trial goes on only if its value is in the best third of those that came there (asynchronous successive
    halving: Li et al., 2020, arXiv:1810.05934; brackets: Li et al., 2018, arXiv:1603.06560). Both as Optuna has them,
    but told by the journal alone.

    Args:
        rungs: of this trial; less is better.
    """
    if spec.pruning == "none" or not rungs or max(rungs) >= RUNGS:
        return ""
    reached = max(rungs)
    others = [one for one in trials if one.number != trial.number]
    if spec.pruning == "median":
        at_rung = [one.rungs[reached] for one in others if reached in one.rungs]
        if reached < _FIRST_MEDIAN_RUNG or len(at_rung) < max(_FEWEST_AT_RUNG, min(5, spec.startup_trials)):
            return ""
        middle = median(at_rung)
        if min(rungs.values()) <= middle:
            return ""
        return (
            f"Ended early after {reached * 10} % of its budget: its best was {min(rungs.values()):.4g}, and the middle "
            f"one of {len(at_rung)} others had {middle:.4g} there."
        )
    first = trial.number % len(_HALVING_RUNGS)
    for rung in _HALVING_RUNGS[first:]:
        if rung > reached or rung not in rungs:
            continue
        bracket = [one for one in others if one.number % len(_HALVING_RUNGS) == first and rung in one.rungs]
        at_rung = sorted([*(one.rungs[rung] for one in bracket), rungs[rung]])
        going_on = max(1, len(at_rung) // _REDUCTION)
        if len(at_rung) >= _REDUCTION and rungs[rung] > at_rung[going_on - 1]:
            return (
                f"Ended early after {reached * 10} % of its budget: {rungs[rung]:.4g} at {rung * 10} % was not among "
                f"the best {going_on} of {len(at_rung)} trials judged there."
            )
    return ""
