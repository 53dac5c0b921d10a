"""Patches of the style and the search for the nearest ones.

A patch is known by its first principal components, 48 numbers in place of up to 3,267. Patches are only ever laid out
some at a time: a table of all would be most of the memory that this takes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

COMPONENTS = 48
_BASIS_PATCHES = 700  # from which the components are found
_COMPARED = 3_000_000  # distances in memory at a time: 12 MB
_LAID_OUT = 1_500_000  # pixels of patches in memory at a time: 18 MB of values, 12 MB of their places
_GROUPS = 4  # each gives its nearest patch; one of the good ones among them is taken
_NEAR = 1.1  # times the smallest squared distance: "good"
_UNSEEN = (1.5 / 255) ** 2  # squared difference per value that nobody sees


@dataclass(frozen=True)
class Spots:
    """Where patches lie in pixels that are stored row after row."""

    first: Tensor  # (Q,) index of the upper left pixel
    stride: Tensor  # (Q,) from one row to the next

    def __getitem__(self, chosen: Tensor | slice) -> "Spots":
        return Spots(self.first[chosen], self.stride[chosen])

    def places(self, side: int) -> Tensor:
        """(side * side, Q): indices of all pixels of the patches."""
        steps = torch.arange(side, device=self.first.device)[:, None]
        rows = self.first + self.stride * steps  # (side, Q)
        return (rows[:, None] + steps).flatten(0, 1)


@dataclass(frozen=True)
class Candidates:
    """Some patches of the style, side by side with what they are known by."""

    features: Tensor  # (M, C)
    spots: Spots


class Library:
    """All patches of one side of one or more pictures."""

    def __init__(
        self, pictures: Sequence[Sequence[Tensor]], weights: Sequence[float], side: int, draw: torch.Generator
    ) -> None:
        """pictures: for each style its variants (turned), (3, h, w) each, all sides at least `side`."""
        self.side = side
        self._pictures = [picture for variants in pictures for picture in variants]
        self.pixels = torch.cat([picture.reshape(3, -1) for picture in self._pictures], dim=1)  # (3, P)
        self._starts = list(accumulate((picture[0].numel() for picture in self._pictures), initial=0))
        self._shares = [
            weight / sum(weights) / len(variants)
            for weight, variants in zip(weights, pictures, strict=True)
            for _ in variants
        ]
        self.basis = self._components(draw)  # (C, 3 * side * side)

    def draw(self, count: int, draw: torch.Generator) -> Candidates:
        """About `count` random patches, each style in proportion to its weight."""
        spots = []
        for index, picture in enumerate(self._pictures):
            down, across = (size - self.side + 1 for size in picture.shape[1:])
            wanted = max(_GROUPS, round(count * self._shares[index]))
            chosen = torch.randperm(down * across, generator=draw)[:wanted].to(picture.device)
            spots.append(self._spots(index, chosen.div(across, rounding_mode="floor"), chosen % across))
        drawn = _joined(spots)
        return Candidates(self.describe(self.pixels, drawn), drawn)

    def describe(self, pixels: Tensor, spots: Spots) -> Tensor:
        """(Q, C): what the patches at these spots of (3, P) pixels are known by."""
        found = []
        for begin in range(0, len(spots.first), self.at_once):
            places = spots[slice(begin, begin + self.at_once)].places(self.side)
            found.append((self.basis @ pixels[:, places].flatten(0, 1)).T)
        return torch.cat(found)

    @property
    def at_once(self) -> int:
        """How many patches to lay out at a time."""
        return max(1, _LAID_OUT // (self.side * self.side))

    def _spots(self, index: int, tops: Tensor, lefts: Tensor) -> Spots:
        width = self._pictures[index].shape[2]
        return Spots(self._starts[index] + tops * width + lefts, torch.full_like(tops, width))

    def _components(self, draw: torch.Generator) -> Tensor:
        """Principal components of some patches, by whichever of the two Gram matrices is smaller."""
        samples = []
        for index, picture in enumerate(self._pictures):
            wanted = max(8, round(_BASIS_PATCHES * self._shares[index]))
            tops = torch.randint(picture.shape[1] - self.side + 1, (wanted,), generator=draw)
            lefts = torch.randint(picture.shape[2] - self.side + 1, (wanted,), generator=draw)
            places = self._spots(index, tops.to(picture.device), lefts.to(picture.device)).places(self.side)
            samples.append(self.pixels[:, places].flatten(0, 1))
        table = torch.cat(samples, dim=1).T  # (N, 3 * side * side)
        table = table - table.mean(dim=0)
        count = min(COMPONENTS, *table.shape)
        if table.shape[0] <= table.shape[1]:
            values, vectors = torch.linalg.eigh((table @ table.T).cpu().double())
            chosen = vectors[:, -count:] / values[-count:].clamp(min=1e-9).sqrt()
            basis = chosen.T.to(table) @ table
        else:
            basis = torch.linalg.eigh((table.T @ table).cpu().double())[1][:, -count:].T.to(table)
        return basis.contiguous()


def _joined(spots: Sequence[Spots]) -> Spots:
    return Spots(torch.cat([part.first for part in spots]), torch.cat([part.stride for part in spots]))


def nearest(wanted: Tensor, candidates: Candidates, side: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """For each (Q, C) description one of the nearest candidates and its squared distance.

    Always the very nearest would give neighbours in a flat area the same patch, gap after gap: a weave. So the
    candidates are split into groups, and one of the groups' nearest is taken at random, if it is about as near as the
    best.
    """
    count = len(candidates.features) // _GROUPS * _GROUPS
    features = candidates.features[:count]
    order = torch.randperm(count, generator=draw).to(features.device)
    features = features[order]
    lengths = features.square().sum(dim=1)
    pick = torch.rand(len(wanted), _GROUPS, generator=draw).to(features.device)
    slack = _UNSEEN * 3 * side * side
    found, distances = [], []
    block = max(1, _COMPARED // max(1, count))
    for begin in range(0, len(wanted), block):
        part = wanted[begin : begin + block]
        apart = torch.addmm(lengths, part, features.T, alpha=-2)
        best = apart.view(len(part), _GROUPS, -1).min(dim=2)  # (B, groups)
        squared = (best.values + part.square().sum(dim=1, keepdim=True)).clamp(min=0)
        good = squared <= squared.amin(dim=1, keepdim=True) * _NEAR + slack
        group = torch.where(good, pick[begin : begin + block], -1).argmax(dim=1, keepdim=True)
        within = best.indices.gather(1, group) + group * (count // _GROUPS)
        found.append(order[within[:, 0]])
        distances.append(squared.gather(1, group)[:, 0])
    return torch.cat(found), torch.cat(distances)
