"""Fields built of single touches of the brush, in columns, rings or drifts, the ground shining through."""

import math

import numpy as np

from core.sources.painter.colour import Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette
from core.sources.painter.texture import smoothstep


def paint_touches(easel: Easel, palette: Palette) -> None:
    ground = palette.ground.shifted(lightness=easel.between(0.0, 0.12))
    easel.lay(np.ones(easel.shape, np.float32), ground, body=0.9, cloud=0.08, mottle=0.06)
    order = str(easel.rng.choice(["columns", "rings", "drift"], p=[0.5, 0.25, 0.25]))
    if order == "columns":
        _columns(easel, palette)
    elif order == "rings":
        _rings(easel, palette)
    else:
        _drift(easel, palette)


def _touch(easel: Easel, paint: Paint, x: float, y: float, half_x: float, half_y: float, turn: float) -> None:
    reach = 1.3 * max(half_x, half_y) + 2 * easel.pixel
    window = easel.window(x - reach, y - reach, x + reach, y + reach)
    dx, dy = easel.x[:, window[1]] - x, easel.y[window[0]] - y
    if not dx.size or not dy.size:
        return
    cosine, sine = math.cos(turn), math.sin(turn)
    along, across = dx * cosine + dy * sine, dy * cosine - dx * sine
    # A superellipse, lopsided as a loaded brush leaves it.
    skew = easel.between(-0.35, 0.35)
    scaled_x, scaled_y = along / half_x, across / half_y
    squared_x, squared_y = np.square(scaled_x * (1 + skew * scaled_y)), np.square(scaled_y)
    radius = np.sqrt(np.sqrt(squared_x * squared_x + squared_y * squared_y))
    distance = (radius - 1) * min(half_x, half_y)
    cover = smoothstep(0.5 - distance / (2 * easel.pixel)) * np.float32(easel.between(0.82, 1.0))
    worn = np.clip(np.float32(0.97) + np.float32(0.09) * easel.tooth[window] - 0.1 * scaled_x, 0, 1)
    easel.flat(cover * worn, paint, window=window)
    easel.relief[window] += np.float32(0.09) * cover


def _columns(easel: Easel, palette: Palette) -> None:
    """Down the canvas in columns of one colour each, or in rows."""
    half_x = easel.between(0.017, 0.034)
    half_y = half_x * easel.between(0.55, 1.3)
    single = easel.chance(0.3)
    x, column = half_x, 0
    last = -1
    while x < easel.width + half_x:
        choice = easel.whole(0, len(palette.paints) - 2)
        choice = (choice + 1) % (len(palette.paints) - 1) if choice == last else choice
        last = choice
        paint = palette.lead if single else palette.over(choice)
        y = easel.between(-half_y, half_y)
        while y < easel.height + half_y:
            own = paint.shifted(lightness=float(easel.rng.normal(0, 0.03)), hue=float(easel.rng.normal(0, 4)))
            if not easel.chance(0.02):
                stretch = easel.between(0.75, 1.25)
                _touch(
                    easel,
                    own,
                    x + float(easel.rng.normal(0, half_x * 0.12)),
                    y,
                    half_x * easel.between(0.72, 0.98),
                    half_y * stretch,
                    float(easel.rng.normal(0, 0.1)),
                )
                y += 2 * half_y * stretch
            y += half_y * easel.between(0.1, 0.5)
        x += 2 * half_x * easel.between(0.95, 1.12)
        column += 1


def _rings(easel: Easel, palette: Palette) -> None:
    x, y = easel.between(0.3, 0.7) * easel.width, easel.between(0.25, 0.75) * easel.height
    size = easel.between(0.017, 0.032)
    radius, ring = size * easel.between(0.5, 3), 0
    far = float(np.hypot(max(x, easel.width - x), max(y, easel.height - y)))
    each = easel.whole(1, 3)
    while radius < far:
        count = max(int(2 * np.pi * radius / (size * 2.3)), 1)
        paint = palette.over(ring // each)
        start = easel.between(0, 6.28)
        for number in range(count):
            turn = start + 2 * np.pi * number / count + float(easel.rng.normal(0, 0.02))
            own = paint.shifted(lightness=float(easel.rng.normal(0, 0.03)))
            at_x, at_y = x + radius * float(np.cos(turn)), y + radius * float(np.sin(turn))
            if -size < at_x < easel.width + size and -size < at_y < easel.height + size:
                _touch(easel, own, at_x, at_y, size * easel.between(0.6, 0.85), size * easel.between(0.75, 1.1), turn)
        radius += 2 * size * easel.between(0.92, 1.12)
        ring += 1


def _drift(easel: Easel, palette: Palette) -> None:
    """Scattered evenly, leaning with a current, the colours gathering in patches."""
    size = easel.between(0.017, 0.032)
    slim = easel.between(0.3, 0.8)
    step = size * easel.between(1.7, 2.3)
    current, patches = easel.stray(), easel.cloud()
    lean = easel.between(-1.5, 1.5)
    rows, columns = int(easel.height / step) + 2, int(easel.width / step) + 2
    for place in easel.rng.permutation(rows * columns):
        row, column = divmod(int(place), columns)
        x = (column + 0.5 * (row % 2)) * step + float(easel.rng.normal(0, step * 0.14))
        y = row * step + float(easel.rng.normal(0, step * 0.14))
        pixel_y = min(max(int(y / easel.pixel), 0), easel.shape[0] - 1)
        pixel_x = min(max(int(x / easel.pixel), 0), easel.shape[1] - 1)
        gathered = float(patches[pixel_y, pixel_x]) + float(easel.rng.normal(0, 0.35))
        paint = palette.over(int(np.floor(gathered * 1.3 + 10)))
        own = paint.shifted(lightness=float(easel.rng.normal(0, 0.035)), hue=float(easel.rng.normal(0, 5)))
        turn = lean + 0.6 * float(current[pixel_y, pixel_x]) + float(easel.rng.normal(0, 0.12))
        _touch(easel, own, x, y, size * easel.between(0.8, 1.2), size * slim * easel.between(0.8, 1.2), turn)
