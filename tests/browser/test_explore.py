"""The Explore page in a real browser: one walk, from two pictures to one between them that is kept and used again."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.pictures.gallery import Gallery
from core.sampling.directions import Direction, keep_principal
from core.sampling.explorer import load_explorer
from core.sampling.points import Between
from core.sampling.records import read_record
from core.training.run_folder import RunFolder
from core.workspace import Workspace
from tests.browser.conftest import App
from tests.runs import make_run
from ui.explore_search import COUNT

EPOCH = 2


@pytest.fixture
def lab(app: App) -> Workspace:
    return Workspace(app.home).create()


def vae(workspace: Workspace) -> RunFolder:
    """Tiny, with directions that count as its own: nobody waits until they are found."""
    run = make_run(workspace, "quick-vae", epochs=(1, EPOCH))
    explorer = load_explorer(workspace, run.id, EPOCH)
    axes = np.eye(explorer.latent_dim, dtype=np.float32)[:COUNT]
    own = [Direction(f"principal-{n}", f"{n}: lighter", "principal", axis, EPOCH) for n, axis in enumerate(axes, 1)]
    keep_principal(run, EPOCH, own, explorer.weights_hash)
    return run


def painting(path: Path, colour: tuple[int, int, int]) -> Path:
    picture = Image.new("RGB", (64, 48), colour)
    picture.paste((250, 240, 220), (8, 8, 40, 30))
    picture.save(path)
    return path


def at_work(page: Page, words: str) -> None:
    expect(page.locator(".desk img.picture")).to_have_attribute("alt", re.compile(words), timeout=60_000)


def test_a_picture_is_encoded_morphed_moved_kept_and_used_again(
    page: Page, app: App, lab: Workspace, tmp_path: Path
) -> None:
    run = vae(lab)
    files = [painting(tmp_path / "red.png", (180, 40, 30)), painting(tmp_path / "blue.png", (30, 60, 170))]
    page.goto(f"{app.url}/explore?run={run.id}")
    at_work(page, "Seed 0, picture 0$")

    # A click on the wall puts a picture to work, and into the address.
    page.get_by_role("button", name="Seed 0, picture 3", exact=True).click()
    at_work(page, "Seed 0, picture 3$")
    expect(page).to_have_url(re.compile("point="))

    # The picture follows a slider, and the address once it is let go.
    address = page.url
    slider = page.get_by_role("slider", name="Lighter", exact=True).first
    slider.focus()
    page.keyboard.press("ArrowRight")
    at_work(page, r"lighter \+0.1$")
    expect(page).not_to_have_url(address)

    # Two pictures are encoded, and one is made of both.
    page.get_by_role("tab", name="From a picture").click()
    picker = page.locator(".st-key-explore-pictures-picker")
    picker.get_by_role("button", name="Upload").or_(picker.get_by_role("radio", name="Upload")).first.click()
    picker.locator("input[type=file]").set_input_files(files)
    expect(page.get_by_text("Mean error of a pixel")).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="50% of the way").click()
    at_work(page, "50% of the way from .encoded from red")
    slider.focus()
    page.keyboard.press("ArrowRight")
    at_work(page, r"lighter \+0.1$")
    words = page.locator(".desk img.picture").get_attribute("alt")
    assert words is not None

    # It is kept with its parents, and the file holds the point.
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept: it is in the gallery")).to_be_visible(timeout=60_000)
    made = Gallery(lab).newest()
    assert [(one.way, len(one.parents)) for one in made] == [("sample", 2)]
    with page.expect_download() as downloading:
        page.get_by_role("button", name="PNG", exact=True).click()
    file = tmp_path / "kept.png"
    downloading.value.save_as(file)
    point = read_record(file).point
    assert isinstance(point.base, Between)
    assert point.amount("principal-1") == pytest.approx(0.1)

    # From the gallery it is used again, and from the file.
    page.get_by_text("Kept: it is in the gallery").click()
    page.get_by_role("link", name="Use again").click()
    at_work(page, re.escape(words.removeprefix("The picture at work: ")))
    page.get_by_role("button", name="Seed 0, picture 5", exact=True).click()
    at_work(page, "Seed 0, picture 5")
    page.get_by_role("tab", name="Use again").click()
    page.locator(".st-key-explore-dropped input[type=file]").set_input_files(file)
    at_work(page, re.escape(words.removeprefix("The picture at work: ")))
