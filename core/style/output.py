"""The file that a restyling leaves: a PNG of 8 or 16 bits with its sRGB profile and the request that made it.

Pillow writes no 16-bit colour, so the PNG is written here, by the PNG specification, third edition.
"""

import io
import json
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

from core.errors import AtelierError
from core.files import write_bytes
from core.images import ImageLimits, read_bytes
from core.style.request import StyleRequest, without_places

if TYPE_CHECKING:
    from torch import Tensor

REQUEST_KEY = "atelier:style"  # keyword of the PNG's text that holds the request, as JSON
ENGINE_KEY = "atelier:engine"  # and of the one that says in words what made the picture
SETTINGS_KEY = "atelier:settings"  # and of the one with all settings of the engine, as JSON
_MAX_REQUEST_BYTES = 200_000
_ROWS = 64  # filtered and compressed at a time


class NoRequestError(AtelierError):
    """A picture holds no request, so it cannot be used again."""


def write_png(
    path: Path,
    picture: "Tensor",
    *,
    bits: int = 8,
    request: StyleRequest | None = None,
    label: str = "",
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write a picture in one step.

    Args:
        picture: (3, H, W) in [0, 1].
        bits: 8 or 16 a channel. 16 keep the engine's float values; what came in had 8.
        request: kept in the file, without places on this machine.
        label: what made it, in words: an engine's label.
        settings: of the engine, by name: what the request came to in this version.
    """
    write_bytes(path, encode_png(picture, bits=bits, request=request, label=label, settings=settings))


def encode_png(
    picture: "Tensor",
    *,
    bits: int = 8,
    request: StyleRequest | None = None,
    label: str = "",
    settings: Mapping[str, Any] | None = None,
) -> bytes:
    """As write_png, to bytes."""
    if bits not in (8, 16):
        raise ValueError(f"a PNG has 8 or 16 bits a channel, not {bits}")
    _, height, width = picture.shape
    parts = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 2, 0, 0, 0)),
        _chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(_srgb_profile())),
    ]
    if label:
        parts.append(_text(ENGINE_KEY, label))
    if request is not None:
        parts.append(_text(REQUEST_KEY, json.dumps(request.for_file().to_json(), ensure_ascii=False)))
    if settings:
        parts.append(_text(SETTINGS_KEY, json.dumps(without_places(settings), ensure_ascii=False)))
    parts.append(_chunk(b"IDAT", _compressed(picture, bits)))
    parts.append(_chunk(b"IEND", b""))
    return b"".join(parts)


def read_request(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> StyleRequest:  # noqa: B008, frozen
    """The request that made a picture. Its paths are dropped: a file from elsewhere names no place on this machine.

    Raises: ImageError for a file that cannot be read, NoRequestError without a request, ConfigError for a damaged one.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            text: Any = image.info.get(REQUEST_KEY)
    except Exception as error:  # a decoder fed with hostile bytes may raise anything at all; it is one bad picture
        raise NoRequestError("This is no PNG that can be read. Choose a picture that Atelier restyled.") from error
    if not isinstance(text, str) or len(text) > _MAX_REQUEST_BYTES:
        raise NoRequestError("This PNG holds no request. Choose a picture that Atelier restyled.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoRequestError("The request in this PNG is damaged. Choose another picture.") from error
    return StyleRequest.from_json(value).for_file()


def _compressed(picture: "Tensor", bits: int) -> bytes:
    """The pixels, each row by the filter that leaves the smallest numbers (the specification's own rule of thumb)."""
    white, bytes_per_value = (255, 1) if bits == 8 else (65535, 2)
    _, height, width = picture.shape
    step = 3 * bytes_per_value  # from a byte to the same byte of the pixel on its left
    above = np.zeros((1, step + width * step), np.uint8)  # the row before; the first pixel's left neighbour is 0
    compressor = zlib.compressobj(6)
    parts = []
    for begin in range(0, height, _ROWS):
        values = picture[:, begin : begin + _ROWS].permute(1, 2, 0).clamp(0, 1).mul(white).round().cpu().numpy()
        rows = (
            np.ascontiguousarray(values, ">u2" if bits == 16 else np.uint8)
            .view(np.uint8)
            .reshape(len(values), width * step)
        )
        padded = np.pad(rows, ((0, 0), (step, 0)))
        up = np.concatenate([above, padded[:-1]])
        above = padded[-1:]
        filtered = _filtered(padded[:, step:], padded[:, :-step], up[:, step:], up[:, :-step])
        parts.append(compressor.compress(filtered.tobytes()))
    return b"".join([*parts, compressor.flush()])


def _filtered(raw: np.ndarray, left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """(rows, bytes) each -> (rows, 1 + bytes): every row after the number of its filter."""
    wide_left, wide_up, wide_corner = (part.astype(np.int16) for part in (left, up, corner))
    guess = wide_left + wide_up - wide_corner
    to_left, to_up, to_corner = abs(guess - wide_left), abs(guess - wide_up), abs(guess - wide_corner)
    nearest = np.where(
        (to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner)
    )  # Paeth
    candidates = np.stack(
        [raw, raw - left, raw - up, raw - ((wide_left + wide_up) // 2).astype(np.uint8), raw - nearest]
    )
    sizes = abs(candidates.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)  # (5, rows)
    best = sizes.argmin(axis=0)
    chosen = candidates[best, np.arange(raw.shape[0])]
    return np.concatenate([best.astype(np.uint8)[:, None], chosen], axis=1)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _text(keyword: str, text: str) -> bytes:
    """International text, UTF-8, not compressed: any tool can show it."""
    return _chunk(b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode(errors="backslashreplace"))


@lru_cache(maxsize=1)
def _srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
