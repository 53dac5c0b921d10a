"""PNG without compression, for pictures that come as bare pixels."""

import struct
import zlib

import numpy as np

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TRUECOLOUR = 2
_STORED_LIMIT = 65_535  # bytes in one uncompressed block


def plain_png(pixels: np.ndarray) -> bytes:
    """The file for pixels of shape (H, W, 3), uint8.

    The same pixels give the same bytes with every version of every library, and a picture is known by the hash of its
    bytes: what was imported on one computer is found again on another. For 32 x 32 pixels compressing saves little.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)  # each begins with the number of its filter: 0, none
    lines[:, 1:] = pixels.reshape(height, 3 * width)
    content = lines.tobytes()
    blocks = [content[start : start + _STORED_LIMIT] for start in range(0, len(content), _STORED_LIMIT)]
    stored = b"".join(
        struct.pack("<BHH", block is blocks[-1], len(block), len(block) ^ 0xFFFF) + block for block in blocks
    )
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _TRUECOLOUR, 0, 0, 0)),
            _chunk(b"IDAT", b"\x78\x01" + stored + struct.pack(">I", zlib.adler32(content))),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
