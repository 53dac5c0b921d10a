"""What stands behind a picture's address: every kind of file that real collections hold.

Each is made from a plain picture, so that two items of one kind differ, and each says what must become of it.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.core.pictures import encoded
from tests.standins.pictures import flat_picture

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
_COPIED = (0, 96, 72)  # the picture that copies are of


@dataclass(frozen=True)
class Content:
    """A kind of file that stands behind a picture's address."""

    make: Callable[[Image.Image], bytes]  # from a plain picture, RGB
    content_type: str = JPEG
    reason: str = ""  # under which it is refused; empty: it arrives
    suffix: str = "jpg"  # under which it is kept


def _on_its_side(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by a quarter
    return encoded(image, "JPEG", exif=exif)


def _deep(image: Image.Image) -> bytes:
    return encoded(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def _see_through(image: Image.Image) -> bytes:
    image = image.convert("RGBA")
    image.putalpha(128)
    return encoded(image, "PNG")


def _animated(image: Image.Image) -> bytes:
    more = [image.rotate(180), image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    return encoded(image, "GIF", save_all=True, append_images=more, duration=50, loop=0)


def _huge_header(_image: Image.Image) -> bytes:
    """A PNG of 20,000 x 20,000 pixels in a few hundred bytes: its header is all there is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1024))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _cut_off(image: Image.Image) -> bytes:
    """As the server itself has it: the length it announces is the length of what is left."""
    data = encoded(image, "JPEG")
    return data[: len(data) * 2 // 3]


def _drawing(image: Image.Image) -> bytes:
    colour = "#{:02x}{:02x}{:02x}".format(*image.getpixel((0, 0)))
    return f'<svg xmlns="http://www.w3.org/2000/svg"><rect width="90" height="60" fill="{colour}"/></svg>'.encode()


CONTENTS: Mapping[str, Content] = {
    "EXIF orientation 6": Content(_on_its_side),
    "CMYK JPEG": Content(lambda image: encoded(image.convert("CMYK"), "JPEG")),
    "16-bit PNG": Content(_deep, PNG, suffix="png"),
    "palette PNG": Content(lambda image: encoded(image.quantize(16), "PNG"), PNG, suffix="png"),
    "RGBA PNG": Content(_see_through, PNG, suffix="png"),
    "animated GIF": Content(_animated, GIF, suffix="gif"),
    "WebP named .jpg": Content(lambda image: encoded(image, "WEBP"), JPEG, suffix="webp"),
    "exact copy": Content(lambda _image: flat_picture(*_COPIED)),
    "near copy": Content(lambda image: _recompressed(flat_picture(*_COPIED), image)),
    "1 x 1": Content(lambda image: encoded(image.resize((1, 1)), "PNG"), PNG, reason="too_small"),
    "20,000 x 20,000 header": Content(_huge_header, PNG, reason="too_many_pixels"),
    "aspect 20:1": Content(lambda image: encoded(image.resize((640, 32)), "JPEG"), reason="too_elongated"),
    "cut off at the museum": Content(_cut_off, reason="truncated"),
    "SVG": Content(_drawing, "image/svg+xml", reason="unsupported_format"),
    "plain text": Content(lambda _image: b"No picture, but words. " * 40, JPEG, reason="not_a_picture"),
}


def _recompressed(data: bytes, like: Image.Image) -> bytes:
    """The same picture in other bytes; the quality depends on `like`, so that near copies differ from each other."""
    red, green, blue = like.getpixel((0, 0))
    with Image.open(io.BytesIO(data)) as image:
        return encoded(image, "JPEG", quality=60 + (red + 3 * green + 7 * blue) % 23)
