"""What a run's discriminator makes of pictures it was trained on, of real pictures it never saw, and of samples."""

import pickle
import zipfile
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.metrics.errors import MetricError
from core.metrics.measured import Measured, around, draws
from core.models.zoo import build_networks
from core.training.losses import LOSSES
from core.training.pictures import to_images
from core.training.run_folder import RunFolder

_BATCH = 32  # always of one kind: some discriminators look at how much the pictures of a batch differ
_RESAMPLES = 200
_WITHOUT_ZERO = ("wasserstein",)  # losses whose logits have no point between real and false


def load_discriminator(run: RunFolder, epoch: int, device: str = "cpu") -> nn.Module:
    """As it was at an epoch whose whole state was kept. Raises MetricError if there is none or it is damaged."""
    path = run.state_path(epoch)
    settings = run.settings
    try:
        saved = torch.load(path, map_location=device, weights_only=True)
        weights = saved["state"]["trainer"]["discriminator"]
        network = build_networks(settings["architecture"], settings["network"])["discriminator"]
        network.load_state_dict(weights)
    except FileNotFoundError as error:
        kept = ", ".join(map(str, run.state_epochs())) or "none"
        raise MetricError(f"The state of epoch {epoch} of {run.id} was not kept; those kept are: {kept}.") from error
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise MetricError(f"{path.name} of {run.id} is damaged, or holds no discriminator. Choose another.") from error
    return network.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)


@torch.no_grad()
def scores(
    network: nn.Module, pictures: NDArray[np.uint8], terms: NDArray[np.float32] | None, device: str = "cpu"
) -> NDArray[np.float64]:
    """Logits (N,) of uint8 (N, H, W, 3), with what is known of each, (N, T), for a conditioned network."""
    parts = []
    for i in range(0, len(pictures), _BATCH):
        given = [to_images(torch.from_numpy(np.ascontiguousarray(pictures[i : i + _BATCH])).to(device))]
        if terms is not None:
            given.append(torch.from_numpy(terms[i : i + _BATCH]).to(device))
        parts.append(network(*given).float().cpu().numpy())
    return np.concatenate(parts).astype(np.float64)


def overfitting(
    trained: NDArray[np.float64], held_out: NDArray[np.float64], fake: NDArray[np.float64], *, loss: str, seed: int = 0
) -> Measured:
    """How often a picture trained on is found more real than one held out: 0.5 means it cannot tell them apart.

    The details have the same of trained and generated, and held-out and generated pictures; the mean logits; r_v, where
    held-out pictures lie between trained (0) and generated ones (1), and r_t, the mean sign of the logits of pictures
    trained on (Karras et al., 2020, arXiv:2006.06676), the last and the accuracies only where 0 means "cannot tell".

    Args:
        trained, held_out, fake: logits, (N,) each.
        loss: the run's, a key of LOSSES.
    """
    value = ahead(trained, held_out)
    chosen, others = draws(len(trained), seed, _RESAMPLES), draws(len(held_out), seed + 1, _RESAMPLES)
    resampled = [ahead(trained[a], held_out[b]) for a, b in zip(chosen, others, strict=True)]
    low, high = around(value, float(np.std(resampled, ddof=1)))
    gap = float(trained.mean() - fake.mean())
    details: dict[str, Any] = {
        "trained_over_generated": round(ahead(trained, fake), 4),
        "held_out_over_generated": round(ahead(held_out, fake), 4),
        "score_trained": round(float(trained.mean()), 4),
        "score_held_out": round(float(held_out.mean()), 4),
        "score_generated": round(float(fake.mean()), 4),
        # without a gap there is no place between its ends
        "r_v": round(float(trained.mean() - held_out.mean()) / gap, 4) if gap > 1e-6 else None,
    }
    if loss in LOSSES and not LOSSES[loss].paired and loss not in _WITHOUT_ZERO:
        details |= {
            "r_t": round(float(np.sign(trained).mean()), 4),
            "accuracy_trained": round(float((trained > 0).mean()), 4),
            "accuracy_held_out": round(float((held_out > 0).mean()), 4),
            "accuracy_generated": round(float((fake < 0).mean()), 4),
        }
    return Measured(value, low, min(1.0, high), min(len(trained), len(held_out)), details)


def ahead(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Share of all pairs in which the first is the larger one, ties counting half (Mann and Whitney, 1947)."""
    ordered = np.sort(second)
    below, up_to = np.searchsorted(ordered, first, "left"), np.searchsorted(ordered, first, "right")
    return float((below + up_to).mean() / (2 * len(second)))
