"""What else could explain the answers: brightness, sharpness, colourfulness of the pictures, the side of the screen.

A regression of the answers on the conditions and on these measures together, with errors that respect that answers of
one rater go together. If a difference between conditions shrinks to nothing here, people may have judged something
simpler than what the study is about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.statistics.intervals import Interval

# The measures that may matter to an eye and say different things; see core.image_measures.
MEASURES = ("brightness", "contrast", "sharpness", "colourfulness")
Outcome = Literal["mean", "odds"]
_FEWEST_RATERS = 5  # clusters, below which clustered errors mean nothing
_FEWEST_ANSWERS_PER_TERM = 10


@dataclass(frozen=True)
class Effect:
    name: str  # a measure, or the id of a condition
    value: float  # steps of the scale, or log odds: per standard deviation of a measure, or against the reference
    interval: Interval
    p: float


@dataclass(frozen=True)
class CovariateReport:
    outcome: Outcome
    measures: tuple[Effect, ...]
    conditions: tuple[Effect, ...]  # against the reference, the measures held equal
    unadjusted: tuple[Effect, ...]  # the same without the measures
    reference: str
    side: Effect | None  # advantage of the left, in log odds; preferences alone
    raters: int
    answers: int


def rating_report(
    answers: ArrayLike,
    conditions: Sequence[str],
    measures: Sequence[Mapping[str, float]],
    raters: Sequence[str],
    *,
    reference: str,
    outcome: Outcome,
) -> CovariateReport | None:
    """Answers on a scale ("mean", least squares) or yes and no ("odds", logit).

    One entry per judgement. Returns None where there are too few raters or answers for so many terms, or where the
    measures or answers do not differ.
    """
    given = np.asarray(answers, dtype=float)
    names = [name for name in dict.fromkeys(conditions) if name != reference]
    table, kept = _standardised(measures)
    dummies = np.column_stack(
        [np.ones(len(given)), *[np.array([c == name for c in conditions], dtype=float) for name in names]]
    )
    if not _is_enough(given, dummies.shape[1] + len(kept), raters):
        return None
    full = _fit(given, np.column_stack([dummies, table]), raters, outcome)
    plain = _fit(given, dummies, raters, outcome)
    if full is None or plain is None:
        return None
    first = 1 + len(names)
    return CovariateReport(
        outcome=outcome,
        measures=tuple(_effect(full, first + index, name) for index, name in enumerate(kept)),
        conditions=tuple(_effect(full, 1 + index, name) for index, name in enumerate(names)),
        unadjusted=tuple(_effect(plain, 1 + index, name) for index, name in enumerate(names)),
        reference=reference,
        side=None,
        raters=len(set(raters)),
        answers=len(given),
    )


def preference_report(
    left_won: ArrayLike,
    left: Sequence[str],
    right: Sequence[str],
    left_measures: Sequence[Mapping[str, float]],
    right_measures: Sequence[Mapping[str, float]],
    raters: Sequence[str],
    *,
    reference: str,
) -> CovariateReport | None:
    """Preferences, ties left out: a logit of the left's win on the differences left minus right, with a side."""
    won = np.asarray(left_won, dtype=float)
    names = [name for name in dict.fromkeys([*left, *right]) if name != reference]
    both, kept = _standardised([*left_measures, *right_measures])
    table = both[: len(won)] - both[len(won) :]
    dummies = np.column_stack(
        [
            np.ones(len(won)),
            *[
                np.array([float(i == name) - float(j == name) for i, j in zip(left, right, strict=True)])
                for name in names
            ],
        ]
    )
    if not _is_enough(won, dummies.shape[1] + len(kept), raters):
        return None
    full = _fit(won, np.column_stack([dummies, table]), raters, "odds")
    plain = _fit(won, dummies, raters, "odds")
    if full is None or plain is None:
        return None
    first = 1 + len(names)
    return CovariateReport(
        outcome="odds",
        measures=tuple(_effect(full, first + index, name) for index, name in enumerate(kept)),
        conditions=tuple(_effect(full, 1 + index, name) for index, name in enumerate(names)),
        unadjusted=tuple(_effect(plain, 1 + index, name) for index, name in enumerate(names)),
        reference=reference,
        side=_effect(full, 0, "left"),
        raters=len(set(raters)),
        answers=len(won),
    )


def _standardised(measures: Sequence[Mapping[str, float]]) -> tuple[NDArray[np.float64], list[str]]:
    """(N, kept) measures in standard deviations from their mean; those that pictures lack or share are left out."""
    kept, columns = [], []
    for name in MEASURES:
        if not all(name in one for one in measures):
            continue
        values = np.array([one[name] for one in measures], dtype=float)
        deviation = values.std()
        if deviation > 1e-9:
            kept.append(name)
            columns.append((values - values.mean()) / deviation)
    return np.column_stack(columns) if columns else np.zeros((len(measures), 0)), kept


def _is_enough(answers: NDArray[np.float64], terms: int, raters: Sequence[str]) -> bool:
    differ = len(answers) > 0 and bool((answers != answers[0]).any())
    return differ and len(set(raters)) >= _FEWEST_RATERS and len(answers) >= _FEWEST_ANSWERS_PER_TERM * terms


def _fit(answers: NDArray[np.float64], table: NDArray[np.float64], raters: Sequence[str], outcome: Outcome) -> Any:
    """A statsmodels result with errors clustered by rater; None where the terms cannot be told apart."""
    import warnings

    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

    if np.linalg.matrix_rank(table) < table.shape[1]:
        return None  # a measure that is the same within every condition says nothing beside it
    groups = np.unique(list(raters), return_inverse=True)[1]
    if outcome == "mean":
        return sm.OLS(answers, table).fit(cov_type="cluster", cov_kwds={"groups": groups})
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", PerfectSeparationWarning)
        try:
            found = sm.Logit(answers, table).fit(disp=0, cov_type="cluster", cov_kwds={"groups": groups})
        except (ConvergenceWarning, PerfectSeparationWarning, np.linalg.LinAlgError):
            return None  # one side answers alike on all of a condition: its odds are without bound
    return found


def _effect(found: Any, index: int, name: str) -> Effect:
    low, high = found.conf_int()[index]
    interval = Interval(float(low), float(high), "regression, errors by rater")
    return Effect(name, float(found.params[index]), interval, float(found.pvalues[index]))
