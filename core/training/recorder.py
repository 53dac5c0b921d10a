"""Writes what a training leaves in its run folder. One process owns a run folder while it trains; this is its pen."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import Tensor, nn

from core.files import JsonLines, write_bytes
from core.models.latents import draw_latents
from core.training.grids import make_grid, save_png
from core.training.pictures import to_pixels
from core.training.run_folder import RunFolder
from core.training.score_sheet import ScoreSheet
from core.training.weights import save_weights

_CHUNK = 32  # pictures at a time when drawing samples: bounds the memory


class Recorder:
    """
    Args:
        latent_dim, grid_size, seed: the latents of the sample grid, the same at every epoch.
        shown: pictures (R, 3, H, W) in [-1, 1] whose reconstructions a VAE shows; may be empty.
        terms, shown_terms: (grid_size, T) and (R, T), for a conditioned network: what each picture shall be, or is.
    """

    def __init__(
        self,
        run: RunFolder,
        *,
        latent_dim: int,
        grid_size: int,
        seed: int,
        shown: Tensor,
        device: torch.device,
        terms: Tensor | None = None,
        shown_terms: Tensor | None = None,
    ) -> None:
        self.run, self._shown = run, shown
        self._log, self._scores = JsonLines(run.metrics_file), ScoreSheet(run.scores_file)
        self._terms, self._shown_terms = terms, shown_terms
        latents = draw_latents(grid_size, latent_dim, seed)
        self._latents = torch.from_numpy(latents).to(device)
        asked = {} if terms is None else {"terms": terms.cpu().numpy()}
        write_bytes(run.latents, save({"latents": latents, **asked}))

    def rewind(self, images_seen: int, *, undone: bool = False) -> None:
        """Forget log points of work that was lost with the worker that did it: it is done, and logged, again.

        Args:
            undone: it will be done otherwise, so that what evaluations said of it counts no more.
        """
        rows = self._log.rows()
        kept = [row for row in rows if row["images_seen"] <= images_seen]
        if len(kept) < len(rows):
            self._log.path.unlink()
            self._log.append(*kept)
        self._scores.rewind(images_seen, undone=undone)

    def log(self, row: dict[str, Any]) -> None:
        self._log.append(row)

    def score(self, row: dict[str, Any]) -> None:
        self._scores.append(row)

    def draw_samples(self, network: nn.Module) -> NDArray[np.uint8]:
        """The grid's pictures, (grid_size, H, W, 3)."""
        with torch.no_grad():
            if self._terms is None:
                return np.concatenate([to_pixels(network(chunk)) for chunk in self._latents.split(_CHUNK)])
            chunks = zip(self._latents.split(_CHUNK), self._terms.split(_CHUNK), strict=True)
            return np.concatenate([to_pixels(network(latents, terms)) for latents, terms in chunks])

    def save_preview(self, samples: NDArray[np.uint8], images_seen: int) -> None:
        save_png(make_grid(samples), self.run.preview, {"run": self.run.id, "images_seen": images_seen})

    def save_raw(self, epoch: int, samples: NDArray[np.uint8], images_seen: int) -> None:
        """The grid by the weights in training, to be seen beside that of their average."""
        facts = {"run": self.run.id, "preset": self.run.preset, "epoch": epoch, "images_seen": images_seen}
        save_png(make_grid(samples), self.run.raw_grid(epoch), {**facts, "weights": "raw"})

    def save_epoch(self, epoch: int, samples: NDArray[np.uint8], network: nn.Module, images_seen: int) -> None:
        """Grid, reconstructions and, once trained at all, weights."""
        facts = {"run": self.run.id, "preset": self.run.preset, "epoch": epoch, "images_seen": images_seen}
        if images_seen:
            settings = self.run.settings
            kept = {key: settings[key] for key in ("architecture", "network", "family", "dataset_hash")}
            kept["terms"] = settings.get("terms", [])
            save_weights(network, self.run.weights_path(epoch), {**facts, **kept})
        if len(self._shown) and hasattr(network, "reconstruct"):
            save_png(self._reconstructions(network), self.run.reconstructions(epoch), facts)
        save_png(make_grid(samples), self.run.grid(epoch), facts)  # last: whoever sees it finds the rest

    def _reconstructions(self, network: Any) -> Any:
        with torch.no_grad():
            asked = () if self._shown_terms is None else (self._shown_terms,)
            after = to_pixels(network.reconstruct(self._shown, *asked))
        before = to_pixels(self._shown)
        columns = min(8, len(before))
        rows = [part[i : i + columns] for i in range(0, len(before), columns) for part in (before, after)]
        return make_grid(np.concatenate(rows), columns)
