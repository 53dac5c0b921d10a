"""Pictures laid out in rows at their own size, and saved losslessly with a note of what they show."""

import io
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from core.files import write_bytes

GAP_COLOUR = (22, 22, 24)


def make_grid(images: NDArray[np.uint8], columns: int | None = None, gap: int = 2) -> Image.Image:
    """(N, H, W, 3) row by row; by default as square as N allows. gap: pixels between pictures, none around them."""
    count, height, width, _ = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    canvas = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), GAP_COLOUR)
    for number, image in enumerate(images):
        row, column = divmod(number, columns)
        canvas.paste(Image.fromarray(image), (column * (width + gap), row * (height + gap)))
    return canvas


def cells(grid: Image.Image, cell: tuple[int, int], gap: int = 2) -> list[Image.Image]:
    """The pictures (width, height) of a grid again, row by row; empty cells at its end included."""
    width, height = cell
    return [
        grid.crop((left, top, left + width, top + height))
        for top in range(0, grid.height - height + 1, height + gap)
        for left in range(0, grid.width - width + 1, width + gap)
    ]


def save_png(image: Image.Image, path: Path, facts: Mapping[str, object] | None = None) -> None:
    """Write a PNG in one step; `facts` become its text chunks (readable with any image viewer's info)."""
    text = PngImagePlugin.PngInfo()
    for name, value in (facts or {}).items():
        text.add_text(name, str(value))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=text)
    write_bytes(path, buffer.getvalue())
