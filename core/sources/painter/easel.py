"""The easel: a canvas on which paint is laid in layers, and the photograph taken of it at the end.

The state is optical density (see `colour`). A covering layer pulls the density towards its own, so that where it is
thin the mixture is a subtractive one; a stain adds its density, as dye in cloth does (Beer-Lambert).
Lengths are in short sides of the canvas: x runs to `width`, y downwards to `height`, the smaller of the two is 1.
"""

import math
from functools import cached_property

import numpy as np
from PIL import Image

from core.sources.painter.colour import GAMMA, Floats, Paint, Reals
from core.sources.painter.texture import bristles, clouds, grain, noise, smoothstep, weave

Window = tuple[slice, slice]
WHOLE: Window = (slice(None), slice(None))


class Easel:
    def __init__(self, rng: np.random.Generator, width_pixels: int, height_pixels: int, cloth: Paint) -> None:
        """An empty canvas of the colour of `cloth`."""
        self.rng = rng
        self.shape = (height_pixels, width_pixels)
        self.pixel = 1.0 / min(self.shape)
        self.height, self.width = height_pixels * self.pixel, width_pixels * self.pixel
        self.x: Floats = ((np.arange(width_pixels, dtype=np.float32) + 0.5) * self.pixel)[None, :]
        self.y: Floats = ((np.arange(height_pixels, dtype=np.float32) + 0.5) * self.pixel)[:, None]
        self.density = np.empty((3, *self.shape), np.float32)
        self.density[:] = cloth.density[:, None, None]
        self.relief = np.zeros(self.shape, np.float32)  # thickness of the paint
        self.texture_strength = float(rng.uniform(0.5, 1.3))
        self.wander = self.between(0.004, 0.012)  # how far a free hand strays, in short sides

    # Chance, in the painter's words

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def whole(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    # Fields of irregularity, made once and turned about for every layer, so that layers do not share their marks

    @cached_property
    def tooth(self) -> Floats:
        """The weave of the cloth."""
        return weave(self.rng, *self.shape, self.between(2.3, 3.6))

    @cached_property
    def _cloud(self) -> Floats:
        return clouds(self.rng, *self.shape, self.between(150, 320), 4, 0.6)

    @cached_property
    def _mottle(self) -> Floats:
        return clouds(self.rng, *self.shape, self.between(28, 60), 3, 0.75)

    @cached_property
    def _upright(self) -> Floats:
        return bristles(self.rng, *self.shape, upright=True, fineness=self.between(1.8, 3.5))

    @cached_property
    def _level(self) -> Floats:
        return bristles(self.rng, *self.shape, upright=False, fineness=self.between(1.8, 3.5))

    @cached_property
    def _stray(self) -> Floats:
        return clouds(self.rng, *self.shape, self.between(90, 200), 3, 0.45)

    @cached_property
    def _fray(self) -> Floats:
        # Where a wet edge has crept, it has crept for a while: calm stretches between ragged ones.
        fine = noise(self.rng, *self.shape, 7.0, 7.0) + 0.6 * noise(self.rng, *self.shape, 2.4, 2.4)
        return fine * np.float32(0.55) * np.maximum(1 + np.float32(0.5) * self.mottle(), 0.15)

    def cloud(self) -> Floats:
        """Slow changes over the whole canvas, deviation 1."""
        return self._turned(self._cloud)

    def mottle(self) -> Floats:
        """Patches of the size of a hand."""
        return self._turned(self._mottle)

    def brush(self, *, upright: bool) -> Floats:
        return self._turned(self._upright if upright else self._level)

    def stray(self) -> Floats:
        """How a hand wanders from the line."""
        return self._turned(self._stray)

    def fray(self) -> Floats:
        """How paint creeps along threads at an edge."""
        return self._turned(self._fray)

    def _turned(self, field: Floats) -> Floats:
        flips = self.rng.integers(0, 2, 3)
        turned = field[:: 1 - 2 * flips[0], :: 1 - 2 * flips[1]]
        return -turned if flips[2] else turned

    # Shapes: signed distances, negative inside, in short sides

    def box(self, left: float, top: float, right: float, bottom: float, *, rounded: float = 0.0) -> Floats:
        half_width, half_height = (right - left) / 2, (bottom - top) / 2
        away_x = np.abs(self.x - (left + right) / 2) - half_width + rounded
        away_y = np.abs(self.y - (top + bottom) / 2) - half_height + rounded
        if rounded <= 0:
            return np.maximum(away_x, away_y)
        outside = np.hypot(np.maximum(away_x, 0), np.maximum(away_y, 0))
        return outside + np.minimum(np.maximum(away_x, away_y), 0) - rounded

    def disc(self, x: float, y: float, radius: float, *, flattened: float = 1.0) -> Floats:
        return np.hypot(self.x - x, (self.y - y) / flattened) - radius

    def half_plane(self, x: float, y: float, angle: float) -> Floats:
        """The side of a line through (x, y); `angle` in radians is that of its outward normal."""
        return (self.x - x) * np.float32(np.cos(angle)) + (self.y - y) * np.float32(np.sin(angle))

    def polygon(self, corners: list[tuple[float, float]]) -> Floats:
        """A convex shape, its corners clockwise as seen."""
        distance: Floats | None = None
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            side = self.half_plane(x0, y0, float(np.arctan2(-(x1 - x0), y1 - y0)))
            distance = side if distance is None else np.maximum(distance, side)
        assert distance is not None, "a polygon has corners"
        return distance

    def edge(self, distance: Reals, *, soft: float = 0.0, stray: float = 0.0, fray: float = 0.0) -> Floats:
        """Cover, 0 to 1, from a signed distance. Edges are never sharper than a pixel or two, so nothing aliases.

        Args:
            soft: width of the transition; stray: how far the hand wanders; fray: how far paint creeps. Short sides.
        """
        if stray:
            distance = distance + np.float32(stray) * self.stray()
        if fray:
            distance = distance + np.float32(fray) * self.fray()
        width = max(soft, 2.4 * self.pixel)
        return np.broadcast_to(smoothstep(0.5 - distance / np.float32(width)), self.shape)

    # Paint

    def lay(
        self,
        cover: Reals,
        paint: Paint,
        *,
        body: float = 1.0,
        brush: float = 0.0,
        upright: bool = True,
        mottle: float = 0.0,
        cloud: float = 0.0,
        tooth: float = 0.03,
        impasto: float = 0.0,
    ) -> None:
        """A covering layer.

        Args:
            cover: (H, W), 0 to 1.
            body: 1 hides what lies below, 0.3 is a scumble.
            brush, mottle, cloud: how strongly the layer varies in strength and value with each.
            tooth: how much it catches on the weave.
            impasto: how thickly it stands.
        """
        variation = np.float32(tooth) * self.tooth
        if cloud:
            variation += np.float32(cloud) * self.cloud()
        if mottle:
            variation += np.float32(mottle) * self.mottle()
        marks = self.brush(upright=upright) if brush or impasto else None
        if brush and marks is not None:
            variation += np.float32(brush) * marks
        strength = variation * np.float32(0.5 + 2 * (1 - body))
        strength += np.float32(body)
        np.clip(strength, 0.0, 1.0, out=strength)
        strength *= cover
        variation *= np.float32(0.55)
        for value, below in zip(paint.density, self.density, strict=True):
            change = variation * (value + np.float32(0.12))
            change += value
            change -= below
            change *= strength
            below += change
        if impasto and marks is not None:
            self.relief += cover * np.float32(impasto) * (1 + np.float32(0.35) * marks)

    def stain(
        self, cover: Reals, paint: Paint, *, strength: float = 1.0, mottle: float = 0.1, cloud: float = 0.1
    ) -> None:
        """Thin paint soaked into the cloth: its density is added to what lies below."""
        amount = np.float32(mottle) * self.mottle() + np.float32(cloud) * self.cloud() + np.float32(0.05) * self.tooth
        amount = cover * np.maximum(1 + amount, 0) * np.float32(strength)
        for channel, value in enumerate(paint.density):
            self.density[channel] += amount * value

    def flat(self, cover: Reals, paint: Paint, *, window: Window = WHOLE) -> None:
        """An even layer in a part of the canvas, for pictures of very many shapes."""
        for channel, value in enumerate(paint.density):
            part = self.density[channel][window]
            part += cover * (value - part)

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The pixels of a rectangle, as slices."""
        rows = slice(max(int(top / self.pixel), 0), max(int(np.ceil(bottom / self.pixel)), 0))
        columns = slice(max(int(left / self.pixel), 0), max(int(np.ceil(right / self.pixel)), 0))
        return rows, columns

    def splatter(self, paint: Paint, count: int, x: float, y: float, spread: float) -> None:
        """Drops flung at (x, y)."""
        for _ in range(count):
            radius = min(abs(float(self.rng.normal(0, 0.004))) + 0.0018, 0.02)
            at_x, at_y = x + float(self.rng.normal(0, spread)), y + float(self.rng.normal(0, spread))
            window = self.window(at_x - 2 * radius, at_y - 2 * radius, at_x + 2 * radius, at_y + 2 * radius)
            distance = np.hypot(self.x[:, window[1]] - at_x, (self.y[window[0]] - at_y) * self.between(0.7, 1.1))
            if distance.size:
                self.flat(smoothstep(0.5 - (distance - radius) / (2 * self.pixel)), paint, window=window)

    def drip(self, paint: Paint, x: float, top: float, length: float, thickness: float) -> None:
        """A run of thin paint, straight down, with a bead at its end."""
        window = self.window(x - 4 * thickness, top, x + 4 * thickness, top + length + 4 * thickness)
        across, down = self.x[:, window[1]] - x, self.y[window[0]] - top
        if not across.size or not down.size:
            return
        across = across + thickness * 0.8 * np.sin(down * self.between(4, 14) + self.between(0, 6))
        radius = thickness * (0.45 + 0.25 * down / length)
        line = np.maximum(np.abs(across) - radius, down - length)
        bead = np.hypot(across, down - length) - thickness * 0.8
        cover = smoothstep(0.5 - np.minimum(line, bead) / (2 * self.pixel))
        self.flat(cover * np.float32(self.between(0.5, 0.9)), paint, window=window)

    # The photograph

    def photograph(self) -> Image.Image:
        """As a catalogue shows it: in raking light, a little uneven, a little warm or cool, with some grain."""
        angle, fall = self.between(0, 2 * np.pi), self.between(0.01, 0.07)
        across, down = self.x / self.width - 0.5, self.y / self.height - 0.5
        corners = self.between(0.0, 0.1)
        veil = (fall * math.cos(angle) * across + corners * across**2) + (
            fall * math.sin(angle) * down + corners * down**2
        )
        veil += np.float32(0.022 * self.texture_strength) * self.tooth
        veil += np.float32(0.014) * self._cloud
        if self.relief.any():
            veil[1:, 1:] += np.float32(0.35) * (self.relief[:-1, :-1] - self.relief[1:, 1:])
        # Glare: the lens and the varnish lift the darks a little, and no white is quite paper white.
        lift, top = self.between(2, 9), self.between(243, 252)
        noisy = grain(self.rng, *self.shape)
        noisy *= np.float32(self.between(0.6, 1.1))
        noisy += np.float32(lift + 0.5)
        cast = self.rng.normal(0, 0.012, 3)
        picture = np.empty((*self.shape, 3), np.uint8)
        for channel in range(3):
            value = self.density[channel] + veil
            value += np.float32(cast[channel])
            value *= np.float32(-1 / GAMMA)
            np.exp(value, out=value)
            value *= np.float32(top - lift)
            value += noisy
            picture[..., channel] = np.clip(value, 0, 255, out=value)
        return Image.fromarray(picture)
