"""Colours and edges of pictures in a few numbers each, and how far two sets of pictures are apart by them.

Each number has a distribution over the pictures of a set. Two sets are as far apart as it would take to move the one
distribution into the other (the Wasserstein distance), in standard deviations of the real pictures: so unlike numbers
can be averaged, and 0.2 is little and 1 is plain to see.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.features.colour import lab
from core.metrics.errors import MetricError
from core.metrics.measured import Measured, around, draws

Numbers = Mapping[str, NDArray[np.float64]]  # name -> (N,), one value a picture

COLOUR = {
    "lightness": "Lightness",
    "contrast": "Contrast of light and dark",
    "vividness": "Vividness",
    "green_red": "Green to red",
    "blue_yellow": "Blue to yellow",
    "variety": "Variety of colours within a picture",
}
EDGES = {
    "strength": "Strength of edges",
    "share": "Share of the picture that is edge",
    "upright": "Lying to upright edges",
    "order": "Edges in one direction",
    "fine": "Fine detail",
    "middling": "Middling detail",
}
_EDGE = 8.0  # change of lightness from pixel to pixel that makes an edge, of 100
_RESAMPLES = 200
_CHUNK = 256  # pictures at a time


def colour_numbers(pictures: NDArray[np.uint8]) -> Numbers:
    """Those of COLOUR for uint8 (N, H, W, 3): in CIE Lab, each a mean or a deviation over the picture."""
    return _in_chunks(pictures, _colour, COLOUR)


def edge_numbers(pictures: NDArray[np.uint8]) -> Numbers:
    """Those of EDGES for uint8 (N, H, W, 3), of the lightness L of CIE Lab alone."""
    return _in_chunks(pictures, _edges, EDGES)


def compare(samples: Numbers, real: Numbers, *, seed: int = 0) -> Measured:
    """The mean distance over all numbers; each by itself is in the details.

    Raises MetricError for sets of fewer than two pictures.
    """
    names = list(real)
    count, real_count = len(samples[names[0]]), len(real[names[0]])
    if min(count, real_count) < 2:
        raise MetricError(f"At least two pictures are needed on each side; got {count} and {real_count}.")
    deviations = {name: max(float(real[name].std()), 1e-6) for name in names}
    each = {name: wasserstein(samples[name], real[name]) / deviations[name] for name in names}
    chosen, real_chosen = draws(count, seed, _RESAMPLES), draws(real_count, seed + 1, _RESAMPLES)
    resampled = np.mean(
        [wasserstein(samples[name][chosen], real[name][real_chosen]) / deviations[name] for name in names], axis=0
    )
    value = float(np.mean(list(each.values())))
    low, high = around(value, float(resampled.std(ddof=1)))
    details: dict[str, Any] = {
        name: {
            "distance": round(each[name], 4),
            "samples": round(float(samples[name].mean()), 4),
            "real": round(float(real[name].mean()), 4),
        }
        for name in names
    }
    return Measured(value, low, high, min(count, real_count), details)


def wasserstein(first: NDArray[np.float64], second: NDArray[np.float64]) -> Any:
    """Of (..., N) and (..., M) values: the area between their quantile functions, (...)."""
    first, second = np.sort(first, axis=-1), np.sort(second, axis=-1)
    count, other = first.shape[-1], second.shape[-1]
    if count == other:
        return np.abs(first - second).mean(axis=-1)
    # the quantile functions are steps: between two neighbouring edges of either, both are flat
    edges = np.union1d(np.arange(1, count) / count, np.arange(1, other) / other)
    middles = (np.concatenate([[0.0], edges]) + np.concatenate([edges, [1.0]])) / 2
    widths = np.diff(np.concatenate([[0.0], edges, [1.0]]))
    gaps = np.abs(first[..., (middles * count).astype(int)] - second[..., (middles * other).astype(int)])
    return (gaps * widths).sum(axis=-1)


def _in_chunks(pictures: NDArray[np.uint8], of: Any, names: Mapping[str, str]) -> Numbers:
    parts = [of(lab(pictures[i : i + _CHUNK])) for i in range(0, len(pictures), _CHUNK)]
    return {name: np.concatenate([part[name] for part in parts]).astype(np.float64) for name in names}


def _colour(image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    lightness, green_red, blue_yellow = image[..., 0], image[..., 1], image[..., 2]
    inside = (1, 2)
    return {
        "lightness": lightness.mean(axis=inside),
        "contrast": lightness.std(axis=inside),
        "vividness": np.hypot(green_red, blue_yellow).mean(axis=inside),
        "green_red": green_red.mean(axis=inside),
        "blue_yellow": blue_yellow.mean(axis=inside),
        "variety": np.sqrt(green_red.var(axis=inside) + blue_yellow.var(axis=inside)),
    }


def _edges(image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    light = image[..., 0]
    across = light[:, :-1, 1:] - light[:, :-1, :-1]  # change from left to right: an upright edge
    down = light[:, 1:, :-1] - light[:, :-1, :-1]
    inside = (1, 2)
    slope = np.hypot(across, down)
    power_across, power_down = np.square(across).mean(axis=inside), np.square(down).mean(axis=inside)
    both = (across * down).mean(axis=inside)
    power = np.maximum(power_across + power_down, 1e-6)
    half, quarter = _halved(light), _halved(_halved(light))
    return {
        "strength": slope.mean(axis=inside),
        "share": (slope > _EDGE).mean(axis=inside),
        "upright": (power_across - power_down) / power,  # -1: all edges lie; 1: all stand
        "order": np.hypot(power_across - power_down, 2 * both) / power,  # 1: all edges run in one direction
        "fine": (light - _doubled(half, light)).std(axis=inside),
        "middling": (half - _doubled(quarter, half)).std(axis=inside),
    }


def _halved(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, H, W) -> means of 2 x 2 pixels; an odd last row or column is left out."""
    count, height, width = light.shape
    even = light[:, : height // 2 * 2, : width // 2 * 2]
    means: NDArray[np.float32] = even.reshape(count, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    return means


def _doubled(light: NDArray[np.float32], like: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = like.shape[1:]
    large = light.repeat(2, axis=1).repeat(2, axis=2)
    return np.pad(large, ((0, 0), (0, height - large.shape[1]), (0, width - large.shape[2])), mode="edge")
