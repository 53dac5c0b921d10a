"""A whole study in a shared lab: designed by its owner on a desktop, answered on phones, read by its owner."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.studies.journal import VoteJournal
from core.studies.study import list_studies
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.browser.people import DESKTOP, PHONE, secrets, sign_in
from tests.pages.test_study_form import untrained_run


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    home = tmp_path_factory.mktemp("whole-study") / "lab"
    untrained_run(Workspace(home).create())
    served = App(home, mode="shared", secrets=secrets())
    yield served
    served.stop()


def test_a_study_is_designed_answered_by_two_people_and_read(browser: Browser, app: App) -> None:
    owner = browser.new_context(viewport=DESKTOP).new_page()
    owner.goto(f"{app.url}/studies")
    sign_in(owner)
    link = design(owner)
    for answer in ("2", "4"):
        person = browser.new_context(viewport=PHONE, has_touch=True).new_page()
        person.goto(link)
        rate_all(person, answer, count=4)
        person.context.close()
    expect(owner.get_by_text("Mean answer, with 95 % intervals")).to_be_visible(timeout=30_000)  # came in live
    expect(owner.get_by_test_id("stMetricValue").first).to_have_text("8")
    with owner.expect_download() as report:
        owner.get_by_role("button", name="Report (Markdown)").click()
    said = report.value.path().read_text()
    assert "2 joined; 2 judged something; 2 finished" in said
    owner.context.close()
    workspace = Workspace(app.home)
    (study,) = list_studies(workspace)
    votes = VoteJournal(study.path).votes()
    assert sorted(vote.answer for vote in votes) == [2] * 4 + [4] * 4
    assert len({(vote.rater, vote.item) for vote in votes}) == 8


def design(owner: Page) -> str:
    """Open a study of four pictures; its link."""
    count = owner.get_by_label("Pictures of each")
    count.fill("2")
    count.press("Enter")
    expect(owner.get_by_text("Each rater judges 4 of 4 pictures")).to_be_visible()
    owner.get_by_role("button", name="Freeze the pictures and open the study").click()
    expect(owner.get_by_text("Whoever has this link can rate")).to_be_visible(timeout=30_000)
    return owner.get_by_test_id("stCode").filter(has_text="/rate?link=").first.inner_text().strip()


def rate_all(person: Page, answer: str, *, count: int) -> None:
    person.get_by_role("button", name="Start").click()
    for number in range(1, count + 1):
        expect(person.locator(".count")).to_have_text(f"{number} of {count}")
        person.wait_for_timeout(400)  # longer than the shortest look
        person.locator(f'.answers [data-value="{answer}"]').tap()
    expect(person.get_by_role("heading", name="Thank you")).to_be_visible()
