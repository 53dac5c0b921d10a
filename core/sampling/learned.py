"""A direction learned from two sets of real pictures, and how much it is worth.

The sets are told apart by colours and texture, the model's own pictures are judged by that, and what the judgement says
is traced back to their latents (as InterFaceGAN does with a network's judgement, Shen et al., 2019, arXiv:1907.10786).
A VAE also encodes the sets, so that they are told apart among their latents. Of these ways the one serves that moves
the judgement most. Two things are measured and told: how often pictures that were held out fall on their side, and
what a move along the direction does to how the model's own pictures are judged.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from core.errors import AtelierError
from core.features.descriptor import describe
from core.models.flow import Flow
from core.models.latents import draw_latents
from core.sampling.directions import Direction, learned_id
from core.sampling.explorer import Explorer, Resolved
from core.sampling.linear import Linear, classes, fit_linear, held_out_accuracy
from core.sampling.principal import axes, typical_latents
from core.training.pictures import to_pixels

_DRAWN = {
    "gan": 2_000,
    "infogan": 2_000,
    "vae": 1_000,
    "flow": 800,
}  # of the model's pictures, to trace the judgement back by
_JUDGED = 96  # pictures, before and after a move
_AMOUNT = 2.0  # standard deviations of that move
_FLOW_STEPS = 6
_CHUNK = 32
_SEED = 41


class StoppedError(AtelierError):
    """A stop was asked for; nothing was learned."""


@dataclass(frozen=True)
class Worth:
    """How good a learned direction is."""

    towards: int  # pictures it was learned from
    away: int
    held_out: float  # share of pictures told rightly that the line was not fitted to; 0.5 is chance
    held_out_of: str  # what they were told apart by: "latents" or "colours and texture"
    traced: float | None  # share of the judgement's variance that the latents explain, on pictures held out
    before: float  # share of the model's own pictures that are judged to be of the first set
    after: float  # after a move of 2 standard deviations
    back: float  # and of 2 to the other side

    @property
    def words(self) -> str:
        how = "no better than chance" if self.held_out < 0.6 else "fairly" if self.held_out < 0.75 else "well"
        told = f"The sets are told apart {how}: {self.held_out:.0%} of pictures held out, by {self.held_out_of}."
        if self.traced is not None:
            told += f" The latents explain {max(self.traced, 0):.0%} of it."
        moved = (
            f" Of the model's own pictures {self.before:.0%} are judged to be of the first set, "
            f"{self.after:.0%} after a move of +2, {self.back:.0%} after one of -2."
        )
        weak = abs(self.after - self.back) < 0.2
        return told + moved + (" So it does little." if weak else "")


def learn(
    explorer: Explorer,
    towards: NDArray[np.uint8],
    away: NDArray[np.uint8],
    title: str,
    *,
    names: tuple[str, str] = ("", ""),
    progress: Callable[[int, int], None] = lambda done, total: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Direction:
    """From away to towards, both fitted pictures uint8 (N, H, W, 3), five of each or more.

    Args:
        names: what people call the two sets.
    Raises: StoppedError.
    """
    pictures = np.concatenate([towards, away])
    labels, counts = classes(len(towards), len(away))
    features = described(pictures)
    judge = fit_linear(features, labels, counts)
    if explorer.abilities.encodes and not isinstance(explorer.network, Flow):
        latents = explorer.encode_pixels(pictures)
        held_out, _ = held_out_accuracy(latents, len(towards))
        told_by = "latents"
        middle = latents[labels > 0].mean(axis=0) - latents[labels < 0].mean(axis=0)
        vectors = {"line": fit_linear(latents, labels, counts).weights, "difference of means": middle}
    else:
        held_out, _ = held_out_accuracy(features, len(towards))
        told_by, vectors = "colours and texture", {}
    vectors["traced"], explained = _traced(explorer, judge, progress, stop_requested)
    units = {how: (vector / max(np.linalg.norm(vector), 1e-12)).astype(np.float32) for how, vector in vectors.items()}
    judged = {how: _judged(explorer, judge, unit) for how, unit in units.items()}
    best = max(judged, key=lambda how: judged[how][1] - judged[how][2])
    before, after, back = judged[best]
    traced = explained if best == "traced" else None
    worth = Worth(len(towards), len(away), held_out, told_by, traced, before, after, back)
    facts = {**asdict(worth), "method": best, "words": worth.words, "sets": list(names)}
    return Direction(learned_id(units[best]), title, "learned", units[best], explorer.epoch, facts=facts)


def described(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, H, W, 3) -> (N, 269)."""
    return np.stack([describe(Image.fromarray(picture)) for picture in pictures])


def _traced(
    explorer: Explorer,
    judge: Linear,
    progress: Callable[[int, int], None],
    stop_requested: Callable[[], bool],
) -> tuple[NDArray[np.float64], float]:
    """The way through the latents along which the judgement rises, and how much of it the latents explain."""
    total = _DRAWN[explorer.folder.family]
    basis = axes(explorer)
    drawn = draw_latents(total, explorer.latent_dim, _SEED)
    asked = _asked(explorer, total)
    judged = []
    for begin in range(0, total, _CHUNK):
        if stop_requested():
            raise StoppedError("Stopped before the direction was learned.")
        some = slice(begin, begin + _CHUNK)
        judged.append(judge(described(_drawn(explorer, drawn[some], asked[some]))))
        progress(min(begin + _CHUNK, total), total)
    scores, places = np.concatenate(judged), drawn @ basis.T
    told = total * 4 // 5
    line = fit_linear(places[:told], scores[:told])
    left = scores[told:]
    explained = 1 - float(np.square(left - line(places[told:])).sum() / max(np.square(left - left.mean()).sum(), 1e-12))
    return fit_linear(places, scores).weights @ basis, explained


def _judged(explorer: Explorer, judge: Linear, vector: NDArray[np.float32]) -> tuple[float, float, float]:
    """The share of pictures of the first set among the model's own, as they are, moved on, and moved back."""
    drawn, asked = draw_latents(_JUDGED, explorer.latent_dim, _SEED + 1), _asked(explorer, _JUDGED)
    shares = []
    for amount in (0.0, _AMOUNT, -_AMOUNT):
        parts = [
            described(_drawn(explorer, drawn[i : i + _CHUNK] + np.float32(amount) * vector, asked[i : i + _CHUNK]))
            for i in range(0, _JUDGED, _CHUNK)
        ]
        shares.append(float((judge(np.concatenate(parts)) > 0).mean()))
    return shares[0], shares[1], shares[2]


def _asked(explorer: Explorer, count: int) -> Sequence[NDArray[np.float32] | None]:
    return [one.terms for one in typical_latents(explorer, count)] if len(explorer.vocabulary) else [None] * count


def _drawn(
    explorer: Explorer, latents: NDArray[np.float32], asked: Sequence[NDArray[np.float32] | None]
) -> NDArray[np.uint8]:
    with explorer.along(None, _FLOW_STEPS if isinstance(explorer.network, Flow) else None), torch.no_grad():
        resolved = [Resolved(z.astype(np.float32), None, terms) for z, terms in zip(latents, asked, strict=True)]
        return to_pixels(explorer.paint(resolved))
