"""Whom the provider's word lets in."""

from typing import Any

import pytest

from core.access.identity import NotAnOwnerError, owner_identity

CLAIMS = {
    "iss": "https://id.example",
    "sub": "subject-1",
    "iat": 1_800_000_000,
    "email": "ada@example.org",
    "email_verified": True,
}
OWNERS = ("ada@example.org",)


def test_a_checked_address_on_the_list_gets_in() -> None:
    identity = owner_identity(CLAIMS, OWNERS)
    assert (identity.who, identity.signed_in) == ("ada@example.org", 1_800_000_000)


def test_letter_case_of_addresses_does_not_matter() -> None:
    assert owner_identity({**CLAIMS, "email": "Ada@Example.org"}, ("ADA@example.ORG ",)).who == "Ada@Example.org"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email": "eve@example.org"}, "none of this lab's owners"),
        ({"email": "ada@example.org.evil.example"}, "none of this lab's owners"),
        ({"email": "xada@example.org"}, "none of this lab's owners"),
        ({"email": ""}, "named no e-mail address"),
        ({"email_verified": False}, "does not say that it checked"),
        ({"email_verified": None}, "does not say that it checked"),
        ({"email_verified": "false"}, "does not say that it checked"),
        ({"email_verified": 1.5}, "does not say that it checked"),
        ({"iat": None}, "lacks its name"),
        ({"iat": "now"}, "lacks its name"),
        ({"iss": ""}, "lacks its name"),
        ({"sub": None}, "lacks its name"),
    ],
)
def test_everybody_else_is_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotAnOwnerError, match=reason):
        owner_identity({**CLAIMS, **changes}, OWNERS)


def test_an_empty_list_lets_nobody_in() -> None:
    with pytest.raises(NotAnOwnerError):
        owner_identity(CLAIMS, ())


def test_a_list_may_name_the_account_of_a_provider_that_checks_no_addresses() -> None:
    claims = {**CLAIMS, "email_verified": None}
    assert owner_identity(claims, ("https://id.example|subject-1",)).who == "ada@example.org"
    with pytest.raises(NotAnOwnerError):  # the same subject of another provider is somebody else
        owner_identity({**claims, "iss": "https://other.example"}, ("https://id.example|subject-1",))


def test_an_address_that_reads_like_an_account_names_none() -> None:
    with pytest.raises(NotAnOwnerError):
        owner_identity({**CLAIMS, "email": "https://id.example|subject-2"}, ("https://id.example|subject-2",))


def test_each_sign_in_has_a_name_of_its_own() -> None:
    first, later = (owner_identity({**CLAIMS, "iat": iat}, OWNERS).sign_in for iat in (1_800_000_000, 1_800_000_001))
    assert first != later
