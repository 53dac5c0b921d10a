"""Emptiness with something at its edge; lumps that keep their distance; fields divided like a window."""

import numpy as np

from core.sources.painter.colour import Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import PAINTS, Palette


def paint_open_field(easel: Easel, palette: Palette) -> None:
    """Nearly all bare ground; colour only along the sides, with splashes."""
    pale = palette.ground.shifted(lightness=0.3, chroma=0.35) if easel.chance(0.6) else PAINTS["chalk"]
    easel.lay(np.ones(easel.shape, np.float32), pale, body=0.85, cloud=0.03, mottle=0.03)
    sides = [str(side) for side in easel.rng.permutation(["left", "top", "right", "bottom"])[: easel.whole(2, 4)]]
    for number, side in enumerate(sides):
        depth = easel.between(0.03, 0.2)
        distance = {
            "left": easel.x + 0 * easel.y,
            "right": easel.width - easel.x + 0 * easel.y,
            "top": easel.y + 0 * easel.x,
            "bottom": easel.height - easel.y + 0 * easel.x,
        }[side]
        along = easel.y if side in ("left", "right") else easel.x
        slant = easel.between(-0.15, 0.15)
        paint = palette.over(number)
        shape = distance.astype(np.float32) - depth - np.float32(slant) * (along - 0.5)
        cover = easel.edge(shape, soft=0.004, stray=depth * 0.3, fray=0.003)
        easel.lay(cover, paint, body=0.95, cloud=0.08, brush=0.08, upright=side in ("left", "right"), impasto=0.12)
        if easel.chance(0.6):
            other = palette.over(number + 2)
            inner = easel.edge(shape + depth * easel.between(0.3, 0.8), soft=0.006, stray=depth * 0.5, fray=0.003)
            easel.lay(inner, other, body=0.9, brush=0.12, mottle=0.1)
        if easel.chance(0.7):
            x = {"left": depth, "right": easel.width - depth}.get(side, easel.between(0.1, 0.9) * easel.width)
            y = {"top": depth, "bottom": easel.height - depth}.get(side, easel.between(0.1, 0.9) * easel.height)
            easel.splatter(paint, easel.whole(5, 40), x, y, easel.between(0.04, 0.14))
            for _ in range(easel.whole(0, 4) if side == "top" else 0):
                at = easel.between(0.05, 0.95) * easel.width
                easel.drip(paint, at, depth * 0.8, easel.between(0.05, 0.4), easel.between(0.003, 0.007))


def paint_lumps(easel: Easel, palette: Palette) -> None:
    """Two to five large brushed forms on a plain ground, pulled to shape by hand."""
    ground = palette.ground if easel.chance(0.5) else palette.ground.shifted(lightness=0.35, chroma=0.3)
    easel.lay(np.ones(easel.shape, np.float32), ground, body=0.94, cloud=0.05, mottle=0.05, brush=0.03)
    count = easel.whole(1, 5)
    rows = 1 if count == 1 else easel.whole(1, min(count, 3))
    columns = -(-count // rows)
    for number in range(count):
        row, column = divmod(number, columns)
        cell_x, cell_y = easel.width / columns, easel.height / rows
        x = (column + 0.5 + float(easel.rng.normal(0, 0.05))) * cell_x
        y = (row + 0.5 + float(easel.rng.normal(0, 0.05))) * cell_y
        half_x, half_y = cell_x * easel.between(0.3, 0.47), cell_y * easel.between(0.26, 0.46)
        round_off = min(half_x, half_y) * easel.between(0.4, 1.0)
        shape = easel.box(x - half_x, y - half_y, x + half_x, y + half_y, rounded=round_off)
        paint, upright = palette.over(number), easel.chance(0.5)
        if easel.chance(0.4):  # an earlier form, not quite covered
            below = easel.edge(shape - 0.012, soft=0.006, stray=0.018, fray=0.004)
            easel.lay(below, palette.over(number + 2), body=0.8, brush=0.15)
        cover = easel.edge(shape, soft=0.006, stray=easel.between(0.008, 0.024), fray=0.004)
        easel.lay(cover, paint, body=0.95, brush=0.1, upright=upright, cloud=0.08, mottle=0.05, impasto=0.2)


def paint_windows(easel: Easel, palette: Palette) -> None:
    """Large washed planes cut by a few straight lines, earlier states showing through."""
    easel.lay(np.ones(easel.shape, np.float32), palette.ground, body=0.9, cloud=0.1, brush=0.06, mottle=0.08)
    lines: list[tuple[float, float, float]] = []
    for number in range(easel.whole(4, 9)):
        straight = easel.chance(0.72)
        turn = float(easel.rng.choice([0.0, np.pi / 2, np.pi, -np.pi / 2]))
        turn += 0.0 if straight else easel.between(-0.6, 0.6)
        x, y = easel.between(0.03, 0.97) * easel.width, easel.between(0.03, 0.97) * easel.height
        shape = np.broadcast_to(easel.half_plane(x, y, turn), easel.shape)
        if easel.chance(0.55):
            shape = np.maximum(shape, easel.half_plane(*_beside(easel, x, y, turn)))
        if easel.chance(0.5):
            shape = np.maximum(shape, easel.half_plane(x, y, turn + np.pi / 2))
        paint = palette.over(number).shifted(lightness=easel.between(0.0, 0.1), chroma=0.85)
        body = easel.between(0.55, 0.93)
        easel.lay(easel.edge(shape, stray=0.0012, fray=0.0012), paint, body=body, brush=0.1, cloud=0.14, mottle=0.08)
        lines.append((x, y, turn))
    for x, y, turn in lines[: easel.whole(2, 6)]:
        _ruled(easel, x, y, turn, PAINTS["soot"] if easel.chance(0.6) else PAINTS["chalk"])


def _beside(easel: Easel, x: float, y: float, turn: float) -> tuple[float, float, float]:
    """A line parallel to another, facing it."""
    apart = easel.between(0.04, 0.4)
    return x - float(np.cos(turn)) * apart, y - float(np.sin(turn)) * apart, turn + np.pi


def _ruled(easel: Easel, x: float, y: float, turn: float, paint: Paint) -> None:
    """A charcoal or chalk line."""
    line = np.abs(easel.half_plane(x, y, turn)) - easel.between(0.0, 0.0016)
    cover = easel.edge(np.broadcast_to(line, easel.shape), fray=0.0012)
    easel.lay(cover, paint, body=easel.between(0.35, 0.75), mottle=0.3, tooth=0.2)


def paint_quiet(easel: Easel, palette: Palette) -> None:
    """One to three panels, each of nearly one colour, waxy, with the history of many coats."""
    count = int(easel.rng.choice([1, 2, 3], p=[0.4, 0.3, 0.3]))
    upright = easel.chance(0.65)
    length = easel.width if upright else easel.height
    foot = easel.between(0.012, 0.04) if easel.chance(0.5) else -1.0
    for number in range(count):
        along = easel.x if upright else easel.y
        shape = np.broadcast_to(np.float32(length * number / count) - along, easel.shape)
        if foot > 0:  # the coats stop above the lower edge, which keeps their drips
            shape = np.maximum(shape, easel.y - easel.height + foot)
        paint = palette.over(number) if count > 1 else palette.ground
        for coat in range(3):
            own = paint.shifted(
                lightness=easel.between(-0.05, 0.05), hue=easel.between(-10, 10), chroma=easel.between(0.8, 1.1)
            )
            body = 0.95 if coat == 0 else 0.45
            cover = easel.edge(shape, stray=0.001, fray=0.0015)
            easel.lay(cover, own, body=body, brush=0.06, upright=coat != 1, mottle=0.12, cloud=0.14, tooth=0.05)
    if foot > 0:
        for _ in range(easel.whole(3, 14)):
            x = easel.between(0, 1) * easel.width
            easel.drip(palette.lead, x, easel.height - foot * 1.1, foot * easel.between(0.2, 0.9), 0.004)
