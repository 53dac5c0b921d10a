"""The file that an upscaling leaves: a PNG of 8 or 16 bits with its sRGB profile and the request that made it."""

import json
from pathlib import Path

import numpy as np

from core import png
from core.errors import AtelierError
from core.images import ImageLimits, read_bytes
from core.style.output import ENGINE_KEY
from core.upscale.request import UpscaleRequest

REQUEST_KEY = "atelier:upscale"  # keyword of the PNG's text that holds the request, as JSON


class NoRequestError(AtelierError):
    """A picture holds no request, so it cannot be used again."""


def encode_png(picture: np.ndarray, *, bits: int = 8, request: UpscaleRequest | None = None, label: str = "") -> bytes:
    """A picture as a file.

    Args:
        picture: (H, W, 3), or (H, W, 4) with transparency, float32 in [0, 1].
        bits: 8 or 16 a channel. 16 keep what was computed; what came in had 8.
        request: kept in the file, without places on this machine.
        label: what made it, in words.
    """
    height, width, channels = picture.shape
    texts = {ENGINE_KEY: label} if label else {}
    if request is not None:
        texts[REQUEST_KEY] = json.dumps(request.for_file().to_json(), ensure_ascii=False)
    return png.encode(width, height, channels, lambda begin, end: picture[begin:end], bits=bits, texts=texts)


def read_request(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> UpscaleRequest:  # noqa: B008, frozen
    """The request that made a picture. Its paths are dropped: a file from elsewhere names no place on this machine.

    Raises: ImageError for a file that cannot be read, NoRequestError without a request, ConfigError or NotFoundError
        for a damaged one.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    try:
        text = png.read_text(data, REQUEST_KEY)
    except ValueError as error:
        raise NoRequestError("This is no PNG that can be read. Choose a picture that Atelier upscaled.") from error
    if text is None:
        raise NoRequestError("This PNG holds no request. Choose a picture that Atelier upscaled.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoRequestError("The request in this PNG is damaged. Choose another picture.") from error
    return UpscaleRequest.from_json(value).for_file()
