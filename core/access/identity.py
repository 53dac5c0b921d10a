"""Whom an identity provider (OpenID Connect) vouches for, and whether that is an owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import AtelierError


class NotAnOwnerError(AtelierError):
    """The provider knows the person; the lab does not, or not surely enough."""


@dataclass(frozen=True)
class Identity:
    who: str  # as the allow-list names it
    sign_in: str  # names this one sign-in at the provider
    signed_in: float  # seconds since 1970


def owner_identity(claims: Mapping[str, Any], owners: Sequence[str]) -> Identity:
    """The owner behind the claims of an ID token (OpenID Connect Core 1.0, sections 2 and 5.1).

    Args:
        claims: as the provider signed them. Streamlit has checked signature, audience, nonce and expiry.
        owners: e-mail addresses, and accounts as "ISSUER|SUBJECT" for providers that vouch for no address.

    Raises: NotAnOwnerError. An address counts only when the provider says that it checked it: with many, anybody may
        write anybody's address into his own account.
    """
    issuer, subject = str(claims.get("iss") or ""), str(claims.get("sub") or "")
    moment = claims.get("iat")
    if not issuer or not subject or isinstance(moment, bool) or not isinstance(moment, int | float):
        raise NotAnOwnerError("The provider's answer lacks its name, the account or the time of signing in.")
    sign_in = f"{issuer}|{subject}|{moment}|{claims.get('nonce') or ''}"
    account = f"{issuer}|{subject}"
    if account in owners:
        return Identity(str(claims.get("email") or account), sign_in, float(moment))
    email = str(claims.get("email") or "").strip()
    known = {owner.strip().casefold() for owner in owners if "@" in owner and "|" not in owner}
    if not email:
        raise NotAnOwnerError(
            f"The provider named no e-mail address. Whoever runs this lab can let the account in by adding {account!r} "
            "to `owners`."
        )
    if email.casefold() not in known:
        raise NotAnOwnerError(f"You came as {email}, which is none of this lab's owners.")
    if claims.get("email_verified") not in (True, "true"):
        raise NotAnOwnerError(
            f"You came as {email}, but the provider does not say that it checked this address, so anybody might have "
            f"written it into an account. Confirm it there. Or whoever runs this lab adds {account!r} to `owners`."
        )
    return Identity(email, sign_in, float(moment))
