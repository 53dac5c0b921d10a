"""The Datasets page, through the app's own router, over datasets as builds make them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.catalog.picture import PictureRef
from core.datasets.build import build_dataset
from core.datasets.job import create_build
from core.datasets.listing import Dataset
from core.datasets.recipe import Recipe
from core.datasets.recipe_links import recipe_from_link
from core.workspace import Workspace
from tests.core.datasets.conftest import Lab, noise
from tests.pages.run_fixtures import make_run
from ui.selection_links import catalog_address

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/datasets.py"
RECIPE = Recipe(resolution=32, copies=("flip-lr", "rot90"), test_share=0.25)


@pytest.fixture
def pictures(workspace: Workspace) -> list[PictureRef]:
    """8 good pictures, of which every other one has a style, and a narrow one."""
    lab = Lab(workspace)
    good = [
        replace(picture, title=f"Number {number}", style="Pop Art" if number % 2 else "")
        for number, picture in enumerate(lab.add_many(8))
    ]
    return [*good, lab.add(noise(20, 200, 40), artwork=20)]


def build(workspace: Workspace, pictures: list[PictureRef], name: str, recipe: Recipe = RECIPE) -> Dataset:
    return build_dataset(workspace, pictures, recipe, name=name, selection={"collections": ["blocks"]}).dataset


def open_page(**address: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.query_params.update(address)
    page.run().switch_page(_PAGE).run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.header, *page.subheader))


def links(page: AppTest) -> dict[str, str]:
    """Label -> address of the links of the page."""
    return {
        element.proto.label: f"{element.proto.page}?{element.proto.query_string}" for element in page.get("page_link")
    }


def tiles(page: AppTest) -> list[dict]:
    (shown,) = [element for element in page.get("bidi_component") if "items" in element.proto.json]
    return json.loads(shown.proto.json)["items"]


def test_an_empty_lab_is_sent_to_augment(workspace):
    page = open_page()
    assert "No dataset yet" in said(page)
    assert "Make one" in links(page)


def test_every_dataset_has_a_card_with_the_ways_into_it(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    (workspace.datasets / "stray").mkdir()
    page = open_page()
    assert "8 of 9 pictures · 18 to train on · 2 held out" in said(page).replace("\\", "")
    assert f"dataset={dataset.id}" in links(page)["Look into Blocks 32"]
    assert "Train on this dataset" in links(page)
    assert ["no manifest" in error.value for error in page.error] == [True]


def test_a_build_that_did_not_end_can_go_on_from_here(workspace, pictures):
    create_build(workspace, pictures, RECIPE, name="Killed")
    assert "Resume" in [button.label for button in open_page().button]


def test_a_dataset_tells_what_went_in_and_what_became_of_it(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    page = open_page(dataset=dataset.id)
    assert {metric.label: metric.value for metric in page.metric} == {
        "Chosen": "9",
        "Too narrow": "−1",
        "Kept": "8",
        "Trained on": "6",
        "Copies of those": "+12",
        "Held out": "2",
        "Rows": "20",
    }
    assert "collections: blocks" in said(page).replace("\\", "")
    ways = links(page)
    assert "collection=blocks" in ways["What fits today, in the Catalog"]
    address = ways["Use this recipe"].partition("recipe=")[2].partition("&")[0]
    assert recipe_from_link(address) == RECIPE


@pytest.mark.parametrize(
    ("part", "count", "caption"),
    [("Trained on", 6, "Number"), ("Held out", 2, "Number"), ("Copies", 12, "Number"), ("Left out", 1, "80% would be")],
)
def test_every_part_shows_its_pictures(workspace, pictures, part, count, caption):
    dataset = build(workspace, pictures, "Blocks 32")
    shown = tiles(open_page(dataset=dataset.id, part=part))
    assert len(shown) == count
    assert all(tile["caption"].startswith(caption) for tile in shown)
    assert part == "Left out" or all(tile["bytes"] > 0 for tile in shown)


def test_labels_are_counted(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    page = open_page(dataset=dataset.id, view="Labels")
    tables = [table.value for table in page.dataframe]
    assert [dict(table.values) for table in tables] == [{"A. Painter": 8}, {"Pop Art": 4, "not known": 4}]


def test_two_datasets_are_compared_and_the_other_is_in_the_address(workspace, pictures):
    old = build(workspace, pictures[:6], "v1")
    small = build(workspace, pictures[:3], "small")
    new = build(workspace, pictures[1:], "v2", replace(RECIPE, resolution=48))
    page = open_page(dataset=new.id, view="Compare", **{"with": old.id})
    assert "v2 = v1 − 1 not chosen + 2 new" in said(page).replace("\\", "")
    counts, recipe = (table.value for table in page.dataframe)
    assert counts.set_index("").loc["Kept"].tolist() == [6, 7, 1]
    assert recipe["Recipe"].tolist() == ["Resolution, px"]
    assert len(tiles(page)) == 2
    page.get_by_key("compared-with").set_value(small.id).run()
    assert page.query_params["with"] == small.id
    assert "v2 = small" in said(page).replace("\\", "")


def test_runs_that_trained_on_it_are_linked(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    page = open_page(dataset=dataset.id, view="Used by")
    assert "Nothing has been trained on it yet." in said(page)
    run = make_run(workspace)
    text = (run.path / "run.json").read_text()
    used = run.settings["dataset_id"]
    (run.path / "run.json").write_text(text.replace(f'"{used}"', f'"{dataset.id}"'))
    page = open_page(dataset=dataset.id, view="Used by")
    assert f"run={run.id}" in links(page)["Open the run"]


def test_a_changed_pixel_is_found_and_the_rest_still_shown(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    page = open_page(dataset=dataset.id, view="Files")
    assert dataset.content_hash in said(page)
    check = next(button for button in page.button if button.label == "Check all hashes")
    check.click().run()
    assert "All hashes hold" in page.success[0].value
    images = bytearray((dataset.folder / "images.npy").read_bytes())
    images[-1] ^= 1
    (dataset.folder / "images.npy").write_bytes(bytes(images))
    next(button for button in page.button if button.label == "Check all hashes").click().run()
    assert "pixels in images.npy have changed" in page.error[0].value


def test_a_damaged_index_is_said_and_what_the_manifest_tells_is_shown(workspace, pictures):
    dataset = build(workspace, pictures, "Blocks 32")
    (dataset.folder / "index.json").write_text("[")
    page = open_page(dataset=dataset.id)
    assert "index.json is damaged" in page.error[0].value
    assert len(page.metric) == 7
    (dataset.folder / "images.npy").unlink()
    assert "lacks the file images.npy" in open_page().error[0].value


def test_an_unknown_dataset_names_those_there_are(workspace, pictures):
    build(workspace, pictures, "Blocks 32")
    page = open_page(dataset="gone")
    assert "There are: Blocks 32" in page.warning[0].value
    assert "All datasets" in links(page)


def test_a_recipe_of_a_newer_version_hides_no_other_dataset(workspace, pictures):
    build(workspace, pictures[:6], "Known")
    newer = build(workspace, pictures, "Newer")
    path = newer.folder / "manifest.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 0, "mirrors": 7'))
    page = open_page()
    assert "Look into Known" in links(page)
    assert "A recipe has no setting mirrors" in page.error[0].value
    assert "A recipe has no setting mirrors" in open_page(dataset=newer.id).error[0].value


def test_a_selection_that_the_catalog_page_cannot_show_has_no_link_to_it():
    assert catalog_address({"collections": ["a"], "artists": [""], "synthetic": False, "min_side": 64}) == {
        "collection": ["a"],
        "artist": ["Unknown artist"],
        "origin": "artworks",
        "min_side": "64",
    }
    assert catalog_address(None) == {}
    assert catalog_address({"unheard_of": 1}) is None
    assert catalog_address("text") is None
