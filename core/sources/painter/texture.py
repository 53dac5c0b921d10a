"""Irregularity: smooth random fields, in pixels, from which cloth, brush marks and wandering edges are made."""

import numpy as np
from PIL import Image

from core.sources.painter.colour import Floats, Reals

_COARSE = 4  # smooth fields are summed at a quarter of the size


def noise(rng: np.random.Generator, height: int, width: int, cell_x: float, cell_y: float) -> Floats:
    """(height, width) float32, mean about 0, deviation about 0.7: random values on a lattice, bicubic between."""
    rows, columns = int(np.ceil(height / cell_y)) + 4, int(np.ceil(width / cell_x)) + 4
    lattice = rng.standard_normal((rows, columns), dtype=np.float32)
    left, top = 1.5 + rng.random(2)
    box = (left, top, left + width / cell_x, top + height / cell_y)
    return np.asarray(Image.fromarray(lattice).resize((width, height), Image.Resampling.BICUBIC, box=box))


def clouds(rng: np.random.Generator, height: int, width: int, cell: float, octaves: int, roughness: float) -> Floats:
    """Fractal noise, from features of `cell` pixels down; each octave is `roughness` times as strong as the last."""
    coarse_height, coarse_width = -(-height // _COARSE) + 2, -(-width // _COARSE) + 2
    total = np.zeros((coarse_height, coarse_width), np.float32)
    size, strength = cell / _COARSE, 1.0
    for _ in range(octaves):
        total += strength * noise(rng, coarse_height, coarse_width, max(size, 1.0), max(size, 1.0))
        size, strength = size / 2, strength * roughness
    box = (0.5, 0.5, 0.5 + width / _COARSE, 0.5 + height / _COARSE)
    field = np.asarray(Image.fromarray(total).resize((width, height), Image.Resampling.BICUBIC, box=box))
    return standard(field)


def bristles(rng: np.random.Generator, height: int, width: int, *, upright: bool, fineness: float) -> Floats:
    """Marks of a wide brush: fine across the stroke, long along it. Two directions a few degrees apart take turns over
    the canvas, as an arm works its way across it.

    Args:
        fineness: pixels between the marks of two bristles.
    """
    turns = smoothstep(0.5 + 1.2 * clouds(rng, height, width, rng.uniform(90, 220), 3, 0.6))
    first = _strokes(rng, height, width, upright=upright, fineness=fineness)
    second = -first[:, ::-1]  # mirrored: leaning the other way
    return standard(first + turns * (second - first))


def _strokes(rng: np.random.Generator, height: int, width: int, *, upright: bool, fineness: float) -> Floats:
    long, margin = rng.uniform(40, 110), 48
    sides = (height + 2 * margin, width + 2 * margin)
    along, across = (fineness, long) if upright else (long, fineness)
    wide_along, wide_across = (fineness * 5, long * 1.5) if upright else (long * 1.5, fineness * 5)
    marks = noise(rng, *sides, along, across) + np.float32(0.7) * noise(rng, *sides, wide_along, wide_across)
    lean = float(np.tan(rng.normal(0, 0.07)))
    # Sheared rather than turned: no corner is left empty as long as the margin holds it.
    lean = float(np.clip(lean, -2 * margin / max(sides) * 0.9, 2 * margin / max(sides) * 0.9))
    middle_x, middle_y = width / 2, height / 2
    shear = (
        (1.0, lean, margin - lean * middle_y, 0.0, 1.0, margin)
        if upright
        else (1.0, 0.0, margin, lean, 1.0, margin - lean * middle_x)
    )
    leaning = Image.fromarray(marks).transform(
        (width, height), Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR
    )
    return np.asarray(leaning)


def weave(rng: np.random.Generator, height: int, width: int, period: float) -> Floats:
    """Plain-woven cloth: threads of uneven thickness over and under one another. `period` is pixels per thread."""
    along = noise(rng, height, width, 11.0, period * 0.55).copy()
    across = noise(rng, height, width, period * 0.55, 11.0)
    along += across
    along += grain(rng, height, width)
    return standard(along)


def grain(rng: np.random.Generator, height: int, width: int) -> Floats:
    """White noise, deviation 1. Uniform: no eye tells it from normal noise, which costs three times as much."""
    values = rng.random((height, width), dtype=np.float32)
    values -= np.float32(0.5)
    values *= np.float32(3.4641)
    return values


def standard(field: Floats) -> Floats:
    """The field with mean 0 and deviation 1."""
    some = field[::3, ::3]
    return ((field - some.mean(dtype=np.float32)) / max(some.std(dtype=np.float32), np.float32(1e-6))).astype(
        np.float32, copy=False
    )


def smoothstep(field: Reals) -> Floats:
    """0 below 0, 1 above 1, and no kink between."""
    clipped = np.clip(field, 0.0, 1.0).astype(np.float32, copy=False)
    return clipped * clipped * (3.0 - 2.0 * clipped)
