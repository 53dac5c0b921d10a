"""Similar pictures and colour search on the Catalog page."""

import json
import time

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.features.job import create_describe
from core.images import inspect
from core.jobs import control
from core.jobs.folder import list_jobs
from core.workspace import Workspace
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded
from tests.pages.test_catalog import heading, open_page, press
from ui.catalog_similar import OwnPicture
from ui.paste import png_of


def plain(red: int, green: int, blue: int) -> bytes:
    ramp = np.linspace(0.8, 1.0, 64)[None, :, None] * np.array([red, green, blue])
    return encoded(Image.fromarray(np.repeat(ramp, 48, axis=0).astype(np.uint8)))


@pytest.fixture
def hashes(workspace: Workspace) -> dict[str, str]:
    """Four pictures in two collections: two reds, a blue, a black."""
    jobs = Jobs(workspace)
    found = collect_pictures(jobs, "warm", {"red": plain(250, 10, 10), "dark red": plain(160, 10, 10)})
    found |= collect_pictures(jobs, "cold", {"blue": plain(10, 10, 250), "black": plain(8, 8, 8)})
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
    return found


@pytest.fixture
def described(workspace: Workspace, hashes: dict[str, str]) -> dict[str, str]:
    with Catalog(workspace.catalog) as catalog:
        rows = rows_to_describe(catalog, Selection(excluded="all"))
        control.run_here(workspace, create_describe(workspace, rows))
        ingest_pending(catalog, workspace)
    return hashes


def shown(page: AppTest) -> list[tuple[str, str]]:
    """(caption, badge) of every tile of the page's gallery."""
    mounted = [json.loads(node.proto.json) for node in page.get("bidi_component") if node.proto.json]
    (found,) = [data for data in mounted if data.get("label") == "Pictures"]
    return [(entry["caption"], entry["badge"]) for entry in found["items"]]


def words(page: AppTest) -> str:
    return " ".join(entry.value for entry in [*page.caption, *page.markdown]).replace("\\", "")


def test_a_colour_in_the_address_orders_the_pictures_and_tells_distances(hashes: dict[str, str]) -> None:
    page = open_page(colour="red")
    assert heading(page) == "4 pictures"
    assert [caption for caption, _ in shown(page)][:2] == ["red", "dark red"]
    assert float(shown(page)[0][1]) < 12 < float(shown(page)[-1][1])
    assert "up to 12 most people" in words(page)
    press(page, "Usual order")
    assert page.get_by_key("colour").value == ""
    assert {badge for _, badge in shown(page)} == {""}


def test_colours_hold_together_with_filters_and_what_is_no_colour_is_said(hashes: dict[str, str]) -> None:
    page = open_page(colour="red, blue", collection="cold")
    assert next(caption for caption, _ in shown(page)) == "blue"
    assert heading(page) == "2 pictures"
    page.get_by_key("colour").set_value("blueish").run()
    assert not page.exception
    assert any("is no colour" in error.value for error in page.error)
    assert {badge for _, badge in shown(page)} == {""}


def test_the_colour_of_the_picker_is_added_to_those_that_were_typed(hashes: dict[str, str]) -> None:
    page = open_page(colour="blue")
    page.color_picker[0].set_value("#ff0000")
    page.get_by_key("colour-add").click().run()
    assert page.get_by_key("colour").value == "blue, #ff0000"
    assert page.query_params["colour"] == "blue, #ff0000"
    press(page, "Usual order")
    assert "colour" not in page.query_params


def test_pictures_stand_in_the_order_of_likeness_with_scores_and_the_descriptor_is_named(
    described: dict[str, str],
) -> None:
    page = open_page(like=described["red"])
    assert [caption for caption, _ in shown(page)][:2] == ["red", "dark red"]
    assert shown(page)[0][1] == "1.00"
    assert "Most like **red** first" in words(page)
    assert "no trained network" in words(page)
    press(page, "Usual order")
    assert {badge for _, badge in shown(page)} == {""}


def test_what_is_not_described_says_so_and_a_button_starts_the_job(
    hashes: dict[str, str], workspace: Workspace
) -> None:
    page = open_page(like=hashes["red"])
    assert "not described yet" in words(page)
    assert heading(page) == "4 pictures"
    press(page, "Describe pictures")
    (job,) = [job for job in list_jobs(workspace) if job.kind == "describe"]
    give_up = time.monotonic() + 60
    while job.state().is_active and time.monotonic() < give_up:
        time.sleep(0.05)
    page.run()
    assert shown(page)[0] == ("red", "1.00")


def test_pictures_that_came_later_are_told_and_stand_at_the_end(
    described: dict[str, str], workspace: Workspace
) -> None:
    collect_pictures(Jobs(workspace), "later", {"new": plain(240, 20, 20)})
    page = open_page(like=described["red"])
    assert shown(page)[-1] == ("new", "")
    assert "1 picture of these stand at the end" in words(page)


def test_a_link_to_a_picture_that_is_not_here_or_was_never_kept_is_said(described: dict[str, str]) -> None:
    for like in ("0" * 64, "own", "../x"):
        page = open_page(like=like)
        assert page.warning
        assert {badge for _, badge in shown(page)} == {""}


def test_a_picture_of_ones_own_is_compared_in_this_session_alone(
    described: dict[str, str], workspace: Workspace
) -> None:
    page = open_page(like="own")
    assert any("was not kept" in warning.value for warning in page.warning)
    thumbnail = inspect(plain(12, 12, 245)).thumbnail
    page.session_state["similar-own-picture"] = OwnPicture("mine.png", "1" * 64, thumbnail)
    page.run()
    assert not page.exception
    assert shown(page)[0][0] == "blue"
    assert "Most like **mine.png** first" in words(page)
    with Catalog(workspace.catalog) as catalog:
        assert catalog.count(Selection(excluded="all")) == 4


def test_the_detail_shows_the_most_similar_pictures_with_scores(described: dict[str, str]) -> None:
    page = open_page(picture=described["red"])
    mounted = [json.loads(node.proto.json) for node in page.get("bidi_component") if node.proto.json]
    (strip,) = [data for data in mounted if data.get("label") == "Similar pictures"]
    assert strip["items"][0]["caption"] == "dark red"
    assert 0 < float(strip["items"][0]["badge"]) < 1
    (palette,) = [data for data in mounted if data.get("label") == "Main colours"]
    assert palette["colours"]


@pytest.mark.parametrize("sent", [None, 3, {}, {"url": 5}, {"url": "data:image/png;base64,***"}, {"url": "http://x/"}])
def test_what_the_place_to_paste_would_never_send_is_taken_for_nothing(sent: object) -> None:
    assert png_of(sent) is None
    assert png_of({"url": "data:image/png;base64,iVBO"}) == b"\x89PN"
