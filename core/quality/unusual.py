"""Which pictures are unusual by all measures together: an order for whoever has not excluded anything yet.

Each measure counts by how far out a picture lies among the others, on the side that its issue flags: as a normal score,
squared, so that one strong sign weighs more than several weak ones. Nothing is learned, and nothing has to be set.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from core.quality.issues import ISSUES, Values

Matrix = NDArray[np.float64]


def unusual(values: Values, *, normal: Collection[str] = ()) -> NDArray[np.float32]:
    """(N, len(ISSUES)) what each issue adds to how unusual a picture is; the sum over issues is the order.

    Args:
        normal: issues that are how the collection is: they add nothing.
    """
    parts = []
    for issue in ISSUES:
        own = np.asarray(values[issue.measure], np.float64)
        scores = normal_scores(own, np.sort(own[np.isfinite(own)]))
        outside = np.maximum(0, scores if issue.direction == "above" else -scores)
        parts.append(np.zeros(len(own)) if issue.name in normal else outside**2)
    return np.column_stack(parts).astype(np.float32)


def normal_scores(values: Matrix, known: Matrix) -> Matrix:
    """Where each value lies among the known ones, as a standard normal deviate; 0 where it was not taken.

    Args:
        known: in ascending order, without nan.
    """
    from scipy.special import ndtri  # a third of a second that only those who need it should pay

    if len(known) == 0 or known[0] == known[-1]:
        return np.zeros(len(values))
    order = np.argsort(values)  # looking many up in their order takes a fifth of the time
    below = np.searchsorted(known, values[order], side="left")
    up_to = np.searchsorted(known, values[order], side="right")
    shares = np.clip((below + up_to) / 2, 0.5, len(known) - 0.5) / len(known)
    scores = np.empty(len(values))
    scores[order] = ndtri(shares)
    return np.where(np.isfinite(values), scores, 0.0)
