"""What a recipe draws for a few pictures: every copy and draw with its words, and what is to be said of each."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import streamlit as st

from core.datasets.copies import copy_of
from core.datasets.fit import Pixels
from core.datasets.recipe import COPIES, Recipe
from core.datasets.steps.drawing import draw_batch
from core.datasets.steps.drift import Drift, drift
from core.datasets.steps.numbers import seed_for
from core.datasets.steps.repeats import repeats
from ui.augment_pictures import Looked, fitted


@dataclass(frozen=True, eq=False)
class View:
    """One picture as it may be trained on."""

    label: str
    pixels: Pixels
    words: tuple[str, ...] = ()  # what was drawn, step by step
    drift: Drift | None = None  # from the fitted picture; None of that picture itself
    repeat: str = ""  # which other one it is equal to, or nearly


def views(pictures: Sequence[Looked], recipe: Recipe, *, seed: int, draws: int) -> list[list[View]]:
    """Of each picture the fitted one, its exact copies, and as many draws of the recipe's steps with a seed.

    With the recipe's own seed the draws are the drawn copies that a build makes of a picture.
    Raises: core.images.ImageError.
    """
    return [list(found) for found in _views(tuple(pictures), drawing(recipe), seed, draws)]


def drawing(recipe: Recipe, *, seed: int = 0) -> Recipe:
    """Nothing but what decides how pictures look: a moved limit draws nothing anew."""
    return replace(recipe, max_cut_share=0.5, min_deviation=0.0, test_share=0.0, seed=seed, steps=recipe.enabled_steps)


@lru_cache(maxsize=4)
def _views(pictures: tuple[Looked, ...], recipe: Recipe, seed: int, draws: int) -> tuple[tuple[View, ...], ...]:
    """All draws in one batch, which takes half as long as picture by picture."""
    originals = [fitted(picture.path, recipe) for picture in pictures]
    drawn: list[Pixels] = []
    words: list[tuple[str, ...]] = []
    if recipe.steps and draws:
        seeds = [seed_for(seed, picture.sha256, number) for picture in pictures for number in range(1, draws + 1)]
        drawn, words = drawn_pixels([pixels for pixels in originals for _ in range(draws)], recipe, seeds)
    of_each = []
    for place, (picture, original) in enumerate(zip(pictures, originals, strict=True)):
        mine = slice(place * draws, (place + 1) * draws)
        of_each.append(_of_picture(picture, original, recipe, drawn[mine], words[mine]))
    return tuple(of_each)


def _of_picture(
    picture: Looked, original: Pixels, recipe: Recipe, drawn: Sequence[Pixels], words: Sequence[tuple[str, ...]]
) -> tuple[View, ...]:
    found = [View("Fitted", original)]
    for copy in recipe.copies:
        pixels = copy_of(original, copy, recipe, picture.sha256)
        found.append(View(COPIES[copy].capitalize(), pixels, drift=drift(original, pixels)))
    for number, (pixels, told) in enumerate(zip(drawn, words, strict=True), 1):
        found.append(View(f"Draw {number}", pixels, told, drift(original, pixels)))
    for same in repeats([view.pixels for view in found]):
        of = "the picture" if same.of == 0 else found[same.of].label.lower()
        words_of_it = f"{'Equal' if same.equal else 'Nearly equal'} to {of}"
        found[same.place] = replace(found[same.place], repeat=words_of_it)
    return tuple(found)


def getting_ready() -> AbstractContextManager[None]:
    """Around what draws: the first time in a server's life it loads torch, which takes seconds and is said."""
    return nullcontext() if "torch" in sys.modules else st.spinner("Getting ready to draw, once", show_time=True)


def drawn_pixels(
    originals: Sequence[Pixels], recipe: Recipe, seeds: Sequence[int]
) -> tuple[list[Pixels], list[tuple[str, ...]]]:
    """Fitted pictures of one shape, each after the recipe's steps with its seed; and what was drawn, in words."""
    import torch  # only where there are steps: a page without them does not wait for it

    from core.datasets.steps.applying import apply_batch

    batches = draw_batch(recipe.enabled_steps, np.array(seeds, np.uint64), recipe.shape)
    changed = apply_batch(batches, torch.from_numpy(np.stack(originals))).numpy()
    words = [tuple(batch.of(place).words() for batch in batches if batch.applied[place]) for place in range(len(seeds))]
    return list(changed), words
