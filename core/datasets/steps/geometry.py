"""Steps that move pixels. Each picture of the batch has its own numbers; all are resampled in one go.

Images are float32 (B, 3, H, W). Coordinates are pixels from the middle of the picture, x to the right and y down, so
nothing depends on the resolution or on the aspect. Resampling is bicubic, like the fitting before it.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.fields import normal_field, smoothed
from core.datasets.steps.kinds import ENLARGED
from core.datasets.steps.sending import column, sent
from core.datasets.steps.words import quarters

Matrices = NDArray[np.floating]

_MOST_ENLARGED = 4.0  # times: beyond it there would be nothing to see but blur
_HALVINGS = 16
_MUCH_SMALLER = 0.8  # times: below it a picture is softened before it is looked up


def mirror_left_right(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return images.flip(3)


def mirror_top_bottom(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return images.flip(2)


def quarter_turn(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Counter-clockwise. Raises ValueError for a picture that would not fit its frame any more."""
    turns = np.broadcast_to(quarters(drawn.choices["turns"], drawn.numbers["quarter"]), len(drawn))
    turned = torch.empty_like(images)
    for turn in np.unique(turns):
        rows = sent(np.flatnonzero(turns == turn), images.device)
        if turn != 2 and images.shape[2] != images.shape[3]:
            raise ValueError(
                f"a picture of {images.shape[3]} by {images.shape[2]} pixels turned by {90 * turn} degrees"
            )
        turned[rows] = torch.rot90(images[rows], int(turn), dims=(2, 3))
    return turned


def rotate(images: Tensor, drawn: DrawnBatch) -> Tensor:
    angle = np.radians(drawn.numbers["angle"])
    cos, sin = np.cos(angle), np.sin(angle)
    return _seen_through(images, _way_back([[cos, -sin, 0.0], [sin, cos, 0.0]]), drawn)


def affine(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Sheared, then scaled, about the middle, then shifted; what is looked up is the way back."""
    numbers, (height, width) = drawn.numbers, images.shape[2:]
    right, down = numbers["right"] / 100 * width, numbers["down"] / 100 * height
    shear, scale = np.tan(np.radians(numbers["shear"])), numbers["scale"]
    if (smaller := scale < _MUCH_SMALLER).any():  # softened first, as any picture that gets smaller
        sigma = np.where(smaller, 0.5 * np.sqrt(np.maximum(1 / scale**2 - 1, 0)), 0)
        images = smoothed(images, sent(sigma.astype(np.float32), images.device))
    back = 1 / scale
    rows: list[list[Any]] = [[back, shear * back, -(right + shear * down) * back], [0.0, back, -down * back]]
    return _seen_through(images, _way_back(rows), drawn)


def perspective(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """The four corners of the picture go inwards, each by its own share of `distance` of the way to the middle."""
    numbers, (height, width) = drawn.numbers, images.shape[2:]
    reach = numbers["distance"] / 100
    x, y = width / 2, height / 2
    corners = [(-1, -1, "left_1", "top_1"), (1, -1, "right_2", "top_2"), (1, 1, "right_3", "bottom_3")]
    corners.append((-1, 1, "left_4", "bottom_4"))
    ends = [
        (x * h * (1 - reach * numbers[across]), y * v * (1 - reach * numbers[down])) for h, v, across, down in corners
    ]
    return _seen_through(images, _homography(ends, [(x * h, y * v) for h, v, _, _ in corners]), drawn)


def elastic(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Pixels are fetched from places that a smoothed field of normal numbers tells; none of it moves the whole."""
    height, width = images.shape[2:]
    side = min(height, width) / 100
    sigma = sent((drawn.numbers["smoothness"] * side).astype(np.float32), images.device)
    field = smoothed(normal_field(drawn.numbers["grain"], (2, height, width), images.device), sigma)
    field = field - field.mean(dim=(2, 3), keepdim=True)
    field = field / field.square().mean(dim=(2, 3), keepdim=True).sqrt().clamp(min=1e-12)
    away = field * column(drawn.numbers["strength"] * side / np.sqrt(2), images)
    at_x, at_y = _places(images)
    return _sampled(images, torch.stack([at_x + away[:, 0], at_y + away[:, 1]], 3), drawn)


def resized_crop(images: Tensor, drawn: DrawnBatch) -> Tensor:
    numbers, (height, width) = drawn.numbers, images.shape[2:]
    share, aspect = numbers["area"] / 100, numbers["aspect"]
    across, down = (np.minimum(1.0, np.sqrt(part)) for part in (share * aspect, share / aspect))
    right, below = ((numbers["across"] - 0.5) * (1 - across) * width, (numbers["down"] - 0.5) * (1 - down) * height)
    return _looked_up(images, _places_from(images, _way_back([[across, 0.0, right], [0.0, down, below]])), "reflection")


def shift_crop(images: Tensor, drawn: DrawnBatch) -> Tensor:
    height, width = images.shape[2:]
    right, down = (
        sent(np.rint(drawn.numbers[name] / 100 * side).astype(np.int64), images.device)
        for name, side in (("right", width), ("down", height))
    )
    rows = torch.arange(height, device=images.device) - down[:, None]  # (B, H): the row that comes to each row
    columns = torch.arange(width, device=images.device) - right[:, None]
    taken = _fetched(images, _mirrored(rows, height), _mirrored(columns, width))
    if drawn.choices["edges"] == "reflect":
        return taken
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[:, None, None, :]
    return torch.where(inside, taken, _edge_colour(images, drawn.choices["edges"]))


def _fetched(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    height, width = images.shape[2:]
    taken = images.gather(2, rows[:, None, :, None].expand(-1, 3, -1, width))
    return taken.gather(3, columns[:, None, None, :].expand(-1, 3, height, -1))


def _mirrored(places: Tensor, side: int) -> Tensor:
    """Places beyond the picture mirrored back into it; the outermost pixel comes twice."""
    wrapped = places.remainder(2 * side)
    return torch.minimum(wrapped, 2 * side - 1 - wrapped)


def _places(images: Tensor) -> tuple[Tensor, Tensor]:
    """x (1, W) and y (H, 1) of the middles of all pixels, from the middle of the picture."""
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device, dtype=torch.float32) + 0.5 - width / 2
    y = torch.arange(height, device=images.device, dtype=torch.float32) + 0.5 - height / 2
    return x[None, :], y[:, None]


def _way_back(rows: list[list[Any]]) -> Matrices:
    """(B, 3, 3) from two rows of numbers or (B,) arrays: where a pixel (x, y, 1) comes from."""
    count = next(len(part) for row in rows for part in row if isinstance(part, np.ndarray))
    whole = [*rows, [0.0, 0.0, 1.0]]
    return np.array([[np.broadcast_to(part, count) for part in row] for row in whole]).transpose(2, 0, 1)


def _seen_through(images: Tensor, way_back: Matrices, drawn: DrawnBatch) -> Tensor:
    """The pictures looked up by (B, 3, 3) homographies, with what the step's `edges` says beyond them."""
    if drawn.choices["edges"] == ENLARGED:
        zoom = _filling(way_back, images.shape[3] / 2, images.shape[2] / 2)
        way_back = way_back * np.stack([zoom, zoom, np.ones_like(zoom)], axis=1)[:, None, :]
    return _sampled(images, _places_from(images, way_back), drawn)


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
    x, y = _places(images)
    across, down = (row[0] * x + row[1] * y + row[2] for row in rows[:2])
    if (way_back[:, 2] != (0, 0, 1)).any():
        depth = rows[2, 0] * x + rows[2, 1] * y + rows[2, 2]
        across, down = across / depth, down / depth
    return torch.stack([across, down], dim=3)


def _sampled(images: Tensor, places: Tensor, drawn: DrawnBatch) -> Tensor:
    """The pictures looked up at places (B, H, W, 2), with what the step's `edges` says beyond them."""
    edges = drawn.choices["edges"]
    if edges in ("reflect", ENLARGED):
        return _looked_up(images, places, "reflection")
    colour = _edge_colour(images, edges)
    return _looked_up(images - colour, places, "zeros") + colour


def _looked_up(images: Tensor, places: Tensor, beyond: str) -> Tensor:
    """places are used up."""
    for axis, side in ((0, images.shape[3]), (1, images.shape[2])):
        places[..., axis].mul_(2 / side)
    return F.grid_sample(images, places, mode="bicubic", padding_mode=beyond, align_corners=False)


def _edge_colour(images: Tensor, edges: str) -> Tensor:
    """(B, 3, 1, 1), or (1, 1, 1, 1) where it is the same for all."""
    if edges != "mean":
        return torch.full((1, 1, 1, 1), 255.0 if edges == "white" else 0.0, device=images.device)
    border = torch.cat([images[:, :, 0], images[:, :, -1], images[:, :, 1:-1, 0], images[:, :, 1:-1, -1]], dim=2)
    return border.mean(dim=2)[:, :, None, None]


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
