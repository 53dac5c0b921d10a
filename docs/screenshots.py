"""The pictures of the README, taken from a running app.

    python docs/screenshots.py URL

URL is an app whose lab holds what `python -m core demo` makes, and a study of three of its epochs with votes.
"""

import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

_HERE = Path(__file__).parent / "images"
_WIDTH, _HEIGHT = 1360, 850


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
    show(page, f"{url}/augment", "augment")
    page.goto(f"{url}/train")
    page.get_by_text("Quick GAN on").last.click()
    page.get_by_text("Losses").first.wait_for()
    show(page, page.url, "train")  # once more, from the top
    run = page.evaluate("new URL(location.href).searchParams.get('run')")
    show(page, f"{url}/compare?run={run}@2&run={run}@8&run={run}", "compare")
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
