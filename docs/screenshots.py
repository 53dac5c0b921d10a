"""The pictures of the README, taken from a running app.

    python docs/screenshots.py URL

URL is an app whose lab holds what `python -m core demo` makes, a study of three of its epochs with votes, and a search.
"""

import io
import os
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

_HERE = Path(__file__).parent / "images"
_WIDTH, _HEIGHT = 1360, 850
_STYLE = 7  # which picture of the sample collection is the style
_WORK = 180_000  # milliseconds


def main(url: str) -> None:
    chromium = os.environ.get("ATELIER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme=scheme)
            page.goto(url)
            page.get_by_role("heading", name="Atelier").wait_for()
            if scheme == "light":
                light(page, url)
            else:
                show(page, f"{url}/catalog", "catalog-dark")
            page.close()
        browser.close()


def light(page: Page, url: str) -> None:
    show(page, url, "home")
    page.goto(f"{url}/collect?from=wikiart")
    page.get_by_role("button", name="Colour-field painters").click()
    page.get_by_text("Mark Rothko").first.wait_for()
    keep(page, "collect")
    show(page, f"{url}/catalog", "catalog")
    page.get_by_role("listbox", name="Pictures").get_by_role("option").nth(5).click()
    page.get_by_role("dialog").get_by_text("Measures and hashes").wait_for()
    keep(page, "detail")
    arranged(page, url)
    changed(page, url)
    page.goto(f"{url}/train")
    page.get_by_text("Quick GAN on").last.click()
    page.get_by_text("Losses").first.wait_for()
    show(page, page.url, "train")  # once more, from the top
    run = page.evaluate("new URL(location.href).searchParams.get('run')")
    show(page, f"{url}/compare?run={run}@2&run={run}@8&run={run}", "compare")
    explored(page, url, run)
    measured(page, url, run)
    searched(page, url)
    restyled(page, url)
    enlarged(page, url)
    page.goto(f"{url}/studies")
    page.get_by_role("button", name="Open").first.click()
    link = page.get_by_text("/rate?").first.inner_text()
    results = page.get_by_role("heading", name="Results")
    page.get_by_role("heading", name="with 95 % intervals").first.wait_for()
    page.wait_for_timeout(3500)
    results.evaluate("heading => heading.scrollIntoView({block: 'start'})")
    keep(page, "studies")
    page.goto(link)
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator("[data-showing]").wait_for()
    keep(page, "rate")


def arranged(page: Page, url: str) -> None:
    """All pictures by likeness, and those of one corner."""
    page.goto(f"{url}/map")
    describe, arrange = (page.get_by_role("button", name=name, exact=True) for name in ("Describe pictures", "Arrange"))
    describe.or_(arrange).or_(page.get_by_text("in sight")).first.wait_for()
    if describe.is_visible():
        describe.click()
        arrange.wait_for(timeout=_WORK)
    if arrange.is_visible():
        arrange.click()
        arrange.wait_for(state="detached", timeout=_WORK)
    page.get_by_text("in sight").first.wait_for(timeout=_WORK)
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Closer")).click()
    to_the_top(page)
    keep(page, "map")


def changed(page: Page, url: str) -> None:
    """A recipe of steps, and what it draws."""
    page.goto(f"{url}/augment")
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("button", name="A small collection, gently").click()
    page.get_by_role("tab", name="Steps").click()
    page.get_by_text("Fitted, 64 px").first.wait_for(timeout=_WORK)
    page.get_by_role("tab", name="Contact sheet").evaluate("tab => tab.scrollIntoView({block: 'start'})")
    keep(page, "augment")


def explored(page: Page, url: str, run: str) -> None:
    """A picture under its sliders, beside the seeds."""
    page.goto(f"{url}/explore?run={run}")
    page.get_by_text("Its own directions").wait_for(timeout=_WORK)
    page.get_by_text("Drawn on").first.wait_for(timeout=_WORK)
    keep(page, "explore")


def measured(page: Page, url: str, run: str) -> None:
    """The epochs of the run by the metrics that need no file."""
    page.goto(f"{url}/measure?run={run}")
    page.get_by_role("button", name="Measure", exact=True).wait_for(timeout=_WORK)
    if page.get_by_text("Nothing was measured yet").is_visible():
        page.get_by_role("button", name="Measure", exact=True).click()
        page.get_by_text("Nothing was measured yet").wait_for(state="detached", timeout=_WORK)
        page.get_by_role("button", name="Stop").wait_for(state="detached", timeout=_WORK)
    to_the_top(page)
    keep(page, "measure")


def searched(page: Page, url: str) -> None:
    """The newest search for settings of the lab."""
    page.goto(f"{url}/sweeps")
    page.locator("#runs button").first.click()
    page.get_by_text("The best so far").first.wait_for(timeout=_WORK)
    to_the_top(page)
    keep(page, "sweeps")


def restyled(page: Page, url: str) -> None:
    """A still life, drawn by a program for this, in the manner of a painting of the sample collection."""
    page.goto(f"{url}/style")
    page.get_by_text("Upload", exact=True).first.click()
    page.get_by_text("A picture from this computer").wait_for()
    page.locator("input[type=file]").first.set_input_files(_HERE / "still-life.webp")
    page.get_by_role("button", name="Change").wait_for()
    page.wait_for_timeout(2000)
    page.get_by_role("listbox").first.get_by_role("option").nth(_STYLE).click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("button", name="Side by side").wait_for(timeout=_WORK)
    to_the_top(page)
    keep(page, "style")


def to_the_top(page: Page) -> None:
    page.get_by_role("heading", level=1).first.scroll_into_view_if_needed()


def enlarged(page: Page, url: str) -> None:
    page.goto(f"{url}/upscale")
    page.get_by_role("listbox").first.get_by_role("option").nth(_STYLE).click()
    page.get_by_text("Back-projection", exact=True).click()
    page.wait_for_timeout(3000)
    page.get_by_role("button", name="Upscale", exact=True).click()
    page.get_by_role("button", name="Side by side").wait_for(timeout=_WORK)
    page.get_by_text("2×", exact=True).click()
    to_the_top(page)
    keep(page, "upscale")


def show(page: Page, url: str, name: str) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for()
    keep(page, name)


def keep(page: Page, name: str) -> None:
    """What is on the screen now, as a WebP file small enough for the repository."""
    page.wait_for_timeout(3500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    _HERE.mkdir(exist_ok=True)
    picture.save(_HERE / f"{name}.webp", quality=80, method=6)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
