"""The results of a study in a real browser: charts on a phone and in the dark, live refreshes, what can be taken."""

import random
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.study import Study
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.studies.conftest import DrawnPictures
from tests.core.studies.results.simulated import by_condition, preferring, rate


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    served = App(tmp_path_factory.mktemp("results") / "lab")
    yield served
    served.stop()


def opened(app: App, kind: str) -> tuple[Study, VoteJournal]:
    sources = [DrawnPictures("generated", 4, seed=1), DrawnPictures("real", 4, seed=2)]
    design = StudyDesign(kind=kind, enlargement="pixels")
    study = create_study(Workspace(app.home).create(), "Results", design, sources)
    return study, VoteJournal(study.path)


@pytest.mark.parametrize(("kind", "charts"), [("rate-1-to-5", 2), ("real-or-generated", 1), ("better-of-two", 3)])
def test_a_phone_shows_the_charts_within_its_width(browser: Browser, app: App, kind: str, charts: int) -> None:
    study, journal = opened(app, kind)
    drawn = random.Random(0)
    for _ in range(5):
        if kind == "better-of-two":
            rate(study, journal, preferring(["real-1", "generated-1"]))
        else:
            rate(study, journal, lambda study, showing: drawn.choice(study.design.answers))
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{app.url}/studies?study={study.id}")
    pictures = page.get_by_test_id("stVegaLiteChart").locator("canvas, svg.marks")
    expect(pictures).to_have_count(charts)
    expect(page.get_by_text("In numbers")).to_be_visible()
    for number in range(charts):
        box = pictures.nth(number).bounding_box()
        assert box is not None
        assert box["width"] > 250
        assert box["x"] + box["width"] <= 390 + 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_test_id("stException")).to_have_count(0)
    context.close()


def test_answers_come_in_while_the_page_is_open_and_what_was_opened_stays_open(page: Page, app: App) -> None:
    study, journal = opened(app, "rate-1-to-5")
    rate(study, journal, by_condition({"generated-1": [2], "real-1": [4]}))
    page.goto(f"{app.url}/studies?study={study.id}")
    judgements = page.get_by_test_id("stMetricValue").first
    expect(judgements).to_have_text("8")
    page.get_by_text("What else could explain the answers?").click()
    explained = page.get_by_text("Too few raters or answers")
    expect(explained).to_be_visible()
    rate(study, journal, by_condition({"generated-1": [3], "real-1": [5]}))
    expect(judgements).to_have_text("16")  # so the page was drawn anew
    expect(explained).to_be_visible()


def test_the_archive_is_whole(page: Page, app: App) -> None:
    study, journal = opened(app, "rate-1-to-5")
    rate(study, journal, by_condition({"generated-1": [2], "real-1": [4]}))
    page.goto(f"{app.url}/studies?study={study.id}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Everything (ZIP)").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert f"{study.id}/votes-clean.parquet" in archive.namelist()
        assert "Generated" in archive.read(f"{study.id}/report.md").decode()
