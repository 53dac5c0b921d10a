"""Bands around a centre: targets, nested squares, frames within frames, mitred corners."""

import numpy as np

from core.sources.painter.colour import Floats
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette


def paint_target(easel: Easel, palette: Palette) -> None:
    """Rings; some crisp, one often soft, floating on bare cloth or on a ground."""
    if easel.chance(0.55):
        easel.lay(np.ones(easel.shape, np.float32), palette.ground, body=0.96, cloud=0.04, mottle=0.03)
    groups = 1 if easel.chance(0.8) else easel.whole(2, 4)
    for group in range(groups):
        if groups == 1:
            x, y = easel.width / 2 + easel.between(-0.03, 0.03), easel.height / 2 + easel.between(-0.04, 0.04)
            radius = easel.between(0.3, 0.49)
        else:
            x = easel.between(0.2, 0.8) * easel.width
            y = (group + 0.5) / groups * easel.height
            radius = min(easel.between(0.12, 0.3), 0.42 * easel.height / groups)
        far = easel.disc(x, y, 0.0, flattened=easel.between(0.75, 1.3) if easel.chance(0.25) else 1.0)
        soft_ring = easel.whole(0, 7)
        outer = radius
        for number in range(easel.whole(3, 7)):
            soft = easel.between(0.03, 0.09) if number == soft_ring else 0.0
            cover = easel.edge(far - outer, soft=soft, stray=0.0015, fray=0.0007)
            easel.lay(cover, palette.over(number + group), body=0.96, cloud=0.05, mottle=0.03)
            outer *= easel.between(0.62, 0.9)
            if outer < 0.03:
                break


def paint_squares(easel: Easel, palette: Palette) -> None:
    """Three or four squares, one in the other, sinking to the foot: the same colour never looks the same twice."""
    count = easel.whole(3, 4)
    x, foot = easel.width / 2, easel.height * easel.between(0.9, 1.0)
    half, bottom = easel.width * 0.5, easel.height
    paints = sorted(palette.paints[: count + 1], key=lambda paint: paint.lightness, reverse=easel.chance(0.5))
    easel.lay(np.ones(easel.shape, np.float32), paints[0], body=0.97, mottle=0.03, tooth=0.05, brush=0.03)
    for number in range(1, count):
        half *= easel.between(0.64, 0.82)
        bottom -= (bottom - foot) * 0.5 + 0.05
        shape = easel.box(x - half, max(bottom - 2 * half, 0.02), x + half, bottom)
        cover = easel.edge(shape, stray=0.0012, fray=0.001)
        easel.lay(cover, paints[number % len(paints)], body=0.97, mottle=0.03, tooth=0.06, brush=0.04)


def paint_frames(easel: Easel, palette: Palette) -> None:
    """Parallel bands that repeat the shape of the canvas, or turn about a corner, with breathing lines between."""
    ground = palette.ground if easel.chance(0.5) else palette.over(3)
    easel.lay(np.ones(easel.shape, np.float32), ground, body=0.97, cloud=0.03)
    kind = str(easel.rng.choice(["rectangle", "diamond", "corner", "mitre"]))
    x, y = easel.width / 2, easel.height / 2
    away_x, away_y = np.abs(easel.x - x), np.abs(easel.y - y)
    depth: Floats
    if kind == "rectangle":
        depth = np.minimum(x - away_x, y - away_y)
    elif kind == "diamond":
        depth = np.float32(0.75 * (x + y)) - (away_x * np.float32(y / x) + away_y) * np.float32(0.72)
    elif kind == "corner":
        depth = np.maximum(easel.x * 1.0, easel.y * np.float32(easel.width / easel.height))
    else:
        depth = np.maximum(easel.x, easel.height - easel.y) + np.zeros(easel.shape, np.float32)
    depth = np.broadcast_to(depth, easel.shape).astype(np.float32)
    thick = easel.between(0.028, 0.085)
    gap = easel.between(0.003, 0.012) if easel.chance(0.6) else 0.0
    single = easel.chance(0.35)  # one colour, only the lines drawn
    start = easel.between(0, thick)
    depth = depth + np.float32(0.0008) * easel.stray()
    for number in range(int(1.6 / thick)):
        low = start + number * thick
        if low > float(depth.max()):
            break
        shape = np.maximum(low - depth, depth - low - thick + gap)
        if single:
            paint = palette.lead if number % 2 == 0 or gap else palette.ground
        else:
            paint = palette.over(number)
        easel.flat(easel.edge(shape, fray=0.0004), paint.shifted(lightness=float(easel.rng.normal(0, 0.015))))
    streaks = np.float32(0.03) * easel.mottle() + np.float32(0.02) * easel.brush(upright=True)
    easel.density *= 1 + streaks
