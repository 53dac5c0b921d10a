"""Steps that a matrix can say: rotations, shifts, scales, shears, perspectives and crops.

Each is a way back: the homography (3, 3) that leads from a pixel of the result to where it comes from, in pixels from
the middle of the picture, x to the right and y down. Several in a row are multiplied and the picture is looked up once,
as ADA does (Karras et al., 2020, arXiv:2006.06676, appendix B): each lookup would soften it once more.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch, Shape
from core.datasets.steps.fields import smoothed
from core.datasets.steps.geometry import pixel_places, sampled
from core.datasets.steps.kinds import ENLARGED
from core.datasets.steps.sending import sent

Matrices = NDArray[np.floating]

_MOST_ENLARGED = 4.0  # times: beyond it there would be nothing to see but blur
_HALVINGS = 16
_MUCH_SMALLER = 0.8  # times: below it a picture is softened before it is looked up


def projected(images: Tensor, drawn: Sequence[DrawnBatch]) -> Tensor:
    """float32 (B, 3, H, W) after these steps, one after another; those that `go_together`."""
    shape = (int(images.shape[2]), int(images.shape[3]))
    way_back = np.broadcast_to(np.eye(3), (len(images), 3, 3))
    for one in drawn:
        own = np.where(one.applied[:, None, None], _way_back_of(one, shape), np.eye(3))
        way_back = way_back @ own
    images = _softened(images, drawn)
    return sampled(images, _places_from(images, way_back), _edges(drawn[0]))


def go_together(one: DrawnBatch, other: DrawnBatch) -> bool:
    """Whether two steps in a row can be looked up at once: white that one brings in, the other would have to move."""
    return all(drawn.kind in WAYS_BACK and _edges(drawn) in ("reflect", ENLARGED) for drawn in (one, other))


def _edges(drawn: DrawnBatch) -> str:
    return drawn.choices.get("edges", "reflect")  # a crop shows none


def _way_back_of(drawn: DrawnBatch, shape: Shape) -> Matrices:
    way_back = WAYS_BACK[drawn.kind](drawn.numbers, shape)
    if _edges(drawn) == ENLARGED:
        zoom = _filling(way_back, shape[1] / 2, shape[0] / 2)
        way_back = way_back * np.stack([zoom, zoom, np.ones_like(zoom)], axis=1)[:, None, :]
    return way_back


Numbers = dict[str, NDArray[np.float64]]


def _rotate(numbers: Numbers, shape: Shape) -> Matrices:
    angle = np.radians(numbers["angle"])
    cos, sin = np.cos(angle), np.sin(angle)
    return _matrices([[cos, -sin, 0.0], [sin, cos, 0.0]])


def _affine(numbers: Numbers, shape: Shape) -> Matrices:
    """Of what is sheared, then scaled, about the middle, then shifted."""
    right, down = numbers["right"] / 100 * shape[1], numbers["down"] / 100 * shape[0]
    shear, back = np.tan(np.radians(numbers["shear"])), 1 / numbers["scale"]
    return _matrices([[back, shear * back, -(right + shear * down) * back], [0.0, back, -down * back]])


def _perspective(numbers: Numbers, shape: Shape) -> Matrices:
    """The four corners of the picture go inwards, each by its own share of `distance` of the way to the middle."""
    reach = numbers["distance"] / 100
    x, y = shape[1] / 2, shape[0] / 2
    corners = [(-1, -1, "left_1", "top_1"), (1, -1, "right_2", "top_2"), (1, 1, "right_3", "bottom_3")]
    corners.append((-1, 1, "left_4", "bottom_4"))
    ends = [
        (x * h * (1 - reach * numbers[across]), y * v * (1 - reach * numbers[down])) for h, v, across, down in corners
    ]
    return _homography(ends, [(x * h, y * v) for h, v, _, _ in corners])


def _resized_crop(numbers: Numbers, shape: Shape) -> Matrices:
    share, aspect = numbers["area"] / 100, numbers["aspect"]
    across, down = (np.minimum(1.0, np.sqrt(part)) for part in (share * aspect, share / aspect))
    right = (numbers["across"] - 0.5) * (1 - across) * shape[1]
    below = (numbers["down"] - 0.5) * (1 - down) * shape[0]
    return _matrices([[across, 0.0, right], [0.0, down, below]])


WAYS_BACK: dict[str, Callable[[Numbers, Shape], Matrices]] = {
    "rotate": _rotate,
    "affine": _affine,
    "perspective": _perspective,
    "resized-crop": _resized_crop,
}


def _softened(images: Tensor, drawn: Sequence[DrawnBatch]) -> Tensor:
    """Pictures that get much smaller softened first, or fine stripes would come out as coarse ones."""
    variance = np.zeros(len(images))
    for one in drawn:
        if one.kind == "affine":
            scale = one.numbers["scale"]
            variance += np.where(one.applied & (scale < _MUCH_SMALLER), 0.25 * (1 / scale**2 - 1), 0)
    if not variance.any():
        return images
    return smoothed(images, sent(np.sqrt(variance).astype(np.float32), images.device))


def _matrices(rows: Sequence[Sequence[Any]]) -> Matrices:
    """(B, 3, 3) from two rows of numbers or (B,) arrays: where a pixel (x, y, 1) comes from."""
    count = next(len(part) for row in rows for part in row if isinstance(part, np.ndarray))
    whole = [*rows, [0.0, 0.0, 1.0]]
    return np.array([[np.broadcast_to(part, count) for part in row] for row in whole]).transpose(2, 0, 1)


def _filling(way_back: Matrices, x: float, y: float) -> NDArray[np.float64]:
    """(B,): the largest factor below 1 that brings all corners of the frame, (+-x, +-y), within the picture.

    What the way back leads within the picture is convex and holds the middle, so halving finds it. A picture moved so
    far that its middle leaves the frame is enlarged by the most that is allowed; the rest is mirrored.
    """
    corners = np.array([[h * x, v * y, 1.0] for h in (-1, 1) for v in (-1, 1)])
    low, high = np.full(len(way_back), 1 / _MOST_ENLARGED), np.ones(len(way_back))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        factors = np.stack([middle, middle, np.ones_like(middle)], axis=1)[:, None, :]
        found = np.einsum("bij,bkj->bki", way_back, corners * factors)
        depth = found[..., 2]
        inside = (np.abs(found[..., 0]) <= x * depth) & (np.abs(found[..., 1]) <= y * depth)
        fits = inside.all(axis=1)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return np.where(high == 1, 1.0, low)


def _places_from(images: Tensor, way_back: Matrices) -> Tensor:
    """(B, H, W, 2): where each pixel comes from."""
    rows = sent(way_back.transpose(1, 2, 0).astype(np.float32), images.device)[..., None, None]  # (3, 3, B, 1, 1)
    x, y = pixel_places(images)
    across, down = (row[0] * x + row[1] * y + row[2] for row in rows[:2])
    if (way_back[:, 2] != (0, 0, 1)).any():
        depth = rows[2, 0] * x + rows[2, 1] * y + rows[2, 2]
        across, down = across / depth, down / depth
    return torch.stack([across, down], dim=3)


def _homography(
    starts: list[tuple[NDArray[np.float64], NDArray[np.float64]]], ends: list[tuple[float, float]]
) -> Matrices:
    """(B, 3, 3) that lead four points to four others."""
    count = len(starts[0][0])
    system, values = np.zeros((count, 8, 8)), np.zeros((count, 8))
    for number, ((x, y), (to_x, to_y)) in enumerate(zip(starts, ends, strict=True)):
        one, none = np.ones(count), np.zeros(count)
        system[:, 2 * number] = np.stack([x, y, one, none, none, none, -x * to_x, -y * to_x], axis=1)
        system[:, 2 * number + 1] = np.stack([none, none, none, x, y, one, -x * to_y, -y * to_y], axis=1)
        values[:, 2 * number], values[:, 2 * number + 1] = to_x, to_y
    solved = np.linalg.solve(system, values[..., None])[..., 0]
    return np.concatenate([solved, np.ones((count, 1))], axis=1).reshape(count, 3, 3)
