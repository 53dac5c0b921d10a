"""A server that can do nothing but rate."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.browser.people import secrets
from tests.core.studies.conftest import DrawnPictures

HEAVY = {"torch", "duckdb", "pandas", "pyarrow", "scipy", "torchvision"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """With a passphrase in its secrets, which must open nothing here."""
    served = App(tmp_path_factory.mktemp("raters") / "lab", mode="raters", secrets=secrets())
    yield served
    served.stop()


def test_a_whole_study_loads_neither_catalog_nor_torch_nor_pandas(page: Page, app: App) -> None:
    sources = [DrawnPictures("generated", 2, seed=1), DrawnPictures("real", 2, seed=2)]
    study = create_study(Workspace(app.home).create(), "Paintings", StudyDesign(enlargement="pixels"), sources)
    page.goto(f"{app.url}/rate?link={access(study).token}")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("[data-showing]")).to_be_visible()
    journal = VoteJournal(study.path)
    while len(journal.snapshot().votes) < 4:  # a key pressed before a picture was looked at is meant to be ignored
        page.wait_for_timeout(500)
        page.keyboard.press("3")
    expect(page.get_by_text("Thank you").first).to_be_visible()
    assert len(journal.snapshot().votes) == 4
    loaded = {part for mapped in psutil.Process(app.process.pid).memory_maps() for part in Path(mapped.path).parts}
    assert not loaded & HEAVY
    assert not (app.home / "data/catalog.duckdb").exists()


@pytest.mark.parametrize("path", ["", "studies", "train", "system", "catalog", "sign-in", "rate", "rate?link=x"])
def test_nothing_else_is_there_not_even_a_door(path: str, page: Page, app: App) -> None:
    page.goto(f"{app.url}/{path}")
    expect(
        page.get_by_role("heading", name="Rating").or_(page.get_by_role("heading", name="opens nothing"))
    ).to_be_visible()
    expect(page.get_by_label("Passphrase")).to_have_count(0)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)
