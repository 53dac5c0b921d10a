"""Copies: what a training picture is added as once more, beside the picture itself."""

import numpy as np

from core.datasets.fit import Pixels, apply_copy
from core.datasets.recipe import COPIES, Recipe, drawn_number
from core.datasets.steps.drawing import apply, draw, seed_for


def copy_of(fitted: Pixels, copy: str, recipe: Recipe, sha256: str) -> Pixels:
    """One of `recipe.row_copies` of a fitted picture, uint8 (H, W, 3) like it.

    A drawn copy comes from the recipe's seed and the picture's hash alone: it is the same whatever else is in the
    dataset, and in whatever order copies are made.

    Args:
        sha256: of the original.
    """
    if copy in COPIES:
        return np.ascontiguousarray(apply_copy(fitted, copy))
    seed = seed_for(recipe.seed, sha256, drawn_number(copy))
    height, width = fitted.shape[:2]
    return apply(draw(recipe.enabled_steps, seed, (height, width)), fitted)
