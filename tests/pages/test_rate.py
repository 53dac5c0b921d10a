"""The page that raters see. What happens inside the rating card itself is tested in a browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access, close_study
from core.studies.voting import ballot, cast, join
from core.workspace import Workspace
from tests.core.studies.conftest import DrawnPictures

_ROUTER = Path(__file__).resolve().parents[2] / "streamlit_app.py"
SHOWN = "2026-11-21T10:00:00.000Z"


@pytest.fixture(autouse=True)
def fresh_caches() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def study(workspace: Workspace):
    sources = [DrawnPictures("generated", 2, seed=1), DrawnPictures("real", 2, seed=2)]
    design = StudyDesign(enlargement="pixels", question="How *convincing* is this?")
    return create_study(workspace, "Paintings", design, sources)


def open_link(token: str, rater: str = "") -> AppTest:
    app = AppTest.from_file(_ROUTER, default_timeout=30).run()
    app.switch_page("app_pages/judge/rate.py")
    app.query_params["link"] = token
    if rater:
        app.query_params["rater"] = rater
    app.run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    kinds = (app.title, app.markdown, app.caption, app.info, app.error)
    return "\n".join(element.value for group in kinds for element in group)


def rate_all(study, rater: str) -> VoteJournal:
    journal = VoteJournal(study.path)
    while (now := ballot(study, journal, rater)).current:
        answer = 2 if study.items[now.current.item].condition == "generated-1" else 5
        cast(study, journal, rater, now.current.presentation, answer, response_ms=900, shown_at=SHOWN)
    return journal


def test_the_first_screen_says_what_is_asked_and_what_is_kept(study):
    app = open_link(access(study).token)
    said = texts(app)
    assert app.title[0].value == "Paintings"
    assert r"How \*convincing\* is this?" in said
    assert "4 pictures" in said
    assert "under a random number" in said
    assert VoteJournal(study.path).events() == []  # opening a link makes nobody a rater


def test_starting_makes_a_rater_whose_id_stays_in_the_url(study):
    app = open_link(access(study).token)
    app.button(key="start").click().run()
    rater = app.query_params["rater"]
    assert VoteJournal(study.path).snapshot()[1].keys() == {rater}
    assert not app.exception


def everything_sent(app: AppTest) -> str:
    """All that goes to the browser, as text."""
    return "".join(str(getattr(element, "proto", "")) for element in app)


def test_nothing_that_reaches_the_browser_names_a_condition(study):
    app = open_link(access(study).token, join(study, VoteJournal(study.path)))
    sent = everything_sent(app)
    assert "data:image/png" in sent  # the pictures are in there, so this looks at the right thing
    sent = re.sub(r"base64,[A-Za-z0-9+/=]+", "", sent)  # pixels may spell anything
    for word in ("generated", "real-1", "condition", "seed", study.id, *study.items):
        assert word not in sent.lower()


@pytest.mark.parametrize("token", ["", "nope", "../../etc/passwd"])
def test_a_link_that_opens_nothing_is_refused_in_friendly_words(study, token):
    app = open_link(token)
    assert app.title[0].value == "This link opens nothing"
    assert "ask the person who sent it" in texts(app)


def test_an_unknown_rater_starts_afresh(study):
    app = open_link(access(study).token, "x" * 16)
    assert "you start afresh" in texts(app)
    assert app.button(key="start").label == "Start"


def test_a_closed_study_says_so_and_takes_nothing(study):
    close_study(study)
    app = open_link(access(study).token)
    assert "This study is closed" in texts(app)
    assert not app.button


def test_at_the_end_the_last_answer_can_be_taken_back_or_the_own_result_seen(study):
    rater = join(study, VoteJournal(study.path))
    journal = rate_all(study, rater)
    app = open_link(access(study).token, rater)
    assert "You answered all 4 pictures" in texts(app)
    assert not app.metric  # nothing tells which is which while answers can still change
    next(button for button in app.button if button.label == "Undo last").click().run()
    assert len(journal.votes()) == 3
    rate_all(study, rater)
    app.run()
    next(button for button in app.button if button.label == "See how you rated").click().run()
    assert {metric.label: metric.value for metric in app.metric} == {"Generated pictures": "2.0", "Originals": "5.0"}
    assert "told them apart" in texts(app)
    assert "Undo last" not in [button.label for button in app.button]


def test_a_full_disk_at_the_start_is_told(study, monkeypatch):
    app = open_link(access(study).token)

    def refuse(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", refuse)
        app.button(key="start").click().run()
    assert "No space left on device" in app.error[0].value
    assert "rater" not in app.query_params
