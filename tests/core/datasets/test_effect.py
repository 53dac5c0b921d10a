"""How many copies add something, estimated on a sample."""

import numpy as np

from core.datasets.effect import Effect, estimate_effect
from core.datasets.recipe import Recipe
from core.datasets.steps.step import Step

RNG = np.random.default_rng(0)
PLAIN = {str(n): RNG.integers(0, 256, (32, 32, 3), np.uint8) for n in range(3)}
SYMMETRICAL = {name: np.concatenate([pixels, pixels[:, ::-1]], axis=1)[:, 16:48] for name, pixels in PLAIN.items()}


def test_mirrored_copies_of_symmetrical_pictures_are_all_repeats_and_of_others_none():
    recipe = Recipe(resolution=32, copies=("flip-lr",))
    assert estimate_effect(SYMMETRICAL, recipe) == Effect(3, 3, 3, 0, 0)
    assert estimate_effect(PLAIN, recipe) == Effect(3, 3, 0, 0, 0)


def test_a_step_that_happens_to_every_other_picture_repeats_about_every_other_one():
    always, never = (Recipe(resolution=32, steps=(Step(kind="mirror-tb", chance=p),)) for p in (1.0, 0.0))
    assert estimate_effect(PLAIN, never).drawn_share == 1
    assert estimate_effect(PLAIN, always).drawn_repeats == 3 * 2  # three draws, of which the last two are the first
    noise = Recipe(resolution=32, steps=(Step(kind="gaussian-noise", values={"strength": (5, 6)}),))
    assert estimate_effect(PLAIN, noise).drawn_share == 0


def test_no_more_drawn_copies_are_looked_at_than_there_will_be():
    recipe = Recipe(resolution=32, steps=(Step(kind="mirror-tb"),), steps_as="copies", drawn_copies=2)
    assert estimate_effect(PLAIN, recipe) == Effect(3, 0, 0, 6, 3)


def test_the_effective_size_counts_each_different_row_once():
    recipe = Recipe(copies=("flip-lr", "flip-tb"), steps=(Step(kind="rotate"),), steps_as="copies", drawn_copies=4)
    effect = Effect(pictures=10, exact=20, exact_repeats=10, draws=40, drawn_repeats=10)
    assert effect.different_rows(100, recipe) == 100 + 100 + 300
    assert Effect(10, 20, 0, 0, 0).different_rows(100, Recipe()) == 100
