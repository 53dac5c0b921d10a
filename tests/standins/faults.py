"""Faults of single pictures, each with what must become of the item: it arrives, or it does not, and why.

faulty = Faulty(site.answer, is_picture, assigned(paths, share=0.05, seed=1), elsewhere=other.url)
with StandIn(faulty) as server: ...
"""

import gzip
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from random import Random

from PIL import Image

from tests.standins.contents import CONTENTS, Content
from tests.standins.limits import UNAVAILABLE, Responder, too_many
from tests.standins.server import CANARY, Answer, Request

PLACEHOLDER = "/Content/images/FRAME-600x480.jpg"
DISALLOWED = "/private/picture.jpg"  # by limits.ROBOTS
_PAGE = Answer(200, b"<!DOCTYPE html><html><head><title>Picture</title></head><body>Later.</body></html>", "image/jpeg")


@dataclass(frozen=True)
class Try:
    """One request for a picture that has a fault."""

    request: Request
    good: Answer  # what the server would have sent
    number: int  # of requests for this picture, from 1
    elsewhere: str  # another server that has the same pictures: "http://127.0.0.2:PORT"
    canary: str  # a server that nothing may be led to

    def whole_or_rest(self) -> Answer:
        """As a server answers that knows ranges."""
        body, tag = self.good.body, f'"{len(self.good.body)}"'
        headers = (*self.good.headers, ("ETag", tag), ("Accept-Ranges", "bytes"))
        wanted = self.request.headers.get("range", "")
        if not wanted or self.request.headers.get("if-range", tag) != tag:
            return replace(self.good, headers=headers)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        content_range = ("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        return replace(self.good, status=206, body=body[start:], headers=(*headers, content_range))


@dataclass(frozen=True)
class Fault:
    name: str
    spoil: Callable[[Try], Answer]
    reason: str = ""  # under which the item does not arrive; empty: it arrives
    heals: bool = False  # it could: tried as often as makes sense, and then left for a person to try again

    @property
    def state(self) -> str:
        """What the ledger has to say in the end."""
        return "stored" if not self.reason else "failed" if self.heals else "refused"


def _half(answer: Answer) -> Answer:
    return replace(answer, cut_after=len(answer.body) // 2)


def _announcing_more(answer: Answer) -> Answer:
    return replace(answer, announce=len(answer.body) + 1000)


def _dripping(answer: Answer) -> Answer:
    """A few hundred bytes a second, without ever stopping for long."""
    return replace(answer, drip_seconds=0.05, drip_bytes=16)


def _gzipped(answer: Answer) -> Answer:
    return replace(answer, body=gzip.compress(answer.body, 1), headers=(*answer.headers, ("Content-Encoding", "gzip")))


def _moved(location: str) -> Answer:
    return Answer(302, b"", headers=(("Location", location),))


def _once(spoilt: Callable[[Answer], Answer]) -> Callable[[Try], Answer]:
    return lambda a: spoilt(a.good) if a.number == 1 else a.good


def _always(spoilt: Callable[[Answer], Answer]) -> Callable[[Try], Answer]:
    return lambda a: spoilt(a.good)


def _range(second: Callable[[Try], Answer]) -> Callable[[Try], Answer]:
    """Cut off in the middle once; then what `second` makes of the request for the rest."""
    return lambda a: _half(a.whole_or_rest()) if a.number == 1 else second(a)


def _range_refused(a: Try) -> Answer:
    if not a.request.headers.get("range"):
        return a.good
    return Answer(416, b"", "text/plain", headers=(("Content-Range", f"bytes */{len(a.good.body)}"),))


def _tagged(*values: str) -> Callable[[Try], Answer]:
    lines = tuple(("X-Robots-Tag", value) for value in values)
    return lambda a: replace(a.good, headers=(*a.good.headers, *lines))


def _instead(content: Content) -> Callable[[Try], Answer]:
    def spoil(a: Try) -> Answer:
        with Image.open(io.BytesIO(a.good.body)) as image:
            return replace(a.good, body=content.make(image.convert("RGB")), content_type=content.content_type)

    return spoil


# Faults that pass: the first try meets them, a later one does not.
_PASSING = (
    Fault("web page as image/jpeg, once", _once(lambda _good: _PAGE)),
    Fault("shorter than announced, once", _once(_announcing_more)),
    Fault("nothing at all, once", _once(lambda good: replace(good, body=b""))),
    Fault("dropped in the middle, once", _once(_half)),
    Fault("dropped in the middle, Range honoured", _range(Try.whole_or_rest)),
    Fault("dropped in the middle, Range ignored", _range(lambda a: a.good)),
    Fault("dropped in the middle, Range answered with 416", _range(_range_refused)),
    Fault("dripping, once", _once(_dripping)),
    Fault("503, once", _once(lambda _good: UNAVAILABLE)),
    Fault("429, once", _once(lambda _good: too_many())),
    Fault("429 with Retry-After in seconds, once", _once(lambda _good: too_many("seconds", seconds=0.0))),
    Fault("429 with Retry-After as a date, once", _once(lambda _good: too_many("date", seconds=0.0))),
    Fault("403, once", _once(lambda _good: Answer(403, b"Forbidden", "text/plain"))),
)
# Oddities that are none of the picture's fault.
_HARMLESS = (
    Fault("packed with gzip", _always(_gzipped)),
    Fault("redirected to another host", lambda a: _moved(a.elsewhere + a.request.path)),
    Fault("X-Robots-Tag for another bot", _tagged("otherbot: noai", "googlebot: noindex, noimageindex")),
)
_LASTING = (
    Fault("web page as image/jpeg", _always(lambda _good: _PAGE), "web_page", heals=True),
    Fault("shorter than announced", _always(_announcing_more), "incomplete", heals=True),
    Fault("nothing at all", _always(lambda good: replace(good, body=b"")), "empty", heals=True),
    Fault("dropped in the middle", _always(_half), "incomplete", heals=True),
    Fault("dripping", _always(_dripping), "timeout", heals=True),
    Fault("500", _always(lambda _good: Answer(500, b"Error", "text/plain")), "server_error", heals=True),
    Fault("404", _always(lambda _good: Answer(404, b"Not found")), "not_found"),
    Fault("410", _always(lambda _good: Answer(410, b"Gone")), "gone"),
    Fault("403", _always(lambda _good: Answer(403, b"Forbidden", "text/plain")), "forbidden"),
    Fault("redirected in a circle", lambda a: _moved(a.request.path), "redirects"),
    Fault("redirected to a private address", lambda a: _moved(a.canary + a.request.path), "address"),
    Fault("redirected to a file", _always(lambda _good: _moved("file:///etc/hostname")), "address"),
    Fault("redirected to a placeholder", _always(lambda _good: _moved(PLACEHOLDER)), "placeholder"),
    Fault("redirected to where robots.txt forbids", _always(lambda _good: _moved(DISALLOWED)), "robots"),
    Fault("X-Robots-Tag: noai", _tagged("noai"), "opted_out"),
    Fault("X-Robots-Tag: noimageai, noindex", _tagged("noimageai, noindex"), "opted_out"),
    Fault("X-Robots-Tag in two lines", _tagged("otherbot: noai", "noimageai"), "opted_out"),
)
_CONTENTS = tuple(Fault(name, _instead(content), content.reason) for name, content in CONTENTS.items())

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in (*_PASSING, *_HARMLESS, *_LASTING, *_CONTENTS)}


def assigned(keys: Iterable[str], *, share: float, seed: int) -> dict[str, Fault]:
    """Which items have which fault: as many of each kind as of any other; the same for the same arguments."""
    random = Random(seed)
    pool = sorted(keys)
    chosen = random.sample(pool, round(share * len(pool)))
    kinds = list(FAULTS.values())
    random.shuffle(kinds)
    return {key: kinds[place % len(kinds)] for place, key in enumerate(chosen)}


def by_chance(share: float, *, seed: int = 0) -> Callable[[str], Fault | None]:
    """As `assigned`, for items that nobody has counted: which of them are faulty, and how, depends on their keys."""
    kinds = list(FAULTS.values())

    def fault_of(key: str) -> Fault | None:
        random = Random(f"{seed} {key}")
        return random.choice(kinds) if random.random() < share else None

    return fault_of


class Faulty:
    """Around a server's answers: pictures have the faults that were assigned to their paths.

    Args:
        key: names what a request asks for; None if it asks for no picture. A work with several renditions has one key,
            so that all of them have its fault.
        fault_of: the fault of a key, or None.
        elsewhere: the address of a second server, which has the same pictures without faults.
        canary: the address of a third one, to which nothing may be led.
    """

    def __init__(
        self,
        answer: Responder,
        key: Callable[[Request], str | None],
        fault_of: Callable[[str], Fault | None],
        *,
        elsewhere: str = "",
        canary: str = f"http://{CANARY}:9",
    ) -> None:
        self._answer = answer
        self._key = key
        self._fault_of = fault_of
        self._elsewhere = elsewhere
        self._canary = canary
        self._lock = threading.Lock()
        self._tries: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        key = self._key(request)
        fault = None if key is None else self._fault_of(key)
        if fault is None:
            return self._answer(request)
        with self._lock:
            self._tries[request.path] += 1
            number = self._tries[request.path]
        return fault.spoil(Try(request, self._answer(request), number, self._elsewhere, self._canary))
