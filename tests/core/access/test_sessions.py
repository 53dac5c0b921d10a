"""Sessions end: by the clock, by signing out, and for good."""

import json
from pathlib import Path

import pytest

from core.access.sessions import Session, Sessions
from tests.core.access.test_attempts import Clock

SIGN_IN = "https://id.example|subject-1|1800000000|nonce"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path / "sessions", idle_seconds=3600, longest_seconds=86_400, clock=clock)


def test_a_token_names_its_owner_and_no_other_text_does(sessions: Sessions) -> None:
    token = sessions.sign_in("owner")
    session = sessions.owner_of(token)
    assert session is not None
    assert session.who == "owner"
    for other in ("", token[:-1], token + "=", token.lower(), "../" + token, "\ud800", "a" * 100_000):
        assert sessions.owner_of(other) is None


def test_the_disk_holds_no_token(sessions: Sessions, tmp_path: Path) -> None:
    token = sessions.sign_in("owner")
    for path in tmp_path.rglob("*"):
        assert token not in path.name
        assert path.is_dir() or token not in path.read_text()


def test_tokens_have_256_random_bits(sessions: Sessions) -> None:
    tokens = {sessions.sign_in("owner") for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) == 43 for token in tokens)


def test_a_session_ends_when_nobody_acts(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("owner")
    clock.now += 3601
    assert sessions.owner_of(token) is None
    clock.now -= 3601  # not even a clock that is set back begins it again
    assert sessions.owner_of(token) is None


def test_acts_put_off_the_idle_end_but_not_the_last(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("owner")
    for _ in range(23):
        clock.now += 3500
        assert sessions.owner_of(token) is not None
    clock.now += 86_400 - 23 * 3500 + 1
    assert sessions.owner_of(token) is None


def test_what_a_page_does_by_itself_keeps_nobody_signed_in(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("owner")
    for _ in range(3):
        clock.now += 1100
        assert sessions.owner_of(token, acts=False) is not None
    clock.now += 1100
    assert sessions.owner_of(token, acts=False) is None


def test_signing_out_ends_it_for_every_server_that_shares_the_folder(
    sessions: Sessions, tmp_path: Path, clock: Clock
) -> None:
    token, other = sessions.sign_in("owner"), sessions.sign_in("owner")
    elsewhere = Sessions(tmp_path / "sessions", idle_seconds=3600, longest_seconds=86_400, clock=clock)
    elsewhere.sign_out(token)
    assert sessions.owner_of(token) is None
    assert sessions.owner_of(other) is not None


def test_signing_out_everywhere_ends_those_of_one_owner(sessions: Sessions) -> None:
    mine = [sessions.sign_in("ada@example.org") for _ in range(3)]
    hers = sessions.sign_in("grace@example.org")
    assert sessions.end_all("ada@example.org") == 3
    assert [sessions.owner_of(token) for token in mine] == [None] * 3
    assert sessions.owner_of(hers) is not None


def test_a_sign_in_at_the_provider_counts_for_one_session(sessions: Sessions, clock: Clock) -> None:
    assert sessions.of_identity(SIGN_IN, "ada@example.org", clock.now) is not None
    sessions.end_identity(SIGN_IN)
    assert sessions.of_identity(SIGN_IN, "ada@example.org", clock.now - 10) is None
    assert sessions.of_identity(SIGN_IN + "later", "ada@example.org", clock.now) is not None


def test_an_old_sign_in_at_the_provider_begins_nothing(sessions: Sessions, clock: Clock) -> None:
    assert sessions.of_identity(SIGN_IN, "ada@example.org", clock.now - 86_401) is None
    assert sessions.of_identity(SIGN_IN, "ada@example.org", clock.now + 3600) is None  # nor one of the future


def test_what_names_a_sign_in_never_passes_for_a_token(sessions: Sessions, clock: Clock) -> None:
    sessions.of_identity(SIGN_IN, "ada@example.org", clock.now)
    assert sessions.owner_of(SIGN_IN) is None


def test_a_damaged_session_lets_nobody_in(sessions: Sessions, tmp_path: Path) -> None:
    token = sessions.sign_in("owner")
    (path,) = (tmp_path / "sessions").glob("*.json")
    for damage in ("", "{", "[]", json.dumps({"ended": True, **json.loads(path.read_text()), "signed_in": 0})):
        path.write_text(damage)
        assert sessions.owner_of(token) is None
    sessions.sign_in("owner")  # nor does it keep anybody out


def test_the_files_of_old_sessions_go(sessions: Sessions, tmp_path: Path, clock: Clock) -> None:
    sessions.sign_in("owner")
    clock.now += 86_400 * 3
    sessions.sign_in("owner")
    assert len(list((tmp_path / "sessions").iterdir())) == 1


def test_a_session_remembers_what_it_was_begun_with(sessions: Sessions, clock: Clock) -> None:
    token = sessions.sign_in("owner", credential="abc")
    assert sessions.owner_of(token) == Session("owner", "passphrase", clock.now, "abc")
