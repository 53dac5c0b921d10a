"""A threshold that is dragged, and a bar that is clicked, in a real browser: one walk over two pages."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.catalog.ledgers import Jobs


@pytest.fixture
def lab(app: App, page: Page) -> Iterator[Page]:
    """20 pictures, from black to white in equal steps, by two artists."""
    workspace = Workspace(app.home).create()
    jobs = Jobs(workspace)
    rows = [jobs.stored(f"{number}.jpg", number, artist="Ada" if number < 15 else "Bo") for number in range(20)]
    for number, row in enumerate(rows):
        row["facts"]["measures"] = {"brightness_p99": number / 19}
    jobs.collect("greys", rows)
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{app.url}/quality?issue=dark")
    yield page
    assert problems == []


def test_a_threshold_is_dragged_looked_at_and_kept_and_a_bar_opens_its_pictures(lab: Page) -> None:
    page = lab
    count, plot, slider = page.locator(".count"), page.locator(".plot"), page.get_by_label("Threshold of dark")
    expect(count).to_have_text("7 of 20 kept pictures below 0.32")
    place = plot.bounding_box()
    assert place is not None
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 0.3 * place["width"], middle)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.6 * place["width"], middle)
    expect(count).to_have_text("12 of 20 kept pictures below 0.6")  # before the server has heard of it
    expect(page.get_by_role("button", name="Keep for this collection")).to_be_disabled()
    page.mouse.up()
    expect(page.get_by_text("This threshold is only looked at")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(12)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(count).to_have_text(re.compile(r"^12 of 20 kept pictures below 0\.604$"))
    expect(page.get_by_label("Flag below")).to_have_value("0.6042")
    page.get_by_role("button", name="Keep for this collection").click()
    expect(page.get_by_text("Threshold from 0.32 to 0.6042")).to_be_visible()
    expect(page.get_by_text("This threshold is only looked at")).to_be_hidden()

    page.get_by_test_id("stSidebarNavLink").filter(has_text="Statistics").click()
    chart = page.get_by_role("figure").or_(page.get_by_test_id("stVegaLiteChart")).nth(1)
    expect(chart.locator("canvas, svg").first).to_be_visible()
    bars = chart.bounding_box()
    assert bars is not None
    page.mouse.click(bars["x"] + 0.3 * bars["width"], bars["y"] + 24 + 16)  # the second of two: Bo
    expect(page.get_by_role("heading", name="Catalog")).to_be_visible()
    expect(page.get_by_role("heading", name="5 pictures")).to_be_visible()
    expect(page.get_by_label("Filter", exact=True)).to_have_value('artist = "Bo"')
