"""Rating in a real browser: keys, touch, pairs and practice; double presses, reloads, a killed server, a full disk."""

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.studies.journal import VoteJournal
from core.studies.links import close_study
from tests.browser.conftest import App
from tests.browser.rating_page import PHONE, answers, is_open, new_study, open_link, show_tab, showing, start, votes

SEVERAL_PRESSES = "33315"
AWAY_MS = 1500


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One server for this file: every test has a study of its own."""
    served = App(tmp_path_factory.mktemp("rating") / "lab", mode="raters")
    yield served
    served.stop()


def press(page: Page, *keys: str, first: int) -> None:
    """Answer with the keyboard, from the picture of this number on."""
    for number, key in enumerate(keys, first):
        is_open(page, number)
        page.keyboard.press(key)


def test_a_whole_study_by_keyboard(page: Page, app: App) -> None:
    study = new_study(app, each=2)
    start(page, app, study)
    press(page, "1", "2", first=1)
    is_open(page, 3)
    page.keyboard.press("Backspace")
    press(page, "4", "5", "3", first=2)
    expect(page.get_by_text("You answered all 4.")).to_be_visible()
    assert answers(study) == [1, 4, 5, 3]
    assert {vote.item for vote in votes(study)} == set(study.items)
    assert all(300 <= vote.response_ms < 60_000 for vote in votes(study))
    page.get_by_role("button", name="See your result").click()
    expect(page.get_by_text("Originals", exact=True)).to_be_visible()


def test_ten_keys_give_ten_answers(page: Page, app: App) -> None:
    study = new_study(app, "rate-1-to-10", each=1)
    start(page, app, study)
    press(page, "0", "9", first=1)
    expect(page.get_by_text("You answered all 2.")).to_be_visible()
    assert answers(study) == [10, 9]


def test_a_phone_shows_picture_and_answers_at_once_and_takes_touches(browser: Browser, app: App) -> None:
    study = new_study(app)
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    start(page, app, study)
    is_open(page, 1)
    for number in range(5):
        button = page.locator(".answers button").nth(number)
        expect(button).to_be_in_viewport(ratio=1)
        assert min((button.bounding_box() or {}).get(side, 0) for side in ("width", "height")) >= 44
    expect(page.locator(".frame img")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="5, Completely").tap()
    is_open(page, 2)
    assert answers(study) == [5]
    context.close()


def test_of_two_pictures_the_answers_follow_where_they_are_on_the_screen(page: Page, app: App) -> None:
    study = new_study(app, "better-of-two", ties=True)
    start(page, app, study)
    is_open(page, 1)
    expect(page.locator(".answers b")).to_have_text(["Left", "No difference", "Right"])
    page.keyboard.press("ArrowDown")
    is_open(page, 2)
    page.set_viewport_size(PHONE)
    expect(page.locator(".answers b")).to_have_text(["Top", "No difference", "Bottom"])
    for side in ("Top", "Bottom"):
        expect(page.get_by_alt_text(f"Picture: {side}")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Bottom").click()
    is_open(page, 3)
    page.get_by_alt_text("Picture: Top").click()
    is_open(page, 4)
    assert answers(study) == [0, 2, 1]


def test_side_by_side_marks_the_original_and_asks_about_the_other(page: Page, app: App) -> None:
    study = new_study(app, "side-by-side")
    start(page, app, study)
    is_open(page, 1)
    marked = page.locator("figure", has=page.locator("figcaption", has_text="Original"))
    expect(marked.get_by_role("img")).to_have_attribute("alt", "Original")
    place = marked.evaluate("figure => [...figure.parentElement.children].indexOf(figure)")
    page.keyboard.press("2")
    is_open(page, 2)
    vote = votes(study)[0]
    assert study.condition_of(vote.shown[place]).is_real
    assert not study.condition_of(vote.shown[1 - place]).is_real


def test_practice_says_what_was_right_and_then_the_study_begins(page: Page, app: App) -> None:
    study = new_study(app, "real-or-generated", each=3, practice=2)
    start(page, app, study)
    for number in (1, 2):
        is_open(page, number)
        expect(page.locator(".badge")).to_be_visible()
        page.keyboard.press("ArrowRight")  # "by a person"
        expect(page.locator('.card[data-state="notice"]')).to_be_visible()
        was_real = study.condition_of(votes(study)[-1].shown[0]).is_real
        expect(page.locator(".notice p")).to_have_text(
            "Right: By a person." if was_real else "Not right. The answer is: By a computer."
        )
        page.keyboard.press("Enter")
    expect(page.get_by_text("Practice is over")).to_be_visible()
    page.get_by_role("button", name="Begin").click()
    is_open(page, 3)
    expect(page.locator(".badge")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    is_open(page, 4)
    assert [vote.role for vote in votes(study)] == ["practice", "practice", "main"]


def test_the_place_that_gave_it_away_is_one_tap_and_may_be_skipped(page: Page, app: App) -> None:
    study = new_study(app, "real-or-generated", ask_where=True)
    start(page, app, study)
    is_open(page, 1)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("What gave it away?")).to_be_visible()
    assert votes(study) == []
    page.keyboard.press("Backspace")  # not sent yet: only the answer is open again
    page.keyboard.press("ArrowLeft")
    box = page.locator(".frame img").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] * 3 / 4)
    is_open(page, 2)
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Skip").click()
    is_open(page, 3)
    page.keyboard.press("ArrowRight")  # taken for real: nothing to ask
    is_open(page, 4)
    points = [vote.point for vote in votes(study)]
    assert points[0] == pytest.approx((0.25, 0.75), abs=0.01)
    assert points[1:] == [None, None]


def test_keys_pressed_twice_within_a_moment_count_once(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    is_open(page, 1)
    for key in SEVERAL_PRESSES:
        page.keyboard.press(key)
    is_open(page, 2)
    assert answers(study) == [3]


def test_time_in_another_tab_is_no_time_before_the_picture(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    is_open(page, 1)
    begin = time.monotonic()
    show_tab(page, hidden=True)
    page.wait_for_timeout(AWAY_MS)
    show_tab(page, hidden=False)
    away_ms = 1000 * (time.monotonic() - begin)
    page.keyboard.press("3")
    is_open(page, 2)
    (vote,) = votes(study)
    assert vote.gap_ms is not None
    assert vote.gap_ms > away_ms
    assert vote.response_ms <= vote.gap_ms - AWAY_MS


def test_the_next_picture_is_in_the_browser_before_it_is_needed(page: Page, app: App) -> None:
    study = new_study(app)
    fetched: list[str] = []
    page.on("requestfinished", lambda request: fetched.append(request.url))
    start(page, app, study)
    is_open(page, 1)
    before = set(fetched)
    page.keyboard.press("3")
    is_open(page, 2)
    assert page.locator(".frame img").evaluate("image => image.src") in before
    assert page.locator(".frame img").evaluate("image => image.complete && image.naturalWidth") == 512


def test_reload_and_plain_link_go_on_where_it_was(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    press(page, "2", first=1)
    is_open(page, 2)
    picture = page.locator(".frame img").get_attribute("src")
    page.reload()
    is_open(page, 2)
    expect(page.locator(".frame img")).to_have_attribute("src", picture or "")
    open_link(page, app, study)
    page.get_by_role("button", name=re.compile("Go on.*1 of 8")).click()
    is_open(page, 2)
    assert len(VoteJournal(study.path).snapshot().raters) == 1


def test_what_the_browser_can_see_says_nothing_about_the_condition(page: Page, app: App) -> None:
    study = new_study(app, attention=1, repeats=1)
    frames: list[bytes | str] = []
    sizes: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    page.on(
        "response",
        lambda got: sizes.append(got.headers["content-length"]) if "/media/" in got.url and ".png" in got.url else None,
    )
    start(page, app, study)
    press(page, "2", "2", first=1)
    is_open(page, 3)
    received = b"\n".join(frame.encode() if isinstance(frame, str) else frame for frame in frames).lower()
    assert b"how convincing is this" in received  # the frames are readable, so this looks at the right thing
    for word in ("generated", "attention", '"role"', "seed", study.id, *study.items, *study.trials):
        assert word.encode() not in received
    assert len(sizes) >= 4
    assert len(set(sizes)) == 1
    assert page.locator(".frame img").get_attribute("alt") == "Picture"


def test_a_vote_on_its_way_to_a_server_that_is_killed_arrives_once_when_it_is_back(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    press(page, "3", first=1)
    is_open(page, 2)
    os.kill(app.process.pid, signal.SIGSTOP)  # the vote is sent, and nobody reads it
    page.keyboard.press("5")
    page.wait_for_timeout(100)
    app.kill()
    assert answers(study) == [3]
    app.start()
    is_open(page, 3)  # without a hand being lifted: the page finds the server and says it again
    page.keyboard.press("1")
    is_open(page, 4)
    assert answers(study) == [3, 5, 1]


def test_a_journal_that_cannot_be_written_keeps_the_vote_on_screen(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    is_open(page, 1)
    before = showing(page)
    journal, aside = study.path / "votes.jsonl", study.path / "aside"
    journal.rename(aside)
    journal.mkdir()  # opening it for writing fails, for every user and on every system
    page.keyboard.press("4")
    expect(page.get_by_text("try again in a moment")).to_be_visible()
    assert showing(page) == before
    journal.rmdir()
    aside.rename(journal)
    page.keyboard.press("4")
    is_open(page, 2)
    assert answers(study) == [4]


def test_a_study_closed_under_the_rater_says_so_and_keeps_what_was_given(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    press(page, "3", first=1)
    is_open(page, 2)
    close_study(study)
    page.keyboard.press("4")
    expect(page.get_by_text("This study is closed")).to_be_visible()
    assert answers(study) == [3]


def test_withdrawing_takes_back_everything_and_the_browser_forgets(page: Page, app: App) -> None:
    study = new_study(app)
    start(page, app, study)
    press(page, "3", first=1)
    is_open(page, 2)
    page.get_by_role("button", name="Withdraw from the study").click()
    page.keyboard.press("5")  # meant for the dialog, which has no use for it
    page.get_by_role("button", name="Withdraw my answers").click()
    expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
    assert votes(study) == []
    open_link(page, app, study)
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Go on"))).to_have_count(0)
