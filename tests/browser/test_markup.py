"""Text that came from outside (titles, artists, file names, names of collections and studies) is shown and never acts.

Every page is opened in a real browser over a lab whose every text is hostile. Nothing may run, nothing may be asked of
another server, and no element of the attacker's may stand in the page.
"""

import csv
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core import cli
from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.links import access
from core.studies.picture_files import FolderPictures
from core.studies.study import Study
from core.studies.wording import Wording
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.pages.run_fixtures import make_run
from tests.standins.server import CANARY, Answer, StandIn

SEEN = "<script>alert(1)</script>"  # stands in every text, and must be readable as it is


def hostile(canary: str) -> str:
    return (
        f"{SEEN}<img src=x onerror=alert(2)><svg onload=alert(3)></svg><iframe src={canary}/frame></iframe>"
        f"![p]({canary}/picture.png)[x](javascript:alert(4))<style>@import '{canary}/style';</style>"
        f'"\'><img src="{canary}/quoted.png"><b onmouseover=alert(5)>*x*_y_`z`$\\href{{javascript:alert(6)}}{{q}}$'
    )


def hostile_name(canary: str) -> str:
    """As much of it as a name holds, which is 80 characters."""
    return f"{SEEN}<img src=x onerror=alert(2)>![p]({canary.removeprefix('http:')}/p)"[:80]


@pytest.fixture(scope="module")
def canary() -> Iterator[StandIn]:
    """Whatever asks it for anything was led there by a hostile text."""
    with StandIn(lambda _: Answer(404), host=CANARY) as server:
        yield server


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, canary: StandIn) -> Iterator[tuple[App, Study]]:
    home, pictures = tmp_path_factory.mktemp("hostile") / "lab", tmp_path_factory.mktemp("pictures")
    evil, name_of_all = hostile(canary.url), hostile_name(canary.url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATELIER_HOME", str(home))
        workspace = Workspace(home).create()
        names = [f"{SEEN[:7]}img src=x onerror=alert(7)>![p](x){number}.png".replace("/", "") for number in range(12)]
        for number, name in enumerate(names):
            Image.linear_gradient("L").rotate(number * 30).resize((96, 96)).convert("RGB").save(pictures / name)
        with (pictures / "labels.csv").open("w", newline="", encoding="utf-8") as handle:
            columns = ("file", "title", "artist", "style", "genre", "date", "licence", "tags", "page_url")
            table = csv.writer(handle)
            table.writerow(columns)
            for number, name in enumerate(names):
                table.writerow([name, f"{evil} {number}", *[evil] * (len(columns) - 3), "javascript:alert(8)"])
        assert cli.main(["collect", "folder", str(pictures), "--collection", name_of_all]) == 0
        options = ["--collection", name_of_all, "--name", name_of_all, "--resolution", "32"]
        assert cli.main(["dataset", "build", *options]) == 0
    make_run(workspace, dataset_name=evil)
    wording = Wording(evil, instructions=evil, consent=evil, lowest=evil[:40], highest=evil[:40])
    design = StudyDesign(wordings={"en": wording}, enlargement="pixels")
    study = create_study(workspace, evil, design, [FolderPictures(str(pictures), "<i onmouseover=alert(9)>", 4)])
    served = App(home)
    yield served, study
    served.stop()


@pytest.fixture
def watched(page: Page, canary: StandIn) -> Iterator[Page]:
    """A page whose every dialog, and every request that leaves the lab, is an attack that worked."""
    canary.seen.clear()
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.wait_for_timeout(500)  # for what an attacker put off
    assert said == []
    assert [url for url in asked if urlsplit(url).hostname == CANARY] == []
    assert canary.seen == []


def nothing_of_the_attackers(page: Page) -> None:
    for selector in (
        f"[src^='http://{CANARY}']",
        f"[src^='//{CANARY}']",
        "[href^='javascript' i]",
        "[onerror], [onload], [onmouseover]",
    ):
        expect(page.locator(selector)).to_have_count(0)
    # An address in a text may be a link, but only to what it says: never under other words.
    disguised = """here => [...document.querySelectorAll("a[href]")]
        .filter(link => new URL(link.href).host.startsWith(here) && !link.textContent.includes(here))
        .map(link => link.outerHTML)"""
    assert page.evaluate(disguised, CANARY) == []
    assert not page.evaluate("[...document.scripts].some(script => script.textContent.includes('alert('))")


def shows_it(page: Page) -> None:
    """The hostile text is on the page, as text: so this looks at the right page."""
    expect(page.get_by_text(SEEN[:15]).first).to_be_attached()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("", True),
        ("collect", False),
        ("collect?from=files", False),
        ("catalog", False),
        ("augment", True),
        ("train", True),
        ("compare", True),
        ("studies", True),
        ("queue", True),
        ("system", False),
    ],
)
def test_a_page_shows_hostile_texts_and_lets_them_do_nothing(
    path: str, shown: bool, watched: Page, lab: tuple[App, Study]
) -> None:
    watched.goto(f"{lab[0].url}/{path}")
    expect(watched.get_by_role("heading", level=1)).to_be_visible()
    expect(watched.get_by_test_id("stStatusWidget")).to_have_count(0)
    if shown:
        shows_it(watched)
    expect(watched.get_by_test_id("stException")).to_have_count(0)
    nothing_of_the_attackers(watched)


def test_a_pictures_details_show_hostile_texts(watched: Page, lab: tuple[App, Study]) -> None:
    watched.goto(f"{lab[0].url}/catalog")
    watched.get_by_role("button", name=re.compile("alert")).or_(watched.locator("[role=option]")).first.dblclick()
    expect(watched.get_by_role("dialog")).to_be_visible()
    expect(watched.get_by_role("dialog").get_by_text(SEEN[:15]).first).to_be_visible()
    nothing_of_the_attackers(watched)


def test_a_study_shows_hostile_texts_to_owner_and_rater(watched: Page, lab: tuple[App, Study]) -> None:
    app, study = lab
    watched.goto(f"{app.url}/studies?study={study.id}")
    shows_it(watched)
    nothing_of_the_attackers(watched)
    watched.goto(f"{app.url}/rate?link={access(study).token}")
    shows_it(watched)
    nothing_of_the_attackers(watched)
    watched.get_by_role("checkbox").first.check(force=True)
    watched.get_by_role("button", name="Start").click()
    expect(watched.locator("[data-showing]")).to_be_visible()
    shows_it(watched)
    nothing_of_the_attackers(watched)


def test_a_run_shows_hostile_texts(watched: Page, lab: tuple[App, Study]) -> None:
    app, _ = lab
    (run,) = Workspace(app.home).checkpoints.iterdir()
    watched.goto(f"{app.url}/train?run={run.name}")
    shows_it(watched)
    nothing_of_the_attackers(watched)


def test_hostile_values_in_an_address_do_nothing(watched: Page, lab: tuple[App, Study], canary: StandIn) -> None:
    app, _ = lab
    evil = quote(hostile(canary.url))
    for query in (
        f"search={evil}&artist={evil}&collection={evil}",
        f"run={evil}",
        f"study={evil}",
        f"link={evil}",
        f"preset={evil}",
    ):
        for path in ("catalog", "train", "compare", "studies", "rate", "collect"):
            watched.goto(f"{app.url}/{path}?{query}")
            expect(watched.get_by_role("heading", level=1)).to_be_visible()
            expect(watched.get_by_test_id("stException")).to_have_count(0)
            nothing_of_the_attackers(watched)
