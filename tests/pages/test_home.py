"""Home: what it offers to a new user, and what it shows of a lab in use."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import demo
from core.jobs import control
from core.jobs.folder import list_jobs
from core.pictures.gallery import Gallery
from core.workspace import Workspace
from tests.core.pictures import encoded, noise
from tests.pages.run_fixtures import make_run

_APP = Path(__file__).parents[2] / "streamlit_app.py"


@pytest.fixture
def open_home(workspace: Workspace) -> Callable[[], AppTest]:
    def opened() -> AppTest:
        app = AppTest.from_file(_APP, default_timeout=60).run()
        assert not app.exception, app.exception
        return app

    return opened


def test_an_empty_lab_offers_the_sample_collection_and_own_pictures(open_home: Callable[[], AppTest]) -> None:
    app = open_home()
    assert app.title[0].value == "Atelier"
    assert app.button(key="home-try").label == "Try it with the sample collection"
    assert "Bring your own pictures" in [heading.value for heading in app.subheader]
    assert "Restyle a picture" in [heading.value for heading in app.subheader]
    assert [metric.value for metric in app.metric] == ["0", "0", "0", "0", "0"]


def test_one_click_starts_the_first_steps_and_cannot_start_them_twice(
    open_home: Callable[[], AppTest], workspace: Workspace
) -> None:
    app = open_home()
    app.button(key="home-try").click().run()
    (job,) = [job for job in list_jobs(workspace) if job.kind == demo.KIND]
    try:
        assert app.button(key="home-try").disabled
        assert "First steps" in [heading.value for heading in app.subheader]
    finally:
        control.stop(workspace, job)
        control.wait(job, timeout_seconds=120)


def test_what_was_made_here_is_shown_and_counted(open_home: Callable[[], AppTest], workspace: Workspace) -> None:
    Gallery(workspace).keep(encoded(noise()), way="style", title="Street", label="patch: pieces")
    app = open_home()
    assert "Made here" in [heading.value for heading in app.subheader]
    assert dict(zip([m.label for m in app.metric], [m.value for m in app.metric], strict=True))["Work"] == "1"
    assert "1 restyled" in [caption.value for caption in app.caption]


def test_a_lab_in_use_shows_what_its_newest_model_draws(open_home: Callable[[], AppTest], workspace: Workspace) -> None:
    make_run(workspace)
    app = open_home()
    assert "What the newest model draws" in [heading.value for heading in app.subheader]
    assert dict(zip([m.label for m in app.metric], [m.value for m in app.metric], strict=True))["Run"] == "1"
    assert not [button for button in app.button if button.key == "home-try"]


def test_a_misspelt_mode_opens_nothing(open_home: Callable[[], AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_MODE", "sharde")
    app = AppTest.from_file(_APP, default_timeout=60).run()
    assert "sharde" in app.error[0].value
    assert not app.title
