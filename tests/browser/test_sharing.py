"""A shared lab in real browsers: owners sign in, raters reach the study of their link, and nobody anything else."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.files import read_json, write_json
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access, close_study
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.browser.people import (
    DESKTOP,
    PHONE,
    give_passphrase,
    meets_the_door,
    secrets,
    session_cookie,
    sign_in,
    sign_out,
    wait_until,
)
from tests.core.studies.conftest import DrawnPictures

INNER = ("collect", "catalog", "augment", "train", "compare", "studies", "queue", "system")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One shared lab for this file."""
    served = App(tmp_path_factory.mktemp("sharing") / "lab", mode="shared", secrets=secrets())
    yield served
    served.stop()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def owner(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def rater(owner: Page, browser: Browser) -> Iterator[Page]:
    """Another person, in another browser, on a screen of the same size."""
    context = browser.new_context(viewport=owner.viewport_size)
    yield context.new_page()
    context.close()


def study_called(app: App, title: str) -> Study:
    sources = [DrawnPictures("generated", 2, seed=1), DrawnPictures("real", 2, seed=2)]
    return create_study(Workspace(app.home).create(), title, StudyDesign(enlargement="pixels"), sources)


def failures_of(app: App) -> int:
    """Failed sign-ins that the server has written down."""
    counted = read_json(app.home / "data/access/sign-ins.json")
    return counted["all"][0] if counted else 0


def session_files(app: App) -> list[Path]:
    return sorted((app.home / "data/access/sessions").glob("*.json"))


@pytest.mark.parametrize("path", ["train?run=x", "nowhere"])
def test_the_first_visit_to_a_fresh_server_meets_the_door(path: str, tmp_path: Path, page: Page, app: App) -> None:
    fresh = App(tmp_path / "fresh-lab", mode="shared", secrets=secrets())
    try:
        page.goto(f"{fresh.url}/{path}")
        meets_the_door(page)
    finally:
        fresh.stop()


def test_owner_and_rater_each_reach_what_is_theirs(owner: Page, rater: Page, app: App) -> None:
    study = study_called(app, f"Landscapes {owner.viewport_size['width']}")
    owner.goto(f"{app.url}/studies?study={study.id}")
    meets_the_door(owner)
    sign_in(owner)
    expect(owner.get_by_role("heading", name=study.title)).to_be_visible()  # what was wanted survived signing in
    link = f"{app.url}/rate?link={access(study).token}"
    expect(owner.get_by_text(link).first).to_be_visible()

    rater.goto(link)
    rater.get_by_role("button", name="Start").click()
    expect(rater.locator("[data-showing]")).to_be_visible()
    rater.wait_for_timeout(400)
    rater.keyboard.press("3")
    expect(rater.locator(".count")).to_contain_text("2")
    assert [vote.answer for vote in VoteJournal(study.path).snapshot().votes] == [3]
    assert session_cookie(rater) == {}

    for path in (*INNER, "", f"studies?study={study.id}", f"rate/../studies?study={study.id}", "sign-in"):
        rater.goto(f"{app.url}/{path}")
        meets_the_door(rater)
        assert study.title not in rater.content()
    for path in INNER[:3]:  # nor by the way a page is changed within a session
        rater.goto(link)
        expect(rater.locator("[data-showing]").or_(rater.get_by_role("button", name="Go on"))).to_be_visible()
        rater.evaluate(
            "path => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')) }", f"/{path}"
        )
        meets_the_door(rater)

    close_study(study)
    rater.goto(link)
    expect(rater.get_by_role("button", name="Start")).to_have_count(0)
    owner.reload()
    expect(owner.get_by_role("heading", name=study.title)).to_be_visible()


def test_reloading_and_inner_addresses_keep_an_owner_signed_in(owner: Page, app: App) -> None:
    owner.goto(f"{app.url}/train?preset=quick-gan")
    sign_in(owner)
    expect(owner.get_by_role("heading", name="Train")).to_be_visible()
    assert "preset=quick-gan" in owner.url
    for path, title in (("queue", "Queue"), ("studies", "Studies")):
        owner.goto(f"{app.url}/{path}")
        expect(owner.get_by_role("heading", name=title, exact=True)).to_be_visible()
    owner.reload()
    expect(owner.get_by_role("heading", name="Studies", exact=True)).to_be_visible()
    cookie = session_cookie(owner)
    assert cookie["sameSite"] == "Strict"
    assert len(str(cookie["value"])) == 43
    assert str(cookie["value"]) not in "".join(path.read_text() + path.name for path in session_files(app))


def test_signing_out_ends_it_in_every_tab_and_for_good(owner: Page, app: App) -> None:
    owner.goto(f"{app.url}/queue")
    sign_in(owner)
    expect(owner.get_by_role("heading", name="Queue", exact=True)).to_be_visible()
    other = owner.context.new_page()
    other.goto(f"{app.url}/system")
    expect(other.get_by_role("heading", name="System", exact=True)).to_be_visible()
    cookie = session_cookie(owner)
    sign_out(owner)
    wait_until(owner, lambda: not session_cookie(owner))
    meets_the_door(other)  # nobody touched that tab: what it showed is gone from the screen
    owner.context.add_cookies([{"name": "atelier_session", "value": str(cookie["value"]), "url": app.url}])
    owner.goto(f"{app.url}/queue")  # a stolen copy of the cookie is worth nothing now
    meets_the_door(owner)
    expect(owner.get_by_text("Your session has ended")).to_be_visible()


def test_a_session_that_idled_ends_where_it_was_and_goes_on_there(owner: Page, app: App) -> None:
    before = set(session_files(app))
    owner.goto(f"{app.url}/train?preset=quick-gan")
    sign_in(owner)
    expect(owner.get_by_role("heading", name="Train")).to_be_visible()
    (mine,) = set(session_files(app)) - before
    long_ago = time.time() - 13 * 3600
    os.utime(mine, (long_ago, long_ago))
    owner.reload()
    expect(owner.get_by_text("Your session has ended")).to_be_visible()
    meets_the_door(owner)
    sign_in(owner)
    expect(owner.get_by_role("heading", name="Train")).to_be_visible()
    assert "preset=quick-gan" in owner.url


def test_wrong_passphrases_are_slowed_and_the_page_says_how_long(browser: Browser, tmp_path: Path) -> None:
    lab = App(tmp_path / "guessed-lab", mode="shared", secrets=secrets())
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    try:
        page.goto(f"{lab.url}/catalog")
        button = page.get_by_role("button", name="Sign in")
        while failures_of(lab) < 4:  # three for nothing
            expect(button).to_be_enabled()
            give_passphrase(page, "a guess of many")
            page.wait_for_timeout(300)
        expect(
            page.get_by_text("That is not the passphrase").or_(page.get_by_text("You can try again")).first
        ).to_be_visible()
        lab.stop()
        counted = read_json(lab.home / "data/access/sign-ins.json")
        (mine,) = counted["addresses"]
        assert counted["addresses"][mine][0] == 4
        counted["addresses"][mine] = [11, time.time()]  # as seven more would have it, minutes later
        write_json(lab.home / "data/access/sign-ins.json", counted)
        lab.start()
        page.goto(lab.url)
        expect(page.get_by_text("You can try again in")).to_be_visible()
        expect(button).to_be_disabled()
        assert not session_files(lab)
    finally:
        context.close()
        lab.stop()


def test_a_server_without_a_way_to_sign_in_says_so(browser: Browser, tmp_path: Path) -> None:
    lab = App(tmp_path / "lab-without-door", mode="shared")
    page = browser.new_context().new_page()
    try:
        page.goto(lab.url)
        expect(page.get_by_text("Nobody can sign in")).to_be_visible()
        expect(page.get_by_label("Passphrase")).to_have_count(0)
        assert "Nobody can sign in" in (lab.home / "server.log").read_text()
    finally:
        page.context.close()
        lab.stop()
