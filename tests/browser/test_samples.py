"""Compare in a real browser: true pixels, one slider for all columns, keys, and a URL that brings the view back."""

import io
import re
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.workspace import Workspace
from tests.browser.conftest import App
from tests.pages import run_fixtures as made

FIRST, SECOND = "20261121-090000-quick-gan-aaaa", "20261121-091000-quick-gan-bbbb"


@pytest.fixture
def compare(app: App, page: Page) -> Page:
    workspace = Workspace(app.home).create()
    made.make_run(workspace, FIRST, kept=range(11), end={"state": "done"})
    made.make_run(workspace, SECOND, kept=(0, 4, 10), hue=90, dataset_name="other", end={"state": "done"})
    page.goto(app.url)
    expect(page.get_by_role("heading").first).to_be_visible()
    page.goto(f"{app.url}/compare?run={FIRST}&run={SECOND}&zoom=2")
    expect(page.get_by_role("img", name="Epoch 10")).to_have_count(2, timeout=20_000)
    return page


def shows(page: Page, column: int, epoch: int, *, zoom: int, hue: int = 0) -> bool:
    """Whether a column shows the grid of an epoch: each pixel a square of `zoom` screen pixels, no colour changed.

    A column may begin between two screen pixels; its picture then begins at the next. A busy browser paints a picture
    some time after it was told of it.
    """
    wanted = made.grid_pixels(epoch, hue=hue).repeat(zoom, axis=0).repeat(zoom, axis=1)
    height, width, _ = wanted.shape
    give_up = time.monotonic() + 20
    while True:
        picture = page.locator(".columns .sheet").nth(column).screenshot()
        seen = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
        places = [(top, left) for top in range(2) for left in range(2)]
        if any(np.array_equal(seen[top : top + height, left : left + width], wanted) for top, left in places):
            return True
        if time.monotonic() > give_up:
            return False
        page.wait_for_timeout(100)


def test_samples_stand_on_the_screen_at_true_pixels_and_all_columns_follow_the_keys(compare: Page) -> None:
    page = compare
    assert shows(page, 0, 10, zoom=2)

    page.mouse.move(5, 5)
    for _ in range(3):  # faster than a rerun: none may be lost
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("img", name="Epoch 7")).to_have_count(1)
    expect(page.get_by_text("Epoch 4, the nearest kept before")).to_be_visible()
    assert shows(page, 0, 7, zoom=2)
    assert shows(page, 1, 4, zoom=2, hue=90)

    page.get_by_role("button", name="Larger").click()
    page.get_by_role("button", name="Hold this column at its epoch").nth(1).click()
    expect(page).to_have_url(re.compile(rf"run={SECOND}%404&epoch=7&zoom=3$"))
    page.reload()
    expect(page.get_by_text("Held at epoch 4")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("img", name="Epoch 7")).to_have_count(1)
    assert shows(page, 0, 7, zoom=3)

    page.get_by_role("button", name="Remove this column").first.click()
    expect(page).to_have_url(re.compile(rf"\?run={SECOND}%404&epoch=7&zoom=3$"))
    expect(page.locator(".columns .sheet")).to_have_count(1)

    # the held column is the first now: what is told of it must not be taken for what was told of the removed one
    page.get_by_role("combobox", name="Add a run").click()
    page.get_by_role("option").filter(has_text="sample 32").click()
    expect(page.locator(".columns .sheet")).to_have_count(2)
    expect(page).to_have_url(re.compile(rf"\?run={SECOND}%404&run={FIRST}&epoch=7&zoom=3$"))
    expect(page.get_by_text("Held at epoch 4")).to_have_count(1)
