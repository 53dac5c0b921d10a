"""Searching a model's latents for the picture nearest to a real one (Zhu et al., 2016, arXiv:1609.03552).

Many latents are drawn, the nearest few are moved downhill, together, and those that fall behind are given up. The
distance sees a picture at several sizes, because single pixels tell nothing of where to go while the fields do not lie
right. A generator with a palette is given its colours free of its form for the second half: that comes much nearer.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.metrics.ms_ssim import ms_ssim
from core.models.autoencoder import Autoencoder
from core.models.configs import check_range
from core.models.latents import draw_latents
from core.sampling.explorer import CannotError, Explorer
from core.sampling.mixing import PALETTE, how_it_mixes
from core.training.pictures import to_images

_CHUNK = 32
_RATE = 0.08  # of Adam
_WANDER = 0.25  # standard deviations of noise on the latents at first, against getting stuck
_SETTLED = 0.6  # share of the steps after which there is no noise any more
_FREE_FROM = 0.4  # share of the steps after which a palette may leave its form
_LIKELY = 0.02  # how much it counts that a latent is as long as those the model was trained with
_STRUCTURE = 0.5  # how much structural similarity counts against differences of values
_SMALLEST = 4  # pixels a side: the coarsest size at which pictures are compared
_FEWEST_SECONDS = 2.0  # between two looks at how it stands


@dataclass(frozen=True)
class SearchSettings:
    starts: int = 8
    steps: int = 400
    seed: int = 0
    drawn: int = 512  # latents among which the search begins

    def __post_init__(self) -> None:
        check_range("starts", self.starts, 1, 64)
        check_range("drawn", self.drawn, self.starts, 100_000)
        check_range("steps", self.steps, 1, 20_000)
        check_range("seed", self.seed, 0, 2**62)


@dataclass(frozen=True)
class Found:
    z: NDArray[np.float32]  # (latent_dim,)
    colour: NDArray[np.float32] | None  # (latent_dim,), where the palette is another latent's
    terms: NDArray[np.float32] | None  # (T,), what it was asked for
    picture: NDArray[np.uint8]  # (H, W, 3)
    distance: float
    drawn: NDArray[np.float32]  # distances of latents drawn at random, ascending: what no search would have given
    steps: int  # done


State = dict[str, Any]


def search(
    explorer: Explorer,
    target: NDArray[np.uint8],
    settings: SearchSettings,
    *,
    terms: NDArray[np.float32] | None = None,
    state: State | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    look: Callable[[Found, State], None] = lambda found, state: None,
    stop_requested: Callable[[], bool] = lambda: False,
) -> Found:
    """The nearest point found when all steps are done, or a stop is asked for.

    Args:
        target: uint8 (H, W, 3) of the model's shape, see Explorer.fit.
        terms: what to ask for, (T,); None lets each start ask for something of its own.
        state: what `look` was given last, to go on from.
        look: told every few seconds what is nearest now, and the state.
    Raises: CannotError for a flow, which is encoded instead.
    """
    if not explorer.abilities.projects:
        raise CannotError(f"{explorer.title} encodes pictures at once: there is nothing to search for.")
    hunt = _Hunt(explorer, target, settings, terms, state)
    looked = time.monotonic()
    while hunt.step < settings.steps and not stop_requested():
        hunt.advance()
        progress(hunt.step, settings.steps)
        if time.monotonic() - looked > _FEWEST_SECONDS:
            look(hunt.best(), hunt.state())
            looked = time.monotonic()
    found = hunt.best()
    look(found, hunt.state())
    return found


def distance(painted: Tensor, target: Tensor) -> Tensor:
    """(B, 3, H, W) and (1, 3, H, W) in [-1, 1] -> (B,): mean difference of values over halved sizes, and structure."""
    target = target.expand_as(painted)
    total = painted.new_zeros(len(painted))
    one, other, levels = painted, target, 0
    while min(one.shape[2:]) >= _SMALLEST:
        total = total + (one - other).abs().mean(dim=(1, 2, 3))
        one, other, levels = F.avg_pool2d(one, 2), F.avg_pool2d(other, 2), levels + 1
    total = total / levels
    if min(painted.shape[2:]) >= 16:
        similar = ms_ssim((painted + 1) * 127.5, (target + 1) * 127.5)
        total = total + _STRUCTURE * (1 - similar)
    return total


class _Hunt:
    def __init__(
        self,
        explorer: Explorer,
        target: NDArray[np.uint8],
        settings: SearchSettings,
        terms: NDArray[np.float32] | None,
        state: State | None,
    ) -> None:
        self.explorer, self.settings, self.network = explorer, settings, explorer.network
        self.target = to_images(torch.from_numpy(target[None].copy()).to(explorer.device))
        self.has_palette = how_it_mixes(explorer) == PALETTE
        self.step = 0
        if state is not None:
            self.drawn = state["drawn"].numpy()
            self.step = int(state["step"])
            z, colour = (state[name].to(explorer.device) for name in ("z", "colour"))
            self._take(z, colour, None if state["terms"] is None else state["terms"].to(explorer.device))
            self.moments = [part.to(explorer.device) for part in state["moments"]]
        else:
            self._begin(terms)

    def _take(self, z: Tensor, colour: Tensor, terms: Tensor | None) -> None:
        self.z, self.colour, self.terms = z, colour, terms
        self.moments = [torch.zeros_like(z) for _ in range(4)]

    @torch.no_grad()
    def _begin(self, terms: NDArray[np.float32] | None) -> None:
        drawn = draw_latents(self.settings.drawn, self.explorer.latent_dim, self.settings.seed)
        asked = self._asked_of_each(terms)
        if isinstance(self.network, Autoencoder):  # it knows where to begin
            pixels = ((self.target[0].permute(1, 2, 0) + 1) * 127.5).round().to(torch.uint8).cpu().numpy()
            drawn[0] = self.explorer.encode_pixels(pixels[None], None if asked is None else asked[:1])[0]
        z, told = torch.from_numpy(drawn).to(self.explorer.device), None
        if asked is not None:
            told = torch.from_numpy(asked).to(self.explorer.device)
        far = torch.cat(
            [
                distance(
                    self._paint(z[i : i + _CHUNK], None, None if told is None else told[i : i + _CHUNK]), self.target
                )
                for i in range(0, len(z), _CHUNK)
            ]
        )
        own = slice(1, None) if isinstance(self.network, Autoencoder) else slice(None)
        self.drawn = far[own].sort().values.cpu().numpy()
        nearest = far.argsort()[: self.settings.starts]
        self._take(z[nearest].clone(), z[nearest].clone(), None if told is None else told[nearest])

    def _asked_of_each(self, terms: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        """(drawn, T): of a conditioned model that was told nothing, half ask for anything, half for one term."""
        count, drawn = len(self.explorer.vocabulary), self.settings.drawn
        if not count:
            return None
        if terms is not None:
            return np.broadcast_to(terms, (drawn, count)).astype(np.float32)
        asked = np.zeros((drawn, count), np.float32)
        chosen = np.random.default_rng(self.settings.seed).integers(0, count, drawn // 2)
        asked[np.arange(drawn // 2) * 2 + 1, chosen] = 1
        return asked

    def _paint(self, z: Tensor, colour: Tensor | None, terms: Tensor | None) -> Tensor:
        told: dict[str, Tensor] = {} if terms is None else {"terms": terms}
        if colour is not None:
            told["colour_z"] = colour
        painted: Tensor = self.network(z, **told)
        return painted.float()

    def advance(self) -> None:
        """One step of Adam for all starts; at half and three quarters of the steps the worse ones are given up."""
        share = self.step / self.settings.steps
        if not self.is_free:
            self.colour = self.z.clone()
        draw = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + self.step)
        wander = _WANDER * max(0.0, 1 - share / _SETTLED) ** 2
        noise = wander * torch.randn(self.z.shape, generator=draw).to(self.z.device)
        z, colour = self.z.clone().requires_grad_(), self.colour.clone().requires_grad_()
        painted = self._paint(z + noise, colour + noise if self.is_free else None, self.terms)
        unlikely = (z.square().mean(dim=1) - 1).square()
        if self.is_free:
            unlikely = unlikely + (colour.square().mean(dim=1) - 1).square()
        (distance(painted, self.target) + _LIKELY * unlikely).sum().backward()
        rate = _RATE * min(1.0, (self.step + 1) / 20) * 0.5 * (1 + math.cos(math.pi * share))
        self.step += 1
        self.z = self._moved(self.z, z.grad, 0, rate)
        if self.is_free and colour.grad is not None:
            self.colour = self._moved(self.colour, colour.grad, 2, rate)
        if self.step in (self.settings.steps // 2, self.settings.steps * 3 // 4) and len(self.z) > 2:
            self._give_up(max(2, len(self.z) // 2))

    @property
    def is_free(self) -> bool:
        return self.has_palette and self.step >= _FREE_FROM * self.settings.steps

    def _moved(self, value: Tensor, gradient: Tensor | None, place: int, rate: float) -> Tensor:
        """Adam (Kingma & Ba, 2014), written out so that its state goes into a file with the rest."""
        if gradient is None:
            return value
        first = self.moments[place] = 0.9 * self.moments[place] + 0.1 * gradient
        second = self.moments[place + 1] = 0.999 * self.moments[place + 1] + 0.001 * gradient.square()
        first, second = first / (1 - 0.9**self.step), second / (1 - 0.999**self.step)
        return value - rate * first / (second.sqrt() + 1e-8)

    @torch.no_grad()
    def _distances(self) -> Tensor:
        return distance(self._paint(self.z, self.colour if self.is_free else None, self.terms), self.target)

    def _give_up(self, left: int) -> None:
        nearest = self._distances().argsort()[:left]
        self.z, self.colour = self.z[nearest], self.colour[nearest]
        self.terms = None if self.terms is None else self.terms[nearest]
        self.moments = [part[nearest] for part in self.moments]

    @torch.no_grad()
    def best(self) -> Found:
        far = self._distances()
        place = int(far.argmin())
        z, colour = self.z[place : place + 1], self.colour[place : place + 1] if self.is_free else None
        terms = None if self.terms is None else self.terms[place : place + 1]
        painted = self._paint(z, colour, terms)
        pixels = ((painted[0].permute(1, 2, 0) + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
        return Found(
            z[0].cpu().numpy(),
            None if colour is None else colour[0].cpu().numpy(),
            None if terms is None else terms[0].cpu().numpy(),
            pixels,
            float(far[place]),
            self.drawn,
            self.step,
        )

    def state(self) -> State:
        """Tensors and numbers only."""
        return {
            "step": self.step,
            "z": self.z.cpu(),
            "colour": self.colour.cpu(),
            "terms": None if self.terms is None else self.terms.cpu(),
            "moments": [part.cpu() for part in self.moments],
            "drawn": torch.from_numpy(self.drawn),
        }
