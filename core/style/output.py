"""The file that a restyling leaves: a PNG of 8 or 16 bits with its sRGB profile and the request that made it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import png
from core.files import write_bytes
from core.images import ImageLimits, read_image
from core.pictures.carried import carried
from core.style.request import StyleRequest, without_places

if TYPE_CHECKING:
    from torch import Tensor

REQUEST_KEY = "atelier:style"  # keyword of the PNG's text that holds the request, as JSON
ENGINE_KEY = "atelier:engine"  # and of the one that says in words what made the picture
SETTINGS_KEY = "atelier:settings"  # and of the one with all settings of the engine, as JSON


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
    texts = {ENGINE_KEY: label} if label else {}
    if request is not None:
        texts[REQUEST_KEY] = json.dumps(request.for_file().to_json(), ensure_ascii=False)
    if settings:
        texts[SETTINGS_KEY] = json.dumps(without_places(settings), ensure_ascii=False)
    _, height, width = picture.shape
    return png.encode(
        width,
        height,
        3,
        lambda begin, end: picture[:, begin:end].permute(1, 2, 0).cpu().numpy(),
        bits=bits,
        texts=texts,
    )


def in_8_bits(data: bytes) -> bytes:
    """A result of 16 bits a channel as one of 8, with all that it says of itself. Raises: ImageError."""
    pixels = np.asarray(read_image(data))
    texts = {key: text for key in (ENGINE_KEY, REQUEST_KEY, SETTINGS_KEY) if (text := png.read_text(data, key))}
    height, width, _ = pixels.shape
    return png.encode(width, height, 3, lambda begin, end: pixels[begin:end] / 255, bits=8, texts=texts)


def read_request(source: Path | bytes, limits: ImageLimits = ImageLimits()) -> StyleRequest:  # noqa: B008, frozen
    """The request that made a picture. Its paths are dropped: a file from elsewhere names no place on this machine.

    Raises: ImageError for a file that cannot be read, NoRequestError without a request, ConfigError for a damaged one.
    """
    value = carried(source, REQUEST_KEY, "a picture that Atelier restyled", limits)
    return StyleRequest.from_json(value).for_file()
