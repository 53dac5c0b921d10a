"""Fitting a picture into the square a model is trained on.

Resampling is Pillow's antialiased bicubic: rather than Lanczos, because hard edges (zips, stripes) ring less. It
averages the stored sRGB values, not linear light: training, metrics and every comparable dataset work on sRGB values
prepared this way, and the two differ visibly only in fine high-contrast texture. What a crop leaves out is cut off
before resampling, so nothing of it bleeds into the edge.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.datasets.recipe import Recipe
from core.images import read_image

MEASURE_SIDE = 64  # pixels; deviation is taken at this size whatever the resolution, so that a cut means one thing
_ENERGY_SIDE = 128  # pixels on the long side; where the smart crop looks
_CENTRE_PULL = 0.1  # share of the energy that a smart crop gives up to stay in the middle rather than at the far end

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the picture


def read_for(resolution: int, source: Path) -> Image.Image:
    """A picture large enough to be fitted at `resolution` pixels. Raises: core.images.ImageError.

    Twice the resolution on the short side at least, where the original has it: so the resampling here, not the JPEG
    decoder's, decides the look.
    """
    return read_image(source, at_least=2 * resolution)


def cut_share(width: int, height: int) -> float:
    """1 - short side / long side, 0..1: see `Recipe`."""
    return 1 - min(width, height) / max(width, height)


def fit_picture(picture: Image.Image, recipe: Recipe) -> Pixels:
    """The picture as a training sees it: (resolution, resolution, 3) uint8 sRGB.

    Args:
        picture: upright RGB of any size, as `core.images.read_image` gives it.
    """
    return fit_square(picture, recipe.resolution, recipe.fit, recipe.pad_colour)


def fit_square(picture: Image.Image, side: int, fit: str, pad_colour: str = "edge") -> Pixels:
    """`fit_picture` for one side in pixels and the name of a fit."""
    if fit == "pad":
        return _pad(picture, side, pad_colour)
    box = fit_box(picture, fit)
    return np.asarray(picture.crop(box).resize((side, side), Image.Resampling.BICUBIC))


def fit_box(picture: Image.Image, fit: str) -> Box:
    """What a fit keeps of the picture: all of it, but for the two crops."""
    if fit == "smart":
        return smart_box(picture)
    return centre_box(*picture.size) if fit == "crop" else (0, 0, *picture.size)


def centre_box(width: int, height: int) -> Box:
    """The largest square in the middle."""
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return (left, top, left + side, top + side)


def smart_box(picture: Image.Image) -> Box:
    """The largest square that holds most of what there is to see: edges, and colours unlike the picture's mean.

    Looks at the picture at most 128 pixels long. The square can only slide along the long side, so the energy is
    summed across the short side and the best window found by differences of its running total. Deterministic: of
    equally good windows the one nearest the middle.
    """
    width, height = picture.size
    if width == height:
        return centre_box(width, height)
    scale = min(1.0, _ENERGY_SIDE / max(width, height))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(picture.resize(small_size, Image.Resampling.BOX), dtype=np.float32)
    energy = _energy(small).sum(axis=0 if width > height else 1)  # along the long side
    length, window = len(energy), min(small_size)
    running = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
    inside = running[window:] - running[:-window]  # one value for each place of the window
    places = np.arange(len(inside))
    middle = (length - window) / 2
    distance = np.abs(places - middle) / max(middle, 1)  # 0 in the middle, 1 at either end
    score = inside / max(running[-1], 1e-9) - _CENTRE_PULL * distance
    best = places[np.lexsort((distance, -np.round(score, 6)))[0]]
    side = min(width, height)
    offset = round(best / max(length - window, 1) * (max(width, height) - side))
    return (offset, 0, offset + side, height) if width > height else (0, offset, width, offset + side)


def _energy(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W): colour change to the neighbours, plus distance from the mean colour, each scaled to a mean of 1."""
    edges = np.zeros(pixels.shape[:2], np.float32)
    edges[:, 1:] += np.abs(np.diff(pixels, axis=1)).sum(axis=2)
    edges[1:, :] += np.abs(np.diff(pixels, axis=0)).sum(axis=2)
    colour = np.sqrt(np.square(pixels - pixels.mean(axis=(0, 1))).sum(axis=2))
    return edges / max(float(edges.mean()), 1e-6) + colour / max(float(colour.mean()), 1e-6)


def _pad(picture: Image.Image, side: int, colour: str) -> Pixels:
    """The whole picture in the middle of a square of one colour."""
    width, height = picture.size
    scale = side / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = np.asarray(picture.resize(inner, Image.Resampling.BICUBIC))
    fill = {"white": np.full(3, 255), "black": np.zeros(3)}.get(colour)
    if fill is None:  # the two edges that touch the padding
        edges = pixels[:, [0, -1]] if width < height else pixels[[0, -1]]
        fill = np.rint(edges.reshape(-1, 3).mean(axis=0))
    square = np.empty((side, side, 3), np.uint8)
    square[:] = fill.astype(np.uint8)
    left, top = (side - inner[0]) // 2, (side - inner[1]) // 2
    square[top : top + inner[1], left : left + inner[0]] = pixels
    return square


def deviation(pixels: Pixels) -> float:
    """How far a picture is from one flat colour: root mean square distance of its values from its mean colour, 0..255.

    The standard deviation is taken in each channel and pooled, so a pure red square has 0 (taken over all channels at
    once, as it is often done, it would have 120). Any (..., 3) array of pixels.
    """
    flat = pixels.reshape(-1, 3).astype(np.float64)
    return float(np.sqrt(flat.var(axis=0).mean()))


def apply_copy(pixels: Pixels, copy: str) -> Pixels:
    """A view of (..., H, W, 3) pixels as one of `recipe.COPIES`, exact: pixels only change places."""
    if copy == "flip-lr":
        return pixels[..., :, ::-1, :]
    if copy == "flip-tb":
        return pixels[..., ::-1, :, :]
    turns = {"rot90": 1, "rot180": 2, "rot270": 3}[copy]
    return np.rot90(pixels, turns, axes=(-3, -2))
