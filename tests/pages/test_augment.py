"""The Augment page, through the app's own router, over a small real collection."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.datasets.listing import find_dataset, list_datasets
from core.datasets.pack import open_pack
from core.jobs import control
from core.jobs.folder import list_jobs
from core.workspace import Workspace

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/augment.py"
_GOOD, _NARROW, _SOLID = 20, 3, 2


@pytest.fixture(autouse=True)
def fresh_server() -> Iterator[None]:
    """Every test is a server of its own: what is kept between visits belongs to another lab."""
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def collection(workspace: Workspace, tmp_path: Path) -> str:
    """20 good pictures, 3 narrow ones and 2 of one colour, taken in as "blocks"."""
    folder = tmp_path / "blocks"
    folder.mkdir()
    generator = np.random.default_rng(0)
    for number in range(_GOOD + _NARROW):
        cells = Image.fromarray(generator.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        size = (60, 48) if number < _GOOD else (120, 40)
        cells.resize(size, Image.Resampling.NEAREST).save(folder / f"{number:02d}.png")
    for number in range(_SOLID):
        Image.new("RGB", (50, 50), (200, 10 * number, 0)).save(folder / f"solid-{number}.png")
    job = control.create(
        workspace, "collect", {"source": "folder", "collection": "blocks", "path": str(folder)}, title="Blocks"
    )
    control.run_here(workspace, job)
    return "blocks"


def open_page() -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30).run().switch_page(_PAGE).run()
    assert not page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def press(page: AppTest, label: str) -> AppTest:
    button = next(button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception
    return page


def test_an_empty_lab_is_sent_to_collect(workspace):
    page = open_page()
    assert "There are no pictures yet" in page.info[0].value
    assert not page.metric


def test_the_counts_tell_what_becomes_of_the_collection(collection):
    page = open_page()
    assert metrics(page) == {
        "Chosen": "25",
        "Too narrow": "−3",
        "Near-solid": "−2",
        "Kept": "20",
        "To train on": "18",
        "Held out": "2",
    }


def test_moving_a_limit_changes_the_counts_at_once(collection):
    page = open_page()
    page.get_by_key("narrow").set_value(100).run()
    assert metrics(page)["Too narrow"] == "−0"
    page.get_by_key("solid").set_value(0.0).run()
    assert metrics(page)["Kept"] == "25"
    page.get_by_key("narrow").set_value(10).run()
    assert (metrics(page)["Too narrow"], metrics(page)["Kept"]) == ("−23", "2")


def test_copies_multiply_what_is_trained_on_and_nothing_else(collection):
    page = open_page()
    page.get_by_key("copies").set_value(["flip-lr", "rot90"]).run()
    assert (metrics(page)["To train on"], metrics(page)["Held out"]) == ("54", "2")


def test_a_recipe_in_the_url_is_the_one_shown(collection):
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.query_params["resolution"] = "128 px"
    page.query_params["fit"] = "Pad"
    page.query_params["narrow"] = "100"
    page.run().switch_page(_PAGE).run()
    assert not page.exception
    assert page.get_by_key("resolution").value == 128
    assert page.get_by_key("fit").value == "pad"
    assert metrics(page)["Too narrow"] == "−0"


@pytest.mark.parametrize("fit", ["crop", "smart", "squash", "pad"])
def test_every_fit_shows_pictures_before_and_after(collection, fit):
    page = open_page()
    page.get_by_key("fit").set_value(fit).run()
    assert not page.exception
    shown = "".join(element.proto.body for element in page.get("html"))
    assert shown.count("alt='original'") == 6
    assert shown.count("alt='fitted'") == 6
    assert ("class='kept'" in shown) == (fit in ("crop", "smart"))


def test_another_aspect_shows_its_size_counts_what_it_cuts_and_builds_it(collection, workspace):
    page = open_page()
    page.get_by_key("resolution").set_value(32).run()
    page.get_by_key("aspect").set_value("5:4").run()
    assert not page.exception
    assert "Pictures of 32 × 24 px." in [caption.value for caption in page.caption]
    page.get_by_key("narrow").set_value(10).run()
    assert metrics(page)["Too narrow"] == "−5"  # 60 by 48 lose 6 %, the plain squares 25 %
    shown = "".join(element.proto.body for element in page.get("html"))
    assert "Fitted, 32 × 24 px" in shown
    assert shown.count("width='128' height='96' alt='fitted'") == 6
    press(page, "Build dataset")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "build"]
    control.wait(job, timeout_seconds=60)
    page.run()
    assert not page.exception
    (dataset,) = list_datasets(workspace)
    assert dataset.name == "All pictures 32x24"
    assert open_pack(dataset.folder).images.shape[1:] == (24, 32, 3)
    assert any("Labels\\: collection of 20" in caption.value for caption in page.caption)


def test_quarter_turns_are_offered_to_squares_only_and_are_let_go_of_with_them(collection):
    page = open_page()
    page.get_by_key("copies").set_value(["flip-lr", "rot90"]).run()
    page.get_by_key("aspect").set_value("3:4").run()
    assert not page.exception
    assert page.get_by_key("copies").options == ["Mirrored", "Upside down", "180°"]
    assert page.get_by_key("copies").value == ["flip-lr"]


def test_reshuffling_shows_other_pictures(collection):
    page = open_page()
    before = [element.proto.body for element in page.get("html")]
    press(page, "Reshuffle")
    assert [element.proto.body for element in page.get("html")] != before


def test_the_pictures_in_view_stay_while_a_limit_moves(collection):
    page = open_page()
    before = next(element.proto.body for element in page.get("html") if "original" in element.proto.body)
    page.get_by_key("held").set_value(30).run()
    assert before in [element.proto.body for element in page.get("html")]


def test_what_is_left_out_is_shown_with_its_figures(collection):
    page = open_page()
    page.session_state["view"] = "Too narrow"
    page.run()
    assert not page.exception
    shown = "".join(element.proto.body for element in page.get("html"))
    assert shown.count("66.7%") == _NARROW
    assert "20.0%" in shown  # kept, nearest to the limit
    assert any("by aspect: 5:4 14%, 4:3 14%, **1:1** 24%" in c.value for c in page.caption)
    page.session_state["view"] = "Near-solid"
    page.run()
    assert "".join(element.proto.body for element in page.get("html")).count("<figcaption>0.0<") == _SOLID


def test_building_makes_the_dataset_that_the_counts_promised(collection, workspace):
    page = open_page()
    page.get_by_key("resolution").set_value(32).run()
    page.get_by_key("dataset_name").set_value("My blocks").run()
    press(page, "Build dataset")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "build"]
    control.wait(job, timeout_seconds=60)
    pack = open_pack(find_dataset(workspace, "My blocks").folder, verify=True)
    assert (pack.images.shape, len(pack.train), len(pack.test)) == ((20, 32, 32, 3), 18, 2)
    assert pack.manifest["recipe"]["resolution"] == 32
    page.run()
    assert "My blocks" in page.success[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled


def test_a_name_in_use_is_refused_before_anything_starts(collection, workspace):
    page = open_page()
    page.get_by_key("dataset_name").set_value("Taken").run()
    press(page, "Build dataset")
    control.wait(next(job for job in list_jobs(workspace) if job.kind == "build"), timeout_seconds=60)
    page.get_by_key("held").set_value(20).run()
    assert "already a dataset called 'Taken'" in page.error[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled
    assert len(list_datasets(workspace)) == 1


def test_nothing_left_to_train_on_is_said_and_cannot_be_built(collection):
    page = open_page()
    page.get_by_key("q").set_value("no such painting").run()
    assert metrics(page)["Chosen"] == "0"
    assert "No picture is left to train on" in page.warning[0].value
    assert next(button for button in page.button if button.label == "Build dataset").disabled


def test_a_damaged_dataset_is_named_and_hides_nothing(collection, workspace):
    (workspace.datasets / "broken").mkdir()
    page = open_page()
    assert any("has no manifest" in error.value.replace("\\", "") for error in page.error)
    assert metrics(page)["Kept"] == "20"
