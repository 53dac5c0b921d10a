"""How much a recipe's copies and draws add: a copy that equals its picture, or another copy of it, adds nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.datasets.copies import copy_of
from core.datasets.fit import Pixels
from core.datasets.recipe import Recipe
from core.datasets.steps.drawing import draw_batch
from core.datasets.steps.numbers import seed_for
from core.datasets.steps.repeats import repeats

MOST_DRAWS = 3  # of a picture that are looked at: repeats show early, or hardly matter


@dataclass(frozen=True)
class Effect:
    """What was found in a sample of pictures; estimates for all of them."""

    pictures: int  # looked at
    exact: int  # exact copies looked at
    exact_repeats: int  # of these: equal, or nearly, to the picture or to an earlier copy of it
    draws: int  # draws of the steps looked at, be they for training or for drawn copies
    drawn_repeats: int

    @property
    def exact_share(self) -> float:
        """0..1, the share of exact copies that are repeats."""
        return self.exact_repeats / self.exact if self.exact else 0.0

    @property
    def drawn_share(self) -> float:
        return self.drawn_repeats / self.draws if self.draws else 0.0

    def different_rows(self, train: int, recipe: Recipe) -> int:
        """Of the rows that `train` pictures become, about how many differ from one another."""
        drawn = len(recipe.row_copies) - len(recipe.copies)
        exact = len(recipe.copies) * (1 - self.exact_share)
        return round(train * (1 + exact + drawn * (1 - self.drawn_share)))


def estimate_effect(fitted: Mapping[str, Pixels], recipe: Recipe) -> Effect:
    """Look at the copies of some pictures, and at a few draws of each, with the recipe's seed.

    Args:
        fitted: by sha256 of the original, as `core.datasets.fit.fit_picture` gives them: a sample drawn at random.
    """
    draws = MOST_DRAWS if recipe.enabled_steps else 0
    if recipe.steps_as == "copies":
        draws = min(draws, recipe.drawn_copies)
    exact_repeats = drawn_repeats = 0
    all_drawn = _drawn(fitted, recipe, draws)
    for place, (sha256, original) in enumerate(fitted.items()):
        exact = [copy_of(original, copy, recipe, sha256) for copy in recipe.copies]
        for repeat in repeats([original, *exact, *all_drawn[place * draws : (place + 1) * draws]]):
            if repeat.place <= len(exact):
                exact_repeats += 1
            else:
                drawn_repeats += 1
    count = len(fitted)
    return Effect(count, count * len(recipe.copies), exact_repeats, count * draws, drawn_repeats)


def _drawn(fitted: Mapping[str, Pixels], recipe: Recipe, draws: int) -> list[Pixels]:
    """The first draws of each picture, those of the first picture first: one batch, which is many times as fast."""
    if not draws or not fitted:
        return []
    import torch

    from core.datasets.steps.applying import apply_batch

    seeds = [seed_for(recipe.seed, sha256, number) for sha256 in fitted for number in range(1, draws + 1)]
    batches = draw_batch(recipe.enabled_steps, np.array(seeds, np.uint64), recipe.shape)
    pixels = np.repeat(np.stack(list(fitted.values())), draws, axis=0)
    return list(apply_batch(batches, torch.from_numpy(pixels)).numpy())
