"""The passphrase's hash."""

import io
import json

import pytest

from core.access import passphrase
from core.access.passphrase import hash_passphrase, matches
from core.cli import main
from core.errors import ConfigError

WORDS = "five wet herons on a wall"


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_passphrase(WORDS)


def test_only_the_passphrase_itself_matches(hashed: str) -> None:
    assert matches(WORDS, hashed)
    for other in ("", WORDS[:-1], WORDS + " ", WORDS.upper(), hashed, "x" * 5000):
        assert not matches(other, hashed)


def test_the_hash_holds_no_part_of_the_passphrase_and_differs_each_time(hashed: str) -> None:
    assert not any(word in hashed for word in WORDS.split() if len(word) > 2)
    assert hash_passphrase(WORDS) != hashed


def test_letters_composed_in_another_way_are_the_same_letters() -> None:
    assert matches("cafe\u0301 au lait noir", hash_passphrase("caf\u00e9 au lait noir"))


@pytest.mark.parametrize("poor", ["", "short", "elevenchars", "a" * 40, "abababababababab", "x" * 1025])
def test_a_passphrase_easy_to_guess_is_refused(poor: str) -> None:
    with pytest.raises(ConfigError):
        hash_passphrase(poor)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "admin",
        "scrypt:32768:8:3::",
        "scrypt:0:8:3:AAAAAAAAAAAAAAAAAAAAAA==:" + "A" * 43 + "=",
        "scrypt:1073741824:8:1:AAAAAAAAAAAAAAAAAAAAAA==:" + "A" * 43 + "=",  # a terabyte of memory
        "plain:32768:8:3:AAAAAAAAAAAAAAAAAAAAAA==:" + "A" * 43 + "=",
        "scrypt:32768:8:3:AAAA:" + "A" * 43 + "=",
    ],
)
def test_what_is_no_hash_of_ours_is_refused_and_lets_nobody_in(damaged: str) -> None:
    with pytest.raises(ConfigError, match="python -m core passphrase"):
        matches(WORDS, damaged)


def test_the_hash_is_compared_in_constant_time(hashed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    honest = passphrase.hmac.compare_digest
    monkeypatch.setattr(passphrase.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or honest(a, b))
    matches("wrong words here", hashed)
    assert [len(side) for side in compared[0]] == [32, 32]


def test_the_command_reads_one_line_and_prints_what_goes_into_the_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(WORDS + "\n"))
    assert main(["passphrase", "--json"]) == 0
    assert matches(WORDS, json.loads(capsys.readouterr().out)["passphrase"])


def test_the_command_refuses_a_short_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    assert main(["passphrase"]) == 1
    assert "Found 7 characters" in capsys.readouterr().err
