"""Mode and secrets: what is misspelt opens nothing."""

import pytest

from core.access.mode import Mode, mode
from core.access.settings import AccessSettings, access_settings
from core.errors import ConfigError


def test_without_a_word_the_lab_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mode() is Mode.LOCAL
    monkeypatch.setenv("ATELIER_MODE", "")
    assert mode() is Mode.LOCAL


@pytest.mark.parametrize("word", ["Shared", "share", "public", "rater", " raters", "none"])
def test_a_mode_that_does_not_exist_is_refused(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATELIER_MODE", word)
    with pytest.raises(ConfigError, match="local, shared, raters"):
        mode()


def test_nothing_in_the_secrets_lets_nobody_in() -> None:
    settings = access_settings({})
    assert (settings.passphrase, settings.owners) == ("", ())
    assert settings == AccessSettings()


@pytest.mark.parametrize(
    "section",
    [
        {"owner": ["ada@example.org"]},
        {"owners": "ada@example.org"},
        {"owners": [7]},
        {"passphrase": "hunter2hunter2"},
        {"passphrase": 1234},
        {"idle_hours": "long"},
        {"idle_hours": 0},
        {"idle_hours": 48, "longest_hours": 24},
        {"longest_hours": 1e9},
        {"idle_hours": float("nan")},
        {"proxies": ["everybody"]},
    ],
)
def test_what_cannot_be_meant_is_refused(section: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        access_settings(section)
