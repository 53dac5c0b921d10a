"""Links: unguessable, replaceable, and nothing else opens a study."""

import pytest

from core.errors import ConfigError, NotFoundError
from core.studies.errors import LinkError
from core.studies.links import (
    access,
    close_study,
    invite,
    is_rater_id,
    new_rater_id,
    open_link,
    raters_page,
    rating_url,
    remove_open_link,
    replace_link,
    revoke,
    set_expiry,
    study_of_link,
)
from core.studies.study import open_study


def test_a_link_opens_its_own_study(workspace, make_study):
    one, two = make_study(), make_study()
    assert study_of_link(workspace, access(one).token).id == one.id
    assert study_of_link(workspace, access(two).token).id == two.id
    assert access(one).token != access(two).token
    assert len(access(one).token) >= 22  # 128 random bits


@pytest.mark.parametrize("token", ["", "x", "../..", "é", "0" * 22])
def test_an_unknown_token_is_refused(workspace, study, token):
    with pytest.raises(LinkError, match="does not open a study"):
        study_of_link(workspace, token)


def test_a_replaced_link_stops_working(workspace, study):
    old = access(study).token
    new = replace_link(study).token
    with pytest.raises(LinkError):
        study_of_link(workspace, old)
    assert study_of_link(workspace, new).id == study.id


def test_a_closed_study_is_still_found_by_its_link(workspace, study):
    close_study(study)
    assert study_of_link(workspace, access(study).token).id == study.id
    assert not access(study).is_open


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("http://lab:8501/studies?study=x", "http://lab:8501/rate?link=t"),
        ("https://lab.example/atelier/studies", "https://lab.example/atelier/rate?link=t"),
        ("http://127.0.0.1:8501/", "http://127.0.0.1:8501/rate?link=t"),
    ],
)
def test_the_link_is_absolute_wherever_the_app_is_mounted(page, expected):
    assert rating_url(page, "t") == expected


@pytest.mark.parametrize("name", ["nothing", "../../etc", ""])
def test_an_unknown_study_is_refused(workspace, study, name):
    with pytest.raises(NotFoundError):
        open_study(workspace, name)


def test_a_picture_is_reached_only_by_its_id(study):
    with pytest.raises(NotFoundError):
        study.picture("../manifest")


def test_a_raters_id_may_stand_in_the_key_of_a_component():
    ids = [new_rater_id() for _ in range(500)]  # of ids with "_" and "-", one in 270 held "__", which Streamlit refuses
    assert all(is_rater_id(rater) and rater.isalnum() for rater in ids)


def test_invitations_have_links_of_their_own_that_can_be_revoked(workspace, study):
    made = invite(study, 3).invitations
    assert len({invitation.token for invitation in made} | {access(study).token}) == 4
    assert open_link(workspace, made[2].token).invitation == "3"
    assert open_link(workspace, access(study).token).invitation == ""
    revoke(study, "3")
    with pytest.raises(LinkError):
        open_link(workspace, made[2].token)
    assert [invitation.id for invitation in invite(study, 1).invitations] == ["1", "2", "4"]  # 3 was somebody


def test_a_number_of_invitations_that_makes_no_sense_is_refused(study):
    for count in (0, -1, 2001):
        with pytest.raises(ConfigError):
            invite(study, count)
    with pytest.raises(NotFoundError):
        revoke(study, "9")


def test_without_an_open_link_an_empty_token_opens_nothing(workspace, study):
    remove_open_link(study)
    for token in ("", "a" * 22):
        with pytest.raises(LinkError):
            open_link(workspace, token)


def test_an_expiry_that_is_no_moment_is_refused(study):
    with pytest.raises(ConfigError):
        set_expiry(study, "soon")


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("", "http://lab.example/rate?link=t"),
        ("https://rate.example", "https://rate.example/rate?link=t"),
        ("https://example/people/", "https://example/people/rate?link=t"),
    ],
)
def test_links_lead_to_the_raters_own_address_where_there_is_one(monkeypatch, named, expected):
    monkeypatch.setenv("ATELIER_RATING_PAGE", named)
    assert rating_url(raters_page("http://lab.example/studies?study=x"), "t") == expected


def test_an_address_for_raters_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("ATELIER_RATING_PAGE", "rate.example")
    with pytest.raises(ConfigError, match=r"https://rate\.example\.org"):
        raters_page("http://lab.example/studies")
