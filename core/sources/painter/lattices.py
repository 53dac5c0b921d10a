"""Strokes laid side by side or across each other: nets of crossing colour, and columns of leaning blocks."""

import math

import numpy as np

from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette
from core.sources.painter.texture import smoothstep


def paint_lattice(easel: Easel, palette: Palette) -> None:
    """Long narrow strokes in two to four directions; where they cross, the colours mix."""
    ground = palette.ground.shifted(lightness=easel.between(0.05, 0.25), chroma=0.7)
    easel.lay(np.ones(easel.shape, np.float32), ground, body=0.9, cloud=0.06, mottle=0.06)
    first = easel.between(0, math.pi)
    directions = easel.whole(2, 4)
    hand = np.float32(easel.between(0.001, 0.006)) * easel.stray()
    for number in range(directions):
        turn = first + math.pi * number / directions + easel.between(-0.15, 0.15)
        across = easel.x * math.cos(turn) + easel.y * math.sin(turn) + hand
        low, high = float(across.min()), float(across.max())
        step = easel.between(0.028, 0.085)
        # One triangle wave draws every stroke of a direction; the strokes differ through their paints.
        place = (across - low) / step
        stroke = np.floor(place).astype(np.int64)
        count = int((high - low) / step) + 2
        width = easel.rng.uniform(0.2, 0.4, count).astype(np.float32)
        distance = (np.abs(place - stroke - np.float32(0.5)) - width[stroke]) * step
        worn = np.clip(easel.between(0.55, 0.9) + np.float32(0.12) * easel.mottle(), 0, 1)
        cover = smoothstep(0.5 - distance / max(2.2 * easel.pixel, easel.between(0, 0.005))) * worn
        choices = easel.rng.integers(0, len(palette.paints) - 1, count)
        few = easel.whole(1, 4)
        paints = [palette.over(int(choice) % few + number) for choice in choices]
        table = np.stack([paint.shifted(lightness=float(easel.rng.normal(0, 0.03))).density for paint in paints])
        for channel in range(3):
            below = easel.density[channel]
            below += cover * (table[:, channel][stroke] - below)


def paint_totem(easel: Easel, palette: Palette) -> None:
    """A column of blocks, each leaning a little on the next, before a ground worked over with a rag."""
    easel.lay(np.ones(easel.shape, np.float32), palette.ground, body=0.9, mottle=0.12, cloud=0.14)
    count = easel.whole(4, 9)
    middle, half = easel.width * easel.between(0.35, 0.65), easel.width * easel.between(0.14, 0.42)
    marks = np.cumsum(easel.rng.gamma(3.0, size=count) + 0.6)
    top = -0.03 if easel.chance(0.5) else easel.between(0.03, 0.12) * easel.height
    bottom = easel.height + 0.03 if easel.chance(0.5) else easel.height * easel.between(0.9, 0.97)
    ys = [top, *(top + (bottom - top) * float(mark / marks[-1]) for mark in marks)]
    slants = [0.0 if easel.chance(0.3) else easel.between(-0.12, 0.12) for _ in ys]
    for number in range(count):
        left, right = middle - half * easel.between(0.85, 1.12), middle + half * easel.between(0.85, 1.12)
        lean = easel.between(-0.09, 0.09)
        along = easel.x - middle
        upper = ys[number] + slants[number] * along - easel.y
        lower = easel.y - ys[number + 1] - slants[number + 1] * along
        inclined = easel.x + lean * (easel.y - ys[number])
        shape = np.maximum(np.maximum(upper, lower), np.maximum(left - inclined, inclined - right))
        cover = easel.edge(shape, soft=0.003, stray=0.002, fray=0.0015)
        own = palette.over(number).shifted(lightness=float(easel.rng.normal(0, 0.03)))
        easel.lay(cover, own, body=0.95, brush=0.06, upright=easel.chance(0.5), cloud=0.07, mottle=0.04)
