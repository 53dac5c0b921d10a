"""Look-alikes found, compared, decided, undone and settled, in a real browser."""

import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.catalog.catalog import Catalog
from core.catalog.ingest import ingest_pending
from core.catalog.measured import rows_to_describe
from core.catalog.selection import Selection
from core.features.job import create_describe
from core.jobs import control
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.catalog.collected import collect_pictures
from tests.core.catalog.ledgers import Jobs
from tests.core.pictures import encoded, noise


def scene(seed: int) -> Image.Image:
    return noise(12, 9, seed).resize((160, 120))


@pytest.fixture
def duplicates_page(app: App, page: Page) -> Iterator[Page]:
    """Two scenes with a smaller copy, one with an exact one, one that is one of a kind."""
    workspace = Workspace(app.home).create()
    pictures = {"harbour.png": encoded(scene(3)), "harbour again.png": encoded(scene(3), compress_level=1)}
    for seed, name in ((1, "calm"), (2, "rough")):
        pictures[f"{name}.png"] = encoded(scene(seed))
        pictures[f"{name} small.jpg"] = encoded(scene(seed).resize((120, 90)), "JPEG", quality=92)
    collect_pictures(Jobs(workspace), "seas", {**pictures, "alone.png": encoded(scene(4))})
    with Catalog(workspace.catalog) as catalog:
        ingest_pending(catalog, workspace)
        control.run_here(workspace, create_describe(workspace, rows_to_describe(catalog, Selection(excluded="all"))))
        ingest_pending(catalog, workspace)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{app.url}/duplicates?list=Similar")
    yield page
    assert problems == []


def group(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Group {number} of")


def test_look_alikes_are_compared_decided_by_keyboard_undone_and_do_not_come_back(duplicates_page: Page) -> None:
    page = duplicates_page
    expect(page.get_by_text("2 of 2 groups left")).to_be_visible()
    first, second = group(page, 1), group(page, 2)
    expect(first.locator("img")).to_have_count(2)
    expect(first.get_by_text("Suggested: more pixels")).to_be_visible()
    expect(first.get_by_text("56% of the pixels")).to_be_visible()  # in words, not by colour alone
    expect(first.locator(".card").first).to_have_class(re.compile("stays"))
    assert (
        first.locator(".frame").first.bounding_box()["height"] == first.locator(".frame").last.bounding_box()["height"]
    )

    page.keyboard.press("v")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("slider", name="Divider between A and B")).to_be_visible()
    dialog.get_by_role("button", name="Flicker").click()
    stage = dialog.get_by_role("group", name="Comparison of A, B")
    expect(stage.locator(".layer.behind")).to_have_count(1)
    dialog.get_by_text("Difference", exact=True).click()
    expect(dialog.get_by_text("compared at the size of the smaller one")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.keyboard.press("2")  # the smaller one, against the suggestion
    expect(first.locator(".card").last).to_have_class(re.compile("stays"))
    top = second.bounding_box()["y"]
    page.keyboard.press("Enter")
    expect(first.get_by_text("Kept 1, excluded 1")).to_be_visible()
    expect(first.locator(".card").first.get_by_text("Excluded", exact=True)).to_be_visible()
    assert second.bounding_box()["y"] == pytest.approx(top, abs=2)  # nothing moved
    expect(page.get_by_text("1 of 2 groups left")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("2 of 2 groups left")).to_be_visible()
    expect(first.get_by_role("button", name="Keep 1, exclude 1")).to_be_visible()

    asked_again = second.locator(".caption").first.inner_text()
    for key in ("Enter", "n", "a"):  # faster than the page answers; what was chosen before is still chosen
        page.keyboard.press(key)
    expect(second).to_have_class(re.compile("current"))
    expect(first.get_by_text("Kept 1, excluded 1")).to_be_visible()
    expect(second.get_by_text("Kept all: not duplicates")).to_be_visible()
    expect(page.get_by_text("All 2 groups are done")).to_be_visible()

    page.get_by_role("button", name="Make the list again").click()
    expect(page.get_by_role("heading", name="Nothing similar")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Nothing similar")).to_be_visible()

    page.get_by_role("radio", name="Duplicates").click()
    expect(page.get_by_text("1 of 1 groups left")).to_be_visible()
    group(page, 1).get_by_role("button", name="Keep 1, exclude 1").click()
    expect(page.get_by_text("All 1 groups are done")).to_be_visible()

    page.get_by_role("radio", name="Settled").click()
    expect(page.get_by_text("3 groups, the last word first")).to_be_visible()
    group(page, 2).get_by_role("button", name="Forget this verdict").click()
    expect(page.get_by_text("2 groups, the last word first")).to_be_visible()
    page.get_by_role("radio", name="Similar").click()
    expect(page.get_by_text("1 of 1 groups left")).to_be_visible()
    expect(page.locator("section.group")).to_have_count(1)
    expect(group(page, 1).locator(".caption").first).to_have_text(asked_again)
