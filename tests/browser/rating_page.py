"""The rating page as a person uses it: shared by the browser tests of rating."""

from typing import Any

from playwright.sync_api import Page, expect

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import Vote, VoteJournal
from core.studies.links import access
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.studies.conftest import DrawnPictures

PHONE = {"width": 360, "height": 740}
LONGEST_LOOK_MS = 330  # longer than the shortest look: an answer before that is taken for a slip


def new_study(app: App, kind: str = "rate-1-to-5", *, each: int = 4, **design: Any) -> Study:
    sources = [DrawnPictures("generated", each, seed=1), DrawnPictures("real", each, seed=2)]
    reference = sources.pop() if kind == "side-by-side" else None
    chosen = StudyDesign(kind=kind, enlargement="pixels", **design)
    return create_study(Workspace(app.home).create(), "Paintings", chosen, sources, reference=reference)


def open_link(page: Page, app: App, study: Study) -> None:
    page.goto(f"{app.url}/rate?link={access(study).token}")


def start(page: Page, app: App, study: Study) -> None:
    open_link(page, app, study)
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".card")).to_be_visible()


def is_open(page: Page, number: int) -> None:
    """Wait until the picture of this number can be answered."""
    expect(page.locator(".count")).to_contain_text(f"{number} of")
    expect(page.locator('.card[data-state="answering"][data-showing]')).to_be_visible()
    page.wait_for_timeout(LONGEST_LOOK_MS)


def showing(page: Page) -> str:
    return page.locator(".card").get_attribute("data-showing") or ""


def votes(study: Study) -> list[Vote]:
    return VoteJournal(study.path).votes()


def answers(study: Study) -> list[int]:
    return [vote.answer for vote in votes(study)]


def hide_tab_when(page: Page, selector: str) -> None:
    """Have the tab go to the background in the frame in which something appears on the card, however busy we are."""
    page.locator(".card").evaluate(
        """(card, selector) => {
            const look = () => {
                if (!card.getRootNode().querySelector(selector)) return requestAnimationFrame(look)
                Object.defineProperty(document, "hidden", { get: () => true, configurable: true })
                document.dispatchEvent(new Event("visibilitychange"))
            }
            look()
        }""",
        selector,
    )


def show_tab(page: Page, *, hidden: bool) -> None:
    """What a browser tells a page whose tab goes to the background, or comes back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true })
            document.dispatchEvent(new Event("visibilitychange"))
        }""",
        hidden,
    )
