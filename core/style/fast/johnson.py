"""A network for one style (Johnson, Alahi & Fei-Fei, 2016, arXiv:1603.08155), as PyTorch's examples publish it."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST_SIDE = 16  # pixels: the first layer mirrors four, and the deepest sees a quarter


class _Convolution(nn.Module):
    def __init__(self, before: int, after: int, size: int, stride: int = 1) -> None:
        super().__init__()
        self.reflection_pad = nn.ReflectionPad2d(size // 2)
        self.conv2d = nn.Conv2d(before, after, size, stride)

    def forward(self, values: Tensor) -> Tensor:
        convolved: Tensor = self.conv2d(self.reflection_pad(values))
        return convolved


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = _Convolution(channels, channels, 3)
        self.in1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = _Convolution(channels, channels, 3)
        self.in2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, values: Tensor) -> Tensor:
        changed: Tensor = self.in2(self.conv2(F.relu(self.in1(self.conv1(values)))))
        return values + changed


class TransformerNet(nn.Module):
    """Pictures (1, 3, H, W) with values from 0 to 255, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.in1 = _Convolution(3, 32, 9), nn.InstanceNorm2d(32, affine=True)
        self.conv2, self.in2 = _Convolution(32, 64, 3, 2), nn.InstanceNorm2d(64, affine=True)
        self.conv3, self.in3 = _Convolution(64, 128, 3, 2), nn.InstanceNorm2d(128, affine=True)
        self.res1, self.res2, self.res3, self.res4, self.res5 = (_Residual(128) for _ in range(5))
        self.deconv1, self.in4 = _Convolution(128, 64, 3), nn.InstanceNorm2d(64, affine=True)
        self.deconv2, self.in5 = _Convolution(64, 32, 3), nn.InstanceNorm2d(32, affine=True)
        self.deconv3 = _Convolution(32, 3, 9)

    def forward(self, pictures: Tensor) -> Tensor:
        values = F.relu(self.in1(self.conv1(pictures)))
        values = F.relu(self.in2(self.conv2(values)))
        values = F.relu(self.in3(self.conv3(values)))
        for residual in (self.res1, self.res2, self.res3, self.res4, self.res5):
            values = residual(values)
        values = F.relu(self.in4(self.deconv1(F.interpolate(values, scale_factor=2, mode="nearest"))))
        values = F.relu(self.in5(self.deconv2(F.interpolate(values, scale_factor=2, mode="nearest"))))
        painted: Tensor = self.deconv3(values)
        return painted


def fill(network: TransformerNet, tensors: Mapping[str, Tensor], device: str) -> TransformerNet:
    """The network with its weights. Files of older versions of torch also hold running statistics of `in1` and its
    like, which this kind of normalisation never used: what else is in `tensors` is left alone.
    """
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    return network.to(device).eval().requires_grad_(False)


@torch.inference_mode()
def restyle(network: TransformerNet, content: Tensor) -> Tensor:
    """A picture (3, H, W) in [0, 1], in the network's style."""
    height, width = content.shape[1:]
    painted = network(content[None] * 255)[0, :, :height, :width]
    return painted.div(255).clamp(0, 1)
