"""Making pictures larger without a network, in floats, so that 16 bits have something to hold.

All pictures here are (H, W, C) float32; colours in [0, 1] come back in [0, 1].
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

FILTERS = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "nearest": Image.Resampling.NEAREST,
}


def resized(picture: np.ndarray, width: int, height: int, kind: str = "lanczos") -> np.ndarray:
    """Not clamped. Made smaller, all but "nearest" take their mean over what a pixel covers (antialiased)."""
    layers = [
        np.asarray(Image.fromarray(picture[:, :, channel]).resize((width, height), FILTERS[kind]))
        for channel in range(picture.shape[2])
    ]
    return np.stack(layers, axis=2)


def enlarged(picture: np.ndarray, scale: int, kind: str = "lanczos") -> np.ndarray:
    """scale times as wide and high."""
    height, width = picture.shape[:2]
    return np.clip(resized(picture, width * scale, height * scale, kind), 0, 1)


def back_projected(
    picture: np.ndarray,
    scale: int,
    passes: int,
    *,
    after_pass: Callable[[int, np.ndarray], None] = lambda done, state: None,
) -> np.ndarray:
    """Enlarged, then corrected by what is missing when it is made small again (Irani & Peleg, 1991).

    Args:
        after_pass: told how many passes are done, and the state; what it raises ends the work.
    """
    height, width = picture.shape[:2]
    state = enlarged(picture, scale)
    for done in range(1, passes + 1):
        missing = picture - resized(state, width, height, "bicubic")
        state += resized(missing, width * scale, height * scale, "bicubic")
        np.clip(state, 0, 1, out=state)
        after_pass(done, state)
    return state


def sharpened(picture: np.ndarray, radius: float, percent: float) -> np.ndarray:
    """Unsharp mask: what a blur of `radius` pixels takes away is added once more, by so many per cent."""
    from scipy import ndimage

    blurred = ndimage.gaussian_filter(picture, (radius, radius, 0), mode="nearest", truncate=3.0)
    return np.clip(picture + (picture - blurred) * np.float32(percent / 100), 0, 1)


def opaque_colours(picture: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """What lies under fully transparent pixels is nobody's colour: they get that of the nearest pixel that shows.

    Without this, enlarging would mix hidden colours (mostly black) into the edges that can be seen.

    Args:
        picture: (H, W, 3). alpha: (H, W) in [0, 1].
    """
    hidden = alpha <= 0
    if not hidden.any() or hidden.all():
        return picture
    from scipy import ndimage

    rows, columns = ndimage.distance_transform_edt(hidden, return_distances=False, return_indices=True)
    found: np.ndarray = picture[rows, columns]
    return found
