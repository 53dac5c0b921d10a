"""The app in a real browser behind the proxies: the policy that keeps others out does not keep the app itself out."""

import pytest
from playwright.sync_api import Page, expect

from tests.deploy.proxies import Proxy

pytestmark = pytest.mark.browser


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console says of the content security policy."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if "Security Policy" in message.text else None)
    return found


def test_a_rater_rates(page: Page, proxy: Proxy, link: str, complaints: list[str]) -> None:
    page.goto(f"{proxy.url('raters')}/rate?link={link}")
    expect(page.get_by_role("heading", name="Paintings")).to_be_visible(timeout=20_000)
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("1 of 8")).to_be_visible(timeout=20_000)
    expect(page.locator(".frame img").first).to_be_visible()
    page.wait_for_timeout(500)  # an answer within the first moments is meant for the picture before
    page.keyboard.press("3")
    expect(page.get_by_text("2 of 8")).to_be_visible(timeout=20_000)
    assert complaints == []


def test_the_lab_asks_for_the_owner(page: Page, proxy: Proxy, complaints: list[str]) -> None:
    page.goto(f"{proxy.url('lab')}/catalog")
    expect(page.get_by_text("sign in").or_(page.get_by_text("Sign in")).first).to_be_visible(timeout=20_000)
    assert complaints == []


def frame_in(page: Page, site: str, framed: str) -> str:
    """Where a frame of another site's page ends up that wants to show `framed`."""
    page.route(
        f"{site}/", lambda route: route.fulfill(body=f"<iframe src='{framed}'></iframe>", content_type="text/html")
    )
    page.goto(f"{site}/")
    page.wait_for_load_state("networkidle")
    return page.frames[1].url


def test_only_named_sites_frame_the_rating_page(page: Page, proxy: Proxy, link: str) -> None:
    framed = f"{proxy.url('raters')}/rate?link={link}&embed=true"
    assert frame_in(page, "https://stranger.example", framed).startswith("chrome-error:")
    assert frame_in(page, "https://www.example.org", framed) == framed
    expect(page.frames[1].get_by_role("heading", name="Paintings")).to_be_visible(timeout=20_000)


def test_nobody_frames_the_lab(page: Page, proxy: Proxy) -> None:
    assert frame_in(page, "https://www.example.org", proxy.url("lab")).startswith("chrome-error:")
