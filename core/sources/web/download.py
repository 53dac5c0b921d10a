"""Downloading one rendition of a picture: checked before, while and after it arrives; broken transfers go on."""

import contextlib
import io
import re
from collections.abc import Mapping

from core.image_formats import foreign, sniff
from core.images import ImageError, ImageLimits
from core.sources.artwork import ItemError
from core.sources.web.challenges import LOOKED_AT_BYTES, is_html
from core.sources.web.exchange import Answer, Ask, Exchange, FaultError, refuse_page
from core.sources.web.optout import refuse_opt_out
from core.sources.web.parts import Part, Parts
from core.sources.web.placeholders import Placeholders

_HEAD_BYTES = 512  # enough to know a picture from anything else
_SIZE_BYTES = 65_536  # where nearly every format has told its width and height
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_ACCEPT = "image/jpeg,image/png,image/webp,image/gif,image/tiff,image/bmp,*/*;q=0.5"


class Downloads:
    """Used from many threads."""

    def __init__(
        self,
        exchange: Exchange,
        parts: Parts,
        placeholders: Placeholders,
        limits: ImageLimits,
        *,
        honour_opt_out: bool,
    ) -> None:
        self._exchange = exchange
        self._parts = parts
        self._placeholders = placeholders
        self._limits = limits
        self._honour_opt_out = honour_opt_out

    def get(self, url: str, headers: Mapping[str, str], *, item: str, is_last: bool) -> tuple[bytes, int]:
        """The bytes of a picture, not decoded, and how many requests they took.

        Args:
            item: on whose behalf, see Ask.
            is_last: there is no other rendition to turn to if this one has too many pixels.
        Raises: ItemError, StoppedError, HostClosedError.
        """
        part = self._parts.of(url)
        ask = Ask(
            url,
            item,
            headers=headers,
            own_headers=lambda: _headers(part),
            accepts=lambda status: status in (200, 206) or (status == 416 and part.can_go_on),
            refuse_url=self._placeholders.refuse_url,
        )
        try:
            data, requests = self._exchange.run(ask, lambda answer: self._receive(answer, part, is_last=is_last))
        except ItemError as error:
            if error.final:
                part.remove()
            raise
        finally:
            part.release()
        return data, requests

    def _receive(self, answer: Answer, part: Part, *, is_last: bool) -> bytes:
        url, status = answer.target.url, answer.status
        if self._honour_opt_out:
            refuse_opt_out(answer.headers.items(), url, status=status)
        self._begin(answer, part)
        if part.total is not None:
            self._check_bytes(part.total, url)
        seen = len(part.data)
        for piece in answer.pieces():
            part.grow(piece)
            self._check_bytes(len(part.data), url)
            if seen < _HEAD_BYTES <= len(part.data):
                self._check_kind(answer, part)
            if not is_last and seen < _SIZE_BYTES <= len(part.data):
                self._check_pixels(part, url)
            seen = len(part.data)
        if part.total is not None and len(part.data) < part.total:
            raise FaultError("incomplete", "sent less than it announced", status=status)
        if not part.data.strip():
            part.remove()
            raise FaultError("empty", "gives nothing at all", status=status)
        if seen < _HEAD_BYTES:
            self._check_kind(answer, part)
        if not is_last and seen < _SIZE_BYTES:
            self._check_pixels(part, url)
        data = bytes(part.data)
        part.remove()
        with contextlib.suppress(ImageError):  # who decodes it for good says so better
            self._placeholders.refuse_content(data, url, status=status)
        return data

    def _begin(self, answer: Answer, part: Part) -> None:
        """Go on with the part, or begin it anew. Raises: FaultError, also to have it asked for from its beginning."""
        if answer.encoding not in ("", "gzip", "x-gzip", "deflate"):
            raise FaultError("bad_answer", f"packs pictures in a way that was not asked for ({answer.encoding})")
        if answer.status == 200:
            part.begin(validator="" if answer.encoding else _validator(answer), total=_total(answer))
            return
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
        fits = (
            answer.status == 206
            and part.can_go_on
            and not answer.encoding
            and found is not None
            and int(found[1]) == len(part.data)
            and (found[3] == "*" or part.total is None or int(found[3]) == part.total)
            and _validator(answer) in ("", part.validator)
        )
        if not fits:
            asked = part.can_go_on
            part.remove()
            kind = "again" if asked else "trouble"
            raise FaultError("bad_answer", "gives another range than was asked for", kind=kind, status=answer.status)
        if part.total is None and found is not None and found[3] != "*":
            part.total = int(found[3])

    def _check_bytes(self, size: int, url: str) -> None:
        if size > self._limits.max_bytes:
            raise ItemError(
                "too_many_bytes",
                f"{url} has {size / 1e6:,.1f} MB or more, but at most {self._limits.max_bytes / 1e6:,.1f} MB are "
                "accepted.",
                final=True,
            )

    def _check_kind(self, answer: Answer, part: Part) -> None:
        """Raises: FaultError for a web page; ItemError for anything else that is no picture."""
        head = bytes(part.data[:LOOKED_AT_BYTES])
        if sniff(head[:32]):
            return
        try:
            if is_html(answer.content_type, head):
                head += answer.start(max(0, LOOKED_AT_BYTES - len(head)))
                refuse_page(answer, head, "a picture")
        finally:
            part.remove()
        reason, words = foreign(head)
        raise ItemError(reason, f"{answer.target.url}: {words}", final=True, status=answer.status)

    def _check_pixels(self, part: Part, url: str) -> None:
        """From the header alone, where it says: a smaller rendition may do. Raises: ItemError("too_many_pixels")."""
        pixels = _pixels(bytes(part.data[:_SIZE_BYTES]))
        if pixels is None or pixels > self._limits.max_pixels:
            count = "far too many" if pixels is None else f"{pixels / 1e6:,.0f} million"
            raise ItemError(
                "too_many_pixels",
                f"{url} has {count} pixels, but at most {self._limits.max_pixels / 1e6:g} million are accepted.",
                final=True,
            )


def _headers(part: Part) -> dict[str, str]:
    # Packed, a picture is no smaller, and Content-Length and ranges would be those of the packed form.
    headers = {"Accept": _ACCEPT, "Accept-Encoding": "identity"}
    if part.can_go_on:
        headers |= {"Range": f"bytes={len(part.data)}-", "If-Range": part.validator}
    return headers


def _validator(answer: Answer) -> str:
    """What tells whether the picture is still the same (RFC 9110, 13.1.5: no weak ETag)."""
    etag = answer.headers.get("ETag", "").strip()
    return etag if etag.startswith('"') else answer.headers.get("Last-Modified", "").strip()


def _total(answer: Answer) -> int | None:
    return None if answer.encoding else answer.length


def _pixels(start: bytes) -> int | None:
    """Width times height as the header tells; 0 where it does not, or not yet; None: beyond what Pillow opens."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(start), formats=(sniff(start[:32]) or "JPEG",)) as image:
            return image.width * image.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # core.images makes the warning an error
        return None
    except Exception:  # noqa: BLE001, a header fed with hostile bytes may raise anything; decoding will say what it is
        return 0
