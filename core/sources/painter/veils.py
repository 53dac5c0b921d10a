"""Thin acrylic poured down raw cloth: veils that overlap, rivulets from the sides, flowers of colour."""

import numpy as np

from core.sources.painter.colour import Floats
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette
from core.sources.painter.texture import smoothstep


def paint_veils(easel: Easel, palette: Palette) -> None:
    """Many translucent layers with one contour; darkest where all overlap, each colour showing at the rim."""
    plumes = int(easel.rng.choice([1, 2, 3], p=[0.66, 0.17, 0.17]))
    top, bottom = easel.between(0.04, 0.14) * easel.height, easel.height * easel.between(0.97, 1.1)
    foot = easel.between(0.2, 0.42) * easel.width / plumes
    flare = easel.between(-0.35, 0.75)
    ribs = np.clip(1 + np.float32(easel.between(0.06, 0.2)) * easel.brush(upright=True), 0.3, 1.8)
    for plume in range(plumes):
        middle = easel.width * (plume + 0.5) / plumes + easel.between(-0.05, 0.05)
        _plume(easel, palette, middle, foot * easel.between(0.85, 1.1), flare, top, bottom, ribs)


def _plume(
    easel: Easel, palette: Palette, middle: float, foot: float, flare: float, top: float, bottom: float, ribs: Floats
) -> None:
    rise = 1 - np.clip((easel.y - top) / (bottom - top), 0, 1)  # 0 at the foot, 1 at the crest
    opened = np.power(rise, easel.between(1.0, 2.5))
    bowed = easel.between(0.0, 0.1)
    for number in range(easel.whole(5, 9)):
        paint = palette.over(number).shifted(lightness=0.08)
        half = foot * (1 + flare * opened * easel.between(0.7, 1.25)) + easel.between(-0.04, 0.04)
        centre = middle + easel.between(-0.09, 0.09) * rise + easel.between(-0.04, 0.04)
        crest = top + easel.between(0, 0.1) + 0.03 * np.sin(easel.x * easel.between(3, 9) + easel.between(0, 6))
        crest = crest + bowed * np.square((easel.x - middle) / foot)
        shape = np.maximum(np.abs(easel.x - centre) - half, crest - easel.y)
        cover = easel.edge(shape, soft=easel.between(0.006, 0.03), stray=easel.between(0.008, 0.02), fray=0.002)
        easel.stain(cover * ribs, paint, strength=easel.between(0.12, 0.42), cloud=0.2)
        rim = cover * (1 - cover) * 4  # paint gathers where the pool ended
        easel.stain(rim, paint, strength=easel.between(0.08, 0.35))
    if easel.chance(0.4):
        dark = palette.over(5).shifted(lightness=-0.2, chroma=0.7)
        pool = np.maximum(np.abs(easel.x - middle) - foot * 0.92 * (1 + flare * opened), top + 0.08 - easel.y)
        easel.stain(easel.edge(pool, soft=0.08, stray=0.02), dark, strength=easel.between(0.15, 0.4), cloud=0.3)


def paint_rivulets(easel: Easel, palette: Palette) -> None:
    """Streams that run in from both sides towards the foot, and leave the middle of the cloth bare."""
    steep = easel.between(1.05, 1.9) * easel.height / (0.45 * easel.width)  # they never meet
    for side in (0, 1):
        count = easel.whole(4, 9)
        step = easel.between(0.07, 0.13) * easel.height
        at = easel.between(0.02, 0.15) * easel.height
        for number in range(count):
            thick = step * easel.between(0.25, 0.62)
            bow = easel.between(0.0, 0.07)
            across = easel.x if side == 0 else easel.width - easel.x
            path = at + across * steep + bow * np.sin(across * easel.between(3, 7) + easel.between(0, 6))
            slant = np.float32(1 / np.hypot(1, steep))
            shape = (np.abs(easel.y - path) * slant - thick / 2 * (1 + 0.35 * across)).astype(np.float32)
            cover = easel.edge(shape, soft=0.004, stray=0.005, fray=0.0009)
            paint = palette.over(number + 3 * side).shifted(lightness=float(easel.rng.normal(0, 0.03)))
            easel.lay(cover, paint, body=0.92, cloud=0.06)
            at += step * easel.between(0.8, 1.25)


def paint_petals(easel: Easel, palette: Palette) -> None:
    """Tongues of colour that spread from one place, each seen through the next."""
    x, y = easel.between(0.35, 0.65) * easel.width, easel.between(0.45, 1.05) * easel.height
    count = easel.whole(7, 14)
    whole_circle = y < 0.75 * easel.height
    span = np.pi * (2 if whole_circle else easel.between(0.8, 1.1))
    angle = np.arctan2(easel.y - y, easel.x - x) + np.pi / 2
    radius: Floats = np.hypot(easel.x - x, easel.y - y)
    reach = easel.between(0.45, 0.7) * max(easel.width, easel.height) * (0.75 if whole_circle else 1.2)
    stray = easel.stray()
    for number in easel.rng.permutation(count):
        direction = (float(number) / count - 0.5) * span + easel.between(-0.12, 0.12)
        away = (angle - direction + np.pi) % (2 * np.pi) - np.pi
        wide = span / count * easel.between(0.7, 1.7)
        length = reach * easel.between(0.55, 1.05)
        body = np.abs(away + 0.09 * stray) * np.maximum(radius, 0.05)
        swelling = wide * length * (0.16 + 0.84 * smoothstep(1.5 * radius / length)) * 0.5
        shape = np.maximum(body - swelling, radius - length - 0.05 * stray + 0.9 * away * away * length)
        cover = easel.edge(shape.astype(np.float32), soft=easel.between(0.005, 0.05))
        paint = palette.over(int(number)).shifted(lightness=float(easel.rng.normal(0.03, 0.04)))
        easel.stain(cover, paint, strength=easel.between(0.35, 0.9), cloud=0.2)
        easel.stain(cover * (1 - cover) * 2, paint, strength=0.25)
