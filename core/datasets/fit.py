"""Fitting a picture into the shape a model is trained on.

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
Shape = tuple[int, int]  # height, width; where only their proportion counts, of any unit
SQUARE: Shape = (1, 1)


def read_for(resolution: int, source: Path) -> Image.Image:
    """A picture large enough to be fitted at `resolution` pixels. Raises: core.images.ImageError.

    Twice the resolution on the short side at least, where the original has it: so the resampling here, not the JPEG
    decoder's, decides the look.
    """
    return read_image(source, at_least=2 * resolution)


def cut_share(width: int, height: int, shape: Shape = SQUARE) -> float:
    """How far a picture's aspect is from that of `shape`, 0..1: the share that a crop cuts away. See `Recipe`."""
    own, wanted = width * shape[0], height * shape[1]
    return 1 - min(own, wanted) / max(own, wanted)


def cut_shares(sizes: NDArray[np.int64], shape: Shape) -> NDArray[np.float64]:
    """`cut_share` of many pictures at once: sizes (N, 2), width and height -> (N,)."""
    own, wanted = sizes[:, 0] * shape[0], sizes[:, 1] * shape[1]
    return 1 - np.minimum(own, wanted) / np.maximum(own, wanted)


def fit_picture(picture: Image.Image, recipe: Recipe) -> Pixels:
    """The picture as a training sees it: (height, width, 3) uint8 sRGB.

    Args:
        picture: upright RGB of any size, as `core.images.read_image` gives it.
    """
    return fit_to(picture, recipe.shape, recipe.fit, recipe.pad_colour)


def fit_to(picture: Image.Image, shape: Shape, fit: str, pad_colour: str = "edge") -> Pixels:
    """`fit_picture` for a shape in pixels and the name of a fit."""
    if fit == "pad":
        return _pad(picture, shape, pad_colour)
    box = fit_box(picture, fit, shape)
    part = picture if box == (0, 0, *picture.size) else picture.crop(box)
    return np.asarray(part.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def fit_box(picture: Image.Image, fit: str, shape: Shape = SQUARE) -> Box:
    """What a fit keeps of the picture: all of it, but for the two crops."""
    if fit == "smart":
        return smart_box(picture, shape)
    return centre_box(*picture.size, shape) if fit == "crop" else (0, 0, *picture.size)


def centre_box(width: int, height: int, shape: Shape = SQUARE) -> Box:
    """The largest part of this shape in the middle."""
    across, down = _largest(width, height, shape)
    left, top = (width - across) // 2, (height - down) // 2
    return (left, top, left + across, top + down)


def smart_box(picture: Image.Image, shape: Shape = SQUARE) -> Box:
    """The largest part of this shape that holds most of what there is to see: edges, and colours unlike the mean.

    Looks at the picture at most 128 pixels long. The part can only slide along one side, so the energy is summed
    across it and the best window found by differences of its running total. Deterministic: of equally good windows
    the one nearest the middle.
    """
    width, height = picture.size
    across, down = _largest(width, height, shape)
    if (across, down) == (width, height):
        return (0, 0, width, height)
    sideways = across < width
    scale = min(1.0, _ENERGY_SIDE / max(width, height))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(picture.resize(small_size, Image.Resampling.BOX), dtype=np.float32)
    energy = _energy(small).sum(axis=0 if sideways else 1)  # along the side that it slides on
    window = small_size[1] * shape[1] / shape[0] if sideways else small_size[0] * shape[0] / shape[1]
    length, window = len(energy), min(max(1, round(window)), len(energy))
    running = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
    inside = running[window:] - running[:-window]  # one value for each place of the window
    places = np.arange(len(inside))
    middle = (length - window) / 2
    distance = np.abs(places - middle) / max(middle, 1)  # 0 in the middle, 1 at either end
    score = inside / max(running[-1], 1e-9) - _CENTRE_PULL * distance
    best = places[np.lexsort((distance, -np.round(score, 6)))[0]]
    free = width - across if sideways else height - down
    offset = round(best / max(length - window, 1) * free)
    return (offset, 0, offset + across, height) if sideways else (0, offset, width, offset + down)


def _largest(width: int, height: int, shape: Shape) -> tuple[int, int]:
    """(width, height) of the largest part of a picture that has a shape."""
    if width * shape[0] > height * shape[1]:
        return max(1, round(height * shape[1] / shape[0])), height
    return width, max(1, round(width * shape[0] / shape[1]))


def _energy(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W): colour change to the neighbours, plus distance from the mean colour, each scaled to a mean of 1.

    Channels are added one by one: numpy takes three times as long to sum over an axis of three.
    """
    edges = np.zeros(pixels.shape[:2], np.float32)
    edges[:, 1:] += _over_channels(np.abs(np.diff(pixels, axis=1)))
    edges[1:, :] += _over_channels(np.abs(np.diff(pixels, axis=0)))
    flat = pixels.reshape(-1, 3)
    mean = np.ones(len(flat), np.float32) @ flat  # of whole numbers under 2**24: exact in any order
    mean /= np.float32(len(flat))
    colour = np.sqrt(_over_channels(np.square(pixels - mean)))
    edges /= max(float(edges.mean()), 1e-6)
    colour /= max(float(colour.mean()), 1e-6)
    edges += colour
    return edges


def _over_channels(values: NDArray[np.float32]) -> NDArray[np.float32]:
    total: NDArray[np.float32] = values[..., 0] + values[..., 1] + values[..., 2]
    return total


def _pad(picture: Image.Image, shape: Shape, colour: str) -> Pixels:
    """The whole picture in the middle of a sheet of one colour."""
    (width, height), (down, across) = picture.size, shape
    scale = min(across / width, down / height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    pixels = np.asarray(picture.resize(inner, Image.Resampling.BICUBIC))
    fill = {"white": np.full(3, 255), "black": np.zeros(3)}.get(colour)
    if fill is None:  # the two edges that touch the padding
        edges = pixels[:, [0, -1]] if width * down < height * across else pixels[[0, -1]]
        fill = np.rint(edges.reshape(-1, 3).mean(axis=0))
    sheet = np.empty((down, across, 3), np.uint8)
    sheet[:] = fill.astype(np.uint8)
    left, top = (across - inner[0]) // 2, (down - inner[1]) // 2
    sheet[top : top + inner[1], left : left + inner[0]] = pixels
    return sheet


def deviation(pixels: Pixels) -> float:
    """How far a picture is from one flat colour: root mean square distance of its values from its mean colour, 0..255.

    The standard deviation is taken in each channel and pooled, so a pure red square has 0 (taken over all channels at
    once, as it is often done, it would have 120). Any (..., 3) array of pixels.
    """
    channels = pixels.reshape(-1, 3).T.astype(np.int64)  # in whole numbers: exact, and quicker than numpy's variance
    count = channels.shape[1]
    spread = sum(count * int(values @ values) - int(values.sum()) ** 2 for values in channels)
    return float(np.sqrt(spread / 3) / count)


def apply_copy(pixels: Pixels, copy: str) -> Pixels:
    """A view of (..., H, W, 3) pixels as one of `recipe.COPIES`, exact: pixels only change places."""
    if copy == "flip-lr":
        return pixels[..., :, ::-1, :]
    if copy == "flip-tb":
        return pixels[..., ::-1, :, :]
    turns = {"rot90": 1, "rot180": 2, "rot270": 3}[copy]
    return np.rot90(pixels, turns, axes=(-3, -2))
