"""Doing what was drawn, to a whole batch at once, on whatever device it lies.

Pictures go through as float32 (B, 3, H, W) from 0 to 255 and become whole numbers once, at the end: each rounding in
between would add steps of its own. One picture is a batch of one, so previews, drawn copies and trainings run the same
code. Only the pictures to which a step happens are touched by it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from core.datasets.steps import colour, geometry, noise
from core.datasets.steps.drawing import DrawnBatch
from core.datasets.steps.jpeg import jpeg
from core.datasets.steps.projection import WAYS_BACK, go_together, projected
from core.datasets.steps.sending import sent

Change = Callable[[Tensor, DrawnBatch], Tensor]

CHANGES: dict[str, Change] = {  # of every kind that is no projection
    "mirror-lr": geometry.mirror_left_right,
    "mirror-tb": geometry.mirror_top_bottom,
    "quarter-turn": geometry.quarter_turn,
    "elastic": geometry.elastic,
    "shift-crop": geometry.shift_crop,
    "brightness": colour.brightness,
    "contrast": colour.contrast,
    "saturation": colour.saturation,
    "hue": colour.hue,
    "gamma": colour.gamma,
    "greyscale": colour.greyscale,
    "autocontrast": colour.autocontrast,
    "equalise": colour.equalise,
    "posterise": colour.posterise,
    "solarise": colour.solarise,
    "sharpness": noise.sharpness,
    "gaussian-noise": noise.gaussian_noise,
    "gaussian-blur": noise.gaussian_blur,
    "jpeg": jpeg,
    "erase": noise.erase,
}


def apply_batch(batches: Sequence[DrawnBatch], pixels: Tensor) -> Tensor:
    """uint8 (B, H, W, 3) -> the same after all that was drawn for them; `pixels` stay as they are."""
    return changed_images(batches, pixels).permute(0, 2, 3, 1).to(torch.uint8).contiguous()


@torch.no_grad()
def changed_images(batches: Sequence[DrawnBatch], pixels: Tensor) -> Tensor:
    """uint8 (B, H, W, 3) -> whole float32 numbers (B, 3, H, W) from 0 to 255 after all that was drawn for them."""
    images = pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format, copy=True)
    for group in _groups(batches):
        rows = np.flatnonzero(np.logical_or.reduce([batch.applied for batch in group]))
        if len(rows) == len(images):
            images = _of(group, images)
        elif len(rows):
            places = sent(rows, images.device)
            images[places] = _of([batch.part(rows) for batch in group], images[places])
    return images.round_()


def _groups(batches: Sequence[DrawnBatch]) -> list[list[DrawnBatch]]:
    """In their order, those that are looked up at once together."""
    groups: list[list[DrawnBatch]] = []
    for batch in batches:
        if groups and go_together(groups[-1][-1], batch):
            groups[-1].append(batch)
        else:
            groups.append([batch])
    return groups


def _of(group: Sequence[DrawnBatch], images: Tensor) -> Tensor:
    changed = projected(images, group) if group[0].kind in WAYS_BACK else CHANGES[group[0].kind](images, group[0])
    return changed.clamp_(0, 255)
