"""The catalog's gallery under mouse and keyboard, in a real browser."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.workspace import Workspace
from tests.browser.conftest import App
from tests.core.catalog.ledgers import Jobs, sha

_PICTURES = 70


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One app for all of these: each leaves the pictures as it found them."""
    app = App(tmp_path_factory.mktemp("catalog") / "served-lab", start=False)
    workspace = Workspace(app.home).create()
    jobs = Jobs(workspace)
    for number in range(_PICTURES):
        thumb, original = workspace.thumb(sha(number)), workspace.image(sha(number), "jpg")
        picture = Image.new("RGB", (64, 48), (3 * number, 90, 200 - 2 * number))
        for path in (thumb, original):
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
    jobs.collect(
        "seas", [jobs.stored(f"{number}.jpg", number, title=f"Sea {number:02d}") for number in range(_PICTURES)]
    )
    app.start()
    yield app
    app.stop()


@pytest.fixture
def catalog_page(lab: App, page: Page) -> Iterator[Page]:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{lab.url}/catalog")
    expect(page.get_by_role("heading", name="70 pictures")).to_be_visible(timeout=20_000)
    expect(page.locator(".tile img.loaded")).to_have_count(60)
    yield page
    assert problems == []


def tile(page: Page, number: int) -> object:
    return page.get_by_role("option", name=f"Sea {number:02d}", exact=False)


def test_pictures_are_chosen_excluded_and_brought_back(catalog_page: Page) -> None:
    page = catalog_page
    tile(page, 69).click(modifiers=["Control"])
    tile(page, 66).click(modifiers=["Shift"])
    expect(page.get_by_text("4 chosen")).to_be_visible()
    page.get_by_role("button", name="Exclude").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("too blue")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Exclude 4 pictures").click()
    expect(page.get_by_role("heading", name="66 pictures")).to_be_visible()
    expect(page.get_by_text("Excluded 4 pictures: too blue.")).to_be_visible()
    expect(page.locator(".tile[aria-selected=true]")).to_have_count(0)
    page.get_by_role("radio", name="All", exact=True).click()
    expect(page.get_by_role("option", name="Excluded: too blue")).to_have_count(4)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("option", name="Excluded: too blue")).to_have_count(0)


def test_all_that_a_filter_finds_is_left_out_and_undone_and_a_reload_shows_the_same(catalog_page: Page) -> None:
    page = catalog_page
    field = page.get_by_role("textbox", name="Filter")
    field.fill("bytes >= 1004")  # all but four
    field.press("Enter")
    expect(page.get_by_role("heading", name="66 pictures")).to_be_visible()
    page.get_by_text("Facets", exact=True).click()
    facets = page.locator(".st-key-catalog-facets")
    expect(facets.get_by_text("JPEG 66")).to_be_visible()
    page.get_by_role("button", name="Page 2").click()
    expect(page.get_by_role("option")).to_have_count(6)
    expect(page).to_have_url(re.compile("facets=true.*page=2.*where=bytes"))
    page.reload()
    expect(page.get_by_role("option")).to_have_count(6)
    expect(facets.get_by_text("JPEG 66")).to_be_visible()
    expect(field).to_have_value("bytes >= 1004")

    page.get_by_role("option").last.click(modifiers=["Control"])  # the last tile of the last page
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("button", name="Choose all 66").click()
    expect(page.get_by_text("All 66 chosen")).to_be_visible()
    page.get_by_role("button", name="Exclude", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("too many")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Exclude 66 pictures").click()
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="66 pictures")).to_be_visible()


def test_the_keyboard_alone_moves_chooses_and_opens(catalog_page: Page) -> None:
    page = catalog_page
    tile(page, 69).focus()
    page.keyboard.press("ArrowRight")
    expect(tile(page, 68)).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    expect(tile(page, 67)).to_be_focused()  # the rerun took nothing away
    page.keyboard.press("Escape")
    expect(page.get_by_text("2 chosen")).to_have_count(0)
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Sea 10")).to_be_visible()
    expect(page).to_have_url(re.compile(f"picture={sha(10)}"))
    page.keyboard.press("ArrowRight")  # beyond the page's last picture
    expect(dialog.get_by_role("heading", name="Sea 09")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).not_to_have_url(re.compile("picture="))


def test_a_choice_lasts_over_pages_and_known_pictures_are_not_asked_for_again(catalog_page: Page) -> None:
    page = catalog_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type == "fetch" else None)
    tile(page, 69).click(modifiers=["Control"])
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert asked == []
    page.get_by_role("button", name="Page 2").click()
    expect(page.get_by_role("option")).to_have_count(10)
    expect(page.locator(".tile img.loaded")).to_have_count(10)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert len(asked) == 1
    page.get_by_role("button", name="Page 1").click()
    expect(page.locator(".tile img.cached")).to_have_count(60)
    expect(page.locator(".tile[aria-selected=true]")).to_have_count(1)
    assert len(asked) == 1


def test_a_shared_link_opens_the_same_view(catalog_page: Page, lab: App) -> None:
    page = catalog_page
    page.goto(f"{lab.url}/catalog?q=sea+1&sort=Title&picture={sha(12)}")
    expect(page.get_by_role("dialog").get_by_role("heading", name="Sea 12")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option").first).to_have_attribute("aria-label", "Sea 01, Unknown artist")


def test_chosen_pictures_leave_for_a_folder_with_their_labels(catalog_page: Page, tmp_path: Path) -> None:
    page, out = catalog_page, tmp_path / "leaving"
    tile(page, 69).click(modifiers=["Control"])
    tile(page, 68).click(modifiers=["Shift"])
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    field = dialog.get_by_role("textbox", name="New folder")
    field.fill(str(out))
    field.press("Tab")
    dialog.get_by_role("button", name="Export 2 pictures").click()
    expect(dialog.get_by_text("The export is at work.")).to_be_visible(timeout=20_000)
    deadline = time.monotonic() + 30
    while not (out / "manifest.json").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(list(out.glob("*.jpg"))) == 2
    assert "Sea 69" in (out / "metadata.csv").read_text(encoding="utf-8")


def test_pictures_are_tagged_found_by_a_facet_kept_as_a_selection_and_untagged_in_the_timeline(
    catalog_page: Page,
) -> None:
    page = catalog_page
    dialog = page.get_by_role("dialog")
    tile(page, 69).click(modifiers=["Control"])
    tile(page, 67).click(modifiers=["Shift"])
    expect(page.get_by_text("3 chosen")).to_be_visible()
    page.get_by_role("button", name="Tag", exact=True).click()
    dialog.get_by_role("combobox").fill("favourite")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Tag 3 pictures").click()
    expect(page.get_by_text("Tagged 3 pictures: favourite.")).to_be_visible()

    page.get_by_text("Facets", exact=True).click()
    page.locator(".st-key-facet-my_tag").get_by_text("favourite").click()
    expect(page.get_by_role("heading", name="3 pictures", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("where=my_tag"))

    page.get_by_role("button", name="Saved").click()
    dialog.get_by_label("Name", exact=True).fill("Best")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("Saved as Best")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_role("heading", name="70 pictures")).to_be_visible()
    page.get_by_role("button", name="Saved").click()
    dialog.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="3 pictures", exact=True)).to_be_visible()
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Timeline").click()
    expect(dialog.get_by_text("Tagged 3 pictures with favourite")).to_be_visible()
    dialog.get_by_role("button", name="Undo").click()
    expect(dialog.get_by_text(re.compile(r"Undid act \d+ for 3 pictures"))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="0 pictures", exact=True)).to_be_visible()


def test_a_clicked_bar_filters_and_the_next_click_takes_it_back(catalog_page: Page) -> None:
    page = catalog_page
    page.get_by_text("Facets", exact=True).click()
    click_first_bar(page)
    expect(page).to_have_url(re.compile("where=shorter"))
    click_first_bar(page)
    expect(page).not_to_have_url(re.compile("where="))


def click_first_bar(page: Page) -> None:
    """Once the page stands: a chart that is about to be drawn anew hears no click."""
    bar = page.locator("[data-testid=stVegaLiteChart] path[aria-roledescription=bar]").first
    expect(bar).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_timeout(500)
    bar.click()
