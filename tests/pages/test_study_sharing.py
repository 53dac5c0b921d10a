"""How a study reaches people: closing, links, invitations, the poster."""

import datetime

import pytest

from core.studies.design import StudyDesign
from core.studies.freeze import create_study
from core.studies.journal import VoteJournal
from core.studies.links import access, open_link
from core.studies.poster import poster
from core.studies.voting import join
from tests.core.studies.conftest import DrawnPictures
from tests.pages.test_studies import open_page, study, texts

__all__ = ["study"]  # fixtures


def test_a_study_is_closed_and_opened_again(workspace, study):
    app = open_page(study=study.id)
    next(button for button in app.button if button.label == "Close the study").click().run()
    assert not access(study).is_open
    next(button for button in app.button if button.label == "Open it again").click().run()
    assert access(study).is_open


def test_a_replaced_link_is_another_one(workspace, study):
    before = access(study).token
    app = open_page(study=study.id)
    next(button for button in app.button if button.label == "Make a new link").click().run()
    assert app.code[0].value.endswith(access(study).token)
    assert access(study).token != before


def test_invitations_are_made_listed_and_revoked(workspace, study):
    app = open_page(study=study.id)
    app.number_input(key="invite-count").set_value(3)
    next(button for button in app.button if button.label == "Make them").click().run()
    made = access(study).invitations
    assert [invitation.id for invitation in made] == ["1", "2", "3"]
    assert open_link(workspace, made[1].token).invitation == "2"
    join(study, VoteJournal(study.path), invitation="2")
    app.run()
    table = next(frame.value for frame in app.dataframe if "Number" in frame.value)
    assert list(table["State"]) == ["not opened", "in the middle", "not opened"]
    app.selectbox(key="revoke-number").set_value("2")
    next(button for button in app.button if button.label.startswith("It stops working")).click().run()
    assert [invitation.id for invitation in access(study).invitations] == ["1", "3"]


def test_with_invitations_only_there_is_no_open_link(workspace, study):
    before = access(study).token
    app = open_page(study=study.id)
    next(button for button in app.button if button.label == "Invitations only").click().run()
    assert access(study).token == ""
    assert "There is no open link" in texts(app)
    with pytest.raises(Exception, match="does not open a study"):
        open_link(workspace, before)
    with pytest.raises(Exception, match="does not open a study"):
        open_link(workspace, "")


def test_a_poster_holds_the_link_as_code_and_text_and_escapes_what_people_wrote(workspace):
    made = create_study(workspace, "<b>Look</b>", StudyDesign(), [DrawnPictures("real", 2)])
    page = poster(made, "http://lab.example/rate?link=abc&x=1")
    assert "&lt;b&gt;Look" in page
    assert "<b>Look" not in page
    assert "link=abc&amp;x=1" in page
    assert page.count("<svg") == 1


def test_links_expire_on_the_day_that_was_set(workspace, study):
    app = open_page(study=study.id)
    app.date_input(key="study-expiry").set_value(datetime.date(2026, 1, 1))
    next(button for button in app.button if button.label == "Set").click().run()
    assert access(study).expires == "2026-01-01T23:59:59+00:00"
    assert not access(study).takes_votes()
    assert "Expired on 2026-01-01" in texts(app)
