"""How upscaling speaks with whoever started it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Report:
    """All of it may be left out."""

    progress: Callable[[int, int, str], None] = lambda done, total, unit: None  # unit: plural noun
    preview: Callable[[np.ndarray], None] = lambda picture: (
        None
    )  # the state so far, (h, w, 3) in [0, 1], at most 512 px
    stop_requested: Callable[[], bool] = lambda: False
    note: Callable[[str], None] = lambda text: None  # a line for the log: what went wrong and was mended
