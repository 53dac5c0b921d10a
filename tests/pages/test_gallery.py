"""The Gallery page: what was made here, and where it goes from there."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.folder import list_jobs
from core.pictures.chosen import keep_picture
from core.pictures.gallery import Gallery, Made
from core.workspace import Workspace
from tests.core.pictures import encoded, noise
from tests.pages.test_studies import texts

_ROUTER = str(Path(__file__).parents[2] / "streamlit_app.py")


def open_page(**parameters: str) -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=30).run()
    app.switch_page("app_pages/make/gallery.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def made(workspace: Workspace) -> list[Made]:
    """Two restyled pictures and a larger one, the oldest first."""
    content = keep_picture(workspace, encoded(noise(seed=9)), label="Street")
    gallery = Gallery(workspace)
    return [
        gallery.keep(
            encoded(noise(seed=seed)),
            way=way,
            title=f"Picture {seed}",
            label="patch: pieces of the style",
            parents=(content,),
            request={"engine": "patch"},
        )
        for seed, way in enumerate(("style", "style", "upscale"))
    ]


def told(app: AppTest) -> str:
    return "\n".join([texts(app), *(heading.value for heading in app.subheader)])


def button(app: AppTest, label: str):
    return next(found for found in app.button if found.label == label)


def test_an_empty_gallery_leads_to_what_fills_it(workspace: Workspace) -> None:
    assert "Nothing made yet" in told(open_page())


def test_a_picture_that_was_opened_shows_what_made_it_and_what_it_was_made_of(made: list[Made]) -> None:
    shown = told(open_page(picture=made[0].sha256))
    assert "Picture 0" in shown
    assert "patch: pieces of the style" in shown
    assert "Street" in shown


def test_a_parent_that_is_gone_is_named(workspace: Workspace, made: list[Made]) -> None:
    workspace.image(made[0].parents[0].sha256, "png").unlink()
    assert "Street (not in this lab)" in texts(open_page(picture=made[0].sha256))


@pytest.mark.parametrize("link", ["0" * 64, "../../etc/passwd"])
def test_a_link_to_a_picture_that_is_not_there_is_told(made: list[Made], link: str) -> None:
    app = open_page(picture=link)
    assert "not in the gallery" in texts(app) or "not a valid name" in " ".join(error.value for error in app.error)


def test_pictures_are_taken_out_and_come_back_as_they_were(workspace: Workspace, made: list[Made]) -> None:
    app = open_page()
    choose(app, made[1], made[2])
    button(app, "Take out").click().run()
    assert Gallery(workspace).newest() == [made[0]]
    assert "and 1 more" in texts(app)
    button(app, "Undo").click().run()
    assert Gallery(workspace).newest() == made[::-1]


def test_chosen_pictures_become_a_collect_job_of_their_own(workspace: Workspace, made: list[Made]) -> None:
    def dialog(sha256: str) -> None:
        from ui.gallery_acts import add_dialog

        add_dialog([sha256])

    app = AppTest.from_function(dialog, args=(made[0].sha256,), default_timeout=30).run()
    button(app, "Add 1 picture").click().run()
    (job,) = list_jobs(workspace)
    assert job.settings == {"source": "gallery", "collection": "Made here", "pictures": [made[0].sha256]}


def test_chosen_pictures_go_into_the_form_of_a_new_study(made: list[Made]) -> None:
    app = open_page()
    choose(app, made[0], made[1])
    button(app, "Ask people").click().run()
    assert app.button_group(key="study-kind").value == "rate-1-to-10"
    assert app.multiselect(key="study-made-2").value == ["Chosen in the gallery"]


def choose(app: AppTest, *pictures: Made) -> None:
    """As ticks in the component do, which AppTest does not run."""
    app.session_state["made-gallery-control"] = {"version": 0, "ids": [picture.sha256 for picture in pictures]}
    app.run()
