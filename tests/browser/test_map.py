"""One walk over the map in a real browser: look closer, lasso, tag what it holds, and open it in the Catalog."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.features.choices import store_folder
from core.features.descriptor import COLOUR_AND_TEXTURE
from core.features.store import FeatureWriter
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.catalog.ledgers import Jobs, sha

_PICTURES = 40


@pytest.fixture
def map_page(app: App, page: Page) -> Iterator[Page]:
    """Twenty pictures far to the left by Ada, twenty far to the right by Bo."""
    workspace = Workspace(app.home).create()
    jobs = Jobs(workspace)
    rows = []
    for number in range(_PICTURES):
        thumb = workspace.thumb(sha(number))
        thumb.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48), (6 * number, 90, 240 - 6 * number)).save(thumb)
        rows.append(
            jobs.stored(f"{number}.jpg", number, title=f"Sea {number:02d}", artist="Bo" if number % 2 else "Ada")
        )
    jobs.collect("seas", rows)
    vectors = np.random.default_rng(0).normal(0, 0.02, (_PICTURES, COLOUR_AND_TEXTURE.length))
    vectors[1::2, 0] += 4
    with FeatureWriter(store_folder(workspace), COLOUR_AND_TEXTURE) as writer:
        writer.append([sha(number) for number in range(_PICTURES)], vectors)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{app.url}/map?method=Components")
    expect(page.locator(".status")).to_have_text("40 in sight")
    yield page
    assert problems == []


def test_pictures_are_looked_at_lassoed_tagged_and_opened_in_the_catalog(map_page: Page) -> None:
    page = map_page
    stage, status, dialog = page.locator(".stage"), page.locator(".status"), page.get_by_role("dialog")
    box = stage.bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    middle = top + height / 2
    expect(page.locator(".legend button")).to_have_text(["Ada20", "Bo20"])

    # a click on a class hides it, another shows it, a double click leaves it alone
    ada, bo = page.locator(".legend button").all()
    ada.click()
    expect(status).to_have_text("20 in sight")
    ada.click()
    bo.dblclick()
    expect(ada).to_have_attribute("aria-pressed", "false")
    bo.dblclick()
    expect(status).to_have_text("40 in sight")

    # the wheel looks closer, pictures come where there is room for them, and the pointer tells what it is over
    page.mouse.move(left + width / 2, middle)
    for _ in range(3):
        page.mouse.wheel(0, -400)
    expect(status).not_to_have_text("40 in sight")
    page.keyboard.press("0")
    expect(status).to_have_text("40 in sight")

    # a lasso around the left half; Escape puts it away, a second one with the box chooses again
    def drag(*corners: tuple[float, float]) -> None:
        page.mouse.move(*corners[0])
        page.mouse.down()
        for corner in corners[1:]:
            page.mouse.move(*corner, steps=4)
        page.mouse.up()

    half = left + width / 2
    page.keyboard.press("s")
    drag((left + 60, top + 10), (half, top + 10), (half, top + height - 10), (left + 60, top + height - 10))
    expect(page.get_by_role("heading", name="20 pictures chosen")).to_be_visible()
    expect(status).to_have_text("40 in sight · 20 chosen")
    page.mouse.move(half, middle)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="20 pictures chosen")).to_have_count(0)
    page.keyboard.press("g")
    drag((half, top + 4), (left + width - 4, top + height - 4))
    expect(page.get_by_role("heading", name="20 pictures chosen")).to_be_visible()
    tiles = page.get_by_role("listbox", name="Chosen on the map").get_by_role("option")
    expect(tiles).to_have_count(20)

    # under other colours the same pictures stay marked
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("combobox", name="Coloured by").click()
    page.get_by_role("option", name="Collection").click()
    expect(page.locator(".legend button")).to_have_text(["seas40"])
    expect(status).to_have_text("40 in sight · 20 chosen")

    page.get_by_role("button", name="Tag", exact=True).click()
    expect(dialog.get_by_text("20 pictures chosen on the map")).to_be_visible()
    dialog.get_by_role("combobox").fill("right side")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Tag 20 pictures").click()
    expect(page.get_by_text("Tagged 20 pictures: right side.")).to_be_visible()
    expect(status).to_have_text("40 in sight · 20 chosen")  # the view outlives what was done

    page.get_by_role("button", name="Open in Catalog").click()
    expect(page.get_by_role("heading", name="20 pictures", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/catalog.*where=picked"))
    page.get_by_label("Filter", exact=True).fill('my_tag = "right side"')
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("where=my_tag"))
    expect(page.get_by_role("heading", name="20 pictures", exact=True)).to_be_visible()
