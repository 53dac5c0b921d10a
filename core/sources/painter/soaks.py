"""Pools and washes that soak into the cloth: islands, horizons, halos, and a few drops gone astray."""

import numpy as np

from core.sources.painter.colour import Floats, Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette


def paint_soaks(easel: Easel, palette: Palette) -> None:
    if easel.chance(0.6):
        wash = palette.ground.shifted(lightness=0.1)
        easel.lay(np.ones(easel.shape, np.float32), wash, body=0.6, cloud=0.3, mottle=0.1, tooth=0.06)
    for number in range(easel.whole(3, 8)):
        _pool(easel, palette.over(number), easel.between(0.1, 0.42) if number else easel.between(0.3, 0.6))
    if easel.chance(0.5):
        paint = palette.over(5)
        for _ in range(easel.whole(1, 3)):
            x, y = easel.between(0.1, 0.9) * easel.width, easel.between(0.1, 0.9) * easel.height
            easel.splatter(paint, easel.whole(4, 22), x, y, easel.between(0.02, 0.12))
    if easel.chance(0.35):
        _line(easel, palette.over(4).shifted(lightness=-0.2))


def _pool(easel: Easel, paint: Paint, size: float) -> None:
    x, y = easel.between(0.0, 1.0) * easel.width, easel.between(0.0, 1.0) * easel.height
    turn = easel.between(0, np.pi)
    cosine, sine = float(np.cos(turn)), float(np.sin(turn))
    along = (easel.x - x) * cosine + (easel.y - y) * sine
    across = (easel.y - y) * cosine - (easel.x - x) * sine
    shape: Floats = (np.hypot(along, across * easel.between(1.1, 2.6)) - size).astype(np.float32)
    shape = (
        shape + np.float32(size * easel.between(0.15, 0.34)) * easel.stray() + np.float32(size * 0.1) * easel.cloud()
    )
    soft = float(easel.rng.choice([0.006, 0.015, 0.05, 0.14]))
    cover = easel.edge(shape, soft=soft, fray=0.0025)
    if easel.chance(0.5):
        easel.stain(cover, paint, strength=easel.between(0.5, 1.0), cloud=0.22)
    else:
        easel.lay(cover, paint, body=easel.between(0.7, 0.97), cloud=0.16, mottle=0.1, brush=0.04)
    if easel.chance(0.6):  # the tide line that a drying pool leaves
        easel.stain(easel.edge(np.abs(shape) - 0.001, soft=0.006), paint, strength=easel.between(0.15, 0.5))
    if easel.chance(0.35):  # oil that crept further than the pigment
        halo = easel.edge(shape - easel.between(0.015, 0.05), soft=0.03) * (1 - cover)
        easel.stain(halo, paint.shifted(lightness=0.3, chroma=0.5), strength=0.6)


def _line(easel: Easel, paint: Paint) -> None:
    """Drawn with a loaded brush in one go."""
    wave = easel.between(0.04, 0.2) * np.sin(easel.x * easel.between(2, 6) + easel.between(0, 6))
    path = easel.between(0.2, 0.8) * easel.height + wave + easel.between(-0.5, 0.5) * (easel.x - easel.width / 2)
    shape = np.abs(easel.y - path) - np.float32(0.003) * (1 + 0.6 * easel.stray())
    left, right = sorted((easel.between(0, 1) * easel.width, easel.between(0, 1) * easel.width))
    ends = np.maximum(left - easel.x, easel.x - right)
    easel.lay(easel.edge(np.maximum(shape, ends), soft=0.004), paint, body=0.85, mottle=0.2)


def paint_horizons(easel: Easel, palette: Palette) -> None:
    """Washes laid one below the other, like weather over land, above a foot painted hard and flat."""
    count = easel.whole(4, 9)
    sky = palette.ground.shifted(lightness=0.12)
    easel.lay(np.ones(easel.shape, np.float32), sky, body=0.85, cloud=0.12, mottle=0.05)
    ys = np.sort(easel.rng.uniform(0.08, 0.88, count)) * easel.height
    for number, y in enumerate(ys):
        swing = easel.between(0.01, 0.09)
        wave = swing * np.sin(easel.x * easel.between(1.5, 5) + easel.between(0, 6))
        shape = (y + wave - easel.y + np.zeros_like(easel.x)).astype(np.float32)
        if easel.chance(0.55):  # a lens of colour that ends again
            shape = np.maximum(shape, easel.y - y - wave - easel.between(0.05, 0.3))
            centre, half = easel.between(0, 1) * easel.width, easel.between(0.2, 0.7)
            shape = shape + np.float32(0.3) * np.maximum(np.abs(easel.x - centre) - half, 0)
        cover = easel.edge(shape, soft=float(easel.rng.choice([0.005, 0.02, 0.1])), stray=0.018, fray=0.002)
        paint = palette.over(number).shifted(lightness=float(easel.rng.normal(0.02, 0.04)))
        easel.lay(cover, paint, body=easel.between(0.45, 0.9), cloud=0.16, mottle=0.08, brush=0.06, upright=False)
    if easel.chance(0.55):
        foot = easel.half_plane(0, easel.height * easel.between(0.84, 0.95), -np.pi / 2)
        easel.lay(easel.edge(np.broadcast_to(foot, easel.shape)), palette.lead, body=0.97, cloud=0.03)
