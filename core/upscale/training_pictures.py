"""Pictures to train a network for upscaling on: windows of them, large and made small, and some pictures held out.

What is held out is held out by picture: no part of such a picture is ever trained on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.errors import AtelierError
from core.images import ImageError
from core.pictures.chosen import ChosenPicture, PictureGoneError
from core.upscale.evaluate import fitted, made_small
from core.upscale.resample import resized
from core.upscale.upscale import to_array

HELD_OUT_SHARE = 0.1
MOST_HELD_OUT = 16
MOST_PICTURES = 2000
_MOST_WINDOWS = 2000  # 220 MB
_MOST_WINDOWS_OF_ONE = 24
_WINDOW = 192  # pixels of the original per side, a multiple of every scale
_LONGEST = 2048  # pixels; larger pictures are made smaller first, which also takes most traces of JPEG away
_HELD_OUT_SIDE = 512  # pixels of the middle of a held-out picture
_CANDIDATES = 2  # of which the one with more in it is taken: flat windows teach little


class TooFewPicturesError(AtelierError):
    def __init__(self, found: int, needed: int, side: int) -> None:
        super().__init__(
            f"Found {found} usable pictures, but training a network needs {needed} with sides of at least {side} "
            "pixels: some to learn from, some to be measured by. Choose more pictures."
        )


@dataclass(frozen=True)
class Windows:
    """What is trained on. Bytes, so that thousands fit into memory."""

    large: list[np.ndarray]  # (H, W, 3) uint8 each
    small: list[np.ndarray]  # (H / scale, W / scale, 3) uint8 each
    held_out: list[np.ndarray]  # (H, W, 3) float32 in [0, 1]: the middle of pictures that are not trained on
    pictures: int  # trained on
    left_out: list[str]  # what could not be used, and why

    def batch(self, seed: int, step: int, size: int, crop: int, scale: int) -> tuple[np.ndarray, np.ndarray]:
        """Crops, turned and mirrored at random: (size, 3, crop / scale, crop / scale) and (size, 3, crop, crop), both
        float32 in [0, 1]. The same seed and step give the same batch."""
        draw = np.random.default_rng([seed, step])
        inputs: list[np.ndarray] = []
        targets: list[np.ndarray] = []
        for index in draw.integers(0, len(self.large), size):
            large, small = self.large[index], self.small[index]
            side = crop // scale
            top = int(draw.integers(0, small.shape[0] - side + 1))
            left = int(draw.integers(0, small.shape[1] - side + 1))
            turns, mirrored = int(draw.integers(0, 4)), bool(draw.integers(0, 2))
            for source, kept, factor in ((small, inputs, 1), (large, targets, scale)):
                y, x, length = top * factor, left * factor, side * factor
                piece = np.rot90(source[y : y + length, x : x + length], turns)
                kept.append(piece[:, ::-1] if mirrored else piece)
        return _planes(inputs), _planes(targets)


def collect(
    pictures: Sequence[ChosenPicture],
    open_picture: Callable[[ChosenPicture], Image.Image],
    *,
    scale: int,
    crop: int,
    seed: int,
    after_picture: Callable[[int, int], bool] = lambda done, total: False,
) -> Windows | None:
    """Open every picture once and keep what training needs of it.

    Args:
        after_picture: told how many of how many are done; answers whether to stop, which gives None.
    Raises: TooFewPicturesError.
    """
    draw = np.random.default_rng([seed, 0x5EED])
    order = [pictures[index] for index in draw.permutation(len(pictures))[:MOST_PICTURES]]
    held_out_count = held_out_of(len(order))
    windows = max(1, min(_MOST_WINDOWS_OF_ONE, _MOST_WINDOWS // max(1, len(order) - held_out_count)))
    found = Windows([], [], [], 0, [])
    used = 0
    for done, chosen in enumerate(order, 1):
        try:
            picture = _at_most(open_picture(chosen), _LONGEST)
        except (ImageError, PictureGoneError) as error:
            found.left_out.append(f"{chosen.name}: {error}")
            picture = None
        if picture is not None and min(picture.shape[:2]) < crop:
            height, width = picture.shape[:2]
            found.left_out.append(f"{chosen.name}: {width} x {height} pixels; each side needs {crop}.")
            picture = None
        if picture is not None and len(found.held_out) < held_out_count:
            found.held_out.append(fitted(picture, scale, _HELD_OUT_SIDE))
        elif picture is not None:
            used += 1
            _add_windows(found, fitted(picture, scale), windows, scale, draw)
        if after_picture(done, len(order)):
            return None
    if not found.held_out or not used:
        raise TooFewPicturesError(len(found.held_out) + used, 2, crop)
    return Windows(found.large, found.small, found.held_out, used, found.left_out)


def held_out_of(count: int) -> int:
    return min(MOST_HELD_OUT, max(1, round(count * HELD_OUT_SHARE)))


def _at_most(image: Image.Image, longest: int) -> np.ndarray:
    picture = to_array(image.convert("RGB"))
    height, width = picture.shape[:2]
    share = longest / max(height, width)
    if share >= 1:
        return picture
    return np.clip(resized(picture, round(width * share), round(height * share), "bicubic"), 0, 1)


def _add_windows(found: Windows, picture: np.ndarray, count: int, scale: int, draw: np.random.Generator) -> None:
    small = made_small(picture, scale)  # of the whole, so that a window's edge is like its middle
    rows, columns = (min(_WINDOW // scale, side) for side in small.shape[:2])
    possible = max(1, round(4 * small.shape[0] * small.shape[1] / (rows * columns)))
    for _ in range(min(count, possible)):
        candidates = []
        for _ in range(_CANDIDATES):
            top = int(draw.integers(0, small.shape[0] - rows + 1))
            left = int(draw.integers(0, small.shape[1] - columns + 1))
            candidates.append((float(small[top : top + rows, left : left + columns].std()), top, left))
        _, top, left = max(candidates)
        found.small.append(_bytes(small[top : top + rows, left : left + columns]))
        y, x = top * scale, left * scale
        found.large.append(_bytes(picture[y : y + rows * scale, x : x + columns * scale]))


def _bytes(picture: np.ndarray) -> np.ndarray:
    return np.rint(picture * 255).astype(np.uint8)


def _planes(pieces: list[np.ndarray]) -> np.ndarray:
    return np.stack(pieces).transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
