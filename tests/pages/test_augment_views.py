"""What the Augment page tells of a recipe's steps: their extremes, what networks see, whether they leak."""

# ruff: noqa: F811

import numpy as np
from PIL import Image

from core.datasets.copies import copy_of
from core.datasets.recipe import Recipe
from core.datasets.recipe_links import recipe_to_link
from core.datasets.steps.step import Step
from tests.pages.augment_fixtures import collected, collection, open_page, put, shown, state  # noqa: F401
from tests.pages.run_fixtures import component_data
from ui.augment_draws import views
from ui.augment_pictures import Looked

TURN, NOISE = Step(kind="rotate", values={"angle": (-20, 20)}), Step(kind="gaussian-noise")


def opened(view: str, *steps: Step, **settings: object):
    recipe = Recipe(resolution=32, steps=steps, **settings)
    return state(open_page(recipe=recipe_to_link(recipe)), view=view)


def test_draws_with_the_recipes_seed_are_the_copies_that_a_build_makes(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)).save(path)
    pictures = [Looked(letter * 64, path, letter) for letter in "ab"]
    recipe = Recipe(resolution=32, steps=(TURN, NOISE), steps_as="copies", drawn_copies=2, seed=7)
    for picture, found in zip(pictures, views(pictures, recipe, seed=7, draws=2), strict=True):
        for copy, view in zip(("drawn-1", "drawn-2"), found[1:], strict=True):
            np.testing.assert_array_equal(view.pixels, copy_of(found[0].pixels, copy, recipe, picture.sha256))


def test_each_parameter_is_shown_at_its_ends_on_the_darkest_palest_and_most_typical_picture(collection):
    found = shown(opened("Extremes", TURN))
    for words in ("Darkest: ", "Palest: ", "Most typical: "):
        assert found.count(words) == 1
    for words in ("Angle −20°", "Angle 0°", "Angle 20°"):
        assert found.count(f"<span>{words}</span>") == 3


def test_extremes_without_steps_say_what_to_do(collection):
    page = opened("Extremes")
    assert "Add a step" in page.info[0].value


def test_a_network_is_shown_pixel_by_pixel_with_and_without_diffaugment(collection):
    page = opened("What the network sees", NOISE)
    told = component_data(page, "network-pixels")
    assert [row["title"] for row in told["rows"]] == ["Every network is given", "A GAN's discriminator judges"]
    assert (told["height"], told["width"]) == (32, 32)
    assert [len(row["pictures"]) for row in told["rows"]] == [3, 3]
    assert any("from −1 (black) to 1" in caption.value for caption in page.caption)
    put(page, network_changes=[])
    told = component_data(page, "network-pixels")
    assert [row["title"] for row in told["rows"]] == ["Every network is given"]


def test_with_a_probability_of_zero_everything_is_let_through(collection):
    page = put(opened("What the network sees"), network_chance=0.0)
    told = component_data(page, "network-pixels")
    given, judged = told["rows"]
    assert {picture["note"] for picture in judged["pictures"]} == {"let through as it is"}
    assert [p["numbers"] for p in given["pictures"]] == [p["numbers"] for p in judged["pictures"]]


def test_what_leaks_into_which_family_is_told_for_steps_and_copies(collection):
    page = opened("Will it leak?", NOISE, copies=("flip-lr",))
    words = [mark.value for mark in page.markdown]
    assert any(":red-badge[GAN: leaks]" in told for told in words)
    assert any("**Copies flipped left to right.**" in told for told in words)
    assert any(":green-badge[VAE: does not leak]" in told for told in words)
    page = opened("Will it leak?")
    assert "Nothing can leak" in page.success[0].value
