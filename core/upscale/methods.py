"""The ways of making a picture larger: what each is, in words that also stand in the files it makes. No torch here."""

from dataclasses import dataclass

from core.errors import NotFoundError


@dataclass(frozen=True)
class Method:
    name: str
    title: str  # on a page
    label: str  # in one line: what it is, also in the files it makes
    needs_model: bool = False  # whether a network has to be named
    invents: bool = False  # whether detail appears that is not in the picture


METHODS = {
    method.name: method
    for method in (
        Method("lanczos", "Lanczos", "lanczos: resampled, no detail invented"),
        Method("bicubic", "Bicubic", "bicubic: resampled, no detail invented"),
        Method("nearest", "Nearest pixel", "nearest: every pixel repeated, for pixel art; no detail invented"),
        Method(
            "backprojection",
            "Back-projection",
            "back-projection: resampled, then corrected until it agrees with the picture when made small again; "
            "no detail invented",
        ),
        Method(
            "own",
            "Trained here",
            "own: a network that was trained in this lab; it guesses detail",
            needs_model=True,
            invents=True,
        ),
        Method(
            "model",
            "Network from a file",
            "model: a network that others trained; it guesses detail",
            needs_model=True,
            invents=True,
        ),
    )
}


def find_method(name: str) -> Method:
    """Raises: NotFoundError."""
    if name not in METHODS:
        raise NotFoundError("method of upscaling", name, list(METHODS))
    return METHODS[name]
