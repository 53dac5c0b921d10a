import base64
import re
import zlib

import pytest
import torch

from core.datasets.recipe import Recipe
from core.datasets.recipe_book import PRESETS
from core.datasets.recipe_links import recipe_code, recipe_from_link, recipe_to_link
from core.datasets.steps.kinds import KINDS
from core.datasets.steps.step import Step
from core.errors import ConfigError

EVERYTHING = Recipe(
    resolution=32,
    copies=["flip-lr"],
    steps=[Step(kind=kind, chance=0.5) for kind in KINDS] + [Step(kind="hue", enabled=False)],
    steps_as="copies",
    drawn_copies=2,
)


@pytest.mark.parametrize("recipe", [Recipe(), EVERYTHING, *(preset.recipe for preset in PRESETS.values())])
def test_a_recipe_comes_back_from_its_link(recipe):
    link = recipe_to_link(recipe)
    assert recipe_from_link(link) == recipe
    assert re.fullmatch(r"[A-Za-z0-9_-]+", link)
    assert len(link) < 2_000


@pytest.mark.parametrize("text", ["", "hello", "r1-", "r1-!!!!", recipe_to_link(EVERYTHING)[:-9], "r1-" + "A" * 9_000])
def test_a_damaged_link_is_refused_in_words(text):
    with pytest.raises(ConfigError, match="link"):
        recipe_from_link(text)


def test_a_link_cannot_unfold_without_end():
    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 5_000_000, 9)).decode().rstrip("=")
    with pytest.raises(ConfigError, match="damaged"):
        recipe_from_link("r1-" + bomb)


def test_a_link_with_an_unknown_setting_is_refused_by_name():
    packed = base64.urlsafe_b64encode(zlib.compress(b'{"size":3}')).decode().rstrip("=")
    with pytest.raises(ConfigError, match="size"):
        recipe_from_link("r1-" + packed)


@pytest.mark.filterwarnings("ignore:The image decoding")  # of torchvision's JPEG
def test_the_script_holds_the_same_recipe_and_transforms_that_run():
    script = recipe_code(EVERYTHING, collection="prints 'of' \"Edo\"", name="mine")
    namespace: dict = {}
    exec(compile(script, "recipe", "exec"), namespace)
    assert namespace["recipe"] == EVERYTHING
    assert callable(namespace["build"])
    picture = torch.randint(0, 256, (3, 32, 32), dtype=torch.uint8)
    for _ in range(3):
        changed = namespace["transform"](picture)
        assert (changed.shape, changed.dtype) == (picture.shape, torch.uint8)


@pytest.mark.parametrize("edges", ["reflect", "mean", "white"])
def test_the_nearest_transforms_run_for_pictures_that_are_not_square(edges):
    edged = [Step(kind=k, values={"edges": edges}) for k in ("rotate", "affine", "perspective", "shift-crop")]
    recipe = Recipe(resolution=32, aspect="3:4", steps=[*edged, Step(kind="resized-crop"), Step(kind="erase")])
    namespace: dict = {}
    exec(compile(recipe_code(recipe), "recipe", "exec"), namespace)
    assert namespace["transform"](torch.zeros(3, 32, 24, dtype=torch.uint8)).shape == (3, 32, 24)
