"""Steps that move pixels, and looking pixels up. Each picture of the batch has its own numbers; all go at once.

Images are float32 (B, 3, H, W). Coordinates are pixels from the middle of the picture, x to the right and y down, so
nothing depends on the resolution or on the aspect. Resampling is bicubic, like the fitting before it. What a matrix
can say (rotations, shears, perspectives, crops) is in core.datasets.steps.projection.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.fields import normal_field, smoothed
from core.datasets.steps.kinds import ENLARGED
from core.datasets.steps.sending import column, sent
from core.datasets.steps.words import quarters


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


def elastic(images: Tensor, drawn: DrawnBatch) -> Tensor:
    """Pixels are fetched from places that a smoothed field of normal numbers tells; none of it moves the whole."""
    height, width = images.shape[2:]
    side = min(height, width) / 100
    sigma = sent((drawn.numbers["smoothness"] * side).astype(np.float32), images.device)
    field = smoothed(normal_field(drawn.numbers["grain"], (2, height, width), images.device), sigma)
    field = field - field.mean(dim=(2, 3), keepdim=True)
    field = field / field.square().mean(dim=(2, 3), keepdim=True).sqrt().clamp(min=1e-12)
    away = field * column(drawn.numbers["strength"] * side / np.sqrt(2), images)
    at_x, at_y = pixel_places(images)
    places = torch.stack([at_x + away[:, 0], at_y + away[:, 1]], dim=3)
    return sampled(images, places, drawn.choices["edges"])


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
    return torch.where(inside, taken, edge_colour(images, drawn.choices["edges"]))


def _fetched(images: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    height, width = images.shape[2:]
    taken = images.gather(2, rows[:, None, :, None].expand(-1, 3, -1, width))
    return taken.gather(3, columns[:, None, None, :].expand(-1, 3, height, -1))


def _mirrored(places: Tensor, side: int) -> Tensor:
    """Places beyond the picture mirrored back into it; the outermost pixel comes twice."""
    wrapped = places.remainder(2 * side)
    return torch.minimum(wrapped, 2 * side - 1 - wrapped)


def pixel_places(images: Tensor) -> tuple[Tensor, Tensor]:
    """x (1, W) and y (H, 1) of the middles of all pixels, from the middle of the picture."""
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device, dtype=torch.float32) + 0.5 - width / 2
    y = torch.arange(height, device=images.device, dtype=torch.float32) + 0.5 - height / 2
    return x[None, :], y[:, None]


def sampled(images: Tensor, places: Tensor, edges: str) -> Tensor:
    """The pictures looked up at places (B, H, W, 2), with what `edges` says beyond them; places are used up."""
    if edges in ("reflect", ENLARGED):
        return _looked_up(images, places, "reflection")
    colour = edge_colour(images, edges)
    return _looked_up(images - colour, places, "zeros") + colour


def _looked_up(images: Tensor, places: Tensor, beyond: str) -> Tensor:
    """places are used up."""
    for axis, side in ((0, images.shape[3]), (1, images.shape[2])):
        places[..., axis].mul_(2 / side)
    return F.grid_sample(images, places, mode="bicubic", padding_mode=beyond, align_corners=False)


def edge_colour(images: Tensor, edges: str) -> Tensor:
    """(B, 3, 1, 1), or (1, 1, 1, 1) where it is the same for all."""
    if edges != "mean":
        return torch.full((1, 1, 1, 1), 255.0 if edges == "white" else 0.0, device=images.device)
    border = torch.cat([images[:, :, 0], images[:, :, -1], images[:, :, 1:-1, 0], images[:, :, 1:-1, -1]], dim=2)
    return border.mean(dim=2)[:, :, None, None]
