"""Small pictures as files hold them, for tests of everything that reads pictures."""

import io
from typing import Any

import numpy as np
from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 30, 20), (20, 170, 60), (30, 40, 210), (255, 255, 255)


def corners(width: int = 96, height: int = 64) -> Image.Image:
    """RGB with a colour in each corner, so that a turned or mirrored picture shows: red, green / blue, white."""
    image = Image.new("RGB", (width, height))
    for index, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        left, top = index % 2 * width // 2, index // 2 * height // 2
        image.paste(colour, (left, top, left + (width + 1) // 2, top + (height + 1) // 2))
    return image


def noise(width: int = 96, height: int = 64, seed: int = 0) -> Image.Image:
    """RGB noise: a picture that no encoder makes small."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(image: Image.Image, image_format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def corner_colours(image: Image.Image) -> list[tuple[int, int, int]]:
    """Of the middle of each quarter: top left, top right, bottom left, bottom right."""
    width, height = image.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(image.getpixel(place)) for place in places]


def close(found: tuple[int, ...], wanted: tuple[int, ...], tolerance: int = 8) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True))
