"""Irregularity: smooth random fields, in pixels, from which cloth, brush marks and wandering edges are made."""

import numpy as np
from PIL import Image

from core.sources.painter.colour import Floats

_COARSE = 4  # smooth fields are summed at a quarter of the size


def noise(rng: np.random.Generator, height: int, width: int, cell_x: float, cell_y: float) -> Floats:
    """(height, width) float32, mean about 0, deviation 1: random values on a lattice of cells, bicubic between."""
    rows, columns = int(np.ceil(height / cell_y)) + 4, int(np.ceil(width / cell_x)) + 4
    lattice = rng.standard_normal((rows, columns), dtype=np.float32)
    left, top = 1.5 + rng.random(2)
    box = (left, top, left + width / cell_x, top + height / cell_y)
    field = np.asarray(Image.fromarray(lattice).resize((width, height), Image.Resampling.BICUBIC, box=box))
    return standard(field)


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


def bristles(rng: np.random.Generator, height: int, width: int, *, upright: bool, fineness: float = 2.2) -> Floats:
    """Marks of a wide brush: fine across the stroke, long along it, wandering a little, with lifts and reloads."""
    long, fine = rng.uniform(70, 150), fineness
    if upright:
        streaks = noise(rng, height, width, fine, long) + 0.8 * noise(rng, height, width, fine * 5, long * 1.6)
    else:
        streaks = noise(rng, height, width, long, fine) + 0.8 * noise(rng, height, width, long * 1.6, fine * 5)
    return standard(streaks)


def weave(rng: np.random.Generator, height: int, width: int, period: float) -> Floats:
    """Plain-woven cloth: threads of uneven thickness over and under one another. `period` is pixels per thread."""
    along = noise(rng, height, width, 26.0, period * 0.55)
    across = noise(rng, height, width, period * 0.55, 26.0)
    grain = rng.standard_normal((height, width), dtype=np.float32)
    return standard(along + across + 0.7 * grain)


def standard(field: Floats) -> Floats:
    """The field with mean 0 and deviation 1."""
    centred = field - field.mean(dtype=np.float32)
    return (centred / max(float(centred.std(dtype=np.float32)), 1e-6)).astype(np.float32)


def smoothstep(field: Floats) -> Floats:
    """0 below 0, 1 above 1, and no kink between."""
    clipped = np.clip(field, 0.0, 1.0)
    return clipped * clipped * (3.0 - 2.0 * clipped)
