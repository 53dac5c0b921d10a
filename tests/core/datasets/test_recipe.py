import json

import pytest

from core.datasets.recipe import COPIES, Recipe, copies_from, copy_words
from core.datasets.steps.step import Step
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


def test_a_recipe_without_enabled_steps_is_the_one_that_it_was_before_there_were_steps():
    before = {
        "resolution": 64,
        "fit": "crop",
        "pad_colour": "",
        "copies": ["flip-lr"],
        "max_cut_share": 0.5,
        "min_deviation": 4.0,
        "test_share": 0.1,
        "seed": 0,
    }
    assert Recipe(copies=["flip-lr"]).identity() == before
    kept_for_later = Recipe(copies=["flip-lr"], steps=[Step(kind="hue", enabled=False)], steps_as="copies")
    assert kept_for_later.identity() == before
    assert kept_for_later.row_copies == ("flip-lr",)
    assert Recipe.from_json({**before, "pad_colour": "edge", "aspect": "1:1"}) == Recipe(copies=["flip-lr"])


def test_enabled_steps_decide_what_is_trained_on():
    steps = [Step(kind="hue"), Step(kind="rotate", enabled=False)]
    recipe = Recipe(steps=steps)
    assert recipe.identity() != Recipe().identity()
    assert recipe.identity() == Recipe(steps=steps[:1], drawn_copies=3).identity()
    assert recipe.identity() != Recipe(steps=[Step(kind="hue", values={"angle": (-5, 5)})]).identity()
    assert recipe.identity() != Recipe(steps=steps, steps_as="copies").identity()
    assert (recipe.training_steps, recipe.row_copies) == ((steps[0],), ())


def test_drawn_copies_follow_the_geometric_ones_and_are_not_drawn_in_training():
    recipe = Recipe(copies=["rot180"], steps=[{"kind": "hue"}], steps_as="copies", drawn_copies=2)
    assert recipe.row_copies == ("rot180", "drawn-1", "drawn-2")
    assert recipe.training_steps == ()
    assert [copy_words(copy) for copy in recipe.row_copies] == ["rotated by 180°", "drawn copy 1", "drawn copy 2"]
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert "as 2 drawn copies: hue -10 to 10°" in recipe.in_words()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": [{"kind": "hue"}, {"kind": "blur"}]}, "Step 2: No step called 'blur'"),
        ({"steps": {"kind": "hue"}}, "list"),
        ({"steps_as": "both"}, "training, copies"),
        ({"drawn_copies": 17}, "1 to 16"),
        ({"aspect": "4:5", "steps": [{"kind": "quarter-turn"}]}, "aspect 4:5"),
    ],
)
def test_steps_that_cannot_work_are_refused_by_name(settings, words):
    with pytest.raises(ConfigError, match=words):
        Recipe.from_json(settings)


def test_half_turns_keep_any_aspect():
    assert Recipe(aspect="4:5", steps=[{"kind": "quarter-turn", "values": {"turns": "half"}}]).enabled_steps
