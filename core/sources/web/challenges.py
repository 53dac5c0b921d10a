"""Answers that are about us, not about the item: blocks and challenges of firewalls, logins, pages in place of data.

A challenge says that the host wants a rest or a browser. It pauses the host; counted against items it would mark
thousands of good ones bad.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LOOKED_AT_BYTES = 16_384  # of a body; enough for every page named here


@dataclass(frozen=True)
class Challenge:
    vendor: str  # "Imperva", "Cloudflare", ...; "" where the page does not say
    words: str  # a sentence for the person, the host being its subject: "asks for a browser check (Cloudflare)"
    certain: bool = True  # False: a refusal as a page, which any server may send


def recognise(status: int, headers: Iterable[tuple[str, str]], body_start: bytes) -> Challenge | None:
    """The block or challenge that an answer is, at any status; None for an answer about the item itself.

    Args:
        headers: every header line by itself, doubled names included.
        body_start: decoded (no gzip); LOOKED_AT_BYTES are enough.
    """
    return None


def is_html(content_type: str, start: bytes) -> bool:
    """Is this a web page? The bytes decide where they can; the type only where there are none."""
    return False


def is_login(url: str) -> bool:
    """Does a redirect to this address mean that only people with an account get further?"""
    return False
