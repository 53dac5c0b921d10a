"""Patches of the style and the search for the nearest ones.

A patch is known by its first principal components. They are linear in its pixels, so a convolution finds them for all
places of a picture at once, and no table of patches is ever laid out: that is most of the memory that this would take.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

COMPONENTS = 48
_BASIS_PATCHES = 700  # from which the components are found
_COMPARED = 3_000_000  # distances in memory at a time: 12 MB
_GROUPS = 4  # each gives its nearest patch; one of the good ones among them is taken
_NEAR = 1.1  # times the smallest squared distance: "good"
_UNSEEN = (1.5 / 255) ** 2  # squared difference per value that nobody sees


@dataclass(frozen=True)
class Candidates:
    """Some patches of the style, side by side with what they are known by."""

    features: Tensor  # (M, C)
    first: Tensor  # (M,) where in the flat pixels a patch begins
    stride: Tensor  # (M,) from one row to the next


class Library:
    """All patches of one side of one or more pictures."""

    def __init__(
        self, pictures: Sequence[Sequence[Tensor]], weights: Sequence[float], side: int, draw: torch.Generator
    ) -> None:
        """pictures: for each style its variants (turned), (3, h, w) each, all sides at least `side`."""
        flat = [picture for variants in pictures for picture in variants]
        self.side = side
        self.pixels = torch.cat([picture.reshape(3, -1) for picture in flat], dim=1)  # (3, P)
        self._starts = [0]
        for picture in flat:
            self._starts.append(self._starts[-1] + picture[0].numel())
        self._pictures = flat
        self._shares = [
            weight / len(variants) for weight, variants in zip(weights, pictures, strict=True) for _ in variants
        ]
        self.basis = self._components(draw)  # (C, 3, side, side)
        self._features = [self._described(picture) for picture in flat]

    def draw(self, count: int, draw: torch.Generator) -> Candidates:
        """About `count` random patches, each style in proportion to its weight."""
        features, first, stride = [], [], []
        for index, picture in enumerate(self._pictures):
            wanted = max(_GROUPS, round(count * self._shares[index] / sum(self._shares)))
            places, across = self._features[index], -(-(picture.shape[2] - self.side + 1) // 2)
            chosen = torch.randperm(len(places), generator=draw)[:wanted].to(places.device)
            features.append(places[chosen])
            top, left = chosen.div(across, rounding_mode="floor") * 2, chosen % across * 2
            first.append(self._starts[index] + top * picture.shape[2] + left)
            stride.append(torch.full_like(top, picture.shape[2]))
        return Candidates(torch.cat(features), torch.cat(first), torch.cat(stride))

    def patches(self, candidates: Candidates, chosen: Tensor) -> Tensor:
        """(3, side * side, Q): the pixels of the chosen candidates."""
        steps = torch.arange(self.side, device=chosen.device)[:, None]
        rows = candidates.first[chosen] + candidates.stride[chosen] * steps  # (side, Q)
        places = (rows[:, None] + steps).flatten(0, 1)
        return self.pixels[:, places]

    def describe(self, picture: Tensor, gap: int) -> Tensor:
        """(rows, columns, C) of the patches of a picture, one every `gap` pixels."""
        return F.conv2d(picture[None], self.basis, stride=gap)[0].permute(1, 2, 0)

    def _described(self, picture: Tensor) -> Tensor:
        return self.describe(picture, 2).reshape(-1, len(self.basis))

    def _components(self, draw: torch.Generator) -> Tensor:
        """Principal components of some patches, by whichever of the two Gram matrices is smaller."""
        samples = []
        for index, picture in enumerate(self._pictures):
            wanted = max(8, round(_BASIS_PATCHES * self._shares[index] / sum(self._shares)))
            tops = torch.randint(picture.shape[1] - self.side + 1, (wanted,), generator=draw)
            lefts = torch.randint(picture.shape[2] - self.side + 1, (wanted,), generator=draw)
            first = (self._starts[index] + tops * picture.shape[2] + lefts).to(self.pixels.device)
            one = Candidates(torch.empty(0), first, torch.full_like(first, picture.shape[2]))
            samples.append(self.patches(one, torch.arange(wanted, device=self.pixels.device)))
        table = torch.cat(samples, dim=2).flatten(0, 1).T  # (N, 3 * side * side)
        table = table - table.mean(dim=0)
        count = min(COMPONENTS, *table.shape)
        if table.shape[0] <= table.shape[1]:
            values, vectors = torch.linalg.eigh((table @ table.T).cpu().double())
            chosen = vectors[:, -count:] / values[-count:].clamp(min=1e-9).sqrt()
            basis = chosen.T.to(table) @ table
        else:
            basis = torch.linalg.eigh((table.T @ table).cpu().double())[1][:, -count:].T.to(table)
        return basis.reshape(count, 3, self.side, self.side).contiguous()


def nearest(wanted: Tensor, candidates: Candidates, side: int, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """For each (Q, C) description one of the nearest candidates and its squared distance.

    Always the very nearest would give neighbours in a flat area the same patch, gap after gap: a weave. So the
    candidates are split into groups, and one of the groups' nearest is taken at random, if it is about as near as the
    best.
    """
    count = len(candidates.first) // _GROUPS * _GROUPS
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
