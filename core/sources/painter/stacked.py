"""Soft rectangles stacked on a ground, thin over thin, their edges never quite closed."""

from core.sources.painter.colour import Floats, Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette


def paint_stack(easel: Easel, palette: Palette) -> None:
    _ground(easel, palette.ground)
    if easel.chance(0.14):
        _halves(easel, palette)
        return
    count = int(easel.rng.choice([1, 2, 3, 4], p=[0.08, 0.42, 0.38, 0.12]))
    side, end = easel.between(0.035, 0.11) * easel.width, easel.between(0.03, 0.09) * easel.height
    gap = easel.between(0.008, 0.045) * easel.height
    free = easel.height - 2 * end - gap * (count - 1)
    shares = easel.rng.dirichlet([2.2] * count) * 0.8 + 0.2 / count
    top = end
    soft = easel.between(0.012, 0.06)
    for number, share in enumerate(shares):
        bottom = top + float(share) * free
        left = side * easel.between(0.75, 1.3)
        shape = easel.box(left, top, easel.width - left, bottom, rounded=easel.between(0.01, 0.04))
        _soft_field(easel, shape, palette.over(number), soft * easel.between(0.7, 1.4))
        top = bottom + gap * easel.between(0.6, 1.5)
    if easel.chance(0.3):  # a bright seam between two fields
        y = easel.between(0.3, 0.7) * easel.height
        seam = easel.box(side, y, easel.width - side, y + easel.between(0.008, 0.03))
        easel.lay(easel.edge(seam, soft=0.02, stray=0.004), palette.over(count), body=0.65, mottle=0.3)


def _ground(easel: Easel, paint: Paint) -> None:
    """Washed on in two coats, thinner towards the edges of the canvas."""
    rim = -easel.box(0, 0, easel.width, easel.height)
    easel.lay(easel.edge(0.004 - rim, soft=0.03, stray=0.008), paint, body=0.8, cloud=0.12, mottle=0.08)
    coat = paint.shifted(lightness=easel.between(-0.05, 0.05), hue=easel.between(-8, 8))
    easel.lay(easel.edge(0.02 - rim, soft=0.06, stray=0.01), coat, body=0.55, brush=0.12, cloud=0.18)


def _soft_field(easel: Easel, shape: Floats, paint: Paint, soft: float) -> None:
    upright = easel.chance(0.4)
    under = paint.shifted(lightness=easel.between(-0.09, 0.06), hue=easel.between(-16, 16))
    easel.lay(easel.edge(shape, soft=soft * 1.6, stray=easel.wander, fray=0.005), under, body=0.65, mottle=0.1)
    easel.lay(
        easel.edge(shape + 0.006, soft=soft, stray=easel.wander * 0.7, fray=0.006),
        paint,
        body=easel.between(0.7, 0.93),
        brush=easel.between(0.02, 0.09),
        upright=upright,
        cloud=easel.between(0.04, 0.12),
        mottle=easel.between(0.01, 0.06),
    )
    if easel.chance(0.5):  # a last thin coat that glows in the middle
        glow = paint.shifted(lightness=easel.between(-0.04, 0.09), chroma=1.1)
        easel.lay(easel.edge(shape + 0.05, soft=0.12, stray=0.03), glow, body=0.4, brush=0.05, cloud=0.1)


def _halves(easel: Easel, palette: Palette) -> None:
    """Two fields that meet at a horizon, within a thin bare margin."""
    horizon = easel.between(0.35, 0.65) * easel.height
    margin = easel.between(0.012, 0.03)
    light = palette.lead.shifted(lightness=0.05)
    upper = easel.box(margin, margin, easel.width - margin, horizon)
    lower = easel.box(margin, horizon, easel.width - margin, easel.height - margin)
    _soft_field(easel, lower, light, 0.006)
    _soft_field(easel, upper, palette.over(1).shifted(lightness=-0.08), 0.012)
