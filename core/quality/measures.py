"""What may be wrong with a photograph of an artwork, in numbers: measures that core.image_measures does not take.

All are taken from the thumbnail, or anything up to about 512 pixels; each answers with 0 (nothing of the kind) to 1.
None of them knows what a picture shows. A painted border looks like a frame, and a field of one colour may be the
artwork: they are for choosing what a person looks at first, and thresholds are the person's.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.features.colour import lab

MEASURES = ("near_solid", "frame", "installation", "margin_text")

_SOLID_SIDE = 64  # pixels, longest side: canvas weave and JPEG noise average out
_FRAME_SIDE = 112
_WALL_SIDE = 128

_SOLID_BORDER = 0.15  # of each side: a frame, a mat and the edge of a canvas fit in it
_SOLID_WITHIN = 5.0  # Lab; twice what is just noticeable
_LIGHT_FALLOFF = 10.0  # Lab, from the middle to a side: how unevenly a photographed wall or canvas may be lit

_FRAME_REACH = 0.3  # of each side: where its inner edge is looked for
_FRAME_CALM = 6.0  # Lab; how much a line of a frame may vary along it
_STRONGEST_EDGE = 100.0  # Lab: black on white

_GREY = 10.0  # Lab chroma; walls and floors of galleries
_COLOURED = 20.0
_CALM = 3.0  # L, from pixel to pixel
_SMALLEST_WALL = 0.03  # of the picture
_WALL_AND_FLOOR = 30.0  # L, standard deviation, at which two lights are as different as they need to be

_TEXT_REACH = 0.2  # of the height, from the top and from the bottom
_TEXT_CONTRASTS = (8, 14, 24)  # 8-bit steps: pencil, print, black ink
_TEXT_TALLEST = 0.05  # of the height


def measure_quality(image: Image.Image) -> dict[str, float]:
    """All of MEASURES, rounded to six digits, of an upright sRGB picture (mode RGB) of up to about 512 pixels."""
    return {
        "near_solid": round(near_solid(image), 6),
        "frame": round(frame(image), 6),
        "installation": round(installation(image), 6),
        "margin_text": round(margin_text(image), 6),
    }


def near_solid(image: Image.Image) -> float:
    """How nearly one colour explains the picture, a straight frame around it allowed for.

    The share of the middle that differs from one evenly lit colour by less than twice a just noticeable difference,
    times the share of the border that does not differ from its own line along the side. A white middle within painted
    edges is not solid; a white canvas in a black frame is.
    """
    colours = _reduced(image, _SOLID_SIDE)
    height, width = colours.shape[:2]
    down, right = max(1, round(height * _SOLID_BORDER)), max(1, round(width * _SOLID_BORDER))
    middle = colours[down : height - down, right : width - right]
    if middle.size == 0:
        middle = colours
    apart = np.linalg.norm(middle - _evenly_lit(middle), axis=2)
    inside_rows, inside_columns = slice(down, height - down), slice(right, width - right)
    lines = (
        colours[:down, inside_columns],
        colours[height - down :, inside_columns],
        colours[inside_rows, :right].transpose(1, 0, 2),
        colours[inside_rows, width - right :].transpose(1, 0, 2),
    )
    along = np.concatenate([_from_own_line(band).ravel() for band in lines if band.size] or [np.zeros(1, np.float32)])
    return float((apart < _SOLID_WITHIN).mean() * (along < _SOLID_WITHIN).mean())


def frame(image: Image.Image) -> float:
    """How strongly a frame, a mat, a margin of paper or a wall stands out around the picture.

    On each side, the strongest straight edge parallel to it within 30 % of the picture, outside of which every line is
    even along its length; three sides must have it: the third strongest counts, 1 being black against white.
    """
    colours = _reduced(image, _FRAME_SIDE)
    turned = colours.transpose(1, 0, 2)
    sides = sorted(_edge_along_top(view) for view in (colours, colours[::-1], turned, turned[::-1]))
    return float(min(1.0, sides[1] / _STRONGEST_EDGE))


def installation(image: Image.Image) -> float:
    """How much it looks like a view of a room in which the artwork hangs, rather than the artwork.

    The share of grey, calm surroundings that reach the border of the picture (walls, floors), times how different they
    are in light among themselves (a wall and a floor, or a wall that grows dark; paper is even), times the share of
    the coloured that touches no border. 0 where hardly anything has a colour: then it cannot be told.
    """
    from scipy import ndimage  # a third of a second that only those who measure should pay

    colours = _reduced(image, _WALL_SIDE)
    lightness, chroma = colours[..., 0], np.hypot(colours[..., 1], colours[..., 2])
    if min(lightness.shape) < 8:
        return 0.0
    coloured = chroma >= _COLOURED
    if coloured.mean() < 0.02:
        return 0.0
    calm = (chroma < _GREY) & (np.hypot(*np.gradient(lightness)) < _CALM)
    regions, _ = ndimage.label(calm)
    sizes = np.bincount(regions.ravel())
    walls = [region for region in _touching_border(regions) if sizes[region] >= _SMALLEST_WALL * regions.size]
    surroundings = np.isin(regions, walls)
    if not surroundings.any():
        return 0.0
    objects, _ = ndimage.label(coloured)
    hanging = coloured & ~np.isin(objects, _touching_border(objects))
    lights = min(1.0, float(lightness[surroundings].std()) / _WALL_AND_FLOOR)
    return float(surroundings.mean() * lights * hanging.sum() / coloured.sum())


def margin_text(image: Image.Image) -> float:
    """The share of the width that a line of small marks takes in an even margin above or below: a caption, a number.

    Marks are changes from light to dark and back, in a line between two even strips of one colour. Signatures within
    a painting, and letters larger than a twentieth of the height, are not meant.
    """
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    return max(_text_near_top(view, contrast) for view in (grey, grey[::-1]) for contrast in _TEXT_CONTRASTS)


def _reduced(image: Image.Image, side: int) -> NDArray[np.float32]:
    """(H, W, 3) Lab at about `side` pixels on the longest side: reduced by a whole number, never enlarged."""
    factor = max(1, round(max(image.size) / side))
    factor = min(factor, *image.size)
    return lab(np.asarray(image.reduce(factor) if factor > 1 else image))


def _evenly_lit(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """The plane of light and colour that most pixels lie on, (H, W, 3): one colour under light that falls off."""
    height, width = colours.shape[:2]
    down, right = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack((np.ones_like(down), down, right), axis=-1).reshape(-1, 3)
    pixels = colours.reshape(-1, 3).astype(np.float64)
    plane = np.linalg.lstsq(terms, pixels, rcond=None)[0]
    most = np.ones(len(pixels), dtype=bool)
    for _ in range(2):  # again without what lies far off: a line across the field must not tilt it
        apart = np.linalg.norm(pixels - terms @ plane, axis=1)
        most = apart <= max(2 * float(np.median(apart)), 1.0)
        plane = np.linalg.lstsq(terms[most], pixels[most], rcond=None)[0]
    tilt = np.linalg.norm(plane[1:], axis=1, keepdims=True)
    plane[1:] *= np.minimum(1.0, _LIGHT_FALLOFF / np.maximum(tilt, 1e-6))
    plane[0] = np.median((pixels - terms[:, 1:] @ plane[1:])[most], axis=0)
    return (terms @ plane).reshape(colours.shape).astype(np.float32)


def _from_own_line(band: NDArray[np.float32]) -> NDArray[np.float32]:
    """(lines, length) Lab distance of each pixel from the median of its line."""
    return np.linalg.norm(band - np.median(band, axis=1, keepdims=True), axis=2)


def _edge_along_top(colours: NDArray[np.float32]) -> float:
    """Lab difference across the strongest edge that runs along the upper side, outside of which lines are even."""
    height, width = colours.shape[:2]
    reach = int(height * _FRAME_REACH)
    if reach < 2 or width < 8:
        return 0.0
    lines = colours[: reach + 2, width // 4 : width - width // 4]  # not the corners: there the sides' own frame lies
    across = np.linalg.norm(np.median(lines[2:] - lines[:-2], axis=1), axis=1)  # (reach,) between lines y and y + 2
    spread = np.median(_from_own_line(lines), axis=1)
    outside = np.maximum.accumulate(spread)[1 : reach + 1]
    return float(np.where(outside < _FRAME_CALM, across, 0).max())


def _touching_border(regions: NDArray[np.integer]) -> list[int]:
    border = np.concatenate((regions[0], regions[-1], regions[:, 0], regions[:, -1]))
    return [int(region) for region in np.unique(border) if region > 0]


def _text_near_top(grey: NDArray[np.int16], contrast: int) -> float:
    height, width = grey.shape
    reach = int(height * _TEXT_REACH)
    if reach < 8 or width < 32:
        return 0.0
    change = np.diff(grey[:reach], axis=1)
    marks = np.abs(change) > contrast
    calm = marks.sum(axis=1) <= max(1, int(0.006 * width))
    found = 0.0
    for begin, end in _lively_runs(calm):
        if not 2 <= end - begin <= max(4, _TEXT_TALLEST * height):
            continue
        if begin < 2 or end + 2 > reach or not (calm[begin - 2 : begin].all() and calm[end : end + 2].all()):
            continue
        above, below = np.median(grey[begin - 2 : begin]), np.median(grey[end : end + 2])
        if abs(above - below) > contrast:  # the border of a field, not a line on one ground
            continue
        columns = np.flatnonzero(marks[begin:end].any(axis=0))
        written = float(np.percentile(columns, 97) - np.percentile(columns, 3))
        dense = len(columns) > 0.12 * written
        turns = max(_turns(row[there]) for row, there in zip(change[begin:end], marks[begin:end], strict=True))
        if len(columns) >= 10 and dense and turns >= 6:
            found = max(found, len(columns) / width)
    return found


def _lively_runs(calm: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([True], calm, [True])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _turns(changes: NDArray[np.int16]) -> int:
    """How often they go from darker to lighter or back."""
    signs = np.sign(changes)
    return int((signs[1:] != signs[:-1]).sum())
