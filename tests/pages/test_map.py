"""The Map page. What the browser does with it, tests/browser/test_map.py shows."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.mapped import Classes
from core.features.choices import store_folder
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.maps import PictureMap
from core.features.store import FeatureWriter
from core.jobs.folder import list_jobs
from core.workspace import Workspace
from tests.core.catalog.ledgers import Jobs, sha
from ui.map_colours import class_colours
from ui.map_view import MapShown, Region, chosen_in, read_regions

_APP = Path(__file__).parents[2] / "streamlit_app.py"
_PAGE = "app_pages/gather/map.py"


@pytest.fixture
def jobs(workspace: Workspace) -> Jobs:
    """Six prints by Ada, four paintings by Bo."""
    made = Jobs(workspace)
    made.collect("prints", [made.stored(str(n), n, artist="Ada", title=f"Print {n}") for n in range(6)])
    made.collect("paintings", [made.stored(str(n), n, artist="Bo", title=f"Hill {n}") for n in range(6, 10)])
    return made


def describe(workspace: Workspace, numbers: range) -> None:
    vectors = np.random.default_rng(0).normal(0, 1, (len(numbers), COLOUR_AND_TEXTURE.length))
    with FeatureWriter(store_folder(workspace), COLOUR_AND_TEXTURE) as writer:
        writer.append([sha(number) for number in numbers], vectors)


def open_map(**query: str) -> AppTest:
    page = AppTest.from_file(str(_APP), default_timeout=30)
    page.run()
    page.switch_page(_PAGE)
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def drawn(page: AppTest) -> dict[str, Any] | None:
    """What the map's component was given."""
    mounted = [json.loads(node.proto.json) for node in page.get("bidi_component") if node.proto.json]
    return next((data for data in mounted if "classesKey" in data), None)


def words(page: AppTest) -> str:
    return " ".join(entry.value for entry in [*page.caption, *page.markdown, *page.info]).replace("\\", "")


def test_an_empty_lab_says_where_pictures_come_from(workspace: Workspace) -> None:
    page = open_map()
    assert "No pictures yet" in page.subheader[0].value
    assert drawn(page) is None


def test_pictures_that_are_not_described_are_offered_to_be(jobs: Jobs, workspace: Workspace) -> None:
    page = open_map()
    assert "10 pictures not described yet" in words(page)
    assert drawn(page) is None
    assert not page.get_by_key("map-describe").disabled


def test_a_small_map_is_arranged_at_once_and_coloured_by_what_is_asked(jobs: Jobs, workspace: Workspace) -> None:
    describe(workspace, range(10))
    page = open_map()
    data = drawn(page)
    assert data is not None
    assert [(entry["name"], entry["count"]) for entry in data["legend"]] == [("Ada", 6), ("Bo", 4)]
    assert "no trained network" in words(page)
    page.get_by_key("colouring").set_value("collection").run()
    again = drawn(page)
    assert again is not None
    assert [entry["name"] for entry in again["legend"]] == ["prints", "paintings"]
    assert again["key"] == data["key"]
    assert again["classesKey"] == data["classesKey"]  # the same classes under other names: nothing is sent again


def test_the_map_follows_the_filter_and_keeps_its_places_when_pictures_are_excluded(
    jobs: Jobs, workspace: Workspace
) -> None:
    describe(workspace, range(10))
    before = drawn(open_map())
    with Catalog(workspace.catalog) as catalog:
        catalog.exclude([sha(0)], "torn")
    st.cache_resource.clear()
    after = drawn(open_map())
    assert before is not None
    assert after is not None
    assert after["key"] == before["key"]
    assert [entry["count"] for entry in after["legend"]] == [5, 4]
    narrowed = drawn(open_map(collection="paintings"))
    assert narrowed is not None
    assert [entry["count"] for entry in narrowed["legend"]] == [4]


def test_a_long_map_is_a_job_and_something_is_shown_until_then(
    jobs: Jobs, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.features.maps.QUICK", {"neighbours": 5, "components": 1000})
    describe(workspace, range(10))
    page = open_map()
    assert "Until then: the two directions" in words(page)
    assert drawn(page) is not None
    page.get_by_key("map-arrange").click().run()
    (job,) = [job for job in list_jobs(workspace) if job.kind == "map"]
    give_up = time.monotonic() + 60
    while job.state().is_active and time.monotonic() < give_up:
        time.sleep(0.05)
    page.run()
    assert "Until then" not in words(page)

    jobs.collect("more", [jobs.stored("10", 10)])
    describe(workspace, range(10, 11))
    st.cache_resource.clear()  # a server that has not looked for new pictures within this second
    older = open_map()
    assert "This map of 10 pictures was made on" in words(older)
    assert "1 picture came" in words(older)
    assert older.get_by_key("map-arrange").label == "Arrange again"


def test_pictures_chosen_for_the_person_are_shown_and_marked(jobs: Jobs, workspace: Workspace) -> None:
    describe(workspace, range(10))
    page = open_map()
    page.get_by_key("map-subset-count").set_value(3).run()
    page.get_by_key("map-subset-do").click().run()
    assert not page.exception
    assert any(heading.value == "3 pictures chosen" for heading in page.subheader)
    assert "As different as possible, by colour and texture (no trained network)" in words(page)
    data = drawn(page)
    assert data is not None
    assert data["regions"]["picked"] == 3
    page.get_by_key("colouring").set_value("style").run()
    again = drawn(page)
    assert again is not None
    assert again["regions"]["picked"] == 3
    page.get_by_key("map-clear").click().run()
    cleared = drawn(page)
    assert cleared is not None
    assert (cleared["regions"]["picked"], cleared["regions"]["marks"]) == (0, "")
    assert cleared["regions"]["number"] > data["regions"]["number"]


def test_the_catalog_leads_to_the_map_with_its_filters(jobs: Jobs, workspace: Workspace) -> None:
    describe(workspace, range(10))
    page = AppTest.from_file(str(_APP), default_timeout=30).run()
    page.switch_page("app_pages/gather/catalog.py").run()
    page.get_by_key("where").set_value("artist = Bo").run()
    page.get_by_key("to-map").click().run()
    assert not page.exception
    assert page.title[0].value == "Map"
    assert page.get_by_key("where").value == "artist = Bo"
    data = drawn(page)
    assert data is not None
    assert [(entry["name"], entry["count"]) for entry in data["legend"]] == [("Bo", 4)]


def test_a_network_whose_file_lies_here_can_be_chosen_and_is_named(jobs: Jobs, workspace: Workspace) -> None:
    describe(workspace, range(10))
    (workspace.data / "weights").mkdir()
    save_file({"features.0.weight": np.zeros(3, np.float32)}, workspace.data / "weights" / "vgg16-features.safetensors")
    page = open_map()
    assert page.get_by_key("map-by").value == "colour-texture"
    page.get_by_key("map-by").set_value("vgg16").run()
    assert not page.exception
    assert "10 pictures not described yet by network in vgg16-features.safetensors" in words(page)
    assert drawn(page) is None
    assert drawn(open_map(by="colour-texture")) is not None
    assert drawn(open_map(by="never heard of")) is not None


def test_what_is_chosen_is_kept_as_a_selection(jobs: Jobs, workspace: Workspace) -> None:
    describe(workspace, range(10))
    page = open_map()
    page.get_by_key("map-subset-do").click().run()
    page.get_by_key("map-save-name").set_value("Best").run()
    page.get_by_key("map-save-do").click().run()
    assert any("Saved as Best" in entry.value for entry in page.success)
    st.cache_resource.clear()
    with Catalog(workspace.catalog) as catalog:
        assert catalog.count(catalog.saved_selection("Best")) == 10


SHOWN = MapShown(
    PictureMap(
        "k", "components", "d", 1.0, np.zeros((3, 32), np.uint8), np.array([[-1, -1], [0, 0], [1, 1]], np.float32)
    ),
    np.array([True, True, False]),
    Classes(("Ada", "Bo"), (2, 1), np.array([0, 1, 0], np.uint16)),
    "artist",
    "Map",
)
ALL = ((-1.0, -1.0), (70000.0, -1.0), (70000.0, 70000.0), (-1.0, 70000.0))


def test_a_lasso_holds_what_is_shown_inside_without_hidden_classes() -> None:
    assert chosen_in(SHOWN, [Region(ALL, (), "artist")]).tolist() == [True, True, False]
    assert chosen_in(SHOWN, [Region(ALL, (1,), "artist")]).tolist() == [True, False, False]
    assert chosen_in(SHOWN, [Region(ALL, (1,), "style")]).tolist() == [True, True, False]
    corner = ((-1.0, -1.0), (100.0, -1.0), (100.0, 100.0), (-1.0, 100.0))
    assert chosen_in(SHOWN, [Region(corner, (), "artist"), Region(corner, (), "artist")]).tolist() == [
        True,
        False,
        False,
    ]
    assert not chosen_in(SHOWN, []).any()


@pytest.mark.parametrize(
    "sent",
    [
        None,
        {"map": "other", "number": 1, "regions": []},
        {"map": "k", "number": "1", "regions": []},
        {"map": "k", "number": 1, "regions": [{"outline": [["a", 1]], "hidden": [], "colouring": "x"}]},
        {"map": "k", "number": 1, "regions": [{"outline": [[1, 2, 3]], "hidden": [], "colouring": "x"}]},
        {"map": "k", "number": 1, "regions": [{"outline": [[float("nan"), 1]], "hidden": [], "colouring": "x"}]},
        {"map": "k", "number": 1, "regions": [{"outline": [[1, 2]] * 30_000, "hidden": [], "colouring": "x"}]},
        {"map": "k", "number": 1, "regions": [{}] * 60},
    ],
)
def test_what_a_browser_would_never_send_chooses_nothing(sent: object) -> None:
    assert read_regions(sent, "k") is None


def test_classes_have_colours_of_their_own_and_the_unknown_is_grey() -> None:
    colours = class_colours([f"Artist {number}" for number in range(98)] + ["Others (7)", "Unknown"], "artist")
    assert len(set(colours[:98])) == 98
    assert colours[98] == colours[99]
    assert class_colours(["Excluded", "Kept"], "excluded")[0] != class_colours(["Kept"], "excluded")[0]
    decades = class_colours(["1830s", "1850s", "No year"], "decade")
    assert len(set(decades)) == 3
