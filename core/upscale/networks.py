"""Compact and RRDB in plain torch, with the tensor names of the published files.

Pictures are (B, C, H, W) float in [0, 1]; what comes out may leave that range a little.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.upscale.layouts import CompactLayout, Layout, RRDBLayout

_SLOPE = 0.2  # of the leaky ReLUs in RRDB
_RESIDUE = 0.2  # how much of what a block computes is added


def build(layout: Layout) -> "Compact | RRDB":
    return Compact(layout) if isinstance(layout, CompactLayout) else RRDB(layout)


class Compact(nn.Module):
    """SRVGGNetCompact of Real-ESRGAN (Wang et al., 2021): what it adds to the picture with its pixels repeated."""

    def __init__(self, layout: CompactLayout) -> None:
        super().__init__()
        self.layout = layout
        self.scale = layout.scale
        parts: list[nn.Module] = []
        inputs = layout.channels
        for _ in range(layout.convolutions + 1):
            parts += [nn.Conv2d(inputs, layout.features, 3, padding=1), nn.PReLU(layout.features)]
            inputs = layout.features
        parts.append(nn.Conv2d(layout.features, layout.channels * layout.scale**2, 3, padding=1))
        self.body = nn.Sequential(*parts)

    def forward(self, pictures: Tensor) -> Tensor:
        added = F.pixel_shuffle(self.body(pictures), self.scale)
        return added + F.interpolate(pictures, scale_factor=self.scale, mode="nearest")


class _Dense(nn.Module):
    """Five convolutions, each of which sees what all before it made."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, growth, 3, padding=1)
        self.conv2 = nn.Conv2d(features + growth, growth, 3, padding=1)
        self.conv3 = nn.Conv2d(features + 2 * growth, growth, 3, padding=1)
        self.conv4 = nn.Conv2d(features + 3 * growth, growth, 3, padding=1)
        self.conv5 = nn.Conv2d(features + 4 * growth, features, 3, padding=1)

    def forward(self, state: Tensor) -> Tensor:
        seen = state
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat((seen, F.leaky_relu(convolution(seen), _SLOPE, inplace=True)), dim=1)
        return torch.add(state, self.conv5(seen), alpha=_RESIDUE)


class _Block(nn.Module):
    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = _Dense(features, growth)
        self.rdb2 = _Dense(features, growth)
        self.rdb3 = _Dense(features, growth)

    def forward(self, state: Tensor) -> Tensor:
        return torch.add(state, self.rdb3(self.rdb2(self.rdb1(state))), alpha=_RESIDUE)


class RRDB(nn.Module):
    """ESRGAN's generator; a picture may be folded first (pixel unshuffle), so that x4 blocks make x2."""

    def __init__(self, layout: RRDBLayout) -> None:
        super().__init__()
        self.layout = layout
        self.scale = layout.scale
        features = layout.features

        def convolution(inputs: int, outputs: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 3, padding=1)

        self.conv_first = convolution(layout.channels * layout.unshuffle**2, features)
        self.body = nn.Sequential(*(_Block(features, layout.growth) for _ in range(layout.blocks)))
        self.conv_body = convolution(features, features)
        for level in range(1, layout.doublings + 1):
            self.add_module(f"conv_up{level}", convolution(features, features))
        self.conv_hr = convolution(features, features)
        self.conv_last = convolution(features, layout.channels)

    def forward(self, pictures: Tensor) -> Tensor:
        """Height and width are multiples of layout.unshuffle."""
        if self.layout.unshuffle > 1:
            pictures = F.pixel_unshuffle(pictures, self.layout.unshuffle)
        first = self.conv_first(pictures)
        state: Tensor = first + self.conv_body(self.body(first))
        for level in range(1, self.layout.doublings + 1):
            doubled = F.interpolate(state, scale_factor=2, mode="nearest")
            state = F.leaky_relu(self.get_submodule(f"conv_up{level}")(doubled), _SLOPE, inplace=True)
        state = F.leaky_relu(self.conv_hr(state), _SLOPE, inplace=True)
        result: Tensor = self.conv_last(state)
        return result
