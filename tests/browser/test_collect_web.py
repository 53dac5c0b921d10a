"""A collection from a museum, in a real browser: planned, started, seen arriving, and labelled in the catalog."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from core.sources.web.settings import HostSettings, WebSettings, write_web_settings
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.standins.server import Answer, StandIn
from tests.standins.wikiart import WikiArtSite, Work

SOON = 30_000  # milliseconds
BROKEN, ATTEMPTS = 9, 2  # a work whose picture its server cannot give until it is asked for again


@pytest.fixture
def wikiart(app: App) -> Iterator[StandIn]:
    """A stand-in with twelve prints, two in copyright and one broken at first, asked as fast as a test needs."""
    works = [Work(number, rights="Fair Use" if number in (3, 7) else "Public domain") for number in range(1, 13)]
    site = WikiArtSite(works)
    site.faults[works[BROKEN - 1].file + "!Large.jpg"] = [Answer(500)] * ATTEMPTS
    site.faults[works[BROKEN - 1].file] = [Answer(500)] * ATTEMPTS
    with StandIn(site.answer) as server:
        pace = HostSettings(
            allowed=True, requests_per_second=20, attempts=ATTEMPTS, backoff_seconds=0, pause_seconds=0.1
        )
        write_web_settings(Workspace(app.home).create(), WebSettings(hosts={server.netloc: pace}))
        yield server


def enter(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")


def pick(page: Page, label: str, words: str) -> None:
    """Choose from a list by typing a part of it."""
    page.get_by_label(label, exact=True).fill(words)
    page.get_by_role("option", name=words).first.click()
    page.keyboard.press("Escape")


def test_prints_are_planned_collected_and_labelled_in_the_catalog(
    app: App, page: Page, wikiart: StandIn, tmp_path: Path
) -> None:
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(app.url).netloc:
            elsewhere.append(request.url)

    page.on("request", note)
    page.goto(f"{app.url}/collect?from=wikiart")
    expect(page.get_by_role("button", name="Plan")).to_be_disabled(timeout=SOON)
    pick(page, "Genres", "yakusha-e")
    page.get_by_text("Also take works that are not free to use").click()
    page.get_by_text("Read each work's own page").click()
    page.get_by_text("Another server").click()
    enter(page, "Address", wikiart.url)
    expect(page.get_by_text(f"Another server: {wikiart.netloc}")).to_be_visible(timeout=SOON)
    assert wikiart.seen == []

    page.get_by_role("button", name="Plan").click()
    start = page.get_by_role("button", name="Start collecting 12 pictures")
    expect(start).to_be_visible(timeout=SOON)
    expect(page.locator(".collect-figures img")).to_have_count(3)
    enter(page, "Collection", "actors")
    page.screenshot(path=tmp_path / "plan.png", full_page=True)
    start.click()

    newest = page.get_by_role("listbox", name="Newest pictures")
    expect(newest.locator("img.loaded").first).to_be_visible(timeout=SOON)  # while it is at work, or just after
    again = page.get_by_role("button", name="Try the failed one again")
    expect(again).to_be_visible(timeout=SOON)
    expect(page.get_by_text("Not arrived (server error: 1)")).to_be_visible()
    again.click()
    expect(again).to_have_count(0, timeout=SOON)
    to_catalog = page.get_by_role("link", name="Open in the catalog")
    expect(to_catalog).to_be_visible(timeout=SOON)
    expect(page.get_by_text("12 pictures stored · ended")).to_be_visible(timeout=SOON)  # the card followed it too
    expect(newest.get_by_role("option")).to_have_count(12, timeout=SOON)
    expect(page.get_by_text("Public domain: 10")).to_be_visible()
    expect(page.get_by_text("In copyright: 2")).to_be_visible()
    page.screenshot(path=tmp_path / "collected.png", full_page=True)

    to_catalog.click()
    expect(page.get_by_role("heading", name="12 pictures")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("option", name="In copyright")).to_have_count(2)
    page.get_by_role("button", name="More filters").click()
    pick(page, "Licence", "In copyright")
    expect(page.get_by_role("heading", name="2 pictures")).to_be_visible(timeout=SOON)
    expect(page).to_have_url(re.compile("licence=In"))
    page.screenshot(path=tmp_path / "catalog.png", full_page=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Pictures").get_by_role("option")).to_have_count(2, timeout=SOON)
    page.get_by_role("listbox", name="Pictures").get_by_role("option").first.click()
    detail = page.get_by_role("dialog")
    expect(detail.get_by_text("Licence: In copyright").first).to_be_visible(timeout=SOON)
    page.screenshot(path=tmp_path / "detail.png", full_page=True)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert elsewhere == []
