"""The Augment page, through the app's own router, over a small real collection: counts, views and the build."""

# ruff: noqa: F811

import pytest

from core.datasets.listing import find_dataset, list_datasets
from core.datasets.pack import open_pack
from core.jobs import control
from core.jobs.folder import list_jobs
from tests.pages.augment_fixtures import (  # noqa: F401
    NARROW,
    SOLID,
    collected,
    collection,
    metrics,
    open_page,
    press,
    put,
    shown,
    state,
)
from ui import augment_unseen


def test_an_empty_lab_is_sent_to_collect(workspace):
    page = open_page()
    assert "There are no pictures yet" in page.info[0].value
    assert not page.metric


def test_the_counts_tell_what_becomes_of_the_collection_and_follow_a_limit_at_once(collection):
    page = open_page()
    assert metrics(page) == {
        "Chosen": "25",
        "Too narrow": "−3",
        "Near-solid": "−2",
        "Kept": "20",
        "To train on": "18",
        "Held out": "2",
    }
    assert metrics(put(page, recipe_narrow=100))["Too narrow"] == "−0"
    assert metrics(put(page, recipe_solid=0.0))["Kept"] == "25"
    put(page, recipe_narrow=10)
    assert (metrics(page)["Too narrow"], metrics(page)["Kept"]) == ("−23", "2")


def test_copies_multiply_what_is_trained_on_and_nothing_else(collection):
    page = put(open_page(), recipe_copies=["flip-lr", "rot90"])
    assert (metrics(page)["To train on"], metrics(page)["Held out"]) == ("54", "2")
    assert any("Effective size: all 54 rows" in caption.value for caption in page.caption)


@pytest.mark.parametrize("fit", ["crop", "smart", "squash", "pad"])
def test_every_fit_shows_pictures_before_and_after(collection, fit):
    found = shown(put(open_page(), recipe_fit=fit))
    assert found.count("alt='original'") == 4
    assert found.count("alt='fitted'") == 4
    assert ("class='kept'" in found) == (fit in ("crop", "smart"))


def test_another_aspect_shows_its_size_counts_what_it_cuts_and_builds_it(collection, workspace):
    page = put(open_page(), recipe_resolution=32, recipe_aspect="5:4")
    assert "Pictures of 32 × 24 px." in [caption.value for caption in page.caption]
    assert metrics(put(page, recipe_narrow=10))["Too narrow"] == "−5"  # 60 by 48 lose 6 %, the plain squares 25 %
    assert shown(page).count("width='128' height='96' alt='fitted'") == 4
    press(page, "Build dataset")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "build"]
    control.wait(job, timeout_seconds=60)
    page.run()
    assert not page.exception
    (dataset,) = list_datasets(workspace)
    assert dataset.name == "All pictures 32x24"
    assert open_pack(dataset.folder).images.shape[1:] == (24, 32, 3)
    assert any("to train on" in caption.value and "32 × 24 px" in caption.value for caption in page.caption)
    put(page, recipe_resolution=64)
    press(page, "Use its recipe")
    assert (page.get_by_key("recipe_resolution").value, page.get_by_key("recipe_narrow").value) == (32, 10)
    assert any(mark.value == "Recipe: **All pictures 32x24**" for mark in page.markdown)


def test_quarter_turns_are_offered_to_squares_only_and_are_let_go_of_with_them(collection):
    page = put(open_page(), recipe_copies=["flip-lr", "rot90"])
    put(page, recipe_aspect="3:4")
    assert page.get_by_key("recipe_copies").options == ["Mirrored", "Upside down", "180°"]
    assert page.get_by_key("recipe_copies").value == ["flip-lr"]


def test_other_pictures_are_shown_on_demand_and_stay_while_a_limit_moves(collection):
    page = open_page()
    before = shown(page)
    assert shown(put(page, recipe_held=30)) == before
    assert shown(press(page, "Other pictures")) != before


def test_pictures_of_ones_own_are_asked_for_in_place_of_the_selections(collection):
    page = put(open_page(), sheet_source="own")
    assert "Choose up to 12 pictures of your own" in page.info[0].value
    assert "alt='fitted'" not in shown(page)


def test_what_is_left_out_is_shown_with_its_figures(collection):
    page = state(open_page(), view="Too narrow")
    assert shown(page).count("66.7%") == NARROW
    assert "20.0%" in shown(page)  # kept, nearest to the limit
    assert any("by aspect: 5:4 14%, 4:3 14%, **1:1** 24%" in c.value for c in page.caption)
    assert shown(state(page, view="Near-solid")).count("<figcaption>0.0<") == SOLID


def test_building_makes_the_dataset_that_the_counts_promised(collection, workspace):
    page = put(open_page(), recipe_resolution=32, dataset_name="My blocks")
    press(page, "Build dataset")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "build"]
    control.wait(job, timeout_seconds=60)
    pack = open_pack(find_dataset(workspace, "My blocks").folder, verify=True)
    assert (pack.images.shape, len(pack.train), len(pack.test)) == ((20, 32, 32, 3), 18, 2)
    page.run()
    assert "My blocks" in page.success[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled
    # The name stands for this dataset from now on.
    put(page, recipe_held=20)
    assert "already a dataset called 'My blocks'" in page.error[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled


def test_nothing_left_to_train_on_is_said_and_cannot_be_built(collection):
    page = put(open_page(), q="no such painting")
    assert metrics(page)["Chosen"] == "0"
    assert "No picture is left to train on" in page.warning[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled


def test_a_filter_that_cannot_be_understood_is_explained_and_nothing_is_lost(collection):
    page = put(open_page(), recipe_narrow=30, where="year >=")
    assert "The filter cannot be understood" in page.error[0].value
    assert not page.metric
    put(page, where="width > 100")
    assert metrics(page)["Chosen"] == "3"
    assert page.get_by_key("recipe_narrow").value == 30


def test_many_pictures_that_are_new_are_looked_at_only_when_asked_to(collection, monkeypatch):
    monkeypatch.setattr(augment_unseen, "MOST_AT_ONCE", 20)
    page = open_page()
    assert any("25 of these 25 pictures have not been looked at yet" in mark.value for mark in page.markdown)
    assert not page.metric
    press(page, "Look at them now")
    assert metrics(page)["Kept"] == "20"
    assert metrics(open_page())["Kept"] == "20"  # another visitor finds them looked at


def test_a_dataset_is_built_of_pictures_that_were_not_looked_at(collection, workspace, monkeypatch):
    monkeypatch.setattr(augment_unseen, "MOST_AT_ONCE", 20)
    press(put(open_page(), recipe_resolution=32), "Build without looking")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "build"]
    control.wait(job, timeout_seconds=60)
    (dataset,) = list_datasets(workspace)
    assert (dataset.counts["kept"], dataset.recipe.resolution) == (20, 32)


def test_more_pictures_than_the_page_can_plan_for_are_refused_with_a_way_out(collection, monkeypatch):
    monkeypatch.setattr(augment_unseen, "MOST_PICTURES", 24)
    page = open_page()
    assert "These are 25 pictures, and this page plans for 24 at most" in page.info[0].value
    assert not page.metric


def test_a_saved_selection_is_the_pictures_it_finds(collection, workspace):
    from core.catalog.selection import Selection
    from ui import lab

    page = open_page()
    lab.catalog().save_selection("Wide ones", Selection(where="width > 100"))
    page.run()
    put(page, saved="Wide ones")
    assert metrics(page)["Chosen"] == "3"
    assert not [field for field in page.text_input if field.key == "q"]
