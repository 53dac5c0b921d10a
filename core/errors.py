"""AtelierError and its family: messages that a page or the command line may show as they stand.

Every message says what was found, what was needed and what to do.
"""

from difflib import get_close_matches


class AtelierError(Exception):
    """Base of all errors that a person may be shown. Anything else is a defect of ours."""


class ConfigError(AtelierError):
    """A setting has a value that cannot work."""


class NotFoundError(AtelierError):
    """Something named by a person (a run, a dataset, a study) does not exist."""

    def __init__(self, kind: str, name: str, known: list[str] | None = None) -> None:
        if known:  # a long list is cut short, so what was probably meant comes first
            near = get_close_matches(name, known, n=3)
            known = [*near, *(other for other in known if other not in near)]
        hint = (
            f" There are: {', '.join(known[:12])}{' …' if len(known) > 12 else ''}."
            if known
            else f" There is no {kind} yet."
        )
        super().__init__(f"No {kind} called {name!r}.{hint}")
