"""What Optuna does for a sweep: the tree-structured Parzen estimator, and the importance of settings.

Its studies live in memory for the length of one question and are told all trials anew: trials.jsonl is the one record,
and no database can part from it. Optuna is imported when it is asked, not before.
"""

import math
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.sweeps.space import Choices, Range, Space, value_text
from core.sweeps.spec import SweepSpec
from core.sweeps.trials import Trial

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

FEWEST_FOR_IMPORTANCES = 6


def suggest(spec: SweepSpec, space: Space, trials: Sequence[Trial], scores: Mapping[int, float]) -> dict[str, Any]:
    """A promising point. Trials that are under way count as bad ones where they stand, so that no two seek the same.

    Args:
        scores: less is better, by the number of the trial.
    """
    optuna = _optuna()
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=0,
        multivariate=True,  # settings that only work together are learned together
        constant_liar=True,
        seed=_seed(spec.seed, len(trials)),
    )
    study = _study(space, trials, scores, sampler=sampler)
    asked = study.ask(_distributions(space))
    return _point(space, asked.params)


def importances(space: Space, trials: Sequence[Trial], scores: Mapping[int, float]) -> dict[str, float]:
    """How much each setting decides whether a trial is among the best, shares of 1, the largest first (PED-ANOVA:
    Watanabe, Bansal & Hutter, 2023, arXiv:2304.10255). Empty where too few trials tell anything."""
    done = [trial for trial in trials if trial.number in scores]
    varied = [axis.name for axis in space.axes if len({value_text(trial.params[axis.name]) for trial in done}) > 1]
    if len(done) < FEWEST_FOR_IMPORTANCES or not varied or len(set(scores.values())) < 2:
        return {}
    optuna = _optuna()
    best_share = min(0.5, max(0.1, math.ceil(0.25 * len(done) + 1) / len(done)))
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=best_share)
    study = _study(space, done, scores)
    found: dict[str, float] = optuna.importance.get_param_importances(study, evaluator=evaluator, params=varied)
    if not all(math.isfinite(value) for value in found.values()) or sum(found.values()) <= 0:
        return {}
    rest = {axis.name: 0.0 for axis in space.axes if axis.name not in found}
    return {**dict(sorted(found.items(), key=lambda item: -item[1])), **rest}


def _study(
    space: Space,
    trials: Sequence[Trial],
    scores: Mapping[int, float],
    *,
    sampler: Any = None,
) -> "optuna.Study":
    optuna = _optuna()
    study = optuna.create_study(sampler=sampler, study_name="sweep", direction="minimize")
    distributions = _distributions(space)
    for trial in trials:
        if trial.number in scores:
            state, value = optuna.trial.TrialState.COMPLETE, scores[trial.number]
        elif trial.is_open:
            state, value = optuna.trial.TrialState.RUNNING, None
        else:
            continue  # failed ones say nothing that can be told as a number
        study.add_trial(
            optuna.trial.create_trial(
                state=state,
                value=value,
                params=_categories(space, trial.params),
                distributions=distributions,
                intermediate_values=dict(trial.rungs),
            )
        )
    return study


def _distributions(space: Space) -> "dict[str, BaseDistribution]":
    distributions = _optuna().distributions
    found: dict[str, BaseDistribution] = {}
    for axis in space.axes:
        if isinstance(axis, Choices):
            found[axis.name] = distributions.CategoricalDistribution([value_text(value) for value in axis.values])
        elif axis.whole:
            highest = int(axis.values[-1] if axis.values is not None else axis.high)
            found[axis.name] = distributions.IntDistribution(
                int(axis.low), highest, log=axis.log, step=int(axis.step or 1)
            )
        else:
            top = float(axis.values[-1] if axis.values is not None else axis.high)
            found[axis.name] = distributions.FloatDistribution(axis.low, top, log=axis.log, step=axis.step)
    return found


def _categories(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    """A point as Optuna keeps it: values of lists as texts, for those may be anything."""
    return {
        axis.name: value_text(params[axis.name]) if isinstance(axis, Choices) else params[axis.name]
        for axis in space.axes
    }


def _point(space: Space, params: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for axis in space.axes:
        value = params[axis.name]
        if isinstance(axis, Choices):
            found[axis.name] = next(one for one in axis.values if value_text(one) == value)
        else:
            found[axis.name] = _rounded(axis, value)
    return found


def _rounded(axis: Range, value: Any) -> Any:
    if axis.whole:
        return int(value)
    return float(f"{min(axis.high, max(axis.low, float(value))):.{12 if axis.step else 6}g}")


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number * 7_919 + 1) % (2**31)


def _optuna() -> Any:
    # Optuna asks its own host nothing, but prints every trial to standard error and warns of what is experimental.
    os.environ.setdefault("OPTUNA_LOG_LEVEL", "WARNING")
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna
