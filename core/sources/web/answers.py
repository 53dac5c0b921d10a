"""Answers to metadata requests: JSON and pages, remembered, so that a job that goes on asks for nothing twice."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from core.sources.artwork import ItemError
from core.sources.web.challenges import LOOKED_AT_BYTES
from core.sources.web.exchange import Answer, Ask, Exchange, FaultError, refuse_challenge, refuse_page
from core.sources.web.memory import WebMemory

MOST_BYTES = 64_000_000  # of an answer, unpacked; the longest list known, half a million ids, has 4 MB

_LASTING = frozenset({404, 410})  # statuses that are remembered too
_CHARSET = re.compile(rb"""<meta[^>]{0,100}charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_HEADERS = {
    "json": {"Accept": "application/json,*/*;q=0.8", "Accept-Encoding": "gzip, deflate"},
    "text": {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, deflate"},
}


class Answers:
    """Used from many threads.

    Args:
        fresh_since: what was remembered before that is asked for again (seconds since 1970).
    """

    def __init__(self, exchange: Exchange, memory: WebMemory, *, fresh_since: float | None) -> None:
        self._exchange = exchange
        self._memory = memory
        self._fresh_since = fresh_since

    def json(self, url: str, headers: Mapping[str, str], give_up_on: Collection[int]) -> Any:
        """Raises: ItemError, StoppedError, HostClosedError."""
        body, _ = self._get("json", url, headers, give_up_on, _read_json)
        return json.loads(body)

    def text(self, url: str, headers: Mapping[str, str], give_up_on: Collection[int]) -> tuple[str, str]:
        """The text and where it was found, redirects followed. Raises: as `json`."""
        body, found_at = self._get("text", url, headers, give_up_on, _read_text)
        return body.decode(), found_at

    def missing(self, url: str) -> ItemError | None:
        """The 404 or 410 that a picture's address answered with."""
        remembered = self._memory.answer(self._key("picture", url, {}), fresh_since=self._fresh_since)
        return _remembered_error(remembered.status, remembered.body) if remembered else None

    def remember_missing(self, url: str, error: ItemError) -> None:
        if error.status in _LASTING and error.final:
            self._remember_error(self._key("picture", url, {}), url, error)

    def _get(
        self,
        kind: str,
        url: str,
        headers: Mapping[str, str],
        give_up_on: Collection[int],
        receive: Callable[[Answer], bytes],
    ) -> tuple[bytes, str]:
        url = self._exchange.guard.target(url).url
        key = self._key(kind, url, headers)
        remembered = self._memory.answer(key, fresh_since=self._fresh_since)
        if remembered is not None:
            if remembered.status in _LASTING:
                raise _remembered_error(remembered.status, remembered.body)
            return remembered.body, remembered.found_at
        ask = Ask(url, url, headers=headers, own_headers=lambda: _HEADERS[kind], give_up_on=give_up_on)
        try:
            (body, found_at), _ = self._exchange.run(ask, lambda answer: (receive(answer), answer.target.url))
        except ItemError as error:
            if error.status in _LASTING and error.final:
                self._remember_error(key, url, error)
            raise
        self._memory.remember_answer(key, url=url, status=200, found_at=found_at, body=body)
        return body, found_at

    def _remember_error(self, key: str, url: str, error: ItemError) -> None:
        self._memory.remember_answer(key, url=url, status=error.status, found_at=url, body=str(error).encode())

    def _key(self, kind: str, url: str, headers: Mapping[str, str]) -> str:
        lines = sorted(f"{name.lower()}: {value}" for name, value in headers.items())
        return hashlib.sha256("\n".join([kind, "GET", url, *lines]).encode()).hexdigest()


def _read_json(answer: Answer) -> bytes:
    refuse_page(answer, answer.start(LOOKED_AT_BYTES), "data")
    body = answer.read(MOST_BYTES, "the answer")
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FaultError("bad_answer", f"gives no JSON ({_short(body)})", status=answer.status) from error
    return body


def _read_text(answer: Answer) -> bytes:
    refuse_challenge(answer, answer.start(LOOKED_AT_BYTES))
    body = answer.read(MOST_BYTES, "the page")
    if not body.strip():
        raise FaultError("bad_answer", "gives an empty page", status=answer.status)
    return _decoded(body, answer.content_type).encode()


def _decoded(body: bytes, content_type: str) -> str:
    named = re.search(r"""charset\s*=\s*["']?([a-zA-Z0-9_:.-]+)""", content_type, re.IGNORECASE)
    found = _CHARSET.search(body[:4096])
    charset = named[1] if named else found[1].decode() if found else "utf-8"
    try:
        text = body.decode(charset, errors="replace")
    except LookupError:  # a charset that nobody knows
        text = body.decode(errors="replace")
    return text.removeprefix("\ufeff").encode(errors="replace").decode()


def _remembered_error(status: int, message: bytes) -> ItemError:
    reason = "gone" if status == 410 else "not_found"
    return ItemError(reason, message.decode(errors="replace"), final=True, attempts=0, status=status)


def _short(body: bytes) -> str:
    if not body.strip():
        return "it is empty"
    text = " ".join(body[:200].decode(errors="replace").split())
    return f"it begins with “{text[:60]}”"
