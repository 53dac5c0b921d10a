"""Owners and raters in a browser."""

from collections.abc import Callable
from functools import cache

from playwright.sync_api import Page, expect

from core.access.passphrase import hash_passphrase

PASSPHRASE = "five wet herons on a wall"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1440, "height": 900}


@cache
def secrets(more: str = "") -> str:
    """What stands in secrets.toml of a lab whose owners know the passphrase."""
    return f'[atelier]\npassphrase = "{hash_passphrase(PASSPHRASE)}"\n{more}'


def wait_until(page: Page, condition: Callable[[], object]) -> None:
    """For what no element of the page tells: a cookie, a file of the server."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("What was waited for did not come in 20 seconds.")


def session_cookie(page: Page) -> dict[str, object]:
    """What keeps an owner signed in; empty if nothing does."""
    return next(({**cookie} for cookie in page.context.cookies() if cookie["name"] == "atelier_session"), {})


def meets_the_door(page: Page) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("Passphrase")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)


def give_passphrase(page: Page, passphrase: str = PASSPHRASE) -> None:
    page.get_by_label("Passphrase").fill(passphrase)
    page.keyboard.press("Enter")


def sign_in(page: Page) -> None:
    """Sign in, and wait until it would survive a reload."""
    give_passphrase(page)
    wait_until(page, lambda: session_cookie(page))


def sign_out(page: Page) -> None:
    if page.viewport_size == PHONE:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Owner").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out")).to_be_visible()
