"""What networks are given in a training: the pictures as numbers, and what DiffAugment makes of them for a
discriminator. For looking at; the same code as in a training makes it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.training.diffaugment import diffaugment
from core.training.pictures import Pictures

Numbers = NDArray[np.float32]  # (B, 3, H, W)


@dataclass(frozen=True)
class NetworkView:
    given: Numbers  # in [-1, 1]: what a VAE and a flow learn, and a discriminator gets without DiffAugment
    judged: Numbers  # after DiffAugment: colours may leave [-1, 1]
    mirrored: NDArray[np.bool_]  # (B,)
    changed: NDArray[np.bool_]  # (B,): DiffAugment happened to it


def network_view(
    pixels: NDArray[np.uint8], *, flip: bool, changes: Sequence[str] = (), chance: float = 1.0, seed: int = 0
) -> NetworkView:
    """One batch as a training makes it of a dataset's rows.

    Args:
        pixels: (B, H, W, 3), after the recipe's steps.
        flip: mirror each left-right or not, as a training does by default.
        changes: of DiffAugment: any of "color", "translation", "cutout".
        chance: 0..1, the training's diffaugment_chance.
    """
    draw = torch.Generator().manual_seed(seed)
    rows = np.arange(len(pixels))
    batch = Pictures(pixels, rows, torch.device("cpu"))
    plain = batch.batch(rows)
    given = batch.batch(rows, flip=draw) if flip else plain
    judged = diffaugment(given, changes, draw, chance=chance)
    return NetworkView(
        given=given.contiguous().numpy(),
        judged=judged.contiguous().numpy(),
        mirrored=(given != plain).flatten(1).any(1).numpy(),
        changed=(judged != given).flatten(1).any(1).numpy(),
    )
