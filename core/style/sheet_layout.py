"""How a contact sheet looks: the content in the corner, styles down, strengths across, a picture in each cell."""

import textwrap
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.lettering.fonts import Font, cut, font_for, has_all

_MARGIN, _GAP = 20, 10  # pixels
_LARGEST_TILE = 288
_MOST_SIDE = 7000  # of the whole sheet
_HEAD = 0.6  # height of the first row, against a tile's
_PAPER, _INK, _QUIET, _EMPTY, _FAILED = "#ffffff", "#1c1c1e", "#6b6b70", "#efeff1", "#fbe9e7"
_NAME_SIZE, _HEAD_SIZE, _SMALL_SIZE = 17, 22, 14
_LINE = _NAME_SIZE + 5
_NAME_LINES = 2


class SheetPicture:
    """The sheet as it is drawn, cell by cell."""

    def __init__(
        self,
        content: tuple[str, Image.Image],
        styles: Sequence[tuple[str, Image.Image]],
        strengths: Sequence[float],
        proportion: float,
    ) -> None:
        """
        Args:
            content, styles: name and picture of each.
            proportion: width over height of the cells' pictures.
        """
        self._rows, self._columns = len(styles), len(strengths)
        side = min(
            _LARGEST_TILE,
            (_MOST_SIDE - 2 * _MARGIN) // (self._columns + 1) - _GAP,
            (_MOST_SIDE - 2 * _MARGIN) // (self._rows + 1) - _GAP,
        )
        self._tile = (
            (side, max(1, round(side / proportion))) if proportion >= 1 else (max(1, round(side * proportion)), side)
        )
        self._tile = max(self._tile[0], 96), max(self._tile[1], 96)
        self._head = max(80, round(self._tile[1] * _HEAD))
        width = 2 * _MARGIN + (self._columns + 1) * (self._tile[0] + _GAP) - _GAP
        height = 2 * _MARGIN + self._head + self._rows * (self._tile[1] + _GAP)
        self.image = Image.new("RGB", (width, height), _PAPER)
        self._draw = ImageDraw.Draw(self.image)
        self._lay(content[1], _MARGIN, _MARGIN, self._tile[0], self._head, content[0])
        for column, strength in enumerate(strengths):
            words = f"Strength {strength:g} %"
            centre = self._corner(0, column)[0] + self._tile[0] / 2, _MARGIN + self._head
            self._draw.text(centre, words, _INK, font_for(words, _HEAD_SIZE), anchor="md")
        for row, (name, picture) in enumerate(styles):
            shown = name if has_all(font_for(name, _NAME_SIZE), name) else f"Style {row + 1}"  # rather than boxes
            self._lay(picture, *self._corner(row, -1), *self._tile, shown)
            for column in range(self._columns):
                self.wait(row, column)

    def put(self, row: int, column: int, picture: Image.Image) -> None:
        """The cell's picture, finished or on its way."""
        left, top = self._corner(row, column)
        self._draw.rectangle((left, top, left + self._tile[0] - 1, top + self._tile[1] - 1), _PAPER)
        self._lay(picture, left, top, *self._tile)

    def wait(self, row: int, column: int) -> None:
        """The cell has nothing to show yet."""
        left, top = self._corner(row, column)
        self._draw.rectangle((left, top, left + self._tile[0] - 1, top + self._tile[1] - 1), _EMPTY)

    def fail(self, row: int, column: int, reason: str) -> None:
        """The cell could not be made."""
        left, top = self._corner(row, column)
        width, height = self._tile
        self._draw.rectangle((left, top, left + width - 1, top + height - 1), _FAILED)
        lines = textwrap.wrap(reason, max(8, int(width / (_SMALL_SIZE * 0.56))))
        room = max(1, (height - 12) // (_SMALL_SIZE + 4) - 1)
        if len(lines) > room:
            lines = [*lines[: room - 1], f"{lines[room - 1]} …"] if room > 1 else [f"{lines[0]} …"]
        for number, line in enumerate(["Failed", *lines]):
            where = left + 8, top + 6 + number * (_SMALL_SIZE + 4)
            self._draw.text(where, line, _INK if number == 0 else _QUIET, font_for(line, _SMALL_SIZE))

    def _corner(self, row: int, column: int) -> tuple[int, int]:
        """Left and top of a cell, in pixels."""
        return (
            _MARGIN + (column + 1) * (self._tile[0] + _GAP),
            _MARGIN + self._head + _GAP + row * (self._tile[1] + _GAP),
        )

    def _lay(self, picture: Image.Image, left: int, top: int, width: int, height: int, name: str = "") -> None:
        """As large as fits, in the middle, with its name below."""
        lines = _lines(name, width, font_for(name, _NAME_SIZE)) if name else []
        of_text = len(lines) * _LINE
        factor = min(width / picture.width, (height - of_text) / picture.height)
        size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
        resized = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        upper = top + (height - of_text - size[1]) // 2
        self.image.paste(resized, (left + (width - size[0]) // 2, upper))
        for number, line in enumerate(lines):
            centre = left + width / 2, upper + size[1] + 4 + number * _LINE
            self._draw.text(centre, line, _INK, font_for(name, _NAME_SIZE), anchor="ma")


def _lines(text: str, width: int, font: Font) -> list[str]:
    """At most two lines that fit; what is left out is told by dots."""
    words, lines = text.split() or [text], [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _NAME_LINES:
        lines = [*lines[: _NAME_LINES - 1], f"{lines[_NAME_LINES - 1]} …"]
    return [cut(line, font, width) for line in lines]
