"""Restyling in a real browser: a whole transfer with a stop, a resume and its choices used again; a mask painted."""

import io
import re

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from core.jobs.folder import State, list_jobs
from core.pictures.chosen import ChosenPicture, file_of, keep_picture
from core.pictures.gallery import Gallery
from core.style.request import StyleRequest
from core.workspace import Workspace
from tests.browser.conftest import App

LONG = 120_000  # milliseconds: a job starts a process that loads torch


def kept(workspace: Workspace, seed: int, label: str) -> ChosenPicture:
    cells = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(cells).resize((240, 180), Image.Resampling.BICUBIC).save(out, "PNG")
    return keep_picture(workspace, out.getvalue(), label=label)


def open_form(app: App, page: Page) -> Workspace:
    workspace = Workspace(app.home).create()
    content, style = kept(workspace, 1, "bridge.jpg"), kept(workspace, 2, "wave.jpg")
    page.goto(f"{app.url}/style?content={content.sha256}&style={style.sha256}")
    expect(page.get_by_text("of memory")).to_be_visible(timeout=LONG)
    return workspace


def size_field(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="Size")


def set_size(page: Page, pixels: int) -> None:
    size_field(page).fill(str(pixels))
    size_field(page).press("Enter")
    expect(page.get_by_text(re.compile(rf"for {pixels} × "))).to_be_visible(timeout=LONG)


def choose_engine(page: Page, title: str) -> None:
    page.locator(".st-key-style-engine").get_by_text(title, exact=True).click()
    expect(page.get_by_role("radio", name=title)).to_be_checked()


def start(page: Page) -> None:
    page.locator(".st-key-style-start").get_by_role("button").click()


def test_a_restyling_is_watched_stopped_resumed_and_its_choices_used_again(app: App, page: Page) -> None:
    workspace = open_form(app, page)
    set_size(page, 512)
    start(page)
    expect(page.get_by_role("img", name="The picture so far")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"Stopped at \d+ %")).first).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Use again")).to_be_visible()
    (stopped,) = Gallery(workspace).newest(way="style")
    assert stopped.remark.startswith("Stopped at")
    address = page.url

    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text(re.compile(r"512 x 384 pixels in"))).to_be_visible(timeout=LONG)
    (finished,) = Gallery(workspace).newest(way="style")
    assert finished.remark == ""
    assert finished.sha256 != stopped.sha256

    page.goto(address)  # as somebody who was sent the link: the choices come with it
    expect(page.get_by_text("512 × 384 pixels").first).to_be_visible(timeout=LONG)
    expect(size_field(page)).to_have_value("512")
    set_size(page, 128)
    page.get_by_role("button", name="Use again").click()
    expect(size_field(page)).to_have_value("512")
    choose_engine(page, "Palette")
    set_size(page, 96)
    start(page)
    expect(page.get_by_text(re.compile(r"96 x 72 pixels in"))).to_be_visible(timeout=LONG)
    newest = list_jobs(workspace)[0]
    request = StyleRequest.from_json(newest.settings["request"])
    assert (newest.state(), request.engine, request.size) == (State.DONE, "palette", 96)
    strip = page.get_by_role("listbox", name=re.compile("Restyled here"))
    expect(strip.get_by_role("option")).to_have_count(2)
    strip.get_by_role("option").nth(1).click()
    expect(page.get_by_text("512 × 384 pixels").first).to_be_visible(timeout=LONG)


def test_a_mask_is_painted_by_mouse_and_keys_and_keeps_the_rest_as_it_was(app: App, page: Page) -> None:
    workspace = open_form(app, page)
    choose_engine(page, "Palette")
    page.get_by_text("Masks", exact=True).click()
    page.get_by_role("button", name="Draw").first.click()
    stage = page.get_by_role("application")
    expect(stage).to_be_visible()
    status = page.get_by_role("dialog").get_by_role("status").filter(has_text="painted")
    expect(status).to_have_text("Nothing painted yet")
    expect(page.get_by_role("button", name="Use this mask")).to_be_disabled()
    page.get_by_role("button", name="Lasso").click()
    box = stage.bounding_box()
    assert box is not None
    corners = [(0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98)]
    spots = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=4)
    page.mouse.up()
    expect(status).to_have_text(re.compile(r"^4\d % painted"))
    stage.press("i")
    expect(status).to_have_text(re.compile(r"^5\d % painted"))
    page.get_by_role("button", name="Undo").click()
    expect(status).to_have_text(re.compile(r"^4\d % painted"))
    page.get_by_role("button", name="Use this mask").click()
    expect(page.get_by_text("White parts only")).to_be_visible()
    start(page)
    expect(page.get_by_text(re.compile(r"240 x 180 pixels in"))).to_be_visible(timeout=LONG)

    (made,) = Gallery(workspace).newest(way="style")
    request = StyleRequest.from_json(list_jobs(workspace)[0].settings["request"])
    assert request.mask is not None
    with (
        Image.open(file_of(workspace, made.chosen)) as result,
        Image.open(file_of(workspace, request.content)) as content,
    ):
        after, before = np.asarray(result.convert("RGB"), int), np.asarray(content.convert("RGB"), int)
    assert np.array_equal(after[:, 150:], before[:, 150:])  # unpainted
    assert np.abs(after[30:150, 30:90] - before[30:150, 30:90]).mean() > 5
