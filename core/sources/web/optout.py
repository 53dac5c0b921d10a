"""Opt-outs: what an answer's headers say about the use of its picture by machines."""

import re
from collections.abc import Iterable

from core.sources.artwork import ItemError

AGENT = "atelier"
DIRECTIVES = frozenset({"noai", "noimageai", "noindex", "noimageindex", "none"})  # none: noindex and nofollow

_AGENT_NAME = re.compile(r"(\*|[A-Za-z][A-Za-z0-9_.-]*)\s*:(.*)", re.DOTALL)
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})  # directive: value


def opt_out(headers: Iterable[tuple[str, str]], agent: str = AGENT) -> str | None:
    """The directive by which an answer opts out, as words for a log: "X-Robots-Tag: noai". None: it does not.

    Args:
        headers: every header line by itself, doubled names included (response.headers.items() of urllib3).
        agent: our name in "name: directive" (lower case). What other names are told does not concern us.
    """
    for name, value in headers:
        lowered = name.strip().lower()
        if lowered == "x-robots-tag":
            directive = _robots_tag(value, agent)
            if directive:
                return f"X-Robots-Tag: {directive}"
        elif lowered == "tdm-reservation" and value.strip() == "1":
            # TDM Reservation Protocol (W3C community report, 2024): rights in text and data mining are reserved.
            return "tdm-reservation: 1"
    return None


def refuse_opt_out(headers: Iterable[tuple[str, str]], url: str, *, status: int = 0, attempts: int = 1) -> None:
    """Raises: ItemError("opted_out"), final, if the answer opts out: asking again would be asking against a no."""
    found = opt_out(headers)
    if found:
        raise ItemError(
            "opted_out",
            f"{url} answers with “{found}”: its owner does not want it used by machines like ours.",
            final=True,
            attempts=attempts,
            status=status,
        )


def _robots_tag(value: str, agent: str) -> str | None:
    """The first directive of a header line that applies to us.

    A name holds for what follows it in its line, until the next name: "otherbot: noindex, noai, atelier: nofollow".
    """
    concerns_us = True
    for piece in value.split(","):
        text = piece.strip()
        named = _AGENT_NAME.fullmatch(text)
        if named and named[1].lower() not in _VALUED:
            concerns_us = named[1].lower() in ("*", agent)
            text = named[2].strip()
        if concerns_us and text.lower() in DIRECTIVES:
            return text.lower()
    return None
