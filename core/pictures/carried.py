"""What a picture that was made here carries inside: the request that made it, as JSON in the PNG's text."""

import json
from pathlib import Path
from typing import Any

from core import png
from core.errors import AtelierError
from core.images import ImageLimits, read_bytes


class NoRequestError(AtelierError):
    """A picture holds no request, so it cannot be used again."""


def carried(source: Path | bytes, keyword: str, wanted: str, limits: ImageLimits = ImageLimits()) -> Any:  # noqa: B008, frozen
    """The JSON value under a keyword. It may have been written by anybody.

    Args:
        wanted: which picture to choose instead, for messages: "a picture that Atelier restyled".
    Raises: ImageError for a file that cannot be read, NoRequestError without a value, or with a damaged one.
    """
    data = source if isinstance(source, bytes) else read_bytes(source, limits)
    try:
        text = png.read_text(data, keyword)
    except ValueError as error:
        raise NoRequestError(f"This is no PNG that can be read. Choose {wanted}.") from error
    if text is None:
        raise NoRequestError(f"This PNG holds no request. Choose {wanted}.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoRequestError("The request in this PNG is damaged. Choose another picture.") from error
