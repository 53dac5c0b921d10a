"""The main way through the app, walked in a real browser: from painted pictures to what people think of the samples."""

import re
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import App

SOON = 30_000  # milliseconds; everything a person waits for in front of the screen
WORK = 180_000  # what runs in the background: painting, building, training
PAINTINGS = 60


def go(page: Page, title: str) -> None:
    """Choose a page from the menu."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=SOON)


def look(page: Page, folder: Path, name: str) -> None:
    """Keep a screenshot beside the test's other files, for whoever wants to look after a failure."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def no_trouble(page: Page) -> None:
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.browser
def test_a_new_user_walks_from_sample_pictures_to_rated_samples(app: App, page: Page, tmp_path: Path) -> None:
    elsewhere: list[str] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            elsewhere.append(request.url)

    page.on("request", note)
    page.add_init_script("delete window.showSaveFilePicker")  # opens a window of the system, which no test can answer

    # 1. Home is not empty.
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Atelier")).to_be_visible(timeout=SOON)
    expect(page.get_by_role("button", name="Try it with the sample collection")).to_be_visible()
    expect(page.get_by_role("link", name="Bring your own pictures")).to_be_visible()
    look(page, tmp_path, "1-home")

    # 2. The sample collection.
    go(page, "Collect")
    count = page.get_by_label("Paintings", exact=True)
    count.fill(str(PAINTINGS))
    count.press("Enter")
    page.get_by_role("button", name=f"Import {PAINTINGS} pictures").click(timeout=SOON)
    to_catalog = page.get_by_role("link", name="Open in the catalog")
    expect(to_catalog).to_be_visible(timeout=WORK)
    look(page, tmp_path, "2-collect")

    # 3. The catalog: look at one picture, leave two out, take them back.
    to_catalog.click()
    expect(page.get_by_role("heading", name="Catalog", exact=True)).to_be_visible(timeout=SOON)
    expect(page.get_by_role("heading", name=f"{PAINTINGS} pictures")).to_be_visible(timeout=SOON)
    tiles = page.get_by_role("listbox", name="Pictures").get_by_role("option")
    tiles.first.click()
    detail = page.get_by_role("dialog")
    expect(detail.get_by_text("CC0", exact=False).first).to_be_visible(timeout=SOON)
    look(page, tmp_path, "3-detail")
    page.keyboard.press("Escape")
    expect(detail).to_have_count(0, timeout=SOON)
    for tile in (tiles.nth(0), tiles.nth(1)):
        tile.click(modifiers=["Control"])
    expect(page.get_by_text("2 chosen")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Exclude", exact=True).click()
    reason = page.get_by_role("dialog").get_by_role("combobox")
    reason.fill("not for this model")
    reason.press("Enter")
    page.get_by_role("button", name="Exclude 2 pictures").click()
    expect(page.get_by_role("heading", name=f"{PAINTINGS - 2} pictures")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=f"{PAINTINGS} pictures")).to_be_visible(timeout=SOON)
    look(page, tmp_path, "3-catalog")

    # 4. A dataset.
    go(page, "Augment")
    page.get_by_role("tab", name="Fit").click(timeout=SOON)
    resolution = page.get_by_role("slider", name="Resolution")
    resolution.focus()
    resolution.press("Home")
    expect(page.get_by_text("Fitted, 32 px").first).to_be_visible(timeout=WORK)
    page.get_by_role("tab", name="Copies").click()
    page.get_by_role("button", name="Mirrored").click()
    page.get_by_role("button", name="Build dataset").click(timeout=SOON)
    expect(page.get_by_text("holds these pictures with this recipe")).to_be_visible(timeout=WORK)
    page.get_by_role("tab", name="What the network sees").click()
    page.locator("canvas").first.hover(position={"x": 4, "y": 4}, timeout=WORK)
    expect(page.get_by_text("Column 1, row 1: red")).to_be_visible(timeout=SOON)
    look(page, tmp_path, "4-augment")
    no_trouble(page)
    go(page, "Datasets")
    page.get_by_role("link", name="Look into").click(timeout=SOON)
    trained_on = page.get_by_role("listbox", name="Trained on").get_by_role("option")
    expect(trained_on).to_have_count(52, timeout=SOON)
    trained_on.first.click()
    expect(page.get_by_role("dialog").get_by_text("flipped left to right")).to_be_visible(timeout=SOON)
    look(page, tmp_path, "4-dataset")
    page.keyboard.press("Escape")
    page.get_by_text("Files", exact=True).click()
    expect(page.get_by_text("a line for each row")).to_be_visible(timeout=SOON)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=SOON)
    page.get_by_role("button", name="Pack as a zip file").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Save .*zip")).click(timeout=SOON)
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert {name.partition("/")[2] for name in archive.namelist()} == {"manifest.json", "index.json", "images.npy"}
    no_trouble(page)

    # 5. Training, in a process of its own: it goes on while the server is down.
    go(page, "Train")
    page.get_by_text("Quick GAN", exact=True).first.click()
    expect(page.get_by_role("heading", name="Quick GAN")).to_be_visible(timeout=SOON)
    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("12")
    epochs.press("Enter")
    expect(page.get_by_text("1,248 images in all")).to_be_visible(timeout=SOON)  # 52 pictures and their mirror images
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled(timeout=SOON)
    page.wait_for_timeout(1500)  # the estimate comes in meanwhile, and moves the button under the mouse
    start.click()
    expect(page).to_have_url(
        re.compile(r"[?&]run="), timeout=WORK
    )  # a run starts once it is known to fit, which may take a trial
    run_url = page.url
    run_id = run_url.partition("run=")[2].partition("&")[0]
    folder = app.home / "checkpoints" / run_id
    app.kill()
    app.start()
    page.goto(run_url)
    expect(page.get_by_text("Done", exact=True).first).to_be_visible(timeout=WORK)
    look(page, tmp_path, "5-train")
    no_trouble(page)
    assert (folder / "end.json").exists()
    assert len(list((folder / "samples").glob("epoch-*.png"))) >= 2

    # 6. Compare epochs.
    page.get_by_role("link", name="Compare").last.click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible(timeout=SOON)
    expect(page.get_by_text(re.compile("12")).first).to_be_visible(timeout=SOON)
    look(page, tmp_path, "6-compare")
    no_trouble(page)

    # 7. A study, rated blind with the keyboard by a visitor who sees nothing of the lab.
    go(page, "Studies")
    number = page.get_by_label("Pictures of each", exact=True)
    number.fill("3")
    number.press("Enter")
    expect(page.get_by_text("Each rater judges 6 of 6 pictures")).to_be_visible(timeout=SOON)
    page.get_by_role("button", name="Freeze the pictures and open the study").click(timeout=SOON)
    expect(page).to_have_url(re.compile(r"[?&]study="), timeout=SOON)
    study_url = page.url
    look(page, tmp_path, "7-study")
    link = page.get_by_text(re.compile(r"^http://127\.0\.0\.1:\d+/rate\?\S+$")).first.inner_text(timeout=SOON)

    page.goto(link)
    page.get_by_role("button", name="Start", exact=True).click(timeout=SOON)
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
    for number in range(1, 7):
        expect(page.get_by_text(f"{number} of 6")).to_be_visible(timeout=SOON)
        if number == 1:
            look(page, tmp_path, "7-rate")
        page.wait_for_timeout(500)  # nobody has looked at a picture in its first moment, so such an answer is not taken
        page.keyboard.press(str(number % 5 + 1))
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible(timeout=SOON)
    look(page, tmp_path, "7-thanks")

    votes = (app.home / "data" / "studies").glob("*/votes.jsonl")
    assert sum(line.count('"answer"') > 0 for file in votes for line in file.read_text().splitlines()) == 6

    page.goto(study_url)
    expect(page.get_by_text("95 %").first).to_be_visible(timeout=SOON)
    look(page, tmp_path, "7-results")
    no_trouble(page)

    assert elsewhere == [], "the app must not make the browser ask anybody else"
    print(f"screenshots: {tmp_path}", file=sys.stderr)
