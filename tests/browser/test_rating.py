"""Rating in a real browser: keys, touch, what happens to double presses, reloads, a killed server and a full disk."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.studies.conftest import DrawnPictures

_visited: list[App] = []
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One server for this file: every test has a study of its own."""
    served = App(tmp_path_factory.mktemp("rating") / "lab")
    yield served
    served.stop()


@pytest.fixture
def study(app: App) -> Study:
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    return create_study(Workspace(app.home).create(), "Paintings", StudyDesign(enlargement="pixels"), sources)


def open_link(page: Page, app: App, study: Study) -> None:
    if app not in _visited:
        # Streamlit greets the very first session of a server with "Page not found" when it opens an inner page.
        page.goto(app.url)
        expect(page.get_by_role("heading").first).to_be_visible()
        _visited.append(app)
    page.goto(f"{app.url}/rate?link={access(study).token}")


def start(page: Page, app: App, study: Study) -> None:
    open_link(page, app, study)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("[data-showing]")).to_be_visible()


def showing(page: Page) -> str:
    return page.locator(".card").get_attribute("data-showing") or ""


def press(page: Page, key: str) -> None:
    """Press a key until it has brought another picture: a key that comes too early is meant to be ignored."""
    before = showing(page)
    page.wait_for_timeout(400)  # longer than the shortest look
    page.keyboard.press(key)
    expect(page.locator(f'.card:not([data-showing="{before}"])').or_(page.get_by_text("Thank you"))).to_be_visible()


def test_a_whole_study_by_keyboard(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    expect(page.get_by_test_id("stSidebar")).to_have_count(0)  # nothing of the lab around it
    for key in ("1", "2", "3"):
        press(page, key)
    press(page, "Backspace")
    expect(page.locator(".count")).to_have_text("3 of 8")
    for _ in range(6):
        press(page, "4")
    expect(page.get_by_text("You answered all 8 pictures")).to_be_visible()
    votes = VoteJournal(study.path).votes()
    assert [vote.answer for vote in votes] == [1, 2, 4, 4, 4, 4, 4, 4]
    assert {vote.item for vote in votes} == set(study.items)
    assert all(300 <= vote.response_ms < 60_000 for vote in votes)
    page.get_by_role("button", name="See how you rated").click()
    expect(page.get_by_text("Originals", exact=True)).to_be_visible()


def test_a_phone_shows_picture_and_answers_at_once_and_takes_touches(page: Page, app: App, study: Study) -> None:
    page.set_viewport_size(PHONE)
    start(page, app, study)
    answers = page.locator(".answers button")
    for number in range(5):
        expect(answers.nth(number)).to_be_in_viewport(ratio=1)
    expect(page.locator(".frame img")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.wait_for_timeout(400)
    page.get_by_role("button", name="5, Completely").click()
    expect(page.locator(".count")).to_have_text("2 of 8")
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [5]


def test_keys_pressed_twice_within_a_moment_count_once(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    page.wait_for_timeout(400)
    for key in "33315":
        page.keyboard.press(key)
    expect(page.locator(".count")).to_have_text("2 of 8")
    page.wait_for_timeout(500)
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [3]


def test_the_next_picture_is_in_the_browser_before_it_is_needed(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    page.wait_for_timeout(400)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    press(page, "3")
    assert not [url for url in requests if url.startswith("http")]
    assert page.locator(".frame img").evaluate("image => image.complete && image.naturalWidth") == 512


def test_reload_and_plain_link_go_on_where_it_was(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    press(page, "2")
    picture = page.locator(".frame img").get_attribute("src")
    page.reload()
    expect(page.locator(".count")).to_have_text("2 of 8")
    expect(page.locator(".frame img")).to_have_attribute("src", picture or "")
    page.goto(f"{app.url}/rate?link={access(study).token}")
    page.get_by_role("button", name=re.compile("Go on.*1 of 8")).click()
    expect(page.locator(".count")).to_have_text("2 of 8")
    assert len(VoteJournal(study.path).snapshot()[1]) == 1


def test_what_the_browser_can_see_says_nothing_about_the_condition(page: Page, app: App, study: Study) -> None:
    frames: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    start(page, app, study)
    press(page, "2")
    received = b"\n".join(frame.encode() if isinstance(frame, str) else frame for frame in frames)
    received = re.sub(rb"base64,[A-Za-z0-9+/=]+", b"", received).lower()
    assert b"how convincing is this" in received  # the frames are readable, so this looks at the right thing
    for word in ("generated-1", "real-1", "generated of seed", "real of seed", study.id, *study.items):
        assert word.encode() not in received
    assert page.locator(".frame img").get_attribute("alt") == "Picture to rate"


def test_killing_the_server_under_voting_loses_no_vote(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    for _ in range(3):
        press(page, "3")
    app.kill()
    assert len(VoteJournal(study.path).votes()) == 3
    app.start()
    _visited.clear()
    open_link(page, app, study)
    page.get_by_role("button", name=re.compile("Go on.*3 of 8")).click()
    expect(page.locator("[data-showing]")).to_be_visible()
    press(page, "5")
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [3, 3, 3, 5]


def test_a_journal_that_cannot_be_written_keeps_the_vote_on_screen(page: Page, app: App, study: Study) -> None:
    start(page, app, study)
    before = showing(page)
    page.wait_for_timeout(400)
    journal, aside = study.path / "votes.jsonl", study.path / "aside"
    journal.rename(aside)
    journal.mkdir()  # opening it for writing fails, for every user and on every system
    page.keyboard.press("4")
    expect(page.get_by_text("try again in a moment")).to_be_visible()
    assert showing(page) == before
    journal.rmdir()
    aside.rename(journal)
    press(page, "4")
    assert [vote.answer for vote in VoteJournal(study.path).votes()] == [4]
