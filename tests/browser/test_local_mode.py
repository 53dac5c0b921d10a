"""A lab in local mode, met by a page of somewhere else."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import App


def test_a_name_that_was_pointed_at_this_computer_gets_a_refusal_that_says_what_to_do(page: Page, app: App) -> None:
    page.goto(f"http://rebound.example:{app.port}/train")
    expect(page.get_by_role("heading", name="This lab is not shared")).to_be_visible()
    expect(page.get_by_text("the address in the browser names rebound.example")).to_be_visible()
    expect(page.get_by_text("ATELIER_MODE=shared")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
