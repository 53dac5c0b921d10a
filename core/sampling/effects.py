"""What a direction does to pictures, in words: measured on drawn pictures before and after a move along it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.features.colour import lab as to_lab
from core.models.flow import Flow
from core.models.latents import draw_latents
from core.sampling.explorer import Explorer, Resolved
from core.training.pictures import to_pixels

_PICTURES = 12  # moved to both sides
_USUAL = 32  # as they are, for how much pictures differ anyway
_SEED = 7
_FLOW_STEPS = 4  # of a flow, in place of its own: enough to see what changes
_AMOUNT = 2.0  # standard deviations to each side
_CLEAR = 0.8  # of the deviation between pictures: from here on an effect is named (Cohen: large)
_MOST_NAMED = 2

# name -> (more of it, less of it)
WORDS = {
    "lightness": ("lighter", "darker"),
    "red": ("redder", "greener"),
    "yellow": ("yellower", "bluer"),
    "chroma": ("more colourful", "greyer"),
    "contrast": ("more contrast", "less contrast"),
    "edges": ("busier", "plainer"),
    "top": ("lighter above", "lighter below"),
    "left": ("lighter at the left", "lighter at the right"),
    "middle": ("lighter in the middle", "darker in the middle"),
    "stripes": ("more horizontal", "more vertical"),
}


@dataclass(frozen=True)
class Effect:
    words: str  # "lighter, more contrast"; "" if nothing is clear
    sign: int  # 1, or -1 where the direction should be turned so that the words hold
    sizes: dict[str, float]  # name -> change in deviations between pictures, after turning


def describe_effect(
    explorer: Explorer, vector: NDArray[np.float32], usual: dict[str, NDArray[np.float64]] | None = None
) -> Effect:
    """
    Args:
        usual: `usual_measures` of the explorer, for whoever asks about several directions.
    """
    z = draw_latents(_PICTURES, explorer.latent_dim, _SEED)
    plain = usual or usual_measures(explorer)
    more, less = (measures(_drawn(explorer, z + np.float32(amount) * vector)) for amount in (_AMOUNT, -_AMOUNT))
    sizes = {name: float((more[name] - less[name]).mean() / (plain[name].std() + 1e-6)) for name in WORDS}
    ranked = sorted((name for name in WORDS if abs(sizes[name]) >= _CLEAR), key=lambda name: -abs(sizes[name]))
    sign = -1 if ranked and sizes[ranked[0]] < 0 else 1
    sizes = {name: round(sign * size, 2) for name, size in sizes.items()}
    return Effect(", ".join(WORDS[name][sizes[name] < 0] for name in ranked[:_MOST_NAMED]), sign, sizes)


def usual_measures(explorer: Explorer) -> dict[str, NDArray[np.float64]]:
    """Of pictures that nothing was done to: what an effect is measured against."""
    return measures(_drawn(explorer, draw_latents(_USUAL, explorer.latent_dim, _SEED)))


def measures(pictures: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """uint8 (N, H, W, 3) -> name -> (N,)."""
    lab = to_lab(pictures)
    light = lab[..., 0].astype(np.float64)
    down, across = np.abs(np.diff(light, axis=1)), np.abs(np.diff(light, axis=2))
    height, width = light.shape[1:]
    inner = light[:, height // 4 : height - height // 4, width // 4 : width - width // 4]
    return {
        "lightness": light.mean(axis=(1, 2)),
        "red": lab[..., 1].mean(axis=(1, 2)),
        "yellow": lab[..., 2].mean(axis=(1, 2)),
        "chroma": np.hypot(lab[..., 1], lab[..., 2]).mean(axis=(1, 2)),
        "contrast": light.std(axis=(1, 2)),
        "edges": down.mean(axis=(1, 2)) + across.mean(axis=(1, 2)),
        "top": light[:, : height // 2].mean(axis=(1, 2)) - light[:, height // 2 :].mean(axis=(1, 2)),
        "left": light[:, :, : width // 2].mean(axis=(1, 2)) - light[:, :, width // 2 :].mean(axis=(1, 2)),
        "middle": inner.mean(axis=(1, 2)) - light.mean(axis=(1, 2)),
        "stripes": down.mean(axis=(1, 2)) - across.mean(axis=(1, 2)),
    }


def _drawn(explorer: Explorer, z: NDArray[np.float32]) -> NDArray[np.uint8]:
    with explorer.along(None, _FLOW_STEPS if isinstance(explorer.network, Flow) else None):
        return to_pixels(explorer.paint([Resolved(one.astype(np.float32), None, None) for one in z]))
