"""One field, and the narrow verticals that make its width felt."""

import numpy as np

from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette


def paint_zips(easel: Easel, palette: Palette) -> None:
    field = palette.ground
    easel.lay(
        np.ones(easel.shape, np.float32), field, body=0.92, brush=easel.between(0.02, 0.09), cloud=0.07, mottle=0.04
    )
    if easel.chance(0.3):  # a second coat with another brush, so that the field breathes
        coat = field.shifted(lightness=easel.between(-0.05, 0.04), hue=easel.between(-5, 5))
        easel.lay(np.ones(easel.shape, np.float32), coat, body=0.4, mottle=0.22, cloud=0.25, brush=0.12, upright=False)
    if easel.chance(0.3):
        _part(easel, palette)
    taken: list[float] = []
    for number in range(int(easel.rng.choice([1, 2, 3, 4, 5], p=[0.38, 0.3, 0.18, 0.09, 0.05]))):
        x = _place(easel, taken)
        taken.append(x)
        _zip(easel, palette, number, x)


def _place(easel: Easel, taken: list[float]) -> float:
    for _ in range(12):
        favourite = float(easel.rng.choice([0.06, 0.18, 0.33, 0.5, 0.67, 0.82, 0.94]))
        x = (favourite + float(easel.rng.normal(0, 0.035))) * easel.width
        if 0.01 < x < easel.width - 0.01 and all(abs(x - other) > 0.07 for other in taken):
            return x
    return easel.between(0.03, 0.97) * easel.width


def _zip(easel: Easel, palette: Palette, number: int, x: float) -> None:
    half = easel.between(0.004, 0.022) if easel.chance(0.75) else easel.between(0.03, 0.075)
    paint = palette.over(number)
    shape = np.broadcast_to(np.abs(easel.x - x) - half, easel.shape)
    manner = str(easel.rng.choice(["taped", "taped", "bled", "brushed", "resist"]))
    if manner == "taped":
        easel.lay(easel.edge(shape, stray=0.0006, fray=0.0006), paint, body=0.97, cloud=0.03, brush=0.02)
    elif manner == "bled":
        easel.lay(easel.edge(shape, soft=0.006, stray=0.002, fray=half * 0.35 + 0.001), paint, body=0.9, mottle=0.1)
    elif manner == "brushed":  # a dry brush pulled down once
        ragged = easel.edge(shape + half * 0.3, soft=half, stray=half * 0.25, fray=half * 0.35)
        easel.lay(ragged, paint, body=0.75, brush=0.28, mottle=0.12, impasto=0.25)
    else:  # tape left on while the sides were painted: the bare strip between two uneven dark rims
        rim = np.abs(np.abs(easel.x - x) - half * 1.6)
        rough = easel.edge(np.broadcast_to(rim - half * 0.7, easel.shape), soft=0.008, stray=0.004, fray=0.006)
        easel.lay(rough, paint, body=0.8, mottle=0.2, brush=0.15)
        light = palette.ground.shifted(lightness=0.16, chroma=0.5)
        easel.lay(easel.edge(shape, fray=0.0008), light, body=0.85, mottle=0.06)


def _part(easel: Easel, palette: Palette) -> None:
    """Another field from a line to the edge."""
    x = float(easel.rng.choice([0.12, 0.3, 0.5, 0.72, 0.88])) * easel.width + easel.between(-0.03, 0.03)
    shape = np.broadcast_to(easel.x - x if easel.chance(0.5) else x - easel.x, easel.shape)
    paint = palette.over(2).shifted(chroma=0.9)
    easel.lay(easel.edge(shape, stray=0.0006, fray=0.0008), paint, body=0.93, brush=0.05, cloud=0.06)
