"""Where everything stands in a frame: title, pictures, curve, settings. Sizes only; nothing is drawn here."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.lettering.fonts import line_height
from core.sampling.films.request import SHAPES

_LEAST_TYPE, _MOST_TYPE = 12, 40  # pixels: smaller cannot be read
_PICTURES_BESIDE = 0.6  # of the width, at most, that pictures take beside a chart
_PICTURES_ABOVE = 0.64  # of the height, above one
_LEAST_CHART = 11  # times the size of its words, high
_LABEL_WIDTH = 15  # times the size of its words
_SMALLER_TYPE = (1.0, 0.85, 0.72)
_LINES_IN_COLUMN = 2  # times as many lines of settings as below the whole width

Box = tuple[int, int, int, int]  # left, top, right, bottom


def gap_for(zoom: int) -> int:
    """Pixels between pictures that are enlarged so many times."""
    return min(2 * zoom, 8)


@dataclass(frozen=True)
class Pictures:
    """What one pane shows: so many pictures of (width, height) in columns and rows."""

    cell: tuple[int, int]
    columns: int
    rows: int

    def size(self, zoom: int) -> tuple[int, int]:
        gap = gap_for(zoom)
        width, height = self.cell
        return self.columns * (width * zoom + gap) - gap, self.rows * (height * zoom + gap) - gap

    def zoom(self, room: tuple[float, float]) -> int:
        """How many whole times they can be enlarged within a room; 0: they have to be made smaller."""
        zoom = 0
        while all(side <= within for side, within in zip(self.size(zoom + 1), room, strict=True)):
            zoom += 1
        return zoom

    def fitted(self, room: tuple[float, float]) -> tuple[int, int]:
        """Size within a room, at most their own."""
        width, height = self.size(1)
        factor = min(1.0, room[0] / width, room[1] / height)
        return max(1, math.floor(width * factor)), max(1, math.floor(height * factor))


@dataclass(frozen=True)
class Pane:
    box: Box  # of the pictures
    zoom: int  # 0: made smaller
    label: Box | None = None  # above them


@dataclass(frozen=True)
class Stage:
    size: tuple[int, int]
    type_size: int
    header: Box | None
    footer: Box | None
    panes: tuple[Pane, ...]
    chart: Box | None
    strip: Box | None

    @property
    def filled(self) -> int:
        """Pixels of all pictures together."""
        return sum((right - left) * (bottom - top) for left, top, right, bottom in (pane.box for pane in self.panes))

    @property
    def title_size(self) -> int:
        return round(self.type_size * 1.25)

    @property
    def small_size(self) -> int:
        return small_type(self.type_size)


def small_type(type_size: int) -> int:
    return max(_LEAST_TYPE - 1, round(type_size * 0.8))


def set_stage(
    pictures: Sequence[Pictures],
    *,
    size: int,
    shape: str,
    caption: str,
    chart: bool = False,
    strip: bool = False,
    footer_lines: int = 2,
) -> Stage:
    """
    Args:
        pictures: what each pane shows, from left to right.
        size: pixels of the longer side, at most.
        shape: key of core.sampling.films.request.SHAPES.
        caption: key of CAPTIONS.
        chart: with a curve beside the pictures, or below where the frame is no wider than high.
        strip: with a line of stations below, as a walk has.
    """
    proportion = SHAPES[shape] or (16 / 9 if chart else None)
    if proportion is None:
        return _fitting(pictures, size, caption, strip, footer_lines)
    width, height = (size, size / proportion) if proportion >= 1 else (size * proportion, size)
    frame = _even(width), _even(height)
    arrange = _beside if chart and frame[0] > frame[1] else _stacked
    stages = []
    for smaller in _SMALLER_TYPE:  # where smaller words let pictures come out a whole number larger
        measures = _Measures(_type(min(frame) / 33 * smaller), caption, strip, len(pictures), footer_lines)
        stages.append(arrange(pictures, frame, measures, chart))
    return max(stages, key=lambda stage: stage.filled * stage.type_size)


class _Measures:
    """Heights of all that stands above and below the pictures."""

    def __init__(self, type_size: int, caption: str, strip: bool, panes: int, footer_lines: int) -> None:
        small = small_type(type_size)
        self.type_size = type_size
        self.margin = 0 if caption == "none" else round(type_size * 1.3)
        self.gap = round(type_size * 0.9)
        lines = line_height(round(type_size * 1.25)) + (line_height(small) if caption == "all" and panes == 1 else 0)
        self.header = 0 if caption == "none" else lines
        self.footer = line_height(small) * footer_lines if caption == "all" else 0
        self.strip = round(type_size * 3.6) if strip and caption != "none" else 0
        labels = {"none": 0, "epoch": line_height(type_size), "all": line_height(type_size) + line_height(small) * 2}
        self.label = labels[caption] + round(type_size * 0.3) if panes > 1 and labels[caption] else 0
        self.between = max(self.gap, 8)  # panes

    @property
    def above(self) -> int:
        return self.margin + (self.header + self.gap if self.header else 0)

    @property
    def below(self) -> int:
        return sum(part + self.gap for part in (self.footer, self.strip) if part) + self.margin


def _fitting(pictures: Sequence[Pictures], size: int, caption: str, strip: bool, footer_lines: int) -> Stage:
    """A frame around the pictures, as large as they come within the size."""
    measures = _Measures(_type(size / 52), caption, strip, len(pictures), footer_lines)
    room = float(size - 2 * measures.margin), float(size - measures.above - measures.below)
    columns = _columns(pictures, room, measures)
    width, height, share = _packed(pictures, columns, room, measures)
    least = measures.type_size * 17 if caption != "none" else 0  # so that a title has room above one small picture
    frame_width = _even(min(size, max(width, least) + 2 * measures.margin))
    frame = frame_width, _even(height + measures.above + measures.below)
    return _stacked(pictures, frame, measures, chart=False, packed=(columns, share))


def _beside(pictures: Sequence[Pictures], frame: tuple[int, int], measures: _Measures, chart: bool) -> Stage:
    """Pictures at the left, as high as the frame allows; title, chart and settings in a column at the right."""
    margin, gap = measures.margin or measures.gap, measures.gap
    space = (frame[0] - 2 * margin) * _PICTURES_BESIDE, float(frame[1] - 2 * margin)
    columns = _columns(pictures, space, measures)
    wide, high, share = _packed(pictures, columns, space, measures)
    area = (margin, margin, margin + wide, frame[1] - margin)
    left, right = area[2] + round(gap * 1.8), frame[0] - margin
    tall = high if high >= 0.7 * space[1] else round(space[1])  # beside a low row of pictures, the whole height
    top = (frame[1] - tall) // 2
    bottom = top + tall
    footer = round(measures.footer * _LINES_IN_COLUMN)
    upper = top + (measures.header + gap if measures.header else 0)
    if bottom - upper - footer < _LEAST_CHART * measures.type_size:  # rather a curve than settings
        footer = 0
    lower = bottom - (footer + gap if footer else 0)
    return Stage(
        size=frame,
        type_size=measures.type_size,
        header=(left, top, right, top + measures.header) if measures.header else None,
        footer=(left, bottom - footer, right, bottom) if footer else None,
        panes=_panes(pictures, columns, area, share, measures),
        chart=(left, upper, right, lower) if chart else None,
        strip=None,
    )


def _stacked(
    pictures: Sequence[Pictures],
    frame: tuple[int, int],
    measures: _Measures,
    chart: bool,
    packed: tuple[int, tuple[float, float]] | None = None,
) -> Stage:
    """Title, pictures, chart, settings, from top to bottom.

    Args:
        packed: in how many columns, and the room that each has, where that is decided.
    """
    margin, gap = measures.margin, measures.gap
    left, right, top, bottom = margin, frame[0] - margin, measures.above, frame[1] - measures.below
    room = right - left, bottom - top
    space = float(room[0]), room[1] * (_PICTURES_ABOVE if chart else 1.0)
    if packed is None:
        columns = _columns(pictures, space, measures)
        packed = columns, _packed(pictures, columns, space, measures)[2]
    columns, share = packed
    _, high = _extent(pictures, columns, share, measures)
    area = (left, top, right, top + high if chart else bottom)
    below = bottom + gap
    strip = (left, below, right, below + measures.strip) if measures.strip else None
    below += measures.strip + gap if measures.strip else 0
    return Stage(
        size=frame,
        type_size=measures.type_size,
        header=(left, margin, right, margin + measures.header) if measures.header else None,
        footer=(left, below, right, below + measures.footer) if measures.footer else None,
        panes=_panes(pictures, columns, area, share, measures),
        chart=(left, area[3] + gap, right, bottom) if chart else None,
        strip=strip,
    )


def _panes(
    pictures: Sequence[Pictures], columns: int, area: Box, share: tuple[float, float], measures: _Measures
) -> tuple[Pane, ...]:
    """In rows, in the middle of an area, each pane with room for its label above. share: the room that each has."""
    width, height = _extent(pictures, columns, share, measures)
    left = area[0] + (area[2] - area[0] - width) // 2
    top = area[1] + max(0, (area[3] - area[1] - height) // 2)
    panes, sizes = [], _sizes(pictures, share)
    for start in range(0, len(pictures), columns):
        row = sizes[start : start + columns]
        tallest, at = max(high for _, (_, high) in row), left
        for zoom, (wide, high) in row:
            upper, place = top + measures.label, _place(wide, share, measures)
            label = (at, top, at + place, upper) if measures.label else None
            panes.append(Pane((at, upper, at + wide, upper + high), zoom, label))
            at += place + measures.between
        top += tallest + measures.label + measures.between
    return tuple(panes)


def _packed(
    pictures: Sequence[Pictures], columns: int, room: tuple[float, float], measures: _Measures
) -> tuple[int, int, tuple[float, float]]:
    """Width and height of all panes in so many columns, and the room that each has."""
    rows = math.ceil(len(pictures) / columns)
    share = (
        max(1.0, (room[0] - measures.between * (columns - 1)) / columns),
        max(1.0, (room[1] - measures.between * (rows - 1)) / rows - measures.label),
    )
    return *_extent(pictures, columns, share, measures), share


def _extent(
    pictures: Sequence[Pictures], columns: int, share: tuple[float, float], measures: _Measures
) -> tuple[int, int]:
    """Width and height of all panes where each has this room."""
    width = height = 0
    for start in range(0, len(pictures), columns):
        row = [size for _, size in _sizes(pictures, share)[start : start + columns]]
        places = [_place(wide, share, measures) for wide, _ in row]
        width = max(width, sum(places) + measures.between * (len(row) - 1))
        height += max(high for _, high in row) + measures.label + (measures.between if start else 0)
    return width, height


def _place(wide: int, share: tuple[float, float], measures: _Measures) -> int:
    """Width that a pane takes up: where it has a label, enough for some words."""
    return max(wide, math.floor(min(share[0], _LABEL_WIDTH * measures.type_size))) if measures.label else wide


def _sizes(pictures: Sequence[Pictures], share: tuple[float, float]) -> list[tuple[int, tuple[int, int]]]:
    """How many times each is enlarged, and its size then: those of models with equally many pixels alike.

    0 times: made smaller.
    """
    zooms = [one.zoom(share) for one in pictures]
    found = []
    for one, zoom in zip(pictures, zooms, strict=True):
        zoom = min((other for like, other in zip(pictures, zooms, strict=True) if like.cell == one.cell), default=zoom)
        found.append((zoom, one.size(zoom) if zoom else one.fitted(share)))
    return found


def _amount(pictures: Sequence[Pictures], columns: int, room: tuple[float, float], measures: _Measures) -> int:
    """How much of the frame pictures fill."""
    _, _, share = _packed(pictures, columns, room, measures)
    return sum(math.prod(size) for _, size in _sizes(pictures, share))


def _columns(pictures: Sequence[Pictures], room: tuple[float, float], measures: _Measures) -> int:
    """The arrangement in which pictures come out largest; of like ones the fullest, and that with most side by side."""
    return max(
        range(len(pictures), 0, -1),
        key=lambda columns: (_amount(pictures, columns, room, measures), -(-len(pictures) % columns)),
    )


def _type(size: float) -> int:
    return min(_MOST_TYPE, max(_LEAST_TYPE, round(size)))


def _even(side: float) -> int:
    """Of an MP4, both sides are even."""
    return max(2, math.ceil(side / 2 - 1e-9) * 2)
