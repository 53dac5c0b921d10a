"""The page where owners open studies and read their results."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access
from core.studies.voting import ballot, cast, join
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SHOWN = "2026-11-21T10:00:00.000Z"


def open_page(chosen_in_gallery: Sequence[str] = (), **parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=30).run()
    if chosen_in_gallery:  # as the Gallery page hands them over
        app.session_state["study-chosen-in-gallery"] = tuple(chosen_in_gallery)
    app.switch_page("app_pages/judge/studies.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def study(workspace: Workspace):
    sources = [DrawnPictures("generated", 6, seed=1), DrawnPictures("real", 6, seed=2)]
    return create_study(workspace, "Paintings *of* sorts", StudyDesign(enlargement="pixels"), sources)


def rate(study, *, generated: int, real: int, response_ms: int = 1500) -> None:
    journal = VoteJournal(study.path)
    rater = join(study, journal)
    while (now := ballot(study, journal, rater)).current:
        answer = generated if study.items[now.current.items[0]].condition == "generated-1" else real
        cast(study, journal, rater, now.current.presentation, answer, response_ms=response_ms, shown_at=SHOWN)


def texts(app: AppTest) -> str:
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.success, app.warning, app.error, app.code)
    return "\n".join(element.value for group in kinds for element in group)


def test_without_a_run_the_page_leads_to_training(workspace):
    assert "Nothing to ask about yet" in texts(open_page())


def test_the_list_shows_counts_and_state_and_opens_a_study(workspace, study):
    rate(study, generated=2, real=4)
    app = open_page()
    assert "Open · rate 1 to 5 · 12 pictures · 12 votes · 1 rater" in texts(app)
    app.button(key=f"open-{study.id}").click().run()
    assert app.query_params["study"] == study.id
    assert app.title[0].value == r"Paintings \*of\* sorts"  # as it stands, whatever it holds


def test_a_study_shows_its_link_and_that_nobody_answered_yet(workspace, study):
    app = open_page(study=study.id)
    assert app.code[0].value.endswith(f"/rate?link={access(study).token}")
    assert "Nobody has answered yet" in texts(app)


def test_votes_reach_the_catalog(workspace, study):
    from core.catalog.catalog import Catalog

    rate(study, generated=2, real=4)
    open_page(study=study.id)
    with Catalog(workspace.catalog) as catalog:
        assert catalog.read("SELECT count(*), avg(answer) FROM study_votes") == [(12, 3.0)]


def test_an_unknown_study_is_refused_with_a_way_back(workspace, study):
    app = open_page(study="../../etc")
    assert "No study called" in app.error[0].value
    app.button[0].click().run()
    assert "study" not in app.query_params


def test_where_ratings_would_be_lost_at_a_restart_the_page_says_so(workspace, monkeypatch):
    monkeypatch.setenv("ATELIER_STORAGE", "ephemeral")
    app = open_page()
    assert any("does not survive a restart" in found.value for found in app.warning)
