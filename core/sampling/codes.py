"""What the codes of an InfoGAN do: the same noise in every category, and along each slider."""

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ConfigError
from core.models.codes import CodeLayout
from core.models.configs import check_range
from core.models.latents import draw_latents
from core.sampling.sampler import Sampler

_CHUNK = 32  # pictures at a time: bounds the memory


def code_layout(sampler: Sampler) -> CodeLayout:
    """Raises ConfigError if its network has no codes."""
    layout = getattr(sampler.network, "layout", None)
    if not isinstance(layout, CodeLayout):
        raise ConfigError(
            f"The network {sampler.facts.get('architecture', 'of this run')} has no codes. "
            "Train the preset met-infogan to find kinds of picture and ways to differ."
        )
    return layout


def category_columns(sampler: Sampler, rows: int = 8, seed: int = 0) -> NDArray[np.uint8]:
    """A column for each category, a row for each noise: uint8 (rows * categories, H, W, 3), row by row."""
    layout, z = code_layout(sampler), _latents(sampler, rows, seed)
    columns = [layout.latents_with(z, category=category) for category in range(layout.categories)]
    return _drawn(sampler, torch.stack(columns, dim=1))


def code_sweep(sampler: Sampler, code: int, steps: int = 9, rows: int = 4, seed: int = 0) -> NDArray[np.uint8]:
    """Slider `code` from -1 to 1 in columns, a row for each latent: uint8 (rows * steps, H, W, 3), row by row."""
    check_range("steps", steps, 2, 1000)
    layout, z = code_layout(sampler), _latents(sampler, rows, seed)
    values = np.linspace(-1, 1, steps)
    return _drawn(sampler, torch.stack([layout.latents_with(z, continuous={code: v}) for v in values], dim=1))


def pictures_with(
    sampler: Sampler, count: int, seed: int = 0, *, category: int | None = None, sliders: dict[int, float] | None = None
) -> NDArray[np.uint8]:
    """The sampler's pictures of a seed with these codes in place of their own: uint8 (count, H, W, 3)."""
    z = _latents(sampler, count, seed)
    return _drawn(sampler, code_layout(sampler).latents_with(z, category=category, continuous=sliders)[:, None])


def _latents(sampler: Sampler, count: int, seed: int) -> torch.Tensor:
    check_range("rows", count, 1, 10_000)
    check_range("seed", seed, 0, 2**62)
    return torch.from_numpy(draw_latents(count, sampler.latent_dim, seed))


def _drawn(sampler: Sampler, latents: torch.Tensor) -> NDArray[np.uint8]:
    """latents: (rows, columns, latent_dim)."""
    return np.concatenate([sampler.decode(chunk.numpy()) for chunk in latents.flatten(0, 1).split(_CHUNK)])
