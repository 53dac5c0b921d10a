"""What the owner says about asking others for pictures."""

from dataclasses import fields

import pytest

from core import __version__
from core.errors import ConfigError
from core.files import read_json, write_json
from core.sources.web.policy import HostPolicy
from core.sources.web.settings import (
    CONTACT_VARIABLE,
    HostSettings,
    WebSettings,
    effective_policy,
    read_web_settings,
    settings_path,
    user_agent,
    write_web_settings,
)

REASON = "The museum allowed it by mail of 3 May."


@pytest.fixture(autouse=True)
def no_contact_in_the_environment(monkeypatch):
    monkeypatch.delenv(CONTACT_VARIABLE, raising=False)


def test_a_new_lab_honours_opt_outs_and_allows_no_host(workspace):
    settings = read_web_settings(workspace)
    assert settings == WebSettings()
    assert settings.honour_opt_out
    assert settings.allowed_hosts == frozenset()


def test_settings_are_read_as_they_were_written(workspace):
    settings = WebSettings(
        contact="me@lab.example",
        honour_opt_out=False,
        hosts={
            "127.0.0.1:9000": HostSettings(allowed=True, requests_per_second=0, burst=5),
            "museum.example": HostSettings(robots_override=REASON, timeout_seconds=2.5),
        },
    )
    write_web_settings(workspace, settings)
    assert read_web_settings(workspace) == settings
    assert settings.allowed_hosts == {"127.0.0.1:9000"}


def test_what_was_not_said_is_not_written(workspace):
    write_web_settings(workspace, WebSettings(hosts={"museum.example": HostSettings(concurrency=0)}))
    assert read_json(settings_path(workspace))["hosts"] == {"museum.example": {"concurrency": 0}}


def test_every_number_of_a_policy_can_be_said_by_the_owner():
    numbers = {item.name for item in fields(HostPolicy) if type(item.default) in (int, float)}
    assert numbers == {item.name for item in fields(HostSettings)} - {"allowed", "robots_override"}
    said = HostSettings(**dict.fromkeys(numbers, 1))
    assert all(getattr(effective_policy(HostPolicy(), said), name) == 1 for name in numbers)


def test_what_the_owner_does_not_say_stays_as_the_policy_has_it():
    policy = HostPolicy(requests_per_second=3, headers={"X-Requested-With": "XMLHttpRequest"})
    assert effective_policy(policy, None) is policy
    assert effective_policy(policy, HostSettings(allowed=True)) == policy
    slower = effective_policy(policy, HostSettings(requests_per_second=0.5))
    assert (slower.requests_per_second, slower.headers, slower.burst) == (0.5, policy.headers, policy.burst)


def test_a_zero_of_the_owner_counts_as_said():
    assert effective_policy(HostPolicy(), HostSettings(requests_per_second=0, concurrency=0)).requests_per_second == 0


def test_an_entry_with_a_port_wins_over_the_one_without():
    every, one = HostSettings(burst=1), HostSettings(burst=9)
    settings = WebSettings(hosts={"Museum.Example": every, "museum.example:8080": one})
    assert settings.for_host("museum.example", 8080) is one
    assert settings.for_host("museum.example", 443) is every
    assert settings.for_host("sub.museum.example", 443) == HostSettings()


def test_the_user_agent_names_us_and_the_contact():
    assert user_agent(WebSettings()) == f"Atelier/{__version__}"
    assert user_agent(WebSettings(contact=" me@lab.example ")) == f"Atelier/{__version__} (+me@lab.example)"
    assert user_agent(WebSettings(contact="https://lab.example/bot")).endswith("(+https://lab.example/bot)")


def test_the_contact_may_come_from_the_environment_where_the_settings_name_none(monkeypatch):
    monkeypatch.setenv(CONTACT_VARIABLE, "lab@school.example")
    assert "lab@school.example" in user_agent(WebSettings())
    assert "me@lab.example" in user_agent(WebSettings(contact="me@lab.example"))
    monkeypatch.setenv(CONTACT_VARIABLE, "the lab")
    with pytest.raises(ConfigError, match=CONTACT_VARIABLE):
        user_agent(WebSettings())


@pytest.mark.parametrize(
    "contact",
    [
        "nobody",
        "me@lab",
        "me@lab.example\r\nX-Evil: 1",
        "me@läb.example",
        "ftp://lab.example",
        "a) (b@c.de",
        "x@y.zz" * 60,
    ],
)
def test_a_contact_that_is_neither_mail_nor_page_is_refused(contact):
    with pytest.raises(ConfigError, match="contact is"):
        WebSettings(contact=contact)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"requests_per_second": -1}, "0 to 1000"),
        ({"requests_per_second": float("nan")}, "0 to 1000"),
        ({"requests_per_second": "fast"}, "a number"),
        ({"burst": 0}, "1 to 1000"),
        ({"burst": 1.5}, "a whole number"),
        ({"concurrency": 65}, "0 to 64"),
        ({"concurrency": True}, "a whole number"),
        ({"attempts": 0}, "1 to 50"),
        ({"timeout_seconds": 0}, "0.01 to 600"),
        ({"pauses": 0}, "1 to 100"),
        ({"robots_override": "because"}, "the reason why"),
        ({"robots_override": True}, "Needed: text"),
        ({"allowed": "yes"}, "true or false"),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_what_is_needed(said, words):
    with pytest.raises(ConfigError, match=words) as caught:
        HostSettings(**said)
    assert next(iter(said)) in str(caught.value)


@pytest.mark.parametrize("entry", ["", "https://museum.example", "museum.example/a", "*"])
def test_a_key_that_is_no_host_is_refused(entry):
    with pytest.raises(ConfigError, match="is not a host"):
        WebSettings(hosts={entry: HostSettings()})


def test_a_host_named_twice_in_different_spellings_is_refused():
    with pytest.raises(ConfigError, match="twice"):
        WebSettings(hosts={"museum.example": HostSettings(), "MUSEUM.example": HostSettings(burst=2)})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "JSON object"),
        ({"contct": "me@lab.example"}, "unknown: contct"),
        ({"hosts": []}, "hosts must be"),
        ({"hosts": {"museum.example": 5}}, "museum.example"),
        ({"hosts": {"museum.example": {"alowed": True}}}, "unknown: alowed"),
        ({"hosts": {"museum.example": {"burst": 0}}}, "burst is 0"),
        ({"contact": 5}, "contact is 5"),
        ({"honour_opt_out": "no"}, "true or false"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_its_name_with_what_is_needed(workspace, value, words):
    write_json(settings_path(workspace), value)
    with pytest.raises(ConfigError, match=words) as caught:
        read_web_settings(workspace)
    assert "web.json" in str(caught.value)


def test_a_damaged_file_is_refused_and_kept(workspace):
    settings_path(workspace).write_text('{"contact": ')
    with pytest.raises(ConfigError, match="no valid JSON"):
        read_web_settings(workspace)
    assert settings_path(workspace).read_text() == '{"contact": '
