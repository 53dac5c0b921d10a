"""The axes of a model's latents along which the colours of its pictures change most, everywhere alike."""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from core.errors import AtelierError
from core.features.colour import lab
from core.files import read_json, write_json
from core.sampling.explorer import Explorer
from core.sampling.points import read_numbers, write_numbers
from core.sampling.principal import axes, change_along, typical_latents
from core.training.pictures import to_pixels

_ROWS = 4  # more carry the form over as well: measured on quick-vae, see docs/exploring.md
_LATENTS = 6
_SPREAD_OF = 24  # pictures whose colours say what much and little is
_SIDE = 32  # pixels: colours are measured at no more


def find_colour_rows(explorer: Explorer) -> NDArray[np.float32]:
    """(4, latent_dim), orthonormal: the first left singular vectors of the mean change of what `_colours` measures.

    Computed once for an epoch, in some seconds, and kept in the run's folder.
    """
    path = explorer.folder.path / "directions" / f"colours-{explorer.epoch:04d}.json"
    try:
        kept = read_json(path)
        if kept and kept["weights"] == explorer.weights_hash:
            return read_numbers(kept["rows"], "axes of colour").reshape(-1, explorer.latent_dim)
    except (OSError, ValueError, TypeError, KeyError, AtelierError):
        pass  # computed anew, and written over
    rows = _found(explorer)
    write_json(path, {"weights": explorer.weights_hash, "rows": write_numbers(rows.ravel())})
    return rows


def _found(explorer: Explorer) -> NDArray[np.float32]:
    basis = axes(explorer)
    latents = typical_latents(explorer, _SPREAD_OF)
    spread = _colours(explorer.paint(latents)).std(axis=0) + 1e-3
    changes = [
        change_along(explorer, one, basis, lambda painted: _colours(painted) / spread) for one in latents[:_LATENTS]
    ]
    left = np.linalg.svd(np.mean(changes, axis=0), full_matrices=False)[0][:, :_ROWS]
    return (left.T @ basis).astype(np.float32)


def _colours(painted: torch.Tensor) -> NDArray[np.float32]:
    """(N, 3, H, W) -> (N, 16): mean, deviation and three percentiles of L, a and b each, and mean chroma."""
    if max(painted.shape[2:]) > _SIDE:
        painted = F.adaptive_avg_pool2d(painted.float(), _SIDE)
    values = lab(to_pixels(painted)).reshape(len(painted), -1, 3)
    chroma = np.hypot(values[..., 1], values[..., 2]).mean(axis=1, keepdims=True)
    parts = [values.mean(axis=1), values.std(axis=1), *np.percentile(values, [10, 50, 90], axis=1), chroma]
    return np.concatenate(parts, axis=1).astype(np.float32)
