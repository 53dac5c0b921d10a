import json

import pytest

from core.datasets.recipe import COPIES, Recipe, copies_from
from core.errors import ConfigError


def test_a_recipe_survives_json():
    recipe = Recipe(
        resolution=128,
        fit="pad",
        pad_colour="black",
        copies=("rot180", "flip-lr"),
        max_cut_share=0.25,
        min_deviation=12.5,
        test_share=0.2,
        seed=7,
    )
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("resolution", 31),
        ("resolution", 257),
        ("resolution", 64.0),
        ("resolution", True),
        ("fit", "stretch"),
        ("pad_colour", "pink"),
        ("copies", ("flip",)),
        ("max_cut_share", 1.1),
        ("max_cut_share", float("nan")),
        ("max_cut_share", "half"),
        ("min_deviation", -1),
        ("test_share", 0.9),
        ("seed", -1),
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(setting, value):
    with pytest.raises(ConfigError, match=str(value) if not isinstance(value, tuple) else "flip"):
        Recipe(**{setting: value})


def test_an_unknown_setting_is_refused_and_the_known_ones_are_named():
    with pytest.raises(ConfigError, match=r"no setting size.*resolution"):
        Recipe.from_json({"size": 64})
    with pytest.raises(ConfigError, match="list"):
        Recipe.from_json([])


def test_copies_come_in_one_order_without_repeats_and_by_group():
    assert copies_from("rot90,flip-lr,rot90") == ("flip-lr", "rot90")
    assert copies_from("flips rotations") == tuple(COPIES)
    assert Recipe(copies=["rot90", "flip-lr"]) == Recipe(copies=("flip-lr", "rot90"))


def test_the_pad_colour_counts_only_where_there_is_padding():
    assert Recipe(pad_colour="white").identity() == Recipe(pad_colour="black").identity()
    assert Recipe(fit="pad", pad_colour="white").identity() != Recipe(fit="pad", pad_colour="black").identity()


def test_a_recipe_reads_as_a_sentence():
    words = Recipe(fit="pad", pad_colour="white", copies=("rot90",)).in_words()
    assert words.startswith("64 px, padded to a square with white; copies rotated by 90°; ")
    assert "held out" in words
