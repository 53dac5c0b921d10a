"""Curves over epochs, drawn frame by frame: growing, rolling along, or whole with a line that moves."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.lettering.fonts import cut, font_for, line_height
from core.sampling.films.grounds import Ground, mixed
from core.sampling.films.ticks import short, tick_label, ticks

_FINER = 3  # curves are drawn so many times larger, then made small: no steps in slanted lines
_RAW_SHARE = 0.28  # how strongly the values before smoothing show


@dataclass(frozen=True)
class ChartLine:
    label: str
    colour: str
    x: NDArray[np.float64]  # epochs, ascending
    y: NDArray[np.float64]
    raw: NDArray[np.float64] | None = None  # before smoothing
    floor: float | None = None


@dataclass(frozen=True)
class _Window:
    """What part of the numbers the plot shows."""

    left: float
    right: float
    low: float  # in log10 where the axis is logarithmic
    high: float


class Chart:
    def __init__(
        self,
        lines: Sequence[ChartLine],
        *,
        size: tuple[int, int],
        type_size: int,
        ground: Ground,
        layout: str,
        title: str = "",
        log: bool = False,
        span: float = 0.0,
        first: float = 0.0,
        last: float = 0.0,
    ) -> None:
        """
        Args:
            size: of the whole chart, in pixels.
            type_size: of its words, in pixels.
            layout: "expanding", "rolling" or "static".
            title: above the names of the lines, where these do not tell what is drawn.
            span: epochs in sight of a rolling window.
            first, last: epochs that the film shows.
        """
        self._lines, self._ground, self._layout, self._log = list(lines), ground, layout, log
        self._first, self._last = first, max(last, first + 1e-6)
        self._type = type_size
        self._span = min(span, self._last - self._first) if span else 0.0
        self._stroke = max(1.4, type_size / 7)
        self._size = size
        self._kept_masks: dict[tuple[int, float], Image.Image] = {}
        self._title = title
        legend = line_height(type_size) * (len(self._lines) + bool(title)) + round(type_size * 0.5)
        # the height first: the width of the labels depends on how many there is room for
        self._plot = (0, legend, size[0], size[1] - round(line_height(type_size) * 2.1 + type_size * 0.6))
        self._plot = (
            self._widest_label() + round(type_size * 0.6),
            legend,
            size[0] - round(type_size * 0.7),
            self._plot[3],
        )  # left, top, right, bottom

    def draw(self, at: float) -> Image.Image:
        """The chart as the film reaches this epoch, (width, height), RGB."""
        window = self._window(at)
        if self._layout == "rolling":
            picture = self._with_curves(self._axes(window), window, until=at)
        elif self._layout == "static":
            picture = self._whole.copy()
            x = self._place_x(at, window)
            draw = ImageDraw.Draw(picture)
            half = max(1, round(self._stroke * 0.5))
            draw.rectangle((x - half, self._plot[1], x + half - 1, self._plot[3]), self._ground.ink)
        else:
            picture = self._with_curves(self._axes(window).copy(), window, until=at)
        self._dots(picture, at, window)
        self._legend(picture, at)
        return picture

    # ---- what is in sight

    def _window(self, at: float) -> _Window:
        if self._layout != "rolling":
            return self._whole_window
        right = max(at, self._first + self._span)
        left = right - self._span
        low, high = self._range(left, right)
        return _Window(left, right + self._span * 0.04, low, high)

    @cached_property
    def _whole_window(self) -> _Window:
        low, high = self._range(self._first, self._last)
        air = (self._last - self._first) * 0.015  # half a dot
        return _Window(self._first - air, self._last + air, low, high)

    def _range(self, left: float, right: float) -> tuple[float, float]:
        """Lowest and highest value of the curves between two epochs, with some air."""
        seen: list[float] = []
        for line in self._lines:
            x = np.concatenate([[left], line.x[(line.x > left) & (line.x < right)], [right]])
            seen += self._scaled(np.interp(x, line.x, line.y)).tolist()
            if line.raw is not None:
                within = self._scaled(line.raw[(line.x >= left) & (line.x <= right)])
                if len(within):  # but for single spikes, which would press the curve flat
                    seen += np.percentile(within, [3, 97]).tolist()
            if line.floor is not None and self._layout != "rolling":
                seen.append(self._scale(line.floor))
        finite = [value for value in seen if math.isfinite(value)]
        low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
        air = (high - low) * 0.07 or abs(high) * 0.1 or 1.0
        return low - air, high + air

    def _scaled(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self._log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values > 0, np.log10(np.maximum(values, 1e-300)), np.nan)

    def _scale(self, value: float) -> float:
        return float(self._scaled(np.array([value]))[0])

    def _place_x(self, x: float, window: _Window) -> int:
        left, _, right, _ = self._plot
        return round(left + (x - window.left) / (window.right - window.left) * (right - left))

    def _place_y(self, scaled: float, window: _Window) -> float:
        _, top, _, bottom = self._plot
        return bottom - (scaled - window.low) / (window.high - window.low) * (bottom - top)

    # ---- axes

    def _axes(self, window: _Window) -> Image.Image:
        if self._layout == "rolling":
            return self._draw_axes(window)
        return self._axes_of_whole

    @cached_property
    def _axes_of_whole(self) -> Image.Image:
        return self._draw_axes(self._whole_window)

    @cached_property
    def _whole(self) -> Image.Image:
        return self._with_curves(self._axes_of_whole.copy(), self._whole_window, until=self._last)

    def _draw_axes(self, window: _Window) -> Image.Image:
        picture = Image.new("RGB", self._size, self._ground.paper)
        draw = ImageDraw.Draw(picture)
        left, _, right, bottom = self._plot
        thin = max(1, round(self._stroke / 2.5))
        for value, label in self._ticks_y(window):
            y = round(self._place_y(value, window))
            draw.rectangle((left, y, right, y + thin - 1), self._ground.rule)
            words = font_for(label, self._type)
            draw.text((left - self._type * 0.5, y), label, self._ground.quiet, words, anchor="rm")
        room = max(2, (right - left) // (self._type * 5))
        for value in ticks(window.left, window.right, room):
            x = self._place_x(value, window)
            label = f"{value:,.10g}"
            words = font_for(label, self._type)
            draw.rectangle((x, bottom, x + thin - 1, bottom + self._type * 0.3), self._ground.quiet)
            middle = min(x, self._size[0] - words.getlength(label) / 2)
            draw.text((middle, bottom + self._type * 0.5), label, self._ground.quiet, words, anchor="ma")
        draw.rectangle((left, bottom, right, bottom + thin - 1), self._ground.quiet)
        title = font_for("Epoch", self._type)
        below = bottom + self._type * 0.5 + line_height(self._type)
        draw.text(((left + right) / 2, below), "Epoch", self._ground.quiet, title, anchor="ma")
        self._floors(draw, window)
        return picture

    def _floors(self, draw: ImageDraw.ImageDraw, window: _Window) -> None:
        """Dotted rules where real pictures stand among themselves; one where several lines share it."""
        left, top, right, bottom = self._plot
        dash, thin = self._type * 0.5, max(0, round(self._stroke / 2) - 1)
        found: dict[int, list[str]] = {}
        for line in self._lines:
            if line.floor is not None and math.isfinite(self._scale(line.floor)):
                found.setdefault(round(self._place_y(self._scale(line.floor), window)), []).append(line.colour)
        seen = {y: colours for y, colours in found.items() if top <= y <= bottom}
        for y, colours in seen.items():
            colour = mixed(colours[0] if len(colours) == 1 else self._ground.quiet, self._ground.paper, 0.4)
            for number in range(int((right - left) // (2 * dash)) + 1):
                start = left + number * 2 * dash
                draw.rectangle((start, y, min(right, start + dash), y + thin), colour)
        if seen:
            words = font_for("real pictures", round(self._type * 0.85))
            quiet = mixed(self._ground.quiet, self._ground.paper, 0.2)
            draw.text((left + 3, min(seen) - 4), "real pictures", quiet, words, anchor="ls")

    def _ticks_y(self, window: _Window) -> list[tuple[float, str]]:
        """Where in the scale, and what stands there."""
        room = max(2, (self._plot[3] - self._plot[1]) // round(self._type * 2.6))
        if not self._log:
            found = ticks(window.low, window.high, room)
            return [(value, tick_label(value, found)) for value in found]
        low, high = 10**window.low, 10**window.high
        if window.high - window.low < 0.9:  # less than a decade: as on an even axis
            found = ticks(low, high, room)
            return [(math.log10(value), tick_label(value, found)) for value in found if value > 0]
        every = (1,) if window.high - window.low > 3 else (1, 2, 5)
        decades = range(math.floor(window.low), math.ceil(window.high) + 1)
        values = [factor * 10.0**decade for decade in decades for factor in every]
        return [(math.log10(value), f"{value:,.3g}") for value in values if low <= value <= high]

    def _widest_label(self) -> int:
        if self._layout == "rolling":
            windows = [self._window(at) for at in np.linspace(self._first, self._last, 60)]
        else:
            windows = [self._whole_window]
        labels = {label for window in windows for _, label in self._ticks_y(window)} | {"0.0"}
        return math.ceil(max(font_for(label, self._type).getlength(label) for label in labels))

    # ---- curves

    def _with_curves(self, picture: Image.Image, window: _Window, *, until: float) -> Image.Image:
        """Paint the curves as far as an epoch onto the axes."""
        left, top, _, _ = self._plot
        for line in reversed(self._lines):
            for values, share, stroke in self._strokes(line):
                mask = self._mask(line.x, values, stroke, window, until)
                colour = mixed(line.colour, self._ground.paper, 1 - share)
                picture.paste(Image.new("RGB", mask.size, colour), (left, top), mask)
        return picture

    def _strokes(self, line: ChartLine) -> list[tuple[NDArray[np.float64], float, float]]:
        """Values, how strongly they show, and how thickly."""
        main = (line.y, 1.0, self._stroke)
        return [main] if line.raw is None else [(line.raw, _RAW_SHARE, self._stroke * 0.7), main]

    def _mask(
        self, x: NDArray[np.float64], y: NDArray[np.float64], stroke: float, window: _Window, until: float
    ) -> Image.Image:
        """How much of each pixel of the plot a line covers, as far as an epoch."""
        if self._layout == "rolling":
            if until < x[0]:
                return Image.new("L", (self._plot[2] - self._plot[0] + 1, self._plot[3] - self._plot[1] + 1))
            past, now = x < until, float(np.interp(until, x, y))
            return self._draw_mask(np.append(x[past], min(until, x[-1])), np.append(y[past], now), stroke, window)
        key = id(y), stroke
        if key not in self._kept_masks:
            self._kept_masks[key] = self._draw_mask(x, y, stroke, window)
        mask = self._kept_masks[key].copy()
        if until < self._last:
            mask.paste(0, (max(0, self._place_x(until, window) - self._plot[0]), 0, mask.width, mask.height))
        return mask

    def _draw_mask(self, x: NDArray[np.float64], y: NDArray[np.float64], stroke: float, window: _Window) -> Image.Image:
        left, top, right, bottom = self._plot
        large = Image.new("L", ((right - left + 1) * _FINER, (bottom - top + 1) * _FINER))
        span = window.right - window.left
        near = (x >= window.left - span) & (x <= window.right + span)
        across = (x[near] - window.left) / span * (right - left) * _FINER
        scaled = self._scaled(y[near])
        down = (window.high - scaled) / (window.high - window.low) * (bottom - top) * _FINER
        points = [(float(a), float(d)) for a, d in zip(across, down, strict=True) if math.isfinite(d)]
        width = max(1, round(stroke * _FINER))
        draw = ImageDraw.Draw(large)
        if len(points) > 1:
            draw.line(points, 255, width, joint="curve")
        if len(points) <= 60:  # few points: each is a measurement of its own
            for a, d in points:
                draw.ellipse((a - width, d - width, a + width, d + width), 255)
        return large.reduce(_FINER)

    def _dots(self, picture: Image.Image, at: float, window: _Window) -> None:
        """Where each curve is now."""
        left, top, right, bottom = self._plot
        radius = self._stroke * 2.2
        for line in reversed(self._lines):
            if not line.x[0] - 1e-9 <= at:
                continue
            scaled = self._scale(float(np.interp(at, line.x, line.y)))
            if not math.isfinite(scaled):
                continue
            x, y = self._place_x(min(at, line.x[-1]), window), self._place_y(scaled, window)
            if left <= x <= right + 1 and top - 1 <= y <= bottom + 1:
                _dot(picture, x, y, radius, line.colour, self._ground.paper)

    def _legend(self, picture: Image.Image, at: float) -> None:
        """Above the plot: each curve's name and its value now."""
        draw = ImageDraw.Draw(picture)
        left, _, right, _ = self._plot
        if self._title:
            font = font_for(self._title, self._type)
            title = cut(self._title, font, right - left)
            draw.text((left, line_height(self._type) / 2), title, self._ground.quiet, font, anchor="lm")
        for number, line in enumerate(self._lines, start=bool(self._title)):
            middle = line_height(self._type) * (number + 0.5)
            half = self._type * 0.22
            draw.rounded_rectangle(
                (left, middle - half, left + self._type * 1.4, middle + half), radius=half, fill=line.colour
            )
            value = short(float(np.interp(at, line.x, line.y))) if at >= line.x[0] - 1e-9 else ""
            bold = font_for(value, self._type, bold=True)
            draw.text((right, middle), value, self._ground.ink, bold, anchor="rm")
            words = font_for(line.label, self._type)
            start = left + self._type * 1.9
            label = cut(line.label, words, right - start - bold.getlength(value) - self._type)
            draw.text((start, middle), label, self._ground.ink, words, anchor="lm")


def _dot(picture: Image.Image, x: float, y: float, radius: float, colour: str, rim: str) -> None:
    """Smooth at its edge, with a rim that lifts it off the curve."""
    reach = math.ceil(radius * 1.5) + 1
    corner = math.floor(x) - reach, math.floor(y) - reach
    for size, fill in ((radius * 1.5, rim), (radius, colour)):
        mask = Image.new("L", ((2 * reach + 1) * 4, (2 * reach + 1) * 4))
        cx, cy = (x - corner[0] + 0.5) * 4, (y - corner[1] + 0.5) * 4
        ImageDraw.Draw(mask).ellipse((cx - size * 4, cy - size * 4, cx + size * 4, cy + size * 4), 255)
        small = mask.reduce(4)
        picture.paste(Image.new("RGB", small.size, fill), corner, small)
