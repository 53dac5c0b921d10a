"""Pictures that stand-ins serve, and the way to run a stand-in by hand."""

import argparse
import io
import threading
from collections.abc import Callable
from functools import lru_cache
from random import Random

from PIL import Image

from tests.standins.server import Answer, Request, StandIn

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


def run(title: str, make: Callable[[int], Callable[[Request], Answer]], *, works: int = 1_000) -> None:
    """The command line of a stand-in: --port, --works."""
    parser = argparse.ArgumentParser(description=f"A stand-in for {title} on this machine")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--works", type=int, default=works)
    arguments = parser.parse_args()
    with StandIn(make(arguments.works), port=arguments.port) as server:
        print(f"{title}: the stand-in answers at {server.url}; Ctrl-C ends it.", flush=True)
        threading.Event().wait()
