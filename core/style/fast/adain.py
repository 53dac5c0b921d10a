"""Adaptive instance normalisation (Huang & Belongie, 2017, arXiv:1703.06868): any style, in one pass.

Laid out as the published files of pytorch-AdaIN have it. The encoder is VGG19 with its filters rescaled and the input's
normalisation in a first 1x1 convolution; torchvision's weights in its place give grey pictures.
"""

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_LEAST_VARIANCE = 1e-5
_ENCODED_STRIDE = 8  # pixels of a picture for one place at relu4_1


def encoder() -> nn.Sequential:
    """From a picture (1, 3, H, W) in [0, 1] to relu4_1 (1, 512, h, w); the published file goes on beyond."""
    layers: list[nn.Module] = [nn.Conv2d(3, 3, 1)]
    before = 3
    for block, (convolutions, channels) in enumerate(((2, 64), (2, 128), (4, 256), (1, 512))):
        if block:
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        for _ in range(convolutions):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(before, channels, 3), nn.ReLU()]
            before = channels
    return nn.Sequential(*layers)


def decoder() -> nn.Sequential:
    """Back from relu4_1 to a picture."""
    layers: list[nn.Module] = []
    blocks = ((512, (256,)), (256, (256, 256, 256, 128)), (128, (128, 64)), (64, (64, 3)))
    for block, (before, convolutions) in enumerate(blocks):
        if block:
            layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
        for channels in convolutions:
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(before, channels, 3), nn.ReLU()]
            before = channels
    return nn.Sequential(*layers[:-1])  # the last convolution gives the picture as it is


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def fill(network: nn.Sequential, tensors: Mapping[str, Tensor], device: str) -> nn.Sequential:
    """The network with its weights, of which `tensors` may hold more."""
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    return network.to(device).eval().requires_grad_(False)


def normalised(content: Tensor, style: Tensor) -> Tensor:
    """The content's activations (1, C, h, w) with each channel's mean and deviation taken from the style's."""
    (content_mean, content_deviation), (mean, deviation) = _statistics(content), _statistics(style)
    return (content - content_mean) / content_deviation * deviation + mean


@torch.inference_mode()
def restyle(
    encode: nn.Module,
    decode: nn.Module,
    content: Tensor,
    styles: Sequence[Tensor],
    weights: Sequence[float],
    *,
    alpha: float,
    shares: Tensor | None = None,
) -> Tensor:
    """Args:
        content, styles: (3, H, W) in [0, 1].
        weights: one per style, of any sum.
        alpha: 0 gives the content back, as well as the decoder can; 1 is the whole style.
        shares: (S, H, W): how much of each pixel belongs to each style; None: by weight everywhere.
    Returns: (3, H, W) in [0, 1].
    """
    features = encode(content[None])
    if shares is None:
        parts = torch.tensor(weights, device=content.device) / sum(weights)
        places = parts.view(-1, 1, 1).expand(-1, *features.shape[2:])
    else:
        places = F.interpolate(shares[None].to(features), features.shape[2:], mode="area")[0]
        places = places / places.sum(dim=0).clamp_min(1e-6)
    target = torch.zeros_like(features)
    for style, place in zip(styles, places, strict=True):
        target += place * normalised(features, encode(style[None]))
    painted: Tensor = decode(features + alpha * (target - features))
    height, width = content.shape[1:]
    return painted[0, :, :height, :width].clamp(0, 1)


def _statistics(features: Tensor) -> tuple[Tensor, Tensor]:
    variance, mean = torch.var_mean(features, dim=(2, 3), keepdim=True)
    return mean, (variance + _LEAST_VARIANCE).sqrt()


SMALLEST_SIDE = 2 * _ENCODED_STRIDE  # pixels: mirroring needs two places at the deepest layer
