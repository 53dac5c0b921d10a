"""Latents by number: picture 17 of seed 3 is the same picture however many are drawn, on any machine."""

import numpy as np
from numpy.typing import NDArray


def draw_latents(count: int, latent_dim: int, seed: int, *, start: int = 0) -> NDArray[np.float32]:
    """Standard normal latents number `start` to `start + count` of a seed, (count, latent_dim)."""
    rows = [np.random.default_rng((seed, number)).standard_normal(latent_dim) for number in range(start, start + count)]
    return np.array(rows, np.float32).reshape(count, latent_dim)
