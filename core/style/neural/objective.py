"""The loss of a picture of one size, and its gradient: in one piece, or in tiles with the same result.

In tiles, each step goes through the network twice. First all tiles give the moments of the whole picture, and these
give the loss and its slope by each moment; then each tile is gone through again, with the slopes known, for its part of
the gradient. Nothing is approximated: what a tile contributes to the moments is linear in its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from core.style.neural.losses import Moments, StyleTarget, content_loss, moments, style_loss, variation_loss
from core.style.neural.masks import Region, pooled
from core.style.neural.plans import exact_margin
from core.style.neural.settings import NeuralSettings
from core.style.neural.tiles import Tile, tiles
from core.style.neural.vgg import Features

_LEAST_SQUARE = 1e-12


class Losses(NamedTuple):
    """Scalars, each already multiplied by its weight."""

    total: Tensor
    style: Tensor
    content: Tensor
    variation: Tensor


@dataclass(frozen=True)
class _RegionLoss:
    share: float  # of the regions' area
    masks: dict[str, Tensor | None]  # by layer, (h, w)
    totals: dict[str, float]  # by layer: the sum of the mask
    targets: dict[str, StyleTarget]  # by layer


@dataclass
class Objective:
    """Args:
    content: (3, H, W), at the size of the pictures to be judged, on the device.
    styles: (3, h, w) each, at the size at which they are to be seen, on the device.
    weights: one per style.
    regions: which styles paint where; masks (H, W).
    tile_side: pixels; 0: in one piece.
    """

    features: Features
    settings: NeuralSettings
    content: Tensor
    styles: Sequence[Tensor]
    weights: Sequence[float]
    regions: Sequence[Region]
    tile_side: int = 0
    _content: dict[str, Tensor] = field(init=False, default_factory=dict)
    _regions: list[_RegionLoss] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        settings = self.settings
        self._height, self._width = self.content.shape[1:]
        layers = self.features.plan.layers()
        self._strides = {name: layers[name].stride for name in (*settings.style_layers, *settings.content_layers)}
        self._cell = max(self._strides.values())
        margin = exact_margin(self.features.plan, settings.deepest)
        self._margin = margin if settings.tile_margin is None else settings.tile_margin
        total = sum(settings.style_layer_weights)
        pairs = zip(settings.style_layers, settings.style_layer_weights, strict=True)
        self._layer_weights = {name: weight / total for name, weight in pairs}
        self._keep_content()
        self._keep_targets()

    def __call__(self, picture: Tensor, *, offset: tuple[int, int] = (0, 0)) -> tuple[Losses, Tensor]:
        """The losses of a picture (3, H, W), and the gradient of their sum.

        Args:
            offset: pixels by which the grid of tiles is moved.
        """
        if self._in_one_piece(self._height, self._width):
            return self._whole(picture.detach())
        return self._tiled(picture.detach(), offset)

    # --- in one piece

    def _whole(self, picture: Tensor) -> tuple[Losses, Tensor]:
        with torch.enable_grad():
            leaf = picture.requires_grad_()
            found = self.features(leaf[None], self._strides)
            style = self._style(
                {
                    name: [moments(found[name], region.masks[name]) for region in self._regions]
                    for name in self._layer_weights
                }
            )
            content = leaf.new_zeros(())
            for name, target in self._content.items():
                content = content + content_loss(found[name], target) / self._content_scales[name]
            losses = self._weighted(style, content, variation_loss(leaf))
            (gradient,) = torch.autograd.grad(losses.total, leaf)
        picture.requires_grad_(False)
        return _detached(losses), gradient

    # --- in tiles

    def _tiled(self, picture: Tensor, offset: tuple[int, int]) -> tuple[Losses, Tensor]:
        grid = list(self._tiles(self._height, self._width, offset))
        summed = self._sum_moments(picture, grid)
        with torch.enable_grad():
            leaves = [part.requires_grad_() for parts in summed.values() for found in parts for part in found]
            style = self._style(summed)
            slopes = iter(torch.autograd.grad(style * self.settings.loss_weights[0], leaves, materialize_grads=True))
            by_moment = {name: [Moments(next(slopes), next(slopes)) for _ in parts] for name, parts in summed.items()}
            leaf = picture.requires_grad_()
            variation = variation_loss(leaf)
            (gradient,) = torch.autograd.grad(variation * self.settings.variation_weight, leaf)
        picture.requires_grad_(False)
        content = picture.new_zeros(())
        for tile in grid:
            content += self._add_tile(picture, tile, by_moment, gradient)
        return _detached(self._weighted(style, content, variation)), gradient

    def _sum_moments(self, picture: Tensor, grid: Sequence[Tile]) -> dict[str, list[Moments]]:
        """Of the whole picture: by layer, one for each region."""
        summed: dict[str, list[Moments]] = {}
        for tile in grid:
            with torch.no_grad():
                found = self.features(tile.cut(picture)[None], self._layer_weights)
                for name in self._layer_weights:
                    parts = self._tile_moments(name, tile, found[name])
                    before = summed.get(name)
                    summed[name] = (
                        parts if before is None else [a.mixed(b, 1) for a, b in zip(before, parts, strict=True)]
                    )
        return summed

    def _tile_moments(self, name: str, tile: Tile, features: Tensor) -> list[Moments]:
        """A tile's addends to the whole picture's moments."""
        stride = self._strides[name]
        inside = tile.inside(features, stride)
        found = []
        for region in self._regions:
            mask = region.masks[name]
            weights = None if mask is None else tile.of_whole(mask, stride)
            found.append(moments(inside, weights, total=region.totals[name]))
        return found

    def _add_tile(self, picture: Tensor, tile: Tile, slopes: dict[str, list[Moments]], gradient: Tensor) -> Tensor:
        """Add a tile's part of the gradient into the whole; return its part of the content's loss."""
        with torch.enable_grad():
            leaf = tile.cut(picture).detach().clone().requires_grad_()
            found = self.features(leaf[None], self._strides)
            style = leaf.new_zeros(())
            for name in self._layer_weights:
                for addend, slope in zip(self._tile_moments(name, tile, found[name]), slopes[name], strict=True):
                    style = style + (addend.mean * slope.mean).sum() + (addend.second * slope.second).sum()
            content = leaf.new_zeros(())
            for name, whole in self._content.items():
                stride = self._strides[name]
                target = tile.of_whole(whole, stride).to(leaf.device)
                squares = (tile.inside(found[name], stride) - target).square().sum() / whole.numel()
                content = content + squares / self._content_scales[name]
            (part,) = torch.autograd.grad(style + content * self.settings.loss_weights[1], leaf)
        tile.add(gradient, part)
        return content.detach()

    # --- shared

    def _style(self, found: dict[str, list[Moments]]) -> Tensor:
        """Of all layers and regions, by their weights."""
        parts = [
            self._layer_weights[name] * region.share * style_loss(part, region.targets[name], root=self.settings.root)
            for name, of_layer in found.items()
            for part, region in zip(of_layer, self._regions, strict=True)
        ]
        return torch.stack(parts).sum()

    def _weighted(self, style: Tensor, content: Tensor, variation: Tensor) -> Losses:
        style_weight, content_weight = self.settings.loss_weights
        style, content = style * style_weight, content * content_weight
        variation = variation * self.settings.variation_weight
        return Losses(style + content + variation, style, content, variation)

    def _in_one_piece(self, height: int, width: int) -> bool:
        return self.tile_side == 0 or max(height, width) <= self.tile_side

    def _tiles(self, height: int, width: int, offset: tuple[int, int] = (0, 0)) -> Iterator[Tile]:
        side = max(height, width) if self._in_one_piece(height, width) else self.tile_side
        return tiles(height, width, tile=side, margin=self._margin, cell=self._cell, offset=offset)

    @torch.no_grad()
    def _keep_content(self) -> None:
        """The content's activations, of the whole picture: on the processor where it goes in tiles."""
        for tile in self._tiles(self._height, self._width):
            found = self.features(tile.cut(self.content)[None], self.settings.content_layers)
            for name in self.settings.content_layers:
                stride = self._strides[name]
                inside = tile.inside(found[name], stride)
                if self._in_one_piece(self._height, self._width):
                    self._content[name] = inside
                    continue
                if name not in self._content:
                    shape = (len(inside), self._height // stride, self._width // stride)
                    self._content[name] = torch.empty(shape, dtype=inside.dtype)
                tile.of_whole(self._content[name], stride).copy_(inside)
        # The relative Gram loss has no unit, so the content's must have none either.
        relative = self.settings.style_loss == "gram"
        self._content_scales = {
            name: len(self._content) * (max(float(found.square().mean()), _LEAST_SQUARE) if relative else 1.0)
            for name, found in self._content.items()
        }

    @torch.no_grad()
    def _keep_targets(self) -> None:
        of_styles = [self._moments_of(style) for style in self.styles]
        area = sum(region.share for region in self.regions)
        for region in self.regions:
            total = sum(self.weights[index] for index in region.styles)
            masks: dict[str, Tensor | None] = {}
            totals: dict[str, float] = {}
            targets: dict[str, StyleTarget] = {}
            for name in self._layer_weights:
                stride = self._strides[name]
                mask = None if region.mask is None else pooled(region.mask.to(self.content), stride)
                masks[name] = mask
                places = (self._height // stride) * (self._width // stride)
                totals[name] = float(places) if mask is None else max(float(mask.sum()), _LEAST_SQUARE)
                mixed = _mean(
                    [of_styles[index][name] for index in region.styles],
                    [self.weights[index] / total for index in region.styles],
                )
                targets[name] = StyleTarget.of(self.settings.style_loss, mixed, root=self.settings.root)
            self._regions.append(_RegionLoss(region.share / area, masks, totals, targets))

    def _moments_of(self, style: Tensor) -> dict[str, Moments]:
        """Of a whole style picture, by layer."""
        height, width = style.shape[1:]
        summed: dict[str, Moments] = {}
        for tile in self._tiles(height, width):
            found = self.features(tile.cut(style)[None], self._layer_weights)
            for name in self._layer_weights:
                stride = self._strides[name]
                total = float((height // stride) * (width // stride))
                part = moments(tile.inside(found[name], stride), total=total)
                summed[name] = summed[name].mixed(part, 1) if name in summed else part
        return summed


def _mean(parts: Sequence[Moments], shares: Sequence[float]) -> Moments:
    mean = Moments(torch.zeros_like(parts[0].mean), torch.zeros_like(parts[0].second))
    for part, share in zip(parts, shares, strict=True):
        mean = mean.mixed(part, share)
    return mean


def _detached(losses: Losses) -> Losses:
    return Losses(*(part.detach() for part in losses))
