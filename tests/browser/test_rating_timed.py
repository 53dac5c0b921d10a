"""Timed pictures in a real browser: how long they are really seen, the masks, hidden tabs, less motion."""

from collections.abc import Iterator
from itertools import groupby, pairwise

import pytest
from playwright.sync_api import Page, expect

from core.studies.journal import VoteJournal
from core.studies.staircase import Staircase
from tests.browser.conftest import App
from tests.browser.rating_page import LONGEST_LOOK_MS, hide_tab_when, new_study, show_tab, start, votes

# What is in front in each frame of the screen, noted beside the card after the frame was drawn, by the frame's time.
WATCH = """
window.seen = []
const roots = () => [...document.querySelectorAll("*")].map(node => node.shadowRoot).filter(Boolean)
const card = () => roots().map(root => root.querySelector(".card")).find(Boolean)
let found = null
let drawn = 0
const after = new MessageChannel()
after.port1.onmessage = () => {
  if (!found?.isConnected) found = card()
  const stage = found?.querySelector(".stage")
  const canvases = [...(stage?.querySelectorAll("canvas") ?? [])]
  window.seen.push([drawn, stage ? canvases.findIndex(canvas => getComputedStyle(canvas).zIndex === "1") : -1])
}
const look = now => {
  drawn = now
  after.port2.postMessage(0)
  requestAnimationFrame(look)
}
requestAnimationFrame(look)
"""
PICTURE, MASKS = 0, [1, 2, 3, 4]  # places of the canvases on the stage


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    served = App(tmp_path_factory.mktemp("timed") / "lab", mode="raters")
    yield served
    served.stop()


def wait_for_answers(page: Page, number: int) -> None:
    """Until the picture of this number has flashed and can be answered; a showing that a busy machine spoilt comes
    again, as it does for a person."""
    expect(page.locator(".count")).to_contain_text(f"{number} of")
    while True:
        ready = page.get_by_role("button", name="I am ready")
        expect(ready.or_(page.locator('.card[data-state="answering"]'))).to_be_visible(timeout=10_000)
        if not ready.is_visible():
            return
        page.keyboard.press("Enter")
        expect(page.locator('.card[data-state="flashing"]')).to_be_visible()


def test_pictures_are_seen_as_long_as_asked_and_then_masked(page: Page, app: App) -> None:
    rule = Staircase(start_ms=300, up_ms=50, streak=1, down_ms=50)
    study = new_study(app, "real-or-generated", each=3, exposure="staircase", staircase=rule)
    page.add_init_script(WATCH)
    start(page, app, study)
    expect(page.get_by_text("Look at the cross in the middle.")).to_be_visible()
    for number in (1, 2, 3):
        wait_for_answers(page, number)
        page.wait_for_timeout(LONGEST_LOOK_MS)
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".count")).to_contain_text("4 of")
    given = votes(study)
    assert given[0].exposure_ms == 300
    assert {vote.exposure_ms for vote in given[1:]} <= {200, 250, 300, 350, 400}  # the rule moved with the answers
    frames = page.evaluate("window.seen")
    frame_ms = sorted(after[0] - before[0] for before, after in pairwise(frames))[len(frames) // 2]
    runs = [(front, list(group)) for front, group in groupby(frames, key=lambda frame: frame[1])]
    fronts = [front for front, _ in runs]
    flashes = [place for place, front in enumerate(fronts) if front == PICTURE]
    durations = [runs[place + 1][1][0][0] - runs[place][1][0][0] for place in flashes]
    assert len(flashes) >= 3
    for vote in given:
        assert vote.seen_ms is not None
        assert vote.exposure_ms is not None
        assert abs(vote.seen_ms - vote.exposure_ms) <= 2 * frame_ms + 1
        assert min(abs(duration - vote.seen_ms) for duration in durations) <= 2 * frame_ms + 1  # what the screen did
    for place in flashes:
        assert fronts[place + 1 : place + 5] == MASKS


def test_a_picture_that_flashed_in_a_hidden_tab_comes_again(page: Page, app: App) -> None:
    study = new_study(app, "real-or-generated", each=2, exposure="staircase")
    start(page, app, study)
    hide_tab_when(page, '.stage[data-front="picture"]')
    page.get_by_role("button", name="I am ready").click()
    page.wait_for_function("document.hidden")
    show_tab(page, hidden=False)
    expect(page.get_by_text("This window was in the background")).to_be_visible()
    assert [event["event"] for event in VoteJournal(study.path).events()].count("missed") == 1
    assert votes(study) == []
    wait_for_answers(page, 1)
    page.wait_for_timeout(LONGEST_LOOK_MS)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".count")).to_contain_text("2 of")
    first = next(event for event in VoteJournal(study.path).events() if event["event"] == "assigned")
    (vote,) = votes(study)
    assert (vote.item == first["item"], vote.presentation == first["presentation"]) == (True, False)


def test_whoever_wants_less_motion_is_warned_and_may_leave(page: Page, app: App) -> None:
    study = new_study(app, "real-or-generated", each=2, exposure="staircase")
    page.emulate_media(reduced_motion="reduce")
    start(page, app, study)
    expect(page.get_by_text("Your device asks for less motion")).to_be_visible()
    expect(page.get_by_role("button", name="Take part anyway")).to_be_visible()
    page.get_by_role("button", name="Do not take part").click()
    expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
    assert VoteJournal(study.path).snapshot().raters == {}
