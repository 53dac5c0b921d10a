"""How a collection lies over a measure, and how many pictures each threshold would flag: a slider is drawn from it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.quality.issues import Issue

BARS = 80
STEPS = 240  # of the slider


@dataclass(frozen=True)
class Spread:
    lowest: float
    highest: float
    counts: tuple[int, ...]  # kept pictures in each of BARS equal parts of the range
    excluded: tuple[int, ...]  # excluded ones
    flagged: tuple[int, ...]  # kept ones that a threshold at each of STEPS + 1 places flags
    here: int  # that the threshold asked about flags, which may lie between two of the places
    measured: int  # kept ones


def spread(issue: Issue, kept: NDArray[np.floating], excluded: NDArray[np.floating], threshold: float) -> Spread:
    """Over the range of all values, widened so that the threshold and the usual one lie within.

    Args:
        kept, excluded: values of the issue's measure, without nan.
    """
    ordered, others = np.sort(np.asarray(kept, np.float64)), np.asarray(excluded, np.float64)
    ends = [ordered[0], ordered[-1]] if len(ordered) else []
    marks = [issue.threshold, threshold, *ends, others.min(initial=math.inf), others.max(initial=-math.inf)]
    known = [float(mark) for mark in marks if math.isfinite(mark)]
    lowest, highest = min(known), max(known)
    if highest - lowest < 1e-9:
        lowest, highest = lowest - 0.5, highest + 0.5
    edges, cuts = np.linspace(lowest, highest, BARS + 1), np.linspace(lowest, highest, STEPS + 1)
    if issue.direction == "below":
        flagged = np.searchsorted(ordered, cuts, side="left")
    else:
        flagged = len(ordered) - np.searchsorted(ordered, cuts, side="right")
    below = np.searchsorted(ordered, edges[1:-1], side="left")
    counts = np.diff(below, prepend=0, append=len(ordered))
    return Spread(
        lowest,
        highest,
        tuple(counts.tolist()),
        tuple(np.histogram(others, edges)[0].tolist()),
        tuple(flagged.tolist()),
        int(np.count_nonzero(issue.flags(ordered, threshold))),
        len(ordered),
    )
