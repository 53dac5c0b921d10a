"""The pictures that stand for the ends and the middle of a set: what a recipe does to these, it does to all between."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.datasets.measure import Measurement
from core.features.colour import lab

DARKEST, PALEST, TYPICAL = "darkest", "palest", "most typical"
LANDMARKS = (DARKEST, PALEST, TYPICAL)


def landmarks(names: Sequence[str], measurements: Mapping[str, Measurement]) -> dict[str, str]:
    """Which of the pictures is which of LANDMARKS, by colour and composition at 8 by 8 pixels; no file is read.

    The darkest has the least lightness (CIE L), the palest the most lightness above its colourfulness (L minus
    chroma), the most typical lies nearest to the mean of all pictures. No picture is named twice, so few pictures give
    fewer landmarks; equal ones are told apart by name.

    Args:
        names: by which `measurements` has them; those without a signature (unreadable) do not count.
    """
    known = sorted({name for name in names if measurements[name].signature})
    if not known:
        return {}
    signatures = b"".join(bytes.fromhex(measurements[name].signature) for name in known)
    colours = lab(np.frombuffer(signatures, np.uint8).reshape(len(known), -1, 3))  # (N, 64, 3)
    lightness = colours[..., 0].mean(axis=1)
    paleness = lightness - np.hypot(colours[..., 1], colours[..., 2]).mean(axis=1)
    unlikeness = np.square(colours - colours.mean(axis=0)).sum(axis=(1, 2))
    found: dict[str, str] = {}
    for landmark, badness in ((DARKEST, lightness), (PALEST, -paleness), (TYPICAL, unlikeness)):
        free = [place for place in np.argsort(badness, kind="stable") if known[place] not in found.values()]
        if free:
            found[landmark] = known[free[0]]
    return found
