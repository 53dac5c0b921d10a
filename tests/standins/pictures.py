"""Pictures that stand-ins serve."""

import io
from functools import lru_cache
from random import Random

from PIL import Image

from tests.standins.server import Answer, Request

MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "TIFF": "image/tiff"}


@lru_cache(maxsize=4096)
def flat_picture(number: int, width: int, height: int, kind: str = "JPEG") -> bytes:
    """Fields of a few flat colours: no two numbers look alike, and encoding them is quick."""
    random = Random(number)
    fields = Image.new("RGB", (3, 4))
    for x in range(3):
        for y in range(4):
            fields.putpixel((x, y), (random.randrange(256), random.randrange(256), random.randrange(256)))
    buffer = io.BytesIO()
    fields.resize((width, height), Image.Resampling.NEAREST).save(buffer, kind)
    return buffer.getvalue()


def picture_answer(number: int, width: int, height: int, kind: str = "JPEG") -> Answer:
    return Answer(200, flat_picture(number, width, height, kind), MEDIA_TYPES[kind])


def root(request: Request) -> str:
    """Where the stand-in was reached: its answers point at itself."""
    return f"http://{request.headers.get('host', '')}"
