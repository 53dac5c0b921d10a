"""Colour sprayed as mist, with a few strokes along the edge to hold it."""

import numpy as np

from core.sources.painter.colour import Floats
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette
from core.sources.painter.texture import grain


def paint_spray(easel: Easel, palette: Palette) -> None:
    whole: Floats = np.ones(easel.shape, np.float32)
    easel.lay(whole, palette.ground, body=0.95, cloud=0.06)
    for number in range(easel.whole(2, 5)):
        paint = palette.over(number if easel.chance(0.6) else 0).shifted(lightness=easel.between(-0.06, 0.08))
        x, y = easel.between(-0.2, 1.2) * easel.width, easel.between(-0.2, 1.2) * easel.height
        reach = easel.between(0.4, 1.2)
        flattened = easel.between(0.5, 1.8)
        far = np.hypot(easel.x - x, (easel.y - y) / flattened) / reach + np.float32(0.12) * easel.cloud()
        mist = np.exp(-(far.astype(np.float32) ** 2) * 1.6)
        drops = np.float32(0.35) * grain(easel.rng, *easel.shape) + np.float32(0.2) * easel.fray()
        cover = np.clip(mist * (1 + drops * (1.15 - mist)), 0, 1)
        easel.lay(cover, paint, body=easel.between(0.6, 0.95), mottle=0.04)
    for number in range(easel.whole(0, 3)):  # strokes at the rim
        paint = palette.over(number + 2)
        thick = easel.between(0.012, 0.05)
        if easel.chance(0.5):
            x = easel.between(0.005, 0.03) if easel.chance(0.5) else easel.width - easel.between(0.03, 0.06)
            shape = easel.box(
                x, easel.between(-0.1, 0.4) * easel.height, x + thick, easel.height * easel.between(0.6, 1.1)
            )
        else:
            y = easel.between(0.005, 0.03) if easel.chance(0.5) else easel.height - easel.between(0.03, 0.06)
            shape = easel.box(
                easel.between(-0.1, 0.4) * easel.width, y, easel.width * easel.between(0.6, 1.1), y + thick
            )
        cover = easel.edge(shape, soft=0.012, stray=0.008, fray=0.003)
        easel.lay(cover, paint, body=0.85, brush=0.16, mottle=0.12, impasto=0.3)
