"""Drawing pictures from the weights of a run."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.datasets.conditions import ConditionError, Term, Vocabulary
from core.datasets.reading import Reading
from core.models.configs import check_range
from core.models.latents import draw_latents
from core.training.pictures import to_pixels
from core.training.run_folder import RunFolder
from core.training.weights import load_network

_CHUNK = 32  # latents at a time, always, so that a picture does not depend on how many are asked for


class Sampler:
    """A trained network to draw from. Picture number i of a seed is the same however many are drawn."""

    def __init__(self, network: nn.Module, facts: dict[str, Any], device: torch.device) -> None:
        self.network, self.facts, self.device = network, facts, device
        self.latent_dim = int(network.latent_dim)  # type: ignore[arg-type]
        self.vocabulary = Vocabulary.from_json(facts.get("terms") or [])  # empty: it paints what it likes

    @property
    def resolution(self) -> int:
        """Pixels of the longer side."""
        return int(self.facts["network"]["resolution"])

    def read(self, words: str) -> Reading:
        """What free words ask this network for. Raises ConditionError if it was trained without conditions."""
        self._must_be_conditioned()
        return self.vocabulary.read(words)

    def sample(
        self,
        count: int,
        seed: int = 0,
        *,
        start: int = 0,
        truncation: float | None = None,
        terms: Sequence[Term] | NDArray[np.float32] | None = None,
        words: str | None = None,
    ) -> NDArray[np.uint8]:
        """Pictures number `start` to `start + count` of a seed, uint8 (count, H, W, 3).

        Args:
            truncation: no number of a latent lies further than this from 0: below 2 the pictures become more typical
                and less varied. None: as trained.
            terms: what all pictures shall be, as terms of the vocabulary or as numbers (T,); (count, T) for each.
            words: the same as free words; those that are not known are left out, see `read`.
        Raises: ConditionError if the network has no conditions or none of these.
        """
        check_range("count", count, 1, 1_000_000)
        check_range("seed", seed, 0, 2**62)
        asked = self._asked(count, terms, words)
        first = start // _CHUNK * _CHUNK
        chunks = []
        for number in range(first, start + count, _CHUNK):
            latents = draw_latents(_CHUNK, self.latent_dim, seed, start=number)
            told = None
            if asked is not None:
                places = np.clip(np.arange(number, number + _CHUNK) - start, 0, count - 1)
                told = asked[places]  # beyond the ends are pictures that nobody sees
            chunks.append(self.decode(truncate(latents, truncation) if truncation else latents, told))
        return np.concatenate(chunks)[start - first : start - first + count]

    @torch.no_grad()
    def decode(self, latents: NDArray[np.float32], terms: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """The pictures of given latents (N, latent_dim), of these terms (N, T) or of any, uint8 (N, H, W, 3)."""
        given = [latents] if terms is None else [latents, terms]
        return to_pixels(self.network(*(torch.from_numpy(part).to(self.device) for part in given)))

    def _asked(
        self, count: int, terms: Sequence[Term] | NDArray[np.float32] | None, words: str | None
    ) -> NDArray[np.float32] | None:
        """(count, T), or None if anything will do."""
        if terms is not None and words is not None:
            raise ConditionError("Ask for pictures by terms or by words, not by both at once.")
        if words is not None:
            reading = self.read(words)
            if reading.unknown and not reading.terms:
                raise ConditionError(
                    f"This network has learnt none of these words: {', '.join(reading.unknown)}. {self._hint()}"
                )
            terms = reading.vector
        if terms is None:
            return None
        self._must_be_conditioned()
        asked = np.asarray(terms, np.float32) if isinstance(terms, np.ndarray) else self.vocabulary.vector(terms)
        if asked.shape not in ((len(self.vocabulary),), (count, len(self.vocabulary))):
            raise ConditionError(
                f"Terms as numbers have the shape ({len(self.vocabulary)},) or ({count}, {len(self.vocabulary)}), one "
                f"column for each term of the vocabulary; got {asked.shape}."
            )
        return np.broadcast_to(asked, (count, len(self.vocabulary))) if asked.any() else None

    def _must_be_conditioned(self) -> None:
        if not self.vocabulary.terms:
            run = self.facts.get("run")
            raise ConditionError(
                f"{f'The run {run}' if run else 'This network'} was trained without conditions, so it cannot be asked "
                "for anything. Train atelier-gan, atelier-vae or atelier-flow with a condition (style, artist, tags), "
                "or sample without words."
            )

    def _hint(self) -> str:
        columns = self.vocabulary.columns().items()
        known = "; ".join(f"{column}: {', '.join(term.value for term in terms[:4])}" for column, terms in columns)
        return f"It knows {len(self.vocabulary)} terms, among them {known}."


def load_sampler(run: RunFolder | Path, epoch: int | None = None, device: str | torch.device = "cpu") -> Sampler:
    """The averaged weights of an epoch of a run, by default its newest.

    Raises: NotFoundError naming the epochs whose weights there are; WeightsError for a damaged file.
    """
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    network, facts = load_network(folder.weights(epoch), torch.device(device))
    return Sampler(network, facts, torch.device(device))


def truncate(latents: NDArray[np.float32], limit: float) -> NDArray[np.float32]:
    """Standard normal numbers moved, in their order, into the normal distribution cut off at +-limit."""
    check_range("truncation", limit, 0.01, 10)
    cut = 0.5 * (1 + math.erf(limit / math.sqrt(2)))  # the share below +limit
    share = torch.special.ndtr(torch.from_numpy(latents).double())
    moved = torch.special.ndtri((1 - cut) + share * (2 * cut - 1))
    return moved.clamp(-limit, limit).float().numpy()
