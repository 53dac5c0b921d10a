"""Telling generated pictures from real ones: error rates, sensitivity and bias, exposure.

The signal is a generated picture: calling one generated is a hit, calling a real one generated a false alarm. The fool
rate is what hits are not: generated pictures taken for real.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.studies.staircase import modal_ms

Number = TypeVar("Number", float, NDArray[np.float64])


@dataclass(frozen=True)
class Sensitivity:
    d_prime: float  # 0: cannot tell; 1 is 69 % right without bias, 2 is 84 %
    bias: float  # c; above 0: inclined to say "real", below 0: to say "generated"


def sensitivity(hits: float, generated: float, false_alarms: float, real: float) -> Sensitivity:
    """d' = z(H) - z(F) and c = -(z(H) + z(F)) / 2, with rates (x + .5) / (n + 1), so that none is 0 or 1.

    (Macmillan & Creelman, Detection Theory, 2005; the correction: Hautus, Behavior Research Methods 27, 1995.)
    """
    d_prime, bias = sensitivities(
        np.array([hits], float), np.array([generated], float), np.array([false_alarms], float), np.array([real], float)
    )
    return Sensitivity(float(d_prime[0]), float(bias[0]))


def sensitivities(
    hits: NDArray[np.float64],
    generated: NDArray[np.float64],
    false_alarms: NDArray[np.float64],
    real: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(d', c) of many at once, as in the rounds of a bootstrap; NaN where either kind of picture was not judged."""
    from scipy import special

    seen = (generated > 0) & (real > 0)
    hit = np.where(seen, (hits + 0.5) / (generated + 1), np.nan)
    alarm = np.where(seen, (false_alarms + 0.5) / (real + 1), np.nan)
    z_hit, z_alarm = special.ndtri(hit), special.ndtri(alarm)
    return z_hit - z_alarm, -(z_hit + z_alarm) / 2


def hype_infinity(fooled: Number, generated: Number, mistaken: Number, real: Number) -> Number:
    """HYPE∞ (Zhou et al., 2019): the share of all judgements that are wrong, with no limit of time; 0.5 is guessing.

    Fakes and reals count alike there, because it shows as many of each. Where a study does not, each kind of picture
    gets half of the weight, which is the same number when they are equal.

    Args:
        fooled, generated: generated pictures taken for real, of how many judgements.
        mistaken, real: real pictures taken for generated, of how many judgements.
    """
    return (fooled / generated + mistaken / real) / 2


def hype_time(exposures_of_raters: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """The score of each rater with any exposure, in milliseconds: the one they were given most often, where the
    staircase settles. A model's score is their mean: the longer people must look, the better."""
    scores = [modal_ms(exposures) for exposures in exposures_of_raters]
    return np.array([score for score in scores if score is not None], dtype=float)


def beats_chance(correct: int, judgements: int) -> float:
    """One-sided exact binomial: how often a guesser would do as well."""
    from scipy import stats

    return float(stats.binom.sf(correct - 1, judgements, 0.5))


def rates(successes: ArrayLike, trials: ArrayLike) -> NDArray[np.float64]:
    """successes / trials; NaN where there was no trial."""
    above, below = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    return np.divide(above, below, out=np.full(np.broadcast(above, below).shape, np.nan), where=below > 0)
