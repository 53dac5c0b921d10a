"""How one picture gives way to the next: from a share of time to a share of the way, both from 0 to 1."""

import math
from collections.abc import Callable

EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda share: share,
    "smooth": lambda share: share * share * (3 - 2 * share),  # slow at both ends
    "gentle": lambda share: share**3 * (share * (6 * share - 15) + 10),  # slower still at both ends
    "sine": lambda share: (1 - math.cos(math.pi * share)) / 2,
    "arrive": lambda share: 1 - (1 - share) ** 3,  # leaves at once, comes to rest
    "leave": lambda share: share**3,  # leaves slowly, arrives at full speed
}
TITLES = {
    "linear": "Even",
    "smooth": "Smooth",
    "gentle": "Gentle",
    "sine": "Sine",
    "arrive": "Quick start, slow end",
    "leave": "Slow start, quick end",
}
