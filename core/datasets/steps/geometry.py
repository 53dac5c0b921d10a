"""Steps that move pixels. Each picture of the batch has its own numbers; all are resampled in one go.

Images are float32 (B, 3, H, W). Coordinates are pixels from the middle of the picture, x to the right and y down, so
nothing depends on the resolution or on the aspect. Resampling is bicubic, like the fitting before it.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.fields import normal_field, smoothed
from core.datasets.steps.sending import column, sent
from core.datasets.steps.words import quarter

Matrices = NDArray[np.floating]


def mirror_left_right(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return images.flip(3)


def mirror_top_bottom(images: Tensor, drawn: DrawnBatch) -> Tensor:
    return images.flip(2)


def quarter_turn(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Counter-clockwise. Raises ValueError for a picture that would not fit its frame any more."""
    turns = np.array([quarter(drawn.of(place).values) for place in range(len(drawn))])
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
    cos, sin, none = np.cos(angle), np.sin(angle), np.zeros_like(angle)
    return _sampled(images, _moved(images, [[cos, -sin, none], [sin, cos, none]]), drawn)


def affine(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Sheared, then scaled, about the middle, then shifted; what is looked up is the way back."""
    numbers, (height, width) = drawn.numbers, images.shape[2:]
    right, down = numbers["right"] / 100 * width, numbers["down"] / 100 * height
    shear, back, none = np.tan(np.radians(numbers["shear"])), 1 / numbers["scale"], np.zeros_like(numbers["scale"])
    rows = [
        [back, shear * back, -(right + shear * down) * back],
        [none, back, -down * back],
    ]
    return _sampled(images, _moved(images, rows), drawn)


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
    starts = [(x * h, y * v) for h, v, _, _ in corners]
    way_back = sent(_homography(ends, starts).astype(np.float32), images.device)  # (B, 8)
    a, b, c, d, e, f, g, h = (way_back[:, number, None, None] for number in range(8))
    at_x, at_y = _places(images)
    depth = g * at_x + h * at_y + 1
    return _sampled(
        images, torch.stack([(a * at_x + b * at_y + c) / depth, (d * at_x + e * at_y + f) / depth], 3), drawn
    )


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
    none = np.zeros_like(share)
    right, below = ((numbers["across"] - 0.5) * (1 - across) * width, (numbers["down"] - 0.5) * (1 - down) * height)
    return _looked_up(images, _moved(images, [[across, none, right], [none, down, below]]), "reflection")


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


def _moved(images: Tensor, rows: list[list[NDArray[np.float64]]]) -> Tensor:
    """(B, H, W, 2): where each pixel comes from, by rows of matrices [[a, b, c], [d, e, f]] of (B,) numbers each."""
    matrices = sent(np.array(rows, np.float32), images.device)[..., None, None]  # (2, 3, B, 1, 1)
    x, y = _places(images)
    return torch.stack([m[0] * x + m[1] * y + m[2] for m in matrices], dim=3)


def _sampled(images: Tensor, places: Tensor, drawn: DrawnBatch) -> Tensor:
    """The pictures looked up at places (B, H, W, 2), with what the step's `edges` says beyond them."""
    edges = drawn.choices["edges"]
    if edges == "reflect":
        return _looked_up(images, places, "reflection")
    colour = _edge_colour(images, edges)
    return _looked_up(images - colour, places, "zeros") + colour


def _looked_up(images: Tensor, places: Tensor, beyond: str) -> Tensor:
    height, width = images.shape[2:]
    scale = torch.tensor([2 / width, 2 / height], device=images.device)
    return F.grid_sample(images, places * scale, mode="bicubic", padding_mode=beyond, align_corners=False)


def _edge_colour(images: Tensor, edges: str) -> Tensor:
    """(B, 3, 1, 1), or (1, 1, 1, 1) where it is the same for all."""
    if edges != "mean":
        return torch.full((1, 1, 1, 1), 255.0 if edges == "white" else 0.0, device=images.device)
    border = torch.cat([images[:, :, 0], images[:, :, -1], images[:, :, 1:-1, 0], images[:, :, 1:-1, -1]], dim=2)
    return border.mean(dim=2)[:, :, None, None]


def _homography(
    starts: list[tuple[NDArray[np.float64], NDArray[np.float64]]], ends: list[tuple[float, float]]
) -> Matrices:
    """(B, 8): a..h of x' = (a x + b y + c) / (g x + h y + 1), y' = (d x + e y + f) / (...) for four pairs of points."""
    count = len(starts[0][0])
    system, values = np.zeros((count, 8, 8)), np.zeros((count, 8))
    for number, ((x, y), (to_x, to_y)) in enumerate(zip(starts, ends, strict=True)):
        one, none = np.ones(count), np.zeros(count)
        system[:, 2 * number] = np.stack([x, y, one, none, none, none, -x * to_x, -y * to_x], axis=1)
        system[:, 2 * number + 1] = np.stack([none, none, none, x, y, one, -x * to_y, -y * to_y], axis=1)
        values[:, 2 * number], values[:, 2 * number + 1] = to_x, to_y
    solved: Matrices = np.linalg.solve(system, values[..., None])[..., 0]
    return solved
