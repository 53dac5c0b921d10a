"""Measure in a real browser: an evaluation asked for, done and read, a ranking, pairs; an address that comes back."""

import re

from playwright.sync_api import Page, expect

from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.runs import make_run


def test_a_run_is_measured_ranked_and_looked_through_for_copies(app: App, page: Page) -> None:
    run: RunFolder = make_run(Workspace(app.home).create(), epochs=(1, 2))
    page.goto(app.url)
    expect(page.get_by_role("heading").first).to_be_visible(timeout=60_000)
    page.goto(f"{app.url}/measure?run={run.id}")
    expect(page.get_by_text("Nothing was measured yet")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("10 numbers, about"))).to_be_visible()
    page.get_by_role("button", name="Measure", exact=True).click()

    expect(page.get_by_text("10 measurements")).to_be_visible(timeout=120_000)
    expect(page.get_by_text(re.compile("best: epoch [12] has"))).to_be_visible(timeout=30_000)
    expect(
        page.locator("[data-testid='stVegaLiteChart'] canvas, [data-testid='stVegaLiteChart'] svg").first
    ).to_be_visible()
    assert len(run.evaluations()) == 10

    page.get_by_role("tab", name="Leaderboard").click()
    expect(page.get_by_text("Each run stands here with its best epoch.")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="All numbers as CSV")).to_be_visible()
    expect(page).to_have_url(re.compile("show=Leaderboard"))

    page.get_by_role("tab", name="Copies").click()
    expect(page.locator("figure.pair")).to_have_count(16, timeout=30_000)
    sides = page.locator("figure.pair").first.get_by_role("img")
    expect(sides).to_have_count(2)
    box = sides.first.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (96, 96)  # three screen pixels for each of 32

    page.reload()
    expect(page.get_by_role("tab", name="Copies")).to_have_attribute("aria-selected", "true", timeout=30_000)
    expect(page.locator("figure.pair")).to_have_count(16, timeout=30_000)
