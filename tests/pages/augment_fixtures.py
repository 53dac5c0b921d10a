"""A small real collection, and ways of handling the Augment page over it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.jobs import control
from core.workspace import Workspace

APP = Path(__file__).parents[2] / "streamlit_app.py"
PAGE = "app_pages/gather/augment.py"
GOOD, NARROW, SOLID = 20, 3, 2


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab with 20 good pictures, 3 narrow ones and 2 of one colour, taken in once for all tests."""
    folder = tmp_path_factory.mktemp("blocks")
    generator = np.random.default_rng(0)
    for number in range(GOOD + NARROW):
        cells = Image.fromarray(generator.integers(0, 256, (4, 4, 3), dtype=np.uint8))
        size = (60, 48) if number < GOOD else (120, 40)
        cells.resize(size, Image.Resampling.NEAREST).save(folder / f"{number:02d}.png")
    for number in range(SOLID):
        Image.new("RGB", (50, 50), (200, 10 * number, 0)).save(folder / f"solid-{number}.png")
    workspace = Workspace(tmp_path_factory.mktemp("collected")).create()
    job = control.create(
        workspace, "collect", {"source": "folder", "collection": "blocks", "path": str(folder)}, title="Blocks"
    )
    control.run_here(workspace, job)
    return workspace.root


@pytest.fixture
def collection(workspace: Workspace, collected: Path) -> str:
    """The lab of the test holds the pictures, as the collection "blocks"."""
    shutil.copytree(collected, workspace.root, dirs_exist_ok=True)
    return "blocks"


def open_page(**address: str) -> AppTest:
    """The page, with these parameters in its address."""
    page = AppTest.from_file(str(APP), default_timeout=30)
    page.query_params.update(address)
    page.switch_page(PAGE).run()
    assert not page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def press(page: AppTest, label: str) -> AppTest:
    button = next(button for button in page.button if button.label == label)
    button.click().run()
    assert not page.exception
    return page


def click(page: AppTest, key: str) -> AppTest:
    page.get_by_key(key).click().run()
    assert not page.exception
    return page


def put(page: AppTest, **values: object) -> AppTest:
    """Answer widgets, by key."""
    for key, value in values.items():
        page.get_by_key(key).set_value(value)
    page.run()
    assert not page.exception
    return page


def state(page: AppTest, **values: object) -> AppTest:
    """Open a popover or go to a view, by key."""
    for key, value in values.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    return page


def shown(page: AppTest) -> str:
    """All HTML on the page."""
    return "".join(element.proto.body for element in page.get("html"))
