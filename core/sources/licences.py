"""Licences: from a source's own words to one spelling, and whether a picture may be used by anyone for anything.

What a source says is never improved upon: what is not said is unknown, and unknown is not free.
"""

import re

PUBLIC_DOMAIN = "Public domain"
CC0 = "CC0"
IN_COPYRIGHT = "In copyright"
UNKNOWN = ""

FREE = frozenset({PUBLIC_DOMAIN, CC0})
FREE_ONLY, ANY = "free", "any"
CHOICES = {
    FREE_ONLY: "Public domain and CC0 only",
    ANY: "Any licence, also works in copyright and works whose rights are not stated",
}

_CREATIVE_COMMONS = re.compile(r"\bcc[ -]?(by(?:[ -](?:nc|sa|nd))*)(?:[ -](\d\.\d))?\b")
_CREATIVE_COMMONS_URL = re.compile(r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)?")


def normal(words: str) -> str:
    """One spelling for a licence: "CC0", "Public domain", "CC BY-SA 4.0", "In copyright"; others as they stand.

    Accepts names, sentences and addresses as museums and Creative Commons write them; empty is unknown.
    """
    text = " ".join(words.split())
    low = text.lower()
    if not low or low in ("unknown", "none", "null", "n/a"):
        return UNKNOWN
    if low.startswith("cc0") or "publicdomain/zero" in low or "cc zero" in low:
        return CC0
    if found := _CREATIVE_COMMONS_URL.search(low) or _CREATIVE_COMMONS.search(low):
        kind, version = found[1].upper().replace(" ", "-"), found[2]
        return f"CC {kind}{f' {version}' if version else ''}"
    if re.search(r"\b(not|isn't|no longer)\b.{0,20}\bpublic domain", low):
        return IN_COPYRIGHT
    if "public domain" in low or "publicdomain/mark" in low or low in ("pd", "pdm", "public-domain"):
        return PUBLIC_DOMAIN
    if "copyright" in low or "©" in low or "all rights reserved" in low or "fair use" in low:
        return IN_COPYRIGHT
    return text[:80]


def is_free(licence: str) -> bool:
    """Whether a licence lets anyone do anything, however it is spelled."""
    return normal(licence) in FREE


def accepted(licence: str, choice: str) -> bool:
    """Whether a normalised licence passes what the person chose, one of CHOICES."""
    return choice == ANY or is_free(licence)
