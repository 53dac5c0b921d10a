"""Signing in by an identity provider (OpenID Connect), against a provider of our own on loopback, in a real browser."""

import json
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import App
from tests.standins.identity import Provider, auth_section, serving

ADA = {"sub": "1", "email": "ada@example.org", "email_verified": True}
PEOPLE = {
    "Ada": ADA,
    "Eve": {"sub": "2", "email": "eve@example.org", "email_verified": True},
    "Eve who writes that she is Ada": {"sub": "3", "email": "ada@example.org", "email_verified": False},
    "Grace, whose provider checks no addresses": {"sub": "grace", "email": "grace@example.org"},
    "Ada by a forged signature": {**ADA, "_key": "another"},
    "Ada for another client": {**ADA, "_aud": "somebody-else"},
    "Ada of another visit": {**ADA, "_nonce": "replayed"},
    "Ada of yesterday": {**ADA, "_exp": 1_700_000_000},
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A shared lab that knows Ada by her address and Grace by her account."""
    provider = Provider("", PEOPLE)
    with serving(provider) as stand_in:
        provider.url = stand_in.url
        served = App(tmp_path_factory.mktemp("provider") / "lab", mode="shared", start=False)
        provider.redirect_uri = f"{served.url}/oauth2callback"
        owners = json.dumps(["ada@example.org", f"{provider.url}|grace"])
        served.secrets = f"[atelier]\nowners = {owners}\n" + auth_section(provider, secrets.token_urlsafe(32))
        served.start()
        yield served
        served.stop()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def sign_in_as(page: Page, who: str) -> None:
    page.get_by_role("button", name="Sign in with").click()
    page.get_by_role("link", name=who, exact=True).click()


def test_an_allowed_address_gets_in_and_to_what_was_wanted(visitor: Page, app: App) -> None:
    visitor.goto(f"{app.url}/train?preset=quick-gan")
    sign_in_as(visitor, "Ada")
    expect(visitor.get_by_role("heading", name="Train")).to_be_visible()
    expect(visitor).to_have_url(f"{app.url}/train?preset=quick-gan")
    visitor.goto(app.url)  # and only once: later the first page is the first page
    expect(visitor.get_by_role("heading", name="Atelier")).to_be_visible()


def test_an_account_on_the_list_gets_in_though_nobody_checked_its_address(visitor: Page, app: App) -> None:
    visitor.goto(app.url)
    sign_in_as(visitor, "Grace, whose provider checks no addresses")
    expect(visitor.get_by_role("heading", name="Atelier")).to_be_visible()


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("Eve", "You came as eve@example.org, which is none of this lab's owners"),
        ("Eve who writes that she is Ada", "does not say that it checked this address"),
    ],
)
def test_everybody_else_is_refused_with_the_reason(who: str, reason: str, visitor: Page, app: App) -> None:
    visitor.goto(f"{app.url}/catalog")
    sign_in_as(visitor, who)
    expect(visitor.get_by_text(reason)).to_be_visible()
    expect(visitor.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    for path in ("catalog", "studies", ""):
        visitor.goto(f"{app.url}/{path}")
        expect(visitor.get_by_text(reason)).to_be_visible()


@pytest.mark.parametrize(
    "who", ["Ada by a forged signature", "Ada for another client", "Ada of another visit", "Ada of yesterday"]
)
def test_a_token_that_is_not_what_it_says_lets_nobody_in(who: str, visitor: Page, app: App) -> None:
    visitor.goto(f"{app.url}/catalog")
    sign_in_as(visitor, who)
    expect(visitor.get_by_role("button", name="Sign in with")).to_be_visible()
    visitor.goto(f"{app.url}/catalog")
    expect(visitor.get_by_role("button", name="Sign in with")).to_be_visible()
    expect(visitor.get_by_test_id("stSidebarNavLink")).to_have_count(0)


def test_signing_out_ends_it_in_other_tabs_and_for_an_older_copy_of_the_providers_cookie(
    visitor: Page, app: App
) -> None:
    visitor.goto(f"{app.url}/queue")
    sign_in_as(visitor, "Ada")
    expect(visitor.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
    copied = [cookie for cookie in visitor.context.cookies() if cookie["name"].startswith("_streamlit_user")]
    assert copied
    other = visitor.context.new_page()
    other.goto(f"{app.url}/system")
    check = other.get_by_role("button", name="Check torch")
    expect(check).to_be_visible()  # the page stands whole before its session ends
    visitor.get_by_test_id("stExpandSidebarButton").click()
    visitor.get_by_role("button", name="ada@example.org").click()
    visitor.get_by_role("button", name="Sign out", exact=True).click()
    expect(visitor.get_by_role("button", name="Sign in with")).to_be_visible()
    check.evaluate_all("buttons => buttons.forEach(button => button.click())")  # the page may have noticed by itself
    expect(other.get_by_role("button", name="Sign in with")).to_be_visible()
    visitor.context.add_cookies([{**cookie} for cookie in copied])
    visitor.goto(f"{app.url}/queue")
    expect(visitor.get_by_role("button", name="Sign in with")).to_be_visible()
    expect(visitor.get_by_test_id("stSidebarNavLink")).to_have_count(0)
