"""Flat paint behind tape: panels, curves, wedges, chevrons, arcs."""

import numpy as np

from core.sources.painter.colour import Floats, Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette


def _flat(easel: Easel, shape: Floats, paint: Paint) -> None:
    cover = easel.edge(shape, stray=0.0005, fray=0.0004)
    easel.lay(cover, paint, body=0.985, cloud=0.02, mottle=0.012, brush=easel.between(0.0, 0.03), tooth=0.02)


def _ground(easel: Easel, paint: Paint) -> None:
    easel.lay(np.ones(easel.shape, np.float32), paint, body=0.98, cloud=0.025, mottle=0.015, tooth=0.03)


def paint_shapes(easel: Easel, palette: Palette) -> None:
    """One to three large shapes that hold the whole canvas in tension."""
    _ground(easel, palette.ground)
    kinds = ["curve", "wedge", "disc", "half discs", "panels", "leaf", "bend", "facets"]
    kind = str(easel.rng.choice(kinds))
    width, height = easel.width, easel.height
    if kind == "curve":
        radius = easel.between(0.6, 2.2)
        x, y = easel.between(-0.2, 1.2) * width, (height + radius * 0.55 if easel.chance(0.5) else -radius * 0.55)
        _flat(easel, easel.disc(x, y, radius), palette.lead)
        if easel.chance(0.4):
            _flat(easel, easel.disc(width - x, height - y, radius * easel.between(0.5, 1)), palette.over(1))
    elif kind == "wedge":
        for number in range(easel.whole(1, 3)):
            x, y = easel.between(0.1, 0.9) * width, easel.between(0.1, 0.9) * height
            first, spread = easel.between(0, 2 * np.pi), easel.between(0.6, 2.4)
            wedge = np.maximum(easel.half_plane(x, y, first), easel.half_plane(x, y, first + spread))
            _flat(easel, wedge, palette.over(number))
    elif kind == "disc":
        x, y = easel.between(0.35, 0.65) * width, easel.between(0.3, 0.7) * height
        if easel.chance(0.5):
            _flat(easel, easel.half_plane(0, y + easel.between(0.05, 0.3), -np.pi / 2), palette.over(1))
        _flat(easel, easel.disc(x, y, easel.between(0.2, 0.42), flattened=easel.between(0.8, 1.05)), palette.lead)
    elif kind == "half discs":
        y = easel.between(0.4, 0.6) * height
        for number, sign in enumerate((-1, 1)):
            x = easel.between(0.3, 0.7) * width
            disc = easel.disc(x, y + sign * easel.between(0.0, 0.05), easel.between(0.22, 0.45))
            _flat(easel, np.maximum(disc, sign * (y - easel.y)), palette.over(number))
    elif kind == "panels":
        _panels(easel, palette)
    elif kind == "leaf":
        x, y, radius = width / 2, height / 2, easel.between(0.5, 0.95)
        turn, apart = easel.between(0, np.pi), easel.between(0.55, 0.85)
        dx, dy = np.cos(turn) * radius * apart, np.sin(turn) * radius * apart
        leaf = np.maximum(easel.disc(x + dx, y + dy, radius), easel.disc(x - dx, y - dy, radius))
        for number in range(easel.whole(1, 4)):
            _flat(easel, leaf + np.float32(0.05 * number), palette.over(number))
    elif kind == "bend":  # a wide band that turns a corner
        x, y, thick = easel.between(0.1, 0.4) * width, easel.between(0.1, 0.4) * height, easel.between(0.12, 0.3)
        for number in range(easel.whole(1, 3)):
            outer = easel.box(x, y, 3 * width, 3 * height, rounded=0.25 + thick)
            inner = easel.box(x + thick, y + thick, 3 * width, 3 * height, rounded=0.25)
            _flat(easel, np.maximum(outer, -inner), palette.over(number))
            x, y = x + thick, y + thick
    else:
        for number in range(easel.whole(4, 9)):
            x, y, turn = easel.between(0, 1) * width, easel.between(0, 1) * height, easel.between(0, 2 * np.pi)
            facet = np.maximum(easel.half_plane(x, y, turn), easel.half_plane(x, y, turn + easel.between(1.2, 2.8)))
            _flat(easel, facet, palette.over(number).shifted(lightness=easel.between(-0.06, 0.06)))


def _panels(easel: Easel, palette: Palette) -> None:
    """Two to five panels side by side or one over the other, butted together."""
    count = easel.whole(1, 4)
    upright = easel.chance(0.6)
    length = easel.width if upright else easel.height
    even = easel.chance(0.5)
    cuts = np.arange(1, count + 1) / (count + 1) if even else np.sort(easel.rng.uniform(0.12, 0.88, count))
    for number, cut in enumerate(cuts):
        along = easel.x if upright else easel.y
        shape = np.broadcast_to(np.float32(cut * length) - along, easel.shape)
        _flat(easel, shape, palette.over(number))
        if easel.chance(0.4):  # the seam between two canvases
            easel.stain(easel.edge(np.abs(shape) - 0.0008), palette.over(number).shifted(lightness=-0.2), strength=0.35)


def paint_chevrons(easel: Easel, palette: Palette) -> None:
    """Bands bent to an arrow, pointing down, up or aside, with bare cloth or a flat ground around them."""
    if easel.chance(0.6):
        _ground(easel, palette.ground)
    count = easel.whole(3, 7)
    thick = easel.between(0.05, 0.13)
    slope = easel.between(0.35, 2.0)
    middle = easel.width * (0.5 if easel.chance(0.7) else easel.between(0.3, 0.7))
    aside = easel.chance(0.35)
    across, along, length = (easel.y, easel.x, easel.width) if aside else (easel.x, easel.y, easel.height)
    middle = easel.height / 2 if aside else middle
    arrow = along + np.abs(across - middle) * np.float32(slope)
    if easel.chance(0.4):
        arrow = length - arrow + slope * 0.3
    start = easel.between(0.05, 0.45) * length + (slope * 0.25)
    gap = float(easel.rng.choice([0.0, 0.0, 0.012, 0.03]))
    slant = np.float32(1 / np.hypot(1, slope))
    for number in range(count):
        low = start + number * (thick + gap) - count * thick * 0.35
        shape = (np.maximum(low - arrow, arrow - low - thick) * slant).astype(np.float32)
        _flat(easel, shape, palette.over(number))


def paint_arcs(easel: Easel, palette: Palette) -> None:
    """Bands along circles, interlaced or cut off, with thin lines of bare cloth between them."""
    if easel.chance(0.7):
        _ground(easel, palette.ground)
    line = float(easel.rng.choice([0.004, 0.008, 0.0]))
    for group in range(easel.whole(1, 4)):
        x = float(easel.rng.choice([0, 0.25, 0.5, 0.75, 1])) * easel.width
        y = float(easel.rng.choice([0, 0.5, 1, 1])) * easel.height
        radius, thick = easel.between(0.35, 0.95), easel.between(0.045, 0.12)
        far = easel.disc(x, y, 0.0)
        for number in range(easel.whole(3, 8)):
            outer = radius - number * thick
            if outer < thick:
                break
            shape = np.maximum(far - outer, outer - thick + line - far)
            _flat(easel, shape, palette.over(number + group))
