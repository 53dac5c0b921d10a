import pytest

from core.datasets.recipe import COPIES, Recipe
from core.datasets.recipe_book import (
    PRESETS,
    broken_recipes,
    delete_recipe,
    find_recipe,
    save_recipe,
    saved_recipes,
)
from core.datasets.steps.step import Step
from core.errors import ConfigError, NotFoundError
from core.workspace import Workspace

MINE = Recipe(resolution=128, steps=[Step(kind="hue", enabled=False)])


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path).create()


def test_a_saved_recipe_is_found_again_with_its_switched_off_steps(workspace):
    save_recipe(workspace, "  Mine,  for prints ", MINE)
    assert [(one.name, one.recipe) for one in saved_recipes(workspace)] == [("Mine, for prints", MINE)]
    assert find_recipe(workspace, "Mine, for prints") == MINE
    delete_recipe(workspace, "Mine, for prints")
    assert saved_recipes(workspace) == []


def test_a_name_is_replaced_only_when_asked(workspace):
    save_recipe(workspace, "mine", MINE)
    with pytest.raises(ConfigError, match="already"):
        save_recipe(workspace, "mine", Recipe())
    assert find_recipe(workspace, "mine") == MINE
    save_recipe(workspace, "mine", Recipe(), replace=True)
    assert find_recipe(workspace, "mine") == Recipe()


def test_names_that_look_alike_as_files_stay_apart(workspace):
    for name in ("a b", "A-B", "a/b", "北斎"):
        save_recipe(workspace, name, MINE)
    assert sorted(one.name for one in saved_recipes(workspace)) == sorted(["a b", "A-B", "a/b", "北斎"])


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "artgan"])
def test_a_name_that_cannot_be_kept_is_refused(workspace, name):
    with pytest.raises(ConfigError):
        save_recipe(workspace, name, MINE)


def test_an_unknown_name_is_answered_with_those_there_are(workspace):
    save_recipe(workspace, "mine", MINE)
    with pytest.raises(NotFoundError, match=r"mine.*artgan"):
        find_recipe(workspace, "yours")
    with pytest.raises(NotFoundError, match="mine"):
        delete_recipe(workspace, "yours")


def test_a_damaged_file_hides_no_other_recipe_and_is_told(workspace):
    save_recipe(workspace, "mine", MINE)
    (workspace.data / "recipes" / "torn.json").write_text("{")
    (workspace.data / "recipes" / "later.json").write_text('{"name": "later", "recipe": {"magic": 1}}')
    assert [one.name for one in saved_recipes(workspace)] == ["mine"]
    assert [text.partition(" ")[0] for text in broken_recipes(workspace)] == ["later.json", "torn.json"]


def test_the_seeds_recipes_are_theirs():
    title, about, artgan = PRESETS["artgan"]
    assert (artgan.resolution, artgan.fit, artgan.test_share) == (64, "squash", 0)
    assert len(artgan.row_copies) + 1 == 6
    assert set(artgan.row_copies) == set(COPIES)
    artgen = PRESETS["artgen"].recipe
    assert (artgen.resolution, artgen.fit, artgen.row_copies) == (64, "crop", ())
    assert title
    assert about
