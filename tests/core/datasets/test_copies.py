import numpy as np
import pytest

from core.datasets.copies import copy_of
from core.datasets.recipe import Recipe
from core.errors import ConfigError

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
RECIPE = Recipe(
    copies=["flip-lr"], steps=[{"kind": "hue", "values": {"angle": [-90, 90]}}], steps_as="copies", drawn_copies=3
)


def test_a_drawn_copy_depends_on_the_picture_its_number_and_the_seed_alone():
    one = copy_of(PIXELS, "drawn-1", RECIPE, "a" * 64)
    assert np.array_equal(one, copy_of(PIXELS, "drawn-1", Recipe(**{**vars(RECIPE), "copies": ()}), "a" * 64))
    assert not np.array_equal(one, copy_of(PIXELS, "drawn-2", RECIPE, "a" * 64))
    assert not np.array_equal(one, copy_of(PIXELS, "drawn-1", RECIPE, "b" * 64))
    assert not np.array_equal(one, copy_of(PIXELS, "drawn-1", Recipe(**{**vars(RECIPE), "seed": 1}), "a" * 64))


def test_a_geometric_copy_is_exact():
    assert np.array_equal(copy_of(PIXELS, "flip-lr", RECIPE, "a" * 64), PIXELS[:, ::-1])


def test_a_copy_that_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match="drawn-x"):
        copy_of(PIXELS, "drawn-x", RECIPE, "a" * 64)
