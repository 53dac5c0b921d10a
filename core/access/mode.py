"""How the app runs: alone on one computer, shared with raters, or as nothing but their rating page."""

import os
from enum import StrEnum

from core.errors import ConfigError

VARIABLE = "ATELIER_MODE"


class Mode(StrEnum):
    LOCAL = "local"  # everything open, for whoever sits at this computer
    SHARED = "shared"  # raters by their link; owners sign in
    RATERS = "raters"  # nothing but rating


def mode() -> Mode:
    """What ATELIER_MODE asks for; local if it asks for nothing.

    Raises: ConfigError for a mode that does not exist: running open to everyone because a mode was misspelt would be
        the worst possible answer.
    """
    asked = os.environ.get(VARIABLE) or Mode.LOCAL
    try:
        return Mode(asked)
    except ValueError:
        raise ConfigError(
            f"Found {VARIABLE}={asked!r}, but there is only: {', '.join(Mode)}. "
            "Remove the variable to run the lab on this computer alone."
        ) from None
