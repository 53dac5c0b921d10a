"""From one slider to an engine's many numbers: straight lines between presets."""

from bisect import bisect_right
from collections.abc import Sequence

PLACES = (0, 25, 50, 75, 100)  # of the presets on the slider; 25, 50 and 75 are gentle, medium and strong


def ramp(strength: float, values: Sequence[float], places: Sequence[float] = PLACES) -> float:
    """The value at `strength`, from one value per place, in between by straight lines."""
    if strength <= places[0]:
        return float(values[0])
    if strength >= places[-1]:
        return float(values[-1])
    above = bisect_right(places, strength)
    share = (strength - places[above - 1]) / (places[above] - places[above - 1])
    return values[above - 1] + (values[above] - values[above - 1]) * share
