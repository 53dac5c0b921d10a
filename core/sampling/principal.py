"""The model's own directions: those along which its pictures change most, and in the same way everywhere.

At many latents, each picture's change is measured along each axis of the latents (the Jacobian, by steps of a whole
standard deviation rather than by derivatives: what counts is what a slider does). The mean over the latents keeps what
is the same everywhere; its right singular vectors are the directions, at right angles to one another. For networks
whose pictures were straight in their latents this is principal component analysis of the pictures (GANSpace, Härkönen
et al., 2020, arXiv:2004.02546); taking the Jacobian's singular vectors is Ramesh et al., 2018 (arXiv:1812.01161), and
that their mean over many latents serves all of them was found by Wang & Ponce, 2021 (arXiv:2101.06006).

A flow begins with noise as large as the picture. What a wave of few half turns in it does is what can be steered, so
its axes are those waves (see `core.models.flow`), and the road is walked in few steps.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from core.models.configs import check_range
from core.models.flow import Flow, colour_axes, cosines
from core.models.latents import draw_latents
from core.sampling.directions import Direction, keep_principal, principal_of
from core.sampling.effects import describe_effect, usual_measures
from core.sampling.explorer import Explorer, Resolved

_STEP = 1.0  # standard deviations to each side
LATENTS = 24  # at which the change is measured
_FEWEST_LATENTS = 6
_SECONDS = 25.0  # what the measuring may take; then fewer latents serve
_SIDE = 16  # pixels: pictures are compared at this size, for what changes as a whole
_WAVES = 4  # of a flow: half turns across and down, each below this
_FLOW_STEPS = 4
_CHUNK = 64
_SEED = 20_211  # of the latents measured at: the same directions every time
_USUAL = 16  # found at once, so that asking for a few more costs nothing
MOST = 64


def principal_directions(
    explorer: Explorer,
    count: int = 12,
    *,
    latents: int = LATENTS,
    progress: Callable[[int, int], None] | None = None,
    keep: bool = True,
) -> list[Direction]:
    """The strongest first; those kept for the same weights are given back at once.

    Takes about `2 * axes * latents` drawings, of 64 to 128 axes: some seconds for a small network. Where that would
    be more than half a minute, fewer latents serve, 6 at least.

    Args:
        latents: at how many the change is measured, at most.
        progress: called with the latents measured so far and all of them.
        keep: write them into the run's folder.
    """
    check_range("count", count, 1, MOST)
    known = principal_of(explorer.folder, explorer.epoch, explorer.weights_hash)
    if known and len(known) >= min(count, known[0].facts.get("axes", 0)):
        return known[:count]
    found = _found(explorer, max(count, _USUAL), latents, progress or (lambda done, total: None))
    if keep:
        keep_principal(explorer.folder, explorer.epoch, found, explorer.weights_hash)
    return found[:count]


def axes(explorer: Explorer) -> NDArray[np.float32]:
    """Orthonormal rows (A, latent_dim) along which change is measured."""
    if not isinstance(explorer.network, Flow):
        return np.eye(explorer.latent_dim, dtype=np.float32)
    waves = cosines(explorer.network.side)[:_WAVES]
    planes = torch.einsum("kc,ih,jw->kijchw", colour_axes(), waves, waves)
    return planes.reshape(-1, explorer.latent_dim).numpy()


def _found(explorer: Explorer, count: int, at_most: int, progress: Callable[[int, int], None]) -> list[Direction]:
    basis = axes(explorer)
    began = time.monotonic()
    changes: list[NDArray[np.float32]] = []
    latents, total = typical_latents(explorer, at_most), at_most
    for number, resolved in enumerate(latents):
        if number >= total:
            break
        changes.append(change_along(explorer, resolved, basis))
        each = (time.monotonic() - began) / (number + 1)
        total = int(min(at_most, max(_FEWEST_LATENTS, _SECONDS / each)))
        progress(number + 1, total)
    jacobians = np.stack(changes)  # (latents, A, values)
    _, singular, right = np.linalg.svd(jacobians.mean(axis=0).T, full_matrices=False)
    found = []
    for place in range(min(count, len(right))):
        along = np.einsum("nav,a->nv", jacobians, right[place])
        vector = (right[place] @ basis).astype(np.float32)
        vector /= np.linalg.norm(vector)
        power = float(np.square(along).mean())
        facts = {
            "method": "averaged Jacobian",
            "strength": float(np.sqrt(power)),
            "steady": float(np.square(along.mean(axis=0)).mean() / max(power, 1e-12)),
            "singular": float(singular[place]),
            "latents": len(changes),
            "axes": len(basis),
        }
        found.append(Direction(f"principal-{place + 1}", "", "principal", vector, explorer.epoch, facts=facts))
    usual = usual_measures(explorer)
    return [_named(explorer, direction, place, usual) for place, direction in enumerate(found)]


def change_along(
    explorer: Explorer,
    resolved: Resolved,
    basis: NDArray[np.float32],
    measure: Callable[[torch.Tensor], NDArray[np.float32]] | None = None,
) -> NDArray[np.float32]:
    """How what is measured of a latent's picture changes along each axis, (A, values), in a standard deviation.

    Args:
        measure: pictures (N, 3, H, W) in [-1, 1] -> (N, values); by default the small pictures' values, 0 to 255.
    """
    moved = np.concatenate([resolved.z + _STEP * basis, resolved.z - _STEP * basis]).astype(np.float32)
    parts = []
    with explorer.along(None, _FLOW_STEPS if isinstance(explorer.network, Flow) else None):
        for begin in range(0, len(moved), _CHUNK):
            painted = explorer.paint([resolved._replace(z=z) for z in moved[begin : begin + _CHUNK]])
            parts.append((measure or _small)(painted))
    values = np.concatenate(parts)
    return (values[: len(basis)] - values[len(basis) :]) / (2 * _STEP)


def _small(painted: torch.Tensor) -> NDArray[np.float32]:
    small = F.adaptive_avg_pool2d(painted.float(), _SIDE)
    found: NDArray[np.float32] = ((small + 1) * 127.5).flatten(1).cpu().numpy()
    return found


def typical_latents(explorer: Explorer, count: int) -> list[Resolved]:
    """The same ones every time; each is asked for a term of the model, as in training, for frequent ones more often."""
    drawn = draw_latents(count, explorer.latent_dim, _SEED)
    terms = explorer.vocabulary.terms
    if not terms:
        return [Resolved(z, None, None) for z in drawn]
    chances = np.array([term.count for term in terms], np.float64)
    chosen = np.random.default_rng(_SEED).choice(len(terms), count, p=chances / chances.sum())
    return [
        Resolved(z, None, explorer.vocabulary.vector([terms[place]])) for z, place in zip(drawn, chosen, strict=True)
    ]


def _named(explorer: Explorer, direction: Direction, place: int, usual: dict[str, NDArray[np.float64]]) -> Direction:
    """With the sign and the name of what it does most clearly."""
    effect = describe_effect(explorer, direction.vector, usual)
    title = f"{place + 1}: {effect.words}" if effect.words else f"{place + 1}"
    vector = direction.vector * np.float32(effect.sign)
    return replace(direction, vector=vector, title=title, facts=direction.facts | {"effects": effect.sizes})
