"""Upscaling in a real browser: choose a file, make it larger, wipe by keyboard and by hand, zoom to true pixels."""

import io
import re
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.pictures.chosen import file_of
from core.pictures.gallery import Gallery
from core.workspace import Workspace
from tests.browser.conftest import App

SIDE = 16  # pixels of the picture: eight times as large, it stands clear of its label
WORK = 90_000  # milliseconds that a job may take on a machine that is busy with other things


def painting() -> np.ndarray:
    """(SIDE, SIDE, 3): every pixel another colour, so that none can be taken for its neighbour."""
    return np.random.default_rng(5).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def pixels_of(stage: Locator) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(stage.screenshot())).convert("RGB"))


def holds(seen: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether a picture stands in another one, pixel for pixel, wherever its middle may lie."""
    height, width, _ = wanted.shape
    middle = (seen.shape[0] - height) // 2, (seen.shape[1] - width) // 2
    places = [(top, left) for top in range(-3, 4) for left in range(-3, 4)]
    return any(
        np.array_equal(seen[top + middle[0] :, left + middle[1] :][:height, :width], wanted) for top, left in places
    )


def enlarged(picture: np.ndarray, times: int) -> np.ndarray:
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def test_a_picture_is_upscaled_and_compared_at_true_pixels(app: App, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "tiles.png"
    Image.fromarray(painting()).save(file)
    page.goto(app.url)
    expect(page.get_by_role("heading").first).to_be_visible()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Upscale").click()
    page.get_by_role("button", name="Upload").or_(page.get_by_role("radio", name="Upload")).first.click()
    page.locator(".st-key-upscale-pictures-picker input[type=file]").set_input_files(file)
    expect(page.get_by_text("16 × 16 pixels · PNG")).to_be_visible()
    page.get_by_role("radio", name="×2").click()
    expect(page.get_by_text("16 × 16 become 32 × 32 pixels")).to_be_visible()
    page.get_by_role("button", name="Upscale", exact=True).click()

    # In place: both dividers answer to the keyboard, and neither passes the other.
    first = page.get_by_role("slider", name="Divider between Input and Bicubic")
    second = page.get_by_role("slider", name="Divider between Bicubic and Lanczos")
    expect(first).to_be_visible(timeout=WORK)
    expect(page).to_have_url(re.compile(r"[?&]job="))
    before = int(first.get_attribute("aria-valuenow") or "")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(first).to_have_attribute("aria-valuenow", str(before + 2))
    page.keyboard.press("End")
    expect(first).to_have_attribute("aria-valuenow", second.get_attribute("aria-valuenow") or "")
    page.keyboard.press("Home")
    expect(first).to_have_attribute("aria-valuenow", "0")
    expect(page.get_by_test_id("stToast")).to_have_count(0)  # it may lie over the divider
    box = second.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 40, steps=4)
    page.mouse.up()
    assert int(second.get_attribute("aria-valuenow") or "") < 60

    # Side by side, zoomed together: a pixel of the result is a square of four, one of the input a square of eight.
    page.get_by_role("button", name="Side by side").click()
    page.get_by_role("button", name="4 screen pixels per pixel").click()
    expect(page.locator("output")).to_have_text("400 %")
    made = Gallery(Workspace(app.home)).newest(way="upscale")[0]
    result = np.asarray(Image.open(file_of(Workspace(app.home), made.chosen)).convert("RGB"))
    assert result.shape == (2 * SIDE, 2 * SIDE, 3)
    expect(page.locator(".layer img.waiting")).to_have_count(0)
    assert holds(pixels_of(page.get_by_role("group", name="Input", exact=True)), enlarged(painting(), 8))
    assert holds(pixels_of(page.get_by_role("group", name="Lanczos", exact=True)), enlarged(result, 4))

    # By keyboard and by wheel.
    stage = page.get_by_role("group", name="Lanczos", exact=True)
    stage.focus()
    page.keyboard.press("1")
    expect(page.locator("output")).to_have_text("100 %")
    stage.hover()
    page.mouse.wheel(0, -100)
    page.mouse.wheel(0, -100)
    expect(page.locator("output")).to_have_text("200 %")

    page.reload()  # the address names the job: its result is there again
    expect(page.get_by_role("slider", name="Divider between Input and Bicubic")).to_be_visible()
