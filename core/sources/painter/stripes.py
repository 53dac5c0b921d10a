"""Stripes: close-set and hard, loose and irregular, in bundles on bare cloth, standing or lying."""

from itertools import pairwise

import numpy as np

from core.sources.painter.colour import Floats, Paint
from core.sources.painter.easel import Easel
from core.sources.painter.palettes import Palette
from core.sources.painter.texture import smoothstep


def paint_stripes(easel: Easel, palette: Palette) -> None:
    """Edge to edge, or leaving a wide quiet field."""
    upright = easel.chance(0.82)
    length = easel.width if upright else easel.height
    rhythm = str(
        easel.rng.choice(["even", "uneven", "grouped", "empty middle", "few"], p=[0.26, 0.3, 0.16, 0.16, 0.12])
    )
    easel.lay(np.ones(easel.shape, np.float32), palette.ground, body=0.97, cloud=0.03, mottle=0.02)
    edges = _rhythm(easel, rhythm, length)
    paints = _sequence(easel, palette, len(edges), rhythm)
    across = easel.x if upright else easel.y
    hand = easel.between(0, 0.0022) if easel.chance(0.7) else 0.0
    wavering = across + np.float32(hand) * easel.stray() if hand else np.broadcast_to(across, easel.shape)
    bleeding = easel.between(0.003, 0.008) if easel.chance(0.25) else 0.0
    if bleeding:
        wavering = wavering + np.float32(bleeding * 0.25) * easel.fray()

    for (start, end), paint in zip(edges, paints, strict=True):
        margin = 5 * hand + 2 * bleeding + 3 * easel.pixel
        window = (
            easel.window(start - margin, 0, end + margin, easel.height)
            if upright
            else easel.window(0, start - margin, easel.width, end + margin)
        )
        part = wavering[window]
        if not part.size:
            continue
        distance = np.maximum(start - part, part - end)
        easel.flat(smoothstep(0.5 - distance / max(bleeding, 2.2 * easel.pixel)), paint, window=window)
    _handwork(easel, upright)


def _rhythm(easel: Easel, rhythm: str, length: float) -> list[tuple[float, float]]:
    """Where stripes start and end, across the canvas."""
    if rhythm == "few":
        cuts = np.sort(easel.rng.uniform(0.05, 0.95, easel.whole(2, 4))) * length
        marks = [0.0, *map(float, cuts), length]
        return list(pairwise(marks))
    if rhythm == "even":
        count = easel.whole(11, 56)
        marks = [float(mark) for mark in np.linspace(0, length, count + 1)]
        return list(pairwise(marks))
    if rhythm == "uneven":
        shares = easel.rng.gamma(easel.between(1.2, 6), size=easel.whole(9, 44)) + 0.12
        marks = [0.0, *map(float, np.cumsum(shares / shares.sum()) * length)]
        return list(pairwise(marks))
    edges: list[tuple[float, float]] = []
    unit = easel.between(0.008, 0.03)
    if rhythm == "grouped":
        at = easel.between(0.02, 0.2)
        while at < length - unit:
            for _ in range(easel.whole(1, 5)):
                thick = unit * float(easel.rng.choice([0.5, 1, 1, 2]))
                edges.append((at, at + thick))
                at += thick + unit * float(easel.rng.choice([0.0, 0.6, 1.0]))
            at += easel.between(0.02, 0.22)
        return edges
    inner = easel.between(0.15, 0.36) * length
    for start, stop in ((0.0, inner), (length - inner * easel.between(0.6, 1.2), length)):
        at = start + easel.between(0, 0.03)
        while at < stop - unit * 0.5:
            thick = unit * easel.between(0.5, 1.8)
            edges.append((at, at + thick))
            at += thick + unit * float(easel.rng.choice([0.0, 0.5, 1.2]))
    return edges


def _sequence(easel: Easel, palette: Palette, count: int, rhythm: str) -> list[Paint]:
    """Which colour follows which: at random without repeats, alternating, a cycle, or drifting across the canvas."""
    own = list(palette.paints if rhythm not in ("grouped", "empty middle") else palette.paints[1:])
    order = str(easel.rng.choice(["chance", "alternating", "cycle", "drift"], p=[0.5, 0.18, 0.17, 0.15]))
    drift = easel.between(-0.3, 0.3)
    paints: list[Paint] = []
    last = -1
    for number in range(count):
        if order == "alternating":
            choice = number % 2 if not easel.chance(0.12) else easel.whole(0, len(own) - 1)
        elif order == "cycle":
            choice = number % len(own)
        else:
            choice = easel.whole(0, len(own) - 1)
            if choice == last:
                choice = (choice + 1) % len(own)
        last = choice
        paint = own[choice]
        if order == "drift":
            paint = own[choice % 3].shifted(lightness=drift * (number / count - 0.5), hue=60 * drift * number / count)
        paints.append(paint.shifted(lightness=float(easel.rng.normal(0, 0.025)), hue=float(easel.rng.normal(0, 5))))
    return paints


def _handwork(easel: Easel, upright: bool) -> None:
    """Acrylic rolled or brushed along the stripes: faint streaks and clouds that belong to all of them."""
    streaks: Floats = np.float32(easel.between(0.01, 0.045)) * easel.brush(upright=upright)
    streaks = streaks + np.float32(easel.between(0.01, 0.04)) * easel.mottle()
    easel.density *= 1 + streaks
    easel.density += np.float32(0.25) * streaks


def paint_pillars(easel: Easel, palette: Palette) -> None:
    """A bundle of poured ribbons on bare cloth, rounded where the pouring began, bleeding into each other."""
    count = easel.whole(4, 12)
    thick = min(easel.between(0.03, 0.085), 0.8 * easel.width / count)
    total = count * thick
    middle = easel.width * easel.between(0.36, 0.64)
    start = max(min(middle - total / 2, easel.width - total - 0.04), 0.04)
    top = easel.between(0.03, 0.12) * easel.height
    bottom = easel.height * (1.05 if easel.chance(0.65) else easel.between(0.86, 0.96))
    gap = easel.between(-0.15, 0.2) if easel.chance(0.75) else easel.between(0.3, 0.5)
    sway = easel.between(0.002, 0.007)
    for number in easel.rng.permutation(count):
        left = start + float(number) * thick
        width = thick * (1 - gap) * easel.between(0.8, 1.12)
        first = top + abs(float(easel.rng.normal(0, 0.012)))
        last = bottom if bottom > easel.height else bottom + float(easel.rng.normal(0, 0.008))
        shape = easel.box(left, first, left + width, last, rounded=width * 0.48)
        cover = easel.edge(shape, soft=easel.between(0.002, 0.006), stray=sway * 0.5, fray=0.0009)
        paint = palette.over(int(number)).shifted(lightness=float(easel.rng.normal(0, 0.03)))
        easel.lay(cover, paint, body=easel.between(0.86, 0.97), cloud=0.05)
        if easel.chance(0.3):
            easel.drip(paint, left + width / 2, first - easel.between(0.0, 0.03), 0.03, width * 0.35)
