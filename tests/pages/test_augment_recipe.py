"""The recipe editor of the Augment page: steps, presets, saved recipes, links, the way back, and what is drawn."""

# ruff: noqa: F811

import json

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets.recipe import Recipe
from core.datasets.recipe_book import PRESETS, saved_recipes
from core.datasets.recipe_links import recipe_from_link, recipe_to_link
from core.datasets.steps.kinds import KINDS
from core.datasets.steps.step import Step
from tests.pages.augment_fixtures import (  # noqa: F401
    click,
    collected,
    collection,
    metrics,
    open_page,
    press,
    put,
    shown,
    state,
)

MIRROR, NOISE = Step(kind="mirror-lr"), Step(kind="gaussian-noise", values={"strength": (10, 20)})


def recipe_of(page: AppTest) -> Recipe:
    """The recipe that the page's address holds."""
    link = address_of(page)
    return recipe_from_link(link) if link else Recipe()


def address_of(page: AppTest) -> str:
    value = page.query_params.get("recipe", "")
    return value if isinstance(value, str) else value[0]


def add(page: AppTest, kind: str) -> AppTest:
    return click(state(page, **{"add-step": True}), f"add-{kind}")


def with_recipe(recipe: Recipe) -> AppTest:
    return open_page(recipe=recipe_to_link(recipe))


def test_a_step_is_added_from_the_menu_and_drawn_at_once(collection):
    page = add(open_page(), "rotate")
    assert recipe_of(page).steps == (Step.usual("rotate"),)
    assert shown(page).count("alt='draw 6'") == 4
    assert "rotated by" in shown(page)
    assert not page.session_state["add-step"]


def test_every_kind_of_step_gets_its_widgets(collection):
    recipe = Recipe(resolution=32, steps=tuple(Step(kind=kind, enabled=False) for kind in KINDS))
    page = with_recipe(recipe)
    assert recipe_of(page) == recipe
    assert [toggle.label for toggle in page.toggle] == [kind.title for kind in KINDS.values()]
    asked = {widget.label for widget in [*page.slider, *page.selectbox]}
    assert asked >= {parameter.title for kind in KINDS.values() for parameter in kind.parameters}


def test_what_a_slider_says_is_what_is_drawn_between(collection):
    page = put(with_recipe(Recipe(steps=(NOISE,))), **{"step-0-value-strength": (1.0, 2.5), "step-0-chance": 40})
    assert recipe_of(page).steps == (Step(kind="gaussian-noise", values={"strength": (1, 2.5)}, chance=0.4),)
    assert any(card.label == "1 to 2.5%, 40% of the pictures" for card in page.expander)


def test_a_moved_step_keeps_its_numbers_and_a_removed_one_is_gone(collection):
    page = with_recipe(Recipe(steps=(MIRROR, NOISE)))
    put(page, **{"step-1-value-strength": (3.0, 4.0)})
    click(page, "step-1-up")
    assert [step.kind for step in recipe_of(page).steps] == ["gaussian-noise", "mirror-lr"]
    assert recipe_of(page).steps[0].values["strength"] == (3, 4)
    assert page.get_by_key("step-1-up").disabled
    assert page.get_by_key("step-0-down").disabled
    click(page, "step-1-remove")
    assert recipe_of(page).steps == (MIRROR,)


def test_a_step_switched_off_is_kept_and_not_drawn(collection):
    page = put(with_recipe(Recipe(steps=(NOISE,))), **{"step-0-on": False})
    assert recipe_of(page).steps == (Step(kind="gaussian-noise", values={"strength": (10, 20)}, enabled=False),)
    assert "alt='draw" not in shown(page)


def test_drawn_copies_are_counted_and_are_the_ones_on_the_sheet(collection):
    page = put(with_recipe(Recipe(steps=(NOISE,))), recipe_steps_as="copies")
    put(page, recipe_drawn_copies=3)
    assert metrics(page)["To train on"] == "72"
    assert any("these are the very copies" in caption.value for caption in page.caption)
    put(page, sheet_seed=5)
    assert any("The dataset's own copies are drawn with seed 0" in caption.value for caption in page.caption)


def test_drawing_again_shows_other_draws_of_the_same_pictures(collection):
    page = with_recipe(Recipe(steps=(NOISE,)))
    before = shown(page)
    press(page, "Draw again")
    assert page.get_by_key("sheet_seed").value == 1
    assert shown(page) != before


def test_draws_that_repeat_the_picture_and_those_that_go_too_far_are_marked(collection):
    page = with_recipe(Recipe(steps=(Step(kind="rotate", values={"angle": (0, 0)}),)))
    assert shown(page).count("Equal to the picture") == 4 * 6
    assert any("about 100% of the draws leave a picture as it is" in caption.value for caption in page.caption)
    page = with_recipe(Recipe(steps=(Step(kind="brightness", values={"factor": (0, 0)}),)))
    assert shown(page).count("class='far'") + shown(page).count("class='repeat far'") == 4 * 6
    assert "other colours" in shown(page)


def test_a_link_opens_the_recipe_it_holds(collection):
    recipe = Recipe(resolution=128, fit="pad", pad_colour="white", max_cut_share=0.333, steps=(NOISE,), seed=7)
    page = with_recipe(recipe)
    assert page.get_by_key("recipe_resolution").value == 128
    assert page.get_by_key("recipe_bars").value == "white"
    assert recipe_of(page) == recipe  # a third of the pictures, although the slider shows 33 %


@pytest.mark.parametrize("link", ["nonsense", "r1-AAAA", "r1-eNqrVspNrIhPLi2J"])
def test_a_link_that_cannot_be_read_is_explained_and_changes_nothing(collection, link):
    page = open_page(recipe=link)
    assert "This address holds no recipe that can be read" in page.error[0].value
    assert address_of(page) == link
    assert metrics(page)["Kept"] == "20"
    put(page, sheet_pictures=1)  # which is no part of the recipe
    assert page.error
    assert address_of(page) == link
    put(page, recipe_narrow=100)  # whoever goes on working is not told again
    assert not page.error
    assert recipe_of(page).max_cut_share == 1


def test_a_preset_is_opened_and_called_by_its_name_until_it_is_changed(collection):
    page = click(state(open_page(), **{"recipe-start": True}), "open-preset-artgan")
    assert recipe_of(page) == PRESETS["artgan"].recipe
    assert metrics(page)["To train on"] == "150"
    assert any(mark.value == "Recipe: **ART\\-GAN's six copies, 64 px**" for mark in page.markdown)
    put(page, recipe_resolution=32)
    assert any(mark.value.endswith("six copies, 64 px**, changed") for mark in page.markdown)


def test_a_recipe_is_saved_opened_replaced_and_forgotten(collection, workspace):
    page = state(with_recipe(Recipe(steps=(NOISE,))), **{"recipe-save": True})
    put(page, recipe_name="Grainy")
    press(page, "Save recipe")
    assert [(saved.name, saved.recipe.steps) for saved in saved_recipes(workspace)] == [("Grainy", (NOISE,))]
    put(page, recipe_resolution=32)
    state(page, **{"recipe-save": True})
    press(put(page, recipe_name="Grainy"), "Replace")
    assert saved_recipes(workspace)[0].recipe.resolution == 32
    put(page, recipe_resolution=96)
    click(state(page, **{"recipe-start": True}), "open-saved-0")
    assert recipe_of(page).resolution == 32
    click(state(page, **{"recipe-start": True}), "delete-saved-0")
    assert saved_recipes(workspace) == []
    assert recipe_of(page).resolution == 32


def test_a_recipe_goes_out_as_json_and_python_and_comes_back(collection):
    page = state(with_recipe(Recipe(steps=(NOISE,))), **{"recipe-share": True})
    assert any("recipe=r1-" in block.value for block in page.code)
    assert any("Compose" in block.value for block in page.code)
    recipe = Recipe(fit="squash", steps=(MIRROR,))
    page.get_by_key("recipe-upload").upload("mine.json", json.dumps(recipe.to_json()).encode()).run()
    assert not page.exception
    assert recipe_of(page) == recipe


def test_a_file_that_is_no_recipe_is_refused_with_the_reason(collection):
    page = state(with_recipe(Recipe(steps=(NOISE,))), **{"recipe-share": True})
    page.get_by_key("recipe-upload").upload("other.json", b'{"colour": "red"}').run()
    assert "other.json holds no recipe that can be read" in page.error[0].value
    assert "colour" in page.error[0].value
    assert recipe_of(page).steps == (NOISE,)


def test_every_change_can_be_undone_and_done_again(collection):
    page = open_page()
    put(page, recipe_resolution=32)
    add(page, "gaussian-noise")
    click(page, "recipe-back")
    assert recipe_of(page) == Recipe(resolution=32)
    click(page, "recipe-back")
    assert address_of(page) == ""
    assert page.get_by_key("recipe_resolution").value == 64
    click(click(page, "recipe-forward"), "recipe-forward")
    assert recipe_of(page) == Recipe(resolution=32, steps=(Step.usual("gaussian-noise"),))
    assert page.get_by_key("recipe-forward").disabled


def test_answers_that_do_not_go_together_are_told_and_kept(collection):
    page = with_recipe(Recipe(resolution=32, steps=(Step(kind="quarter-turn"),)))
    put(page, recipe_aspect="3:4")
    assert "do not have the aspect 3:4 any more" in page.error[0].value
    assert metrics(page)["Kept"] == "20"
    put(page, **{"step-0-value-turns": "half"})
    assert not page.error
    assert (recipe_of(page).aspect, recipe_of(page).steps[0].values["turns"]) == ("3:4", "half")


def test_the_recipe_is_still_there_after_a_look_at_another_page(collection):
    page = put(with_recipe(Recipe(steps=(NOISE,))), recipe_resolution=96)
    page.switch_page("app_pages/gather/collect.py").run()
    page.query_params.clear()
    page.switch_page("app_pages/gather/augment.py").run()
    assert page.get_by_key("recipe_resolution").value == 96
    assert recipe_of(page).steps == (NOISE,)
