"""Compare in a real browser, in one walk: four columns under one slider, strip, wipe, change map, blind, link."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.files import JsonLines
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.pages import run_fixtures as made

RUN, OTHER = "20261121-090000-quick-gan-aaaa", "20261121-091000-quick-gan-bbbb"


@pytest.fixture
def compare(app: App, page: Page) -> Page:
    workspace = Workspace(app.home).create()
    run = made.make_run(workspace, RUN, kept=range(11), end={"state": "done"})
    made.make_run(workspace, OTHER, kept=range(11), hue=90, dataset_name="other", end={"state": "done"})
    for epoch in range(1, 11):
        made.write_grid(run.raw_grid(epoch), made.grid_pixels(epoch, hue=10))
    measured = {"metric": "swd", "floor": 9.0, "count": 8, "against": "held-out"}
    JsonLines(run.scores_file).append(
        *({**measured, "epoch": epoch, "images_seen": 100 * epoch, "value": 90.0 - epoch} for epoch in range(11))
    )
    page.goto(app.url)
    expect(page.get_by_role("heading").first).to_be_visible()
    page.goto(f"{app.url}/compare?run={RUN}@2&run={RUN}&run={RUN}:raw&run={OTHER}&zoom=1")
    return page


def pixels(page: Page, selector: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.locator(selector).first.screenshot())).convert("RGB")).astype(int)


def test_grids_are_compared_in_every_way_the_page_offers(compare: Page) -> None:
    page = compare
    images = page.locator(".columns").get_by_role("img")
    expect(images).to_have_count(4, timeout=40_000)
    expect(page.get_by_text("Held at epoch 2")).to_be_visible()
    expect(page.get_by_role("img", name="Raw weights of quick-gan on sample 32, Epoch 10")).to_be_visible()

    page.mouse.move(5, 5)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("img", name=re.compile(", Epoch 8$"))).to_have_count(3)
    expect(page.get_by_role("img", name=re.compile(", Epoch 2$"))).to_have_count(1)

    # A click shows one latent alone, everywhere; the strip follows it, and the strip's axis is a slider too.
    page.locator(".columns .sheet").nth(1).click(position={"x": 40, "y": 10})
    expect(page.locator(".columns .sheet.alone")).to_have_count(4)
    expect(page.get_by_text("Latent 2 of 16 through the epochs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".columns .sheet.alone")).to_have_count(0)
    lanes = page.locator(".lanes")
    box = lanes.bounding_box()
    assert box is not None
    lanes.click(position={"x": box["width"] * 4.5 / 11, "y": box["height"] - 30})
    expect(page.get_by_role("img", name=re.compile(", Epoch 4$"))).to_have_count(3)
    expect(page.locator(".strip .said")).to_contain_text("Epoch 4 · quick-gan on sample 32: 86")

    # Wipe: left of the divider the held epoch, right of it the one in motion.
    page.get_by_role("button", name="Wipe").click()
    divider = page.get_by_role("slider", name="Divider")
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    divider.press("Home")
    later = pixels(page, ".wipe")[60, 20]
    divider.press("End")
    earlier = pixels(page, ".wipe")[60, 20]
    assert later[1] - earlier[1] == 3 * (4 - 2)  # of grid_pixels, each epoch adds 3 to green
    expect(page).to_have_url(re.compile(r"epoch=4&zoom=1&mode=wipe&pair=1%2C2&latent=2$"))

    # Change map: the same grid twice would be black; these differ by little, everywhere alike.
    page.get_by_role("button", name="Change map").click()
    expect(page.get_by_text(re.compile(r"Mean change ΔE [\d.]+; \d+ % of the pixels changed visibly"))).to_be_visible()
    page.locator(".pair:visible").get_by_label("Second of the two").select_option("2")
    expect(page.get_by_text("Raw weights", exact=False).last).to_be_visible()

    # Blind: no name is to be seen until all is judged; the sides are counted right whatever the shuffle.
    page.get_by_role("button", name="Blind").click()
    page.get_by_role("button", name="Judge 12 pictures").click()
    expect(page.get_by_text("Which is better?")).to_be_visible()
    assert "epoch" not in page.locator(".blind").inner_text().lower()
    for _ in range(12):
        greens = [
            made_of[30, 30, 1]
            for made_of in (pixels(page, ".choice:nth-child(1) .sheet"), pixels(page, ".choice:nth-child(2) .sheet"))
        ]
        page.keyboard.press("ArrowLeft" if greens[0] > greens[1] else "ArrowRight")  # always the later epoch
    expect(page.get_by_role("status").filter(has_text="won 12 to 0")).to_contain_text(
        "Epoch 4 · Raw weights won 12 to 0"
    )
    expect(page.locator(".judged .won")).to_have_count(12)

    # The address brings it all back.
    page.get_by_role("button", name="Back to the columns").click()
    page.get_by_label("What this column shows").nth(1).select_option("raw")
    expect(page).to_have_url(
        re.compile(rf"run={RUN}%402&run={RUN}%3Araw&run={RUN}%3Araw&run={OTHER}&epoch=4&zoom=1&latent=2$")
    )
    page.reload()
    expect(page.get_by_role("img", name="Raw weights of quick-gan on sample 32, Epoch 4")).to_have_count(
        2, timeout=40_000
    )
