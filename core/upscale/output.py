"""The file that an upscaling leaves: a PNG of 8 or 16 bits with its sRGB profile and the request that made it."""

import json
from pathlib import Path

import numpy as np

from core import png
from core.images import ImageLimits
from core.pictures.carried import carried
from core.style.output import ENGINE_KEY
from core.upscale.request import UpscaleRequest

REQUEST_KEY = "atelier:upscale"  # keyword of the PNG's text that holds the request, as JSON


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
    value = carried(source, REQUEST_KEY, "a picture that Atelier upscaled", limits)
    return UpscaleRequest.from_json(value).for_file()
