"""ITU-R BT.500's screening of observers: reported beside our own flags, never acted on by itself."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FEWEST_PER_ITEM = 3  # answers, so that a kurtosis can be had


@dataclass(frozen=True)
class Screened:
    """One rater by the rule of BT.500: far off often, and off in both directions."""

    above: int  # P: answers above the upper limit of their picture
    below: int  # Q: answers below the lower limit
    answers: int  # on pictures where limits could be had
    rejected: bool


def screen(answers: NDArray[np.float64]) -> list[Screened]:
    """BT.500-14, Annex 1, 2.3.1, for answers with gaps.

    Limits of each picture: two standard deviations about the mean where the kurtosis lies between 2 and 4 (taken as
    normal), else sqrt(20). An observer is rejected when more than 5 % of their answers lie outside, and these fall on
    both sides: |P - Q| / (P + Q) < 0.3. Who is off in one direction alone is strict or mild, not careless.

    answers: (raters, items), NaN where not judged.
    """
    judged = ~np.isnan(answers)
    counts = judged.sum(0)
    enough = counts >= _FEWEST_PER_ITEM
    values = np.where(judged, answers, 0.0)
    means = values.sum(0) / np.maximum(counts, 1)
    off = np.where(judged, answers - means, 0.0)
    second = (off**2).sum(0) / np.maximum(counts, 1)
    fourth = (off**4).sum(0) / np.maximum(counts, 1)
    kurtosis = np.divide(fourth, second**2, out=np.full_like(second, 3.0), where=second > 0)
    deviations = np.sqrt((off**2).sum(0) / np.maximum(counts - 1, 1))
    limits = np.where((kurtosis >= 2) & (kurtosis <= 4), 2.0, np.sqrt(20.0)) * deviations
    usable = judged & enough & (deviations > 0)
    above = (usable & (off >= limits)).sum(1)
    below = (usable & (off <= -limits)).sum(1)
    given = (judged & enough).sum(1)
    found = []
    for p, q, n in zip(above.tolist(), below.tolist(), given.tolist(), strict=True):
        outside = p + q
        rejected = n > 0 and outside / n > 0.05 and abs(p - q) / outside < 0.3
        found.append(Screened(p, q, n, rejected))
    return found
