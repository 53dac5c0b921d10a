"""PNG files of 8 or 16 bits a channel, with or without transparency, with their sRGB profile and lines of text.

Pillow writes no 16-bit colour, so the PNG is written here, by the PNG specification, third edition.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

Rows = Callable[[int, int], np.ndarray]  # from and to which row -> (rows, W, 3 or 4) in [0, 1]
_ROWS = 64  # filtered and compressed at a time
_PROFILE_DATE = slice(24, 36)  # of an ICC profile's header
_COLOUR_TYPES = {3: 2, 4: 6}  # channels -> the specification's number


def encode(width: int, height: int, channels: int, rows: Rows, *, bits: int = 8, texts: Mapping[str, str]) -> bytes:
    """A whole file.

    Args:
        channels: 3, or 4 with transparency (not multiplied into the colours).
        rows: asked for a few rows at a time, so that no second copy of a large picture is needed.
        bits: 8 or 16 a channel.
        texts: keyword -> text that stands in the file.
    """
    if bits not in (8, 16):
        raise ValueError(f"a PNG has 8 or 16 bits a channel, not {bits}")
    parts = [
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, _COLOUR_TYPES[channels], 0, 0, 0)),
        _chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(_srgb_profile())),
        *(_text(keyword, text) for keyword, text in texts.items()),
        _chunk(b"IDAT", _compressed(width, height, channels, rows, bits)),
        _chunk(b"IEND", b""),
    ]
    return b"".join(parts)


def read_text(data: bytes, keyword: str, *, most: int = 200_000) -> str | None:
    """The text under a keyword; None without one, or one of more than `most` characters.

    Raises: ValueError for what is no PNG that can be read.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            text = image.info.get(keyword)
    except Exception as error:  # a decoder fed with hostile bytes may raise anything at all; it is one bad picture
        raise ValueError("no PNG that can be read") from error
    return str(text) if isinstance(text, str) and len(text) <= most else None


def _compressed(width: int, height: int, channels: int, rows: Rows, bits: int) -> bytes:
    """The pixels, each row by the filter that leaves the smallest numbers (the specification's own rule of thumb)."""
    white, bytes_per_value = (255, 1) if bits == 8 else (65535, 2)
    step = channels * bytes_per_value  # from a byte to the same byte of the pixel on its left
    above = np.zeros((1, step + width * step), np.uint8)  # the row before; the first pixel's left neighbour is 0
    compressor = zlib.compressobj(6)
    parts = []
    for begin in range(0, height, _ROWS):
        values = np.rint(np.clip(rows(begin, min(begin + _ROWS, height)), 0, 1) * np.float32(white))
        raw = (
            np.ascontiguousarray(values, ">u2" if bits == 16 else np.uint8)
            .view(np.uint8)
            .reshape(len(values), width * step)
        )
        padded = np.pad(raw, ((0, 0), (step, 0)))
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
    """Always the same bytes: the profile's date would make the same picture another file each time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_PROFILE_DATE] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(profile)
