"""The only door through which a picture enters: limits, decoding, orientation, colour, facts and thumbnails.

Whatever comes in (a phone's JPEG lying on its side, a CMYK scan, a 16-bit TIFF, half a download, a bomb), what leaves
is an upright sRGB picture, or an ImageError that says in one sentence what is wrong.
"""

import hashlib
import io
import math
import re
import stat
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from PIL import ExifTags, Image

from core.errors import AtelierError
from core.image_colour import over_white, plain_mode, srgb
from core.image_formats import FORMATS, foreign, sniff
from core.image_measures import describe

THUMBNAIL_SIDE = 256  # pixels, longest side
_THUMBNAIL_ENCODING = {
    "quality": 80,
    "method": 0,
}  # method 4, the default, takes nearly three times as long for 9 % fewer bytes

# reason code -> the heading under which a page counts refused pictures
REASONS = {
    "empty": "Empty file",
    "not_a_picture": "Not a picture",
    "unsupported_format": "Unsupported format",
    "too_many_bytes": "File too large",
    "too_many_pixels": "Too many pixels",
    "too_small": "Too small",
    "too_elongated": "Too elongated",
    "truncated": "Cut off",
    "damaged": "Damaged",
    "unreadable": "Could not be read",
    "outside": "Leads outside",
    "bomb": "Archive bomb",
}

# Pillow only warns between one and two times its pixel limit; here its warning is as final as its error.
warnings.simplefilter("error", Image.DecompressionBombWarning)

_ROTATIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(AtelierError):
    """A picture was refused. `reason` is one of REASONS; the message says what was found and what was needed."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:  # two arguments: without this it could not cross a process boundary
        return ImageError, (self.reason, str(self))


@dataclass(frozen=True)
class ImageLimits:
    """What is accepted; every limit is checked from the header, before anything is decoded."""

    max_bytes: int = 256_000_000
    max_pixels: int = 64_000_000  # 192 MB once decoded
    min_side: int = 16  # pixels; icons and tracking pixels are not artworks
    max_aspect: float = 16.0  # longer side / shorter side; hand scrolls and stripe paintings reach 13


@dataclass(frozen=True)
class ImageFacts:
    """All that is known about an image without decoding it again."""

    sha256: str  # of the original bytes
    suffix: str  # of the content, whatever the file was called: "jpg", "png", ...
    format: str  # "JPEG", "PNG", ...
    width: int  # pixels, upright
    height: int
    bytes: int
    phash: str  # 64 bits as 16 hexadecimal digits
    measures: dict[str, float]  # see core.image_measures.measure
    palette: tuple[str, ...]  # five colours "#rrggbb", the most frequent first
    notes: tuple[str, ...] = ()  # what had to be assumed, in plain words

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"palette": list(self.palette), "notes": list(self.notes)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "ImageFacts":
        """Raises TypeError or KeyError if the value is not one that to_json gave."""
        return cls(**{**value, "palette": tuple(value["palette"]), "notes": tuple(value["notes"])})


class Inspection(NamedTuple):
    facts: ImageFacts
    thumbnail: bytes  # WebP, longest side at most 256, never enlarged


def read_image(
    source: Path | bytes, limits: ImageLimits = ImageLimits(), *, at_least: int | None = None
) -> Image.Image:
    """The picture upright, in sRGB, mode RGB, transparency laid over white; of an animation the first frame.

    Args:
        at_least: pixels that both sides need. A JPEG may then come at 1/2, 1/4 or 1/8 of its size, which is several
            times as fast for large ones; other formats come whole.
    Raises: ImageError with its reason.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    return _decode(data, limits, side=None, at_least=at_least).image


def read_image_for(
    source: Path | bytes, sides: Sequence[int], limits: ImageLimits = ImageLimits()
) -> list[Image.Image]:
    """What `read_image` gives with `at_least` each of `sides`, decoded once for all that come at the same scale.

    Raises: ImageError with its reason.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    decoded: dict[tuple[int, int], Image.Image] = {}
    found = []
    for side in sides:
        scale = _drafted_size(data, side) if len(set(sides)) > 1 else (0, 0)
        if scale not in decoded:
            decoded[scale] = _decode(data, limits, side=None, at_least=side).image
        found.append(decoded[scale])
    return found


def read_image_with_alpha(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> Image.Image:
    """As read_image, but what is transparent stays so: mode RGBA, or RGB where every pixel is opaque.

    Raises: ImageError with its reason.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    image = _decode(data, limits, side=None, keep_alpha=True).image
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image


def inspect(data: bytes, limits: ImageLimits = ImageLimits()) -> Inspection:
    """Facts and thumbnail from one decoding, at the smallest scale that serves both.

    A JPEG is decoded at 1/2, 1/4 or 1/8 where that is enough; the whole stream is still read, so that a file
    that was cut off is found out.

    Raises: ImageError with its reason.
    """
    decoded = _decode(data, limits, side=THUMBNAIL_SIDE)
    buffer = io.BytesIO()
    decoded.image.save(buffer, "WEBP", **_THUMBNAIL_ENCODING)
    measures, phash, palette = describe(decoded.image)
    facts = ImageFacts(
        sha256=hashlib.sha256(data).hexdigest(),
        suffix=FORMATS[decoded.format],
        format=decoded.format,
        width=decoded.width,
        height=decoded.height,
        bytes=len(data),
        phash=phash,
        measures=measures,
        palette=palette,
        notes=tuple(decoded.notes),
    )
    return Inspection(facts, buffer.getvalue())


def read_bytes(path: Path, limits: ImageLimits = ImageLimits()) -> bytes:
    """The bytes of a regular file within the limits. Raises: ImageError; a pipe or a device is never opened."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageError("unreadable", "This is not a regular file.")
        _check_bytes(status.st_size, limits)
        return path.read_bytes()
    except OSError as error:
        raise ImageError("unreadable", f"The file could not be read: {error.strerror or error}.") from error


def sprite_sheet(thumbs: Sequence[Path], cell: int = 160, columns: int = 8) -> bytes:
    """One WebP picture with a thumbnail in each square cell, row by row: a gallery page in one request.

    Pictures are fitted whole, centred, on transparent ground, and never enlarged. A thumbnail that is missing or
    unreadable leaves its cell empty, so that cell i is always thumbs[i].

    Args:
        cell: pixels per side of a cell.
    Raises: ValueError if the sheet would be larger than WebP allows (16,383 pixels a side).
    """
    columns = max(1, min(columns, len(thumbs)))
    rows = max(1, -(-len(thumbs) // columns))
    if max(columns, rows) * cell > 16_383:
        raise ValueError(f"{columns} x {rows} cells of {cell} pixels are more than one WebP picture can hold")
    sheet = Image.new("RGBA", (columns * cell, rows * cell))
    for index, path in enumerate(thumbs):
        try:
            with Image.open(path, formats=("WEBP",)) as thumb:
                picture = thumb.convert("RGB")
        except OSError:  # the thumbnail is derived: one lost file must not take the gallery away
            continue
        picture.thumbnail((cell, cell), Image.Resampling.BICUBIC)
        left = index % columns * cell + (cell - picture.width) // 2
        top = index // columns * cell + (cell - picture.height) // 2
        sheet.paste(picture, (left, top))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", **_THUMBNAIL_ENCODING)
    return buffer.getvalue()


@dataclass(frozen=True)
class _Decoded:
    image: Image.Image
    format: str
    width: int  # of the original, upright
    height: int
    notes: list[str]


def _decode(
    data: bytes, limits: ImageLimits, side: int | None, at_least: int | None = None, *, keep_alpha: bool = False
) -> _Decoded:
    """Decode; with `side`, the result's longest side is at most `side` pixels; for `at_least` see read_image."""
    _check_bytes(len(data), limits)
    announced = sniff(data[:32])
    if announced is None:
        raise ImageError(*foreign(data))
    notes: list[str] = []
    try:
        with Image.open(io.BytesIO(data), formats=(announced,)) as image:
            width, height = image.size
            _check_size(width, height, limits)
            file_format = image.format or announced
            if side is not None:
                # a quarter more than is shown: the JPEG decoder then does most of the scaling, in a third less time
                share = 1.25 * side / max(width, height)
                image.draft(None, (math.ceil(width * share), math.ceil(height * share)))
            elif at_least is not None:
                image.draft(None, (at_least, at_least))
            image.load()
            # Only the header's own orientation: Pillow has already turned a TIFF by the time it is loaded.
            rotation = None if file_format == "TIFF" else _ROTATIONS.get(_orientation(image, notes))
            picture = plain_mode(image, notes)
            profile = image.info.get("icc_profile")
        if side is not None and max(picture.size) > side:
            picture.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
        picture = srgb(picture, profile, notes)
        if not keep_alpha:
            picture = over_white(picture)
        if rotation is not None:
            picture = picture.transpose(rotation)
            if rotation not in (_ROTATIONS[2], _ROTATIONS[3], _ROTATIONS[4]):
                width, height = height, width
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        announced_pixels = re.search(r"\d+", str(error))
        count = f"{int(announced_pixels[0]) / 1e6:,.0f} million" if announced_pixels else "far too many"
        raise _too_many_pixels(f"The picture has {count} pixels", limits) from error
    except MemoryError as error:
        raise ImageError("too_many_pixels", "There is not enough memory to decode this picture.") from error
    except Exception as error:  # a decoder fed with hostile bytes may raise anything at all; it is one bad picture
        raise _broken(error, announced) from error
    picture.info = {}  # what is saved from here on must not carry the old profile or orientation
    return _Decoded(picture, file_format, width, height, notes)


def _drafted_size(data: bytes, at_least: int) -> tuple[int, int]:
    """The size at which a decoder would give the picture; (0, 0) where the header cannot be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft(None, (at_least, at_least))
            return image.size
    except Exception:  # noqa: BLE001, hostile bytes may raise anything; decoding says what is wrong
        return (0, 0)


def _orientation(image: Image.Image, notes: list[str]) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception as error:  # noqa: BLE001, damaged metadata of a good picture may raise anything
        notes.append(f"Its EXIF data is damaged ({error}); taken as upright.")
        return 1


def _check_bytes(size: int, limits: ImageLimits) -> None:
    if size == 0:
        raise ImageError("empty", "The file is empty (0 bytes).")
    if size > limits.max_bytes:
        raise ImageError(
            "too_many_bytes",
            f"The file has {size / 1e6:,.0f} MB, but at most {limits.max_bytes / 1e6:,.0f} MB are accepted.",
        )


def _check_size(width: int, height: int, limits: ImageLimits) -> None:
    if width * height > limits.max_pixels:
        raise _too_many_pixels(f"The picture has {width:,} x {height:,} pixels", limits)
    if min(width, height) < limits.min_side:
        raise ImageError(
            "too_small", f"The picture has {width} x {height} pixels; each side needs at least {limits.min_side}."
        )
    aspect = max(width, height) / min(width, height)
    if aspect > limits.max_aspect:
        raise ImageError(
            "too_elongated",
            f"The picture has {width} x {height} pixels, {aspect:.1f} times as long as wide; "
            f"at most {limits.max_aspect:g} times is accepted.",
        )


def _too_many_pixels(found: str, limits: ImageLimits) -> ImageError:
    return ImageError(
        "too_many_pixels",
        f"{found}, but at most {limits.max_pixels / 1e6:g} million are accepted. Scale it down first.",
    )


def _broken(error: Exception, announced: str) -> ImageError:
    text = str(error) or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in text.lower():
        return ImageError("truncated", f"The {announced} file is cut off before its end. Fetch or copy it again.")
    return ImageError("damaged", f"The {announced} file is damaged: {text[:200].rstrip('.')}.")
